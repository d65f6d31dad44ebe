"""Putting the sidecar in order when a log is opened: redactions cut short, values that nobody sealed.

Stands beside `recovering`. The log decides what must be gone; the sidecar follows.
"""

import logging
from pathlib import Path

from disposal_log.errors import SidecarError
from disposal_log.files.reading import iterate_entries, iterate_lines
from disposal_log.files.sidecar import IdIndex, Row, Sidecar, ValueSpan
from disposal_log.files.value_keys import scope_of
from disposal_log.formats.canonical import JSON
from disposal_log.formats.entries import EntryType, decode_entry, read_time

logger = logging.getLogger(__name__)


def finish_redactions(sidecar: Sidecar, index: IdIndex) -> None:
    """Erase what a redaction in the log names and a crash kept; forget what no entry tells of."""
    try:
        intended = sidecar.intended()
        recorded = index.find(intended)
        for entry_id, spans in intended.items():
            if entry_id in recorded:
                sidecar.erase(spans)
            sidecar.forget_intent(entry_id)
    except SidecarError as error:
        # a full disk must not keep the log from recording what was done; the verifier tells of the values
        logger.warning("disposal_log_redaction_unfinished", extra={"reason": error.reason})


def erase_again(directory: Path, sidecar: Sidecar, *, size: int) -> int:
    """Erase whatever any redaction in the log names: a sidecar put back from a backup may hold it again.

    Raises:
        LogCorruptError: if an entry is missing or malformed.
        SidecarError: if the disk refuses.
    """
    spans: list[ValueSpan] = []
    for stored in iterate_entries(directory, start=0, size=size, sidecar=None):
        if stored.entry["type"] == EntryType.REDACTION:
            spans += spans_of(stored.entry.get("targets"), before=stored.seq)
    return sidecar.erase(spans) if spans else 0


def spans_of(targets: JSON, *, before: int) -> list[ValueSpan]:
    """Read the targets of the redaction that is entry `before`."""
    found: list[ValueSpan] = []
    for target in targets if isinstance(targets, list) else []:
        match target:
            case {"first": int(first), "last": int(last), "names": list(names)} if 0 <= first <= last < before:
                texts = tuple(name for name in names if isinstance(name, str))
                found.append(ValueSpan(first=first, last=last, names=texts))
            case _:
                continue
    return found


def seal_old_values(directory: Path, sidecar: Sidecar, *, size: int) -> None:
    """Seal the values that an earlier version kept as they were; cut short, the next opening goes on.

    Raises:
        LogCorruptError: if an entry is missing or malformed.
    """
    if not sidecar.has_plain:
        return
    try:
        while rows := sidecar.plain():
            sidecar.seal_plain(_with_scopes(directory, rows, size=size))
        sidecar.end_plain()
    except (OSError, SidecarError) as error:
        logger.warning("disposal_log_values_unsealed", extra={"reason": str(error)})


def _with_scopes(directory: Path, rows: list[tuple[int, str, str]], *, size: int) -> list[Row]:
    scopes: dict[int, str] = {}
    wanted = {seq for seq, _, _ in rows}
    for seq, line in iterate_lines(directory, start=max(0, min(wanted)), size=min(size, max(wanted) + 1)):
        if seq in wanted:
            entry = decode_entry(line, seq=seq)
            scopes[seq] = scope_of(entry, read_time(str(entry["time"])))
    return [(seq, name, text, scopes.get(seq, "nothing")) for seq, name, text in rows]
