"""The power may go at any moment, and what was not flushed may be gone, torn or zeros: nothing promised is broken."""

from pathlib import Path

from benchmarks.faults.power_cuts import cut_power, seed_mutants
from benchmarks.faults.scenarios import scenario_named

SEED = 20261120
# a flush of each kind on the way of one append: entries, their folder, the staged checkpoint, its name, the values
NEEDED = (
    "segments._write_part < segments.write",
    "durable.fsync_directory < segments._write_part",
    "durable.stage < appending._stage",
    "durable.fsync_directory < appending._publish",
    "SQLite: synchronous = FULL",
)


def test_no_disk_that_a_power_cut_can_leave_breaks_what_the_writer_was_told(fast_folder: Path) -> None:
    found = list(cut_power(fast_folder, wanted=80, seed=SEED, choices=3))

    assert [words for each in found for words in each.bad] == []
    assert all(each.found > each.judged for each in found)


def test_the_harness_notices_each_flush_that_an_append_leaves_out(fast_folder: Path) -> None:
    mutants = seed_mutants(fast_folder, seed=SEED, images_each=60, scenarios=[scenario_named("append")], choices=6)

    caught = [mutant.site for mutant in mutants if mutant.caught]
    assert [needed for needed in NEEDED if not any(site.startswith(needed) for site in caught)] == []
