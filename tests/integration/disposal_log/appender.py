"""A program for the tests to kill: opens the log, appends for ever, says which ids were acknowledged."""

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from disposal_log import Actor, DisposalLog, EntryDraft, EntryType

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ENGINE = Actor(kind="service", ref="engine")


def drafts(count: int) -> list[EntryDraft]:
    return [
        EntryDraft(
            type=EntryType.EVENT_ATTESTED,
            id=str(uuid.uuid4()),
            time=NOON,
            actor=ENGINE,
            body={"number": number},
            disclosures={"path": f"file {number}"},
        )
        for number in range(count)
    ]


def main(folder: Path) -> None:
    log = DisposalLog.open(
        folder / "log",
        keys_directory=folder / "keys",
        sidecar_directory=folder / "sidecar",
        at=NOON,
        reserve_bytes=4096,
    )
    number = 0
    while True:
        number += 1
        batch = drafts(1 + number * 7 % 40)
        log.append(batch)
        sys.stdout.write("".join(f"{each.id}\n" for each in batch))
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
