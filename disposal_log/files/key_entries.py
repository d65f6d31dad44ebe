"""Finds the entries about keys without reading the others: what is needed to list keys, or to find forgotten ones.

Stands above `segments`. It proves nothing; whoever needs to know whether the log is intact verifies it.
"""

from collections.abc import Iterator
from pathlib import Path

from disposal_log.errors import EntryInvalidError, LogCorruptError
from disposal_log.files import layout
from disposal_log.files.segments import LineReader
from disposal_log.formats.canonical import JSON
from disposal_log.formats.entries import decode_entry
from disposal_log.formats.epochs import KEY_TYPES, KeyHistory
from disposal_log.signing.notes import VerifierKey

# in canonical JSON a quotation mark inside a text is escaped, so this is never part of a value
_MARKS = (b'"type":"key.', b'"type":"log.open"')


def key_entries(directory: Path, *, size: int) -> Iterator[tuple[int, dict[str, JSON]]]:
    """Yield `(seq, entry)` for the entries about keys among the first `size`, as far as they can be read.

    Raises:
        LogUnreadableError: if the system refuses to read a segment.
    """
    reader = LineReader(directory / layout.ENTRIES_DIRECTORY)
    first, second = _MARKS
    try:
        for seq, line in enumerate(reader.take(size)):
            if first not in line and second not in line:
                continue
            try:
                entry = decode_entry(line, seq=seq)
            except EntryInvalidError:
                continue  # the tree will say where it is broken
            if entry["type"] in KEY_TYPES:
                yield seq, entry
    finally:
        reader.close()


def read_history(directory: Path, *, size: int) -> KeyHistory:
    """Follow the keys over the first `size` entries.

    Raises:
        LogCorruptError: if the entries tell of keys that cannot be.
        LogUnreadableError: if the system refuses to read a segment.
    """
    history = KeyHistory()
    for seq, entry in key_entries(directory, size=size):
        fault = history.observe(seq, entry)
        if fault is not None:
            raise LogCorruptError(directory=directory, reason=fault, first_broken_entry=seq)
    return history


def keys_named(directory: Path, *, size: int) -> tuple[VerifierKey, ...]:
    """Give every key that the entries name, believed or not: to find out who may have signed something.

    Raises:
        LogUnreadableError: if the system refuses to read a segment.
    """
    history = KeyHistory()
    for seq, entry in key_entries(directory, size=size):
        history.observe(seq, entry)
    return history.known
