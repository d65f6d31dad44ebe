"""Values are sealed: a copy of their file alone tells nothing, and what is wrong with it is said."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from disposal_log import EntryType, SidecarError, Verdict
from disposal_log.files import sealed_rows, sidecar
from disposal_log.files.value_keys import VALUE_KEYS_FILE, ValueKeys
from tests.integration.disposal_log.office import Office, draft, lawful_story, tell

PLAIN_TABLE = """
CREATE TABLE disclosures (seq INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (seq, name))
WITHOUT ROWID
"""


def run(office: Office, *statements: str) -> None:
    database = sqlite3.connect(office.sidecar / "disclosures.db")
    with database:
        for statement in statements:
            database.execute(statement)
    database.close()


def unseal(office: Office) -> dict[tuple[int, str], str]:
    """Put the values back as an earlier version kept them."""
    with office.open() as log:
        texts = {(seq, name): text for seq, each in log._parts.sidecar.of(0, 99).items() for name, text in each.items()}
    for path in office.sidecar.iterdir():
        path.unlink()
    run(office, PLAIN_TABLE)
    database = sqlite3.connect(office.sidecar / "disclosures.db")
    with database:
        database.executemany("INSERT INTO disclosures VALUES (?, ?, ?)", [(*key, text) for key, text in texts.items()])
    database.close()
    return texts


def test_the_values_of_two_batches_and_of_a_month_have_three_keys(full_office: Office) -> None:
    with full_office.open() as log:
        tell(log, lawful_story("B-2"))
        log.append([draft(EntryType.EVENT_ATTESTED, {}, disclosures={"path": "a"})])

    lines = (full_office.sidecar / VALUE_KEYS_FILE).read_bytes().splitlines()
    assert len(lines) == len({line[18:] for line in lines}) == 3
    assert (full_office.sidecar / VALUE_KEYS_FILE).stat().st_mode & 0o777 == 0o600


def test_no_value_stands_readable_in_the_file(full_office: Office) -> None:
    with full_office.open() as log:
        texts = [text for each in log._parts.sidecar.of(0, 99).values() for text in each.values()]
    content = (full_office.sidecar / "disclosures.db").read_bytes()
    assert len(texts) == 13
    assert not [text for text in texts if text.encode() in content]


def test_two_values_that_changed_places_are_found(full_office: Office) -> None:
    run(
        full_office,
        "UPDATE sealed SET value = (SELECT value FROM sealed WHERE seq = 6 AND name = 'path') "
        "WHERE seq = 5 AND name = 'path'",
    )

    report = full_office.verify(is_sidecar_given=True)
    assert (report.exit_code, report.first_broken_entry) == (5, 5)
    assert "altered or moved, or sealed with another key" in report.to_text()


def test_a_wrong_key_is_said_and_shows_nothing(full_office: Office) -> None:
    keys = full_office.sidecar / VALUE_KEYS_FILE
    content = keys.read_bytes()
    keys.write_bytes(content[:-65] + b"ab" * 32 + b"\n")

    report = full_office.verify(is_sidecar_given=True)
    assert (report.exit_code, report.disclosed) == (5, 0)
    assert full_office.verify().exit_code == 0


def test_without_its_keys_the_file_tells_nothing_and_the_loss_is_recorded_once(full_office: Office) -> None:
    (full_office.sidecar / VALUE_KEYS_FILE).unlink()

    report = full_office.verify(is_sidecar_given=True)
    assert (report.verdict, report.missing) == (Verdict.VERIFIED_WITH_WARNINGS, 13)
    assert "13 committed values are missing unexplained" in report.to_text()
    for _ in range(2):
        with full_office.open() as log:
            told = [stored.entry for stored in log.entries(15)]
            assert [(entry["kind"], entry["file"]) for entry in told] == [("values-lost", VALUE_KEYS_FILE)]
            log.append([])


@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_a_sidecar_that_is_gone_is_told_of_in_the_log(full_office: Office, how: str) -> None:
    if how == "removed":
        shutil.rmtree(full_office.sidecar)
    else:
        (full_office.sidecar / "disclosures.db").write_bytes(b"")
    for _ in range(2):
        with full_office.open() as log:
            told = [stored.entry for stored in log.entries(15)]
            assert [(entry["kind"], entry["file"]) for entry in told] == [("values-lost", "disclosures.db")]

    report = full_office.verify(is_sidecar_given=True)
    assert (report.exit_code, report.missing) == (0, 13)
    assert "missing unexplained" in report.to_text()


def test_a_loss_is_told_although_the_process_died_before_it_could(
    full_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(full_office.sidecar)
    with monkeypatch.context() as patched:
        patched.setattr(sidecar.Sidecar, "be_told", lambda _self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            full_office.open()
    with full_office.open() as log:
        assert [stored.entry["kind"] for stored in log.entries(15)] == ["values-lost", "values-lost"]


def test_a_truncated_sidecar_is_named_and_nothing_is_said_of_the_values(full_office: Office) -> None:
    path = full_office.sidecar / "disclosures.db"
    path.write_bytes(path.read_bytes()[:5000])

    report = full_office.verify(is_sidecar_given=True)
    assert report.verdict is Verdict.CANNOT_SAY
    assert "disclosures.db" in report.to_text()


def test_values_of_an_earlier_version_are_read_and_sealed_when_the_log_is_opened(full_office: Office) -> None:
    texts = unseal(full_office)
    assert full_office.verify(is_sidecar_given=True).disclosed == 13

    full_office.open()
    full_office.close()
    content = b"".join(path.read_bytes() for path in full_office.sidecar.iterdir() if path.name != "reserve")
    assert not [text for text in texts.values() if text.encode() in content]
    report = full_office.verify(is_sidecar_given=True)
    assert (report.disclosed, report.missing, report.size) == (13, 0, 15)
    assert len((full_office.sidecar / VALUE_KEYS_FILE).read_bytes().splitlines()) == 1, "all are of one batch"


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_sealing_that_is_cut_short_goes_on_at_the_next_opening(
    full_office: Office, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    unseal(full_office)
    monkeypatch.setattr(sidecar, "_PLAIN_STEP", 5)
    seal, taken = sidecar.Sidecar.seal_plain, iter(range(100))

    def cut_short(self: sidecar.Sidecar, rows: list[sidecar.Row]) -> None:
        if next(taken) == steps - 1:
            raise KeyboardInterrupt
        seal(self, rows)

    with monkeypatch.context() as patched:
        patched.setattr(sidecar.Sidecar, "seal_plain", cut_short)
        with pytest.raises(KeyboardInterrupt):
            full_office.open()
    assert full_office.verify(is_sidecar_given=True).disclosed == 13
    full_office.open()
    full_office.close()
    report = full_office.verify(is_sidecar_given=True)
    assert (report.disclosed, report.missing, report.size) == (13, 0, 15)


def test_a_verifier_that_can_open_nothing_says_so(full_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sidecar, sealed_rows):
        monkeypatch.setattr(module, "can_open", lambda: False)

    report = full_office.verify(is_sidecar_given=True)
    assert (report.exit_code, report.withheld, report.missing) == (0, 13, 0)
    assert "not checked: the disclosed values: nothing on this machine opens them" in report.to_text()


def test_what_a_crash_left_of_a_key_is_written_over(tmp_path: Path) -> None:
    kept, _ = ValueKeys(tmp_path).for_scope("batch B-1")
    path = tmp_path / VALUE_KEYS_FILE
    path.write_bytes(path.read_bytes() + b"0123456789abcdef half a li")

    made, sealer = ValueKeys(tmp_path).for_scope("batch B-2")
    again = ValueKeys(tmp_path)
    assert again.for_scope("batch B-1")[0] == kept
    assert again.for_scope("batch B-2")[0] == made
    found = again.sealer(made)
    assert found is not None
    assert found.open(sealer.seal(b"x", bound_to=b"1 path"), bound_to=b"1 path") == b"x"
    assert found.open(b"short", bound_to=b"") is None


def test_a_folder_in_place_of_the_keys_is_named(tmp_path: Path) -> None:
    (tmp_path / VALUE_KEYS_FILE).mkdir()
    with pytest.raises(SidecarError, match="value-keys"):
        ValueKeys(tmp_path)
