"""What a writer does when the fault comes: make a log, append, recover, change keys, redact; and what must hold."""

import errno
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock

from benchmarks.told_story import NOON, ORIGIN
from disposal_log import (
    JSON,
    Actor,
    AppendFailedError,
    AppendInDoubtError,
    DisposalLog,
    EntryDraft,
    EntryType,
    KeyMissingError,
    LogError,
    verify_log,
)
from disposal_log.files import anchors
from disposal_log.files.durable import fsync_directory
from disposal_log.files.value_keys import VALUE_KEYS_FILE
from disposal_log.formats.cosignatures import CosigningKey
from disposal_log.formats.policy import Policy
from disposal_log.writing import appending

ENGINE = Actor(kind="service", ref="engine")
RESERVE_BYTES = 0
KEYS_OF_AN_EPOCH = 2
_WITNESS = "witness.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the writer has been told so far, and what it has asked for.

    Attributes:
        is_made: Whether it was told that there is a log.
        acknowledged: Ids of entries that it was told are in the log.
        asked: The appends it has asked for, each of which is in the log whole or not at all.
        refused: Ids of entries that it was told are not in the log.
        recovery_key: What it can open the log with when the keys are lost.
        secrets: Keys that it was told are destroyed: those that sign, and those that seal values.
        evidence: Bytes that somebody left in the log's files and that must be kept.
        erased: Entries whose values it was told are gone.
        witnesses: Whether it was told that the policy names the witness.
        anchor: The witness's note that it was told is kept.
    """

    is_made: bool = False
    acknowledged: tuple[str, ...] = ()
    asked: tuple[tuple[str, ...], ...] = ()
    refused: tuple[str, ...] = ()
    recovery_key: str = ""
    secrets: tuple[bytes, ...] = ()
    evidence: tuple[bytes, ...] = ()
    erased: Sequence[int] = ()
    witnesses: bool = False
    anchor: bytes = b""


@dataclass(kw_only=True)
class Writer:
    """Somebody who uses the log in `folder` and remembers what they were told."""

    folder: Path
    told: Told = Told()
    on_told: Callable[[Told], None] = field(default=lambda _: None)

    @property
    def log(self) -> Path:
        """The log's folder."""
        return self.folder / "log"

    @property
    def keys(self) -> Path:
        """The folder of private keys."""
        return self.folder / "keys"

    @property
    def sidecar(self) -> Path:
        """The folder of disclosed values."""
        return self.folder / "sidecar"

    def hear(self, **news: object) -> None:
        """Remember something, and pass it on."""
        self.told = replace(self.told, **news)  # type: ignore[arg-type]  # fields by their names
        self.on_told(self.told)

    def create(self) -> DisposalLog:
        """Make the log."""
        made = DisposalLog.create(
            self.log,
            keys_directory=self.keys,
            sidecar_directory=self.sidecar,
            origin=ORIGIN,
            at=NOON,
            reserve_bytes=RESERVE_BYTES,
        )
        self.hear(is_made=True, recovery_key=made.recovery_key)
        return made.log

    def open(self) -> DisposalLog:
        """Open the log."""
        return DisposalLog.open(
            self.log, keys_directory=self.keys, sidecar_directory=self.sidecar, at=NOON, reserve_bytes=RESERVE_BYTES
        )

    def recover(self) -> DisposalLog:
        """Open the log with its recovery key."""
        return DisposalLog.recover(
            self.log,
            keys_directory=self.keys,
            sidecar_directory=self.sidecar,
            recovery_key=self.told.recovery_key,
            at=NOON,
            reserve_bytes=RESERVE_BYTES,
        )

    def append(self, log: DisposalLog, count: int, *, kind: EntryType = EntryType.EVENT_ATTESTED) -> None:
        """Append entries with a disclosed value each."""
        drafts = [
            draft(kind, {"number": number}, disclosures={"path": f"file {number} {uuid.uuid4()}"})
            for number in range(count)
        ]
        ids = tuple(each.id for each in drafts)
        self.hear(asked=(*self.told.asked, ids))
        try:
            log.append(drafts)
        except AppendInDoubtError:
            raise  # the one answer that promises nothing
        except AppendFailedError:
            self.hear(refused=(*self.told.refused, *ids))
            raise
        self.hear(acknowledged=(*self.told.acknowledged, *ids))

    def secrets(self) -> tuple[bytes, ...]:
        """Read the private keys that are there."""
        return tuple(path.read_bytes().strip() for path in sorted(self.keys.glob("*.key")))


def draft(kind: EntryType, body: dict[str, object], *, disclosures: dict[str, str] | None = None) -> EntryDraft:
    """Word an entry."""
    return EntryDraft(
        type=kind,
        id=str(uuid.uuid4()),
        time=NOON,
        actor=ENGINE,
        body=body,  # type: ignore[arg-type]  # plain JSON
        disclosures=dict(disclosures or {}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Something a writer does to a log that stands in a known state."""

    name: str
    prepare: Callable[[Writer], None]
    run: Callable[[Writer], None]


def _nothing(writer: Writer) -> None:
    writer.folder.mkdir(parents=True, exist_ok=True)


def _small_log(writer: Writer) -> None:
    writer.folder.mkdir(parents=True, exist_ok=True)
    with writer.create() as log:
        writer.append(log, 3)
        writer.append(log, 2)


def _crashed_log(writer: Writer) -> None:
    """Leave what a crash leaves: half a line, a file that nobody signed, half a line in the list."""
    _small_log(writer)
    tails = (b'{"half a line', b"a file of somebody else's\n", b'{"note":"half')
    for name, tail in zip(("entries/00000.jsonl", "entries/00009.jsonl", "checkpoints.jsonl"), tails, strict=True):
        with (writer.log / name).open("ab") as file:
            file.write(tail)
    (writer.log / "checkpoint.tmp").write_bytes(b"half a checkpoint")
    writer.hear(evidence=tails)


def _make(writer: Writer) -> None:
    with writer.create() as log:
        writer.append(log, 1)


def _append(writer: Writer) -> None:
    with writer.open() as log:
        for count in (1, 2, 5):  # the last begins a new file of entries
            writer.append(log, count)


def _refused_append(writer: Writer) -> None:
    """Have an append refused that had begun a new file of entries, then go on."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with writer.open() as log:
        with mock.patch.object(appending, "stage", side_effect=full), suppress(AppendFailedError):
            writer.append(log, 9)
        writer.append(log, 4)


def _recover(writer: Writer) -> None:
    with writer.open() as log:
        writer.append(log, 2)


def _rotate(writer: Writer) -> None:
    secrets = writer.secrets()
    with writer.open() as log:
        log.rotate(at=NOON)
        writer.hear(secrets=secrets)
        writer.append(log, 1)


def _replace_keys(writer: Writer) -> None:
    """Append, lose the keys, and go on with the recovery key."""
    with writer.open() as log:
        writer.append(log, 2)
    for path in sorted(writer.keys.iterdir()):
        path.unlink()
    fsync_directory(writer.keys)
    with writer.recover() as log:
        writer.append(log, 1)


def _redact(writer: Writer) -> None:
    """Erase two values of an entry's five, then all that are left, so that their key must go too."""
    secrets = tuple(line.split()[2] for line in (writer.sidecar / VALUE_KEYS_FILE).read_bytes().splitlines())
    with writer.open() as log:
        entry = draft(EntryType.REDACTION, {"ground": "article 17", "authority": "DPO"})
        writer.hear(asked=(*writer.told.asked, (entry.id,)))
        log.redact(entry, first=1, last=2, names=["path"])
        writer.hear(erased=(1, 2), acknowledged=(*writer.told.acknowledged, entry.id))
        other = draft(EntryType.REDACTION, {"ground": "article 17", "authority": "DPO"})
        writer.hear(asked=(*writer.told.asked, (other.id,)))
        log.redact(other, first=3, last=5, names=["path"])
        writer.hear(erased=range(1, 6), secrets=secrets, acknowledged=(*writer.told.acknowledged, other.id))
        writer.append(log, 1)


def _name_witnesses(writer: Writer) -> None:
    witness = CosigningKey.generate(_WITNESS)
    policy = f"witness w1 {witness.verifier}\nquorum w1\n"
    with writer.open() as log:
        entry = draft(EntryType.WITNESS_SET, {"require": "witness", "policy": policy})
        writer.hear(asked=(*writer.told.asked, (entry.id,)))
        log.append([entry])
        anchors.store_witnesses(writer.log, Policy.parse(policy))
        writer.hear(witnesses=True, acknowledged=(*writer.told.acknowledged, entry.id))
        anchors.store_note(writer.log, size=log.size, name=_WITNESS, note=log.checkpoint_note)
        writer.hear(anchor=log.checkpoint_note)


SCENARIOS: Sequence[Scenario] = (
    Scenario(name="make", prepare=_nothing, run=_make),
    Scenario(name="append", prepare=_small_log, run=_append),
    Scenario(name="refused append", prepare=_small_log, run=_refused_append),
    Scenario(name="recover", prepare=_crashed_log, run=_recover),
    Scenario(name="rotate", prepare=_small_log, run=_rotate),
    Scenario(name="replace lost keys", prepare=_small_log, run=_replace_keys),
    Scenario(name="redact", prepare=_small_log, run=_redact),
    Scenario(name="name witnesses", prepare=_small_log, run=_name_witnesses),
)


def scenario_named(name: str) -> Scenario:
    """Find a scenario."""
    return next(each for each in SCENARIOS if each.name == name)


def faults_in(folder: Path, told: Told) -> Iterator[str]:
    """Open what a fault has left, and say what is not as the writer was told."""
    writer = Writer(folder=folder, told=told)
    # before it is opened: opening destroys once more what is found
    yield from _secrets_left(writer, told)
    try:
        log = _opened(writer)
    except LogError as error:
        if told.is_made:
            yield f"it does not open: {error}"
        return
    with log:
        entries = [stored.entry for stored in log.entries()]
        values = {stored.seq: stored.disclosures for stored in log.entries()}
        with suppress(LogError):  # a witness that is missing from the policy is judged below
            writer.append(log, 1)
    ids = [str(entry["id"]) for entry in entries]
    yield from _wrong_entries(entries, ids, told)
    if lost := [seq for seq in told.erased if values.get(seq)]:
        yield f"values of entries {lost} were erased, and are there"
    report = verify_log(writer.log, sidecar=writer.sidecar)
    if report.exit_code:
        yield f"it does not verify: {report.to_text()}"
    if report.missing:
        yield f"{report.missing} values are missing"
    if not set(writer.told.acknowledged) <= {
        str(stored.entry["id"]) for stored in DisposalLog.read(writer.log).entries()
    }:
        yield "an entry that was acknowledged after opening is not there"
    yield from _wrong_files(writer, told)


def _opened(writer: Writer) -> DisposalLog:
    try:
        return writer.open()
    except KeyMissingError:
        if not writer.told.recovery_key or not writer.told.is_made:
            raise
        if len(list(writer.keys.glob("epoch-0001.*"))) == KEYS_OF_AN_EPOCH:
            raise  # its keys were not lost before
        return writer.recover()


def _wrong_entries(entries: Sequence[Mapping[str, JSON]], ids: Sequence[str], told: Told) -> Iterator[str]:
    found = set(ids)
    if len(found) < len(ids):
        yield "an entry is there twice"
    if lost := set(told.acknowledged) - found:
        yield f"{len(lost)} acknowledged entries are not there"
    if adopted := set(told.refused) & found:
        yield f"{len(adopted)} refused entries are there"
    for batch in told.asked:
        if 0 < len(found.intersection(batch)) < len(batch):
            yield "an append is there by half"
    known = {each for batch in told.asked for each in batch}
    own = ("log.open", "key.add", "key.retire", "incident")
    for entry in entries:
        if entry["id"] not in known and entry["type"] not in own:
            yield f"an entry that nobody asked for is there: {entry}"
        if entry.get("kind") == "values-lost" and told.is_made:
            yield "the disclosed values are lost"


def _secrets_left(writer: Writer, told: Told) -> Iterator[str]:
    if not told.secrets:
        return
    paths = (*writer.keys.glob("*.key"), writer.sidecar / VALUE_KEYS_FILE)
    kept = b"".join(path.read_bytes() for path in paths if path.is_file())
    if any(secret in kept for secret in told.secrets):
        yield "a key that was destroyed is there"


def _wrong_files(writer: Writer, told: Told) -> Iterator[str]:
    recovery = writer.log / "recovery"
    found = [path.read_bytes() for path in recovery.iterdir()] if recovery.is_dir() else []
    for evidence in told.evidence:
        if not any(evidence in content for content in found):
            yield f"{evidence!r} was not kept as evidence"
    if told.witnesses and _WITNESS not in (writer.log / "policy.txt").read_text():
        yield "the policy does not name the witness"
    kept = [path.read_bytes() for path in (writer.log / "anchors").glob("*.note")]
    if told.anchor and told.anchor not in kept:
        yield "the witness's note is lost"
