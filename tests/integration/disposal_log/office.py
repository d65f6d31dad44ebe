"""A small council's log in a temporary folder, and the people and batches that fill it."""

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from disposal_log import (
    JSON,
    Actor,
    Created,
    DisclosedValue,
    DisposalLog,
    EntryDraft,
    EntryType,
    Receipt,
    VerificationReport,
    verify_log,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORIGIN = "records.example.gov.uk/destruction/2026"
ENGINE = Actor(kind="service", ref="engine")
RITA = Actor(kind="person", ref="u-rita")
OMAR = Actor(kind="person", ref="u-omar")
RESERVE_BYTES = 256 * 1024
MANIFEST = "ab" * 32


def draft(
    kind: EntryType,
    body: dict[str, JSON],
    *,
    actor: Actor = ENGINE,
    at: datetime = NOON,
    disclosures: dict[str, DisclosedValue] | None = None,
) -> EntryDraft:
    return EntryDraft(type=kind, id=str(uuid.uuid4()), time=at, actor=actor, body=body, disclosures=disclosures or {})


@dataclass
class Office:
    """Where the log, its keys and its sidecar stand."""

    folder: Path
    created: Created | None = None
    opened: list[DisposalLog] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def sidecar(self) -> Path:
        return self.folder / "sidecar"

    @property
    def entries(self) -> Path:
        return self.log / "entries"

    def create(self) -> DisposalLog:
        self.created = DisposalLog.create(
            self.log,
            keys_directory=self.keys,
            sidecar_directory=self.sidecar,
            origin=ORIGIN,
            at=NOON,
            reserve_bytes=RESERVE_BYTES,
        )
        self.opened.append(self.created.log)
        return self.created.log

    def open(self, *, at: datetime = NOON) -> DisposalLog:
        log = DisposalLog.open(
            self.log,
            keys_directory=self.keys,
            sidecar_directory=self.sidecar,
            at=at,
            reserve_bytes=RESERVE_BYTES,
        )
        self.opened.append(log)
        return log

    def close(self) -> None:
        for log in self.opened:
            log.close()
        self.opened.clear()

    def verify(
        self, *, keys: Sequence[str] = (), is_sidecar_given: bool = False, seen: bytes | None = None
    ) -> VerificationReport:
        return verify_log(
            self.log,
            trusted_keys=keys,
            sidecar=self.sidecar if is_sidecar_given else None,
            seen=seen,
        )

    def copy(self, name: str) -> "Office":
        self.close()
        shutil.copytree(self.folder, self.folder.with_name(name))
        return Office(self.folder.with_name(name))

    def lines(self) -> list[bytes]:
        return (self.entries / "00000.jsonl").read_bytes().splitlines(keepends=True)

    def put_lines(self, lines: Sequence[bytes]) -> None:
        (self.entries / "00000.jsonl").write_bytes(b"".join(lines))


def lawful_story(batch: str = "B-1", *, items: int = 3) -> list[list[EntryDraft]]:
    """Give the appends of one batch from proposal to certificate: 8 + 2 * items entries."""
    numbers: list[JSON] = list(range(items))
    head: dict[str, JSON] = {"batch": batch, "asset": "A-1", "items": items, "bytes": items * 20, "manifest": MANIFEST}

    def outcome(item: int, result: str) -> EntryDraft:
        return draft(
            EntryType.ITEM_OUTCOME,
            {"batch": batch, "item": item, "result": result, "size": 20},
            disclosures={"path": f"Finance/2018/{batch}/Tŷ {item}.pdf", "sha256": "cd" * 32},
        )

    sums: dict[str, JSON] = {"destroyed": items}
    return [
        [draft(EntryType.POLICY_SET, {"digest": "00" * 32})],
        [
            draft(
                EntryType.BATCH_PROPOSED,
                {**head, "class": "FIN-07", "schedule": "3", "proposer": "u-rita"},
                actor=RITA,
                disclosures={"proposer_name": "Rita Jones"},
            )
        ],
        [
            draft(
                EntryType.BATCH_DECISION,
                {**head, "decision": "approve", "role": "IAO", "decider": "u-omar", "expires": "2027-01-31"},
                actor=OMAR,
            )
        ],
        [draft(EntryType.BATCH_INTENT, {"batch": batch, "phase": "quarantine", "items": numbers})],
        [outcome(item, "quarantined") for item in range(items)],
        [draft(EntryType.HOLD_CHECK, {"batch": batch, "phase": "purge", "register_version": "12", "held": 0})],
        [draft(EntryType.BATCH_INTENT, {"batch": batch, "phase": "purge", "items": numbers})],
        [outcome(item, "destroyed") for item in range(items)],
        [
            draft(
                EntryType.BATCH_CLOSED,
                {"batch": batch, "counts": sums, "bytes": {"destroyed": items * 20}},
            )
        ],
        [
            draft(
                EntryType.CERTIFICATE_ISSUED,
                {"certificate": f"C-{batch}", "batch": batch, "digest": "00" * 32, "status": "final"},
            )
        ],
    ]


def tell(log: DisposalLog, story: Sequence[Sequence[EntryDraft]]) -> list[Receipt]:
    return [receipt for drafts in story for receipt in log.append(drafts)]
