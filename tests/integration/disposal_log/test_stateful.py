"""Any order of appending, crashing, reopening and tampering, compared with a plain list of what was told."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from disposal_log import DisposalLog, EntryDraft, EntryType, verify_consistency
from tests.integration.disposal_log.office import Office, draft

MEMORY = Path("/dev/shm")  # noqa: S108  # a fresh folder of our own in it


class LogMachine(RuleBasedStateMachine):
    """The log beside a list of ids."""

    log: DisposalLog

    @initialize()
    def create(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.office = Office(self.folder / "office")
        self.log = self.office.create()
        self.ids: list[str] = [str(next(self.log.entries()).entry["id"])]
        self.notes = [(1, self.log.root, self.log.checkpoint_note)]

    @rule(count=st.integers(1, 5), is_named=st.booleans())
    def append(self, count: int, *, is_named: bool) -> None:
        drafts: list[EntryDraft] = []
        for number in range(count):
            one = draft(EntryType.EVENT_ATTESTED, {"number": number})
            drafts.append(replace(one, disclosures={"path": f"{number}"}) if is_named else one)
        receipts = self.log.append(drafts)
        assert [receipt.seq for receipt in receipts] == list(range(len(self.ids), len(self.ids) + count))
        self.ids += [each.id for each in drafts]
        self.notes.append((self.log.size, self.log.root, self.log.checkpoint_note))

    @rule()
    def reopen(self) -> None:
        self.office.close()
        self.log = self.office.open()

    @rule(tail=st.binary(min_size=1, max_size=80) | st.just(b"{}\n"))
    def crash_with_a_tail(self, tail: bytes) -> None:
        self.office.close()
        path = self.office.entries / "00000.jsonl"
        path.write_bytes(path.read_bytes() + tail)
        assert self.office.verify().first_broken_entry == len(self.ids)
        self.log = self.office.open()
        [incident] = self.log.entries(len(self.ids))
        assert incident.entry["size"] == len(tail)
        self.ids.append(str(incident.entry["id"]))
        self.notes.append((self.log.size, self.log.root, self.log.checkpoint_note))

    @rule(name=st.sampled_from(["hashes/00000.bin", "../sidecar/ids.db", "checkpoint.tmp"]), content=st.binary())
    def spoil_what_is_derived(self, name: str, content: bytes) -> None:
        self.office.close()
        (self.office.log / name).write_bytes(content)
        self.log = self.office.open()

    @precondition(lambda self: len(self.ids) > 1)
    @rule(data=st.data())
    def tamper(self, data: st.DataObject) -> None:
        path = self.office.entries / "00000.jsonl"
        good = path.read_bytes()
        at = data.draw(st.integers(0, len(good) - 1))
        bit = data.draw(st.integers(0, 7))
        path.write_bytes(good[:at] + bytes([good[at] ^ (1 << bit)]) + good[at + 1 :])
        assert self.office.verify().first_broken_entry == good[:at].count(b"\n")
        path.write_bytes(good)

    @rule(data=st.data())
    def compare_with_an_old_checkpoint(self, data: st.DataObject) -> None:
        size, root, note = data.draw(st.sampled_from(self.notes))
        assert self.office.verify(seen=note).exit_code == 0
        path = self.log.consistency_proof(size)
        verify_consistency(old_size=size, size=self.log.size, path=path, old_root=root, root=self.log.root)

    @invariant()
    def the_log_is_what_was_told(self) -> None:
        assert [stored.entry["id"] for stored in self.log.entries()] == self.ids
        assert {each: found.seq for each, found in self.log.find(self.ids).items()} == {
            each: seq for seq, each in enumerate(self.ids)
        }
        report = self.office.verify(is_sidecar_given=True)
        assert (report.exit_code, report.size, report.missing) == (0, len(self.ids), 0)

    def teardown(self) -> None:
        if hasattr(self, "office"):
            self.office.close()
            shutil.rmtree(self.folder)


TestAnyOrderOfEvents = LogMachine.TestCase
TestAnyOrderOfEvents.settings = settings(deadline=None, max_examples=30, stateful_step_count=15)
