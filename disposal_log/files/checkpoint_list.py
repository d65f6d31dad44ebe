"""Every checkpoint ever signed, one canonical JSON line each: `{"note":"…"}`.

Stands above `checkpoints`. The list follows the commit point and may lag behind it after a crash; it never
leads. Its old roots let a verifier say between which two commits a log was changed.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from disposal_log.errors import (
    CanonicalFormError,
    CheckpointInvalidError,
    LogUnreadableError,
    NoteInvalidError,
)
from disposal_log.files.durable import write_all
from disposal_log.formats.canonical import canonical, parse_canonical
from disposal_log.formats.checkpoints import SignedCheckpoint, open_checkpoint
from disposal_log.signing.notes import MAX_NOTE_BYTES, VerifierKey

TAIL_BYTES = 1 << 20


def spell_line(note: bytes) -> bytes:
    """Spell the list's line for a checkpoint note, newline and all."""
    return canonical({"note": note.decode("utf-8")}) + b"\n"


def note_in_line(line: bytes) -> bytes:
    """Take the note out of one line (without its newline), checking no signature.

    Raises:
        CheckpointInvalidError: if it is no note, spelled canonically.
    """
    try:
        value = parse_canonical(line)
    except CanonicalFormError as error:
        raise CheckpointInvalidError(reason=error.reason) from error
    match value:
        case {"note": str(note), **rest} if not rest:
            return note.encode("utf-8")
        case _:
            raise CheckpointInvalidError(reason="the line holds something else than a note")


def parse_line(line: bytes, known: Sequence[VerifierKey]) -> SignedCheckpoint:
    """Read and check one line (without its newline).

    Raises:
        CheckpointInvalidError: if it is not a signed checkpoint of a known key, spelled canonically.
    """
    try:
        return open_checkpoint(note_in_line(line), known)
    except NoteInvalidError as error:
        raise CheckpointInvalidError(reason=error.reason) from error


def list_length(path: Path) -> int:
    """Give the length of the list in bytes; 0 when there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def read_lines(path: Path, *, length: int) -> Iterator[bytes]:
    """Yield the lines in the first `length` bytes with their newlines; the last may lack one.

    Raises:
        LogUnreadableError: if the system refuses to read the list.
    """
    if length == 0:
        return
    try:
        with path.open("rb") as file:
            while length > 0 and (line := file.readline(min(length, 2 * MAX_NOTE_BYTES))):
                length -= len(line)
                yield line
    except OSError as error:
        raise LogUnreadableError(path=path, reason=error.strerror or str(error)) from error


def last_checkpoint(path: Path, known: Sequence[VerifierKey]) -> tuple[SignedCheckpoint | None, int]:
    """Find the newest good line of the list.

    Returns:
        The checkpoint, or None when there is no good line near the end; and the length of the list up to
        and with that line.
    """
    length = list_length(path)
    if length == 0:
        return None, 0
    start = max(0, length - TAIL_BYTES)
    with path.open("rb") as file:
        file.seek(start)
        tail = file.read()
    end = tail.rfind(b"\n") + 1
    while end > 0:
        begin = tail.rfind(b"\n", 0, end - 1) + 1
        try:
            return parse_line(tail[begin : end - 1], known), start + end
        except CheckpointInvalidError:
            end = begin
    return None, start


def append_lines(path: Path, notes: Sequence[bytes], *, length: int) -> int:
    """Append notes to a list of known length; give the new length.

    Raises:
        OSError: if the disk refuses; the list is cut back to `length`.
    """
    content = b"".join(map(spell_line, notes))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        write_all(descriptor, content)
    except OSError:
        os.ftruncate(descriptor, length)
        raise
    finally:
        os.close(descriptor)
    return length + len(content)
