"""Anything people may do, in any order, with the power failing at any step: the laws of disposal hold throughout."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from disposal_log import DisposalLog
from retention.domain.batches import BatchState
from retention.domain.holds import HoldScope
from retention.services import recording
from retention.services.certifying import issue_certificate
from retention.services.deciding import Verdict, decide_batch
from retention.services.disposing import DisposalReport, Step, carry_out, restore_batch
from retention.services.holding import lift_hold
from retention.services.proposing import ProposalScope, save_proposal
from retention.services.schedules.versions import schedule_in_force
from retention.store import batches, holds
from tests.integration.disposing.attacks import PowerCutError, check_log, power_cut
from tests.integration.disposing.world import IAN, RITA, World, build_world, record

FILES = 4
numbers = st.integers(0, FILES - 1)
exclusions = st.sets(numbers, max_size=1)
deeds = st.sampled_from(["hold", "lift", "edit", "copy"])
waits = st.integers(0, 2)
crashes = st.none() | st.integers(0, 14)


class Office(RuleBasedStateMachine):
    """A small council; the model knows what was ever written and which of it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="office-"))
        self.world: World = build_world(self.folder, files=FILES, grace_days=1)
        self.contents = Counter(self.world.file(number).read_bytes() for number in range(FILES))
        self.held: dict[str, set[bytes]] = {}
        self.copies = 0
        self.is_interrupted = False

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize(excluded=exclusions)
    def begin(self, excluded: set[int]) -> None:
        self.put_forward(Verdict.APPROVE, excluded)

    # few rules, so that most examples come to a disposal
    @rule(deed=deeds, number=numbers)
    def somebody_acts(self, deed: str, number: int) -> None:
        match deed:
            case "hold":
                self._hold(number)
            case "lift":
                self._lift(number)
            case "edit":
                self._edit(number)
            case _:
                self._add_copy(number)

    @rule(verdict=st.sampled_from(Verdict), excluded=exclusions)
    def put_forward(self, verdict: Verdict, excluded: set[int]) -> None:
        with self.world.catalogue() as catalogue:
            proposed = save_proposal(
                catalogue,
                ProposalScope(),
                schedule_version=schedule_in_force(catalogue).schedule_version,
                as_of=self.world.clock.now().date(),
                person=RITA,
                at=self.world.clock.now(),
            )
            for batch in proposed:
                decide_batch(
                    catalogue,
                    batch.batch_id,
                    verdict,
                    person=IAN,
                    excluded=excluded & {item.number for item in batch.items},
                    reason="looked at",
                    valid_days=90,
                    at=self.world.clock.now(),
                )

    @precondition(lambda self: self._approved())
    @rule(runs=st.lists(st.tuples(waits, deeds, numbers, crashes), min_size=2, max_size=4))
    def dispose(self, runs: list[tuple[int, str, int, int | None]]) -> None:
        for days, deed, number, crash in runs:
            if self._approved():
                self._run(carry_out, crash)
            self.what_is_held_exists()
            self.world.clock.move(days=days)
            if number == 0:
                self.somebody_acts(deed, number)

    @precondition(lambda self: self._approved())
    @rule(crash=crashes)
    def restore(self, crash: int | None) -> None:
        self._run(restore_batch, crash)

    def _hold(self, number: int) -> None:
        before = set(self._hold_names())
        self.world.hold(HoldScope(path=f"Invoices/invoice {number}.txt"))
        (name,) = set(self._hold_names()) - before
        self.held[name] = set(self._lying_at(number))

    def _lift(self, number: int) -> None:
        if not self.held:
            return
        name = sorted(self.held)[number % len(self.held)]
        with self.world.catalogue() as catalogue:
            lift_hold(catalogue, name, reason="settled", person=IAN, at=self.world.clock.now())
        del self.held[name]

    def _edit(self, number: int) -> None:
        with suppress(FileNotFoundError), self.world.file(number).open("rb+") as file:
            before = file.read()
            file.write(b", and a word more")
            after = before + b", and a word more"
            self.contents[before] -= 1
            self.contents[after] += 1
            for contents in self.held.values():  # a hold keeps us from destroying, not people from writing
                if before in contents:
                    contents.remove(before)
                    contents.add(after)

    def _add_copy(self, number: int) -> None:
        if not self.world.file(number).exists():
            return
        words = self.world.file(number).read_bytes()
        copy = self.world.share / "Copies" / f"{self.copies}.txt"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(words)
        os.utime(copy, (1.3e9, 1.3e9))
        self.copies += 1
        self.contents[words] += 1
        with self.world.catalogue() as catalogue:
            record(self.world, catalogue, [copy])

    @invariant()
    def what_nobody_approved_is_intact(self) -> None:
        assert (self.world.share / "canary.txt").read_text() == "never approved"

    @invariant()
    def what_is_held_exists(self) -> None:
        found = self._found()
        for name, contents in self.held.items():
            assert all(found[words] for words in contents), name

    @invariant()
    def the_log_tells_a_lawful_story(self) -> None:
        with self.world.catalogue() as catalogue, self.world.log() as log:
            recording.deliver(catalogue, log)
            self._check_story(log)
        check_log(self.world)

    @invariant()
    def nothing_is_gone_but_what_the_log_says_was_destroyed(self) -> None:
        if self.is_interrupted:
            return  # the next run finds out
        gone = sum(self.contents.values()) - sum(self._found().values())
        assert gone == sum(result == "destroyed" for _batch, _item, result in self._outcomes())

    def _run(self, act: Callable[..., DisposalReport], crash: int | None) -> None:
        told: list[Step] = []

        def tell(step: Step, _items: int) -> None:
            told.append(step)
            if crash is not None and len(told) > crash:
                power_cut()

        batch_id = self._approved()[0]
        self.is_interrupted = True
        with suppress(PowerCutError):
            report = self.world.dispose(batch_id, tell, act=act)
            self.is_interrupted = False
            if report.is_closed:
                with self.world.catalogue() as catalogue, self.world.log() as log:
                    issue_certificate(catalogue, log, batch_id, person=RITA, at=self.world.clock.now())

    def _check_story(self, log: DisposalLog) -> None:
        proposers: dict[object, object] = {}
        approved: set[object] = set()
        final: set[tuple[object, object]] = set()
        for stored in log.entries():
            entry = stored.entry
            if entry["type"] == "batch.proposed":
                proposers[entry["batch"]] = entry["proposer"]
            if entry["type"] == "batch.decision" and entry["decision"] == "approve":
                assert entry["decider"] != proposers[entry["batch"]]
                approved.add(entry["batch"])
            if entry["type"] == "item.outcome" and entry["result"] != "quarantined":
                assert (entry["batch"], entry["item"]) not in final
                final.add((entry["batch"], entry["item"]))
                assert entry["result"] != "destroyed" or entry["batch"] in approved

    def _outcomes(self) -> list[tuple[str, int, str]]:
        with self.world.log() as log:
            return [
                (str(one.entry["batch"]), int(str(one.entry["item"])), str(one.entry["result"]))
                for one in log.entries()
                if one.entry["type"] == "item.outcome"
            ]

    def _found(self) -> Counter[bytes]:
        """Return how often each content lies anywhere on the share, in quarantine too."""
        files = (path for path in self.world.share.rglob("*") if path.is_file() and path.name != "canary.txt")
        return Counter(path.read_bytes() for path in files)

    def _lying_at(self, number: int) -> list[bytes]:
        """Return what a hold on a file's place covers: what lies there, or waits in quarantine for it."""
        if self.world.file(number).exists():
            return [self.world.file(number).read_bytes()]
        prefix = f"Invoice {number},".encode()
        hidden = (self.world.share / ".retention-quarantine").rglob("*")
        return [path.read_bytes() for path in hidden if path.is_file() and path.read_bytes().startswith(prefix)]

    def _hold_names(self) -> list[str]:
        with self.world.catalogue() as catalogue, catalogue.reading() as tx:
            return [one.hold_id for one in holds.holds(tx)]

    def _approved(self) -> list[str]:
        with self.world.catalogue() as catalogue, catalogue.reading() as tx:
            return [one.batch_id for one in batches.summaries(tx) if one.state is BatchState.APPROVED]


def test_whatever_people_do_and_wherever_the_power_fails_the_laws_hold() -> None:
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=15,
            stateful_step_count=8,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
