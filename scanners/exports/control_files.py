"""Opening the files that say what is in an export: their digest, their encoding, and that they stay what they were.

A control file is read several times (to take its digest, to survey its columns, to give its records) and every
reading must be of the same bytes: evidence names one digest.
"""

import codecs
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from scanners.exports.errors import ExportChangedError, ExportUnreadableError
from scanners.exports.record import ControlFile
from scanners.opening import CHUNK_BYTES, open_quietly, reason_of

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_HEAD_BYTES = 8192
_FALLBACK = "scanners.exports.windows-1252"
_NOT_UTF8 = "some bytes are not UTF-8 and were read as Windows-1252 (Western European): check names with accents"
_NO_MARK = "it looks like UTF-16 without a mark and was read so"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCode:
    """How the bytes of a text file become characters; `note` says in words what is doubtful about that."""

    encoding: str
    errors: str = "strict"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSource:
    """One control file, as it was when its digest was taken; `shown_path` is what people are told."""

    path: str
    shown_path: str
    identity: tuple[int, ...]
    size_bytes: int
    sha256: str
    head: bytes
    code: TextCode

    @property
    def control_file(self) -> ControlFile:
        """What the description of an export says of it."""
        return ControlFile(path=self.shown_path, sha256=self.sha256, size_bytes=self.size_bytes)

    @contextmanager
    def descriptor(self) -> Iterator[int]:
        """Lend a descriptor, and make sure before and after that the file is still the same.

        Raises:
            ExportUnreadableError: It cannot be opened any more.
            ExportChangedError: It was changed or replaced.
        """
        with _opened(self.path, self.shown_path) as descriptor:
            self._check(descriptor)
            yield descriptor
            self._check(descriptor)

    @contextmanager
    def text(self) -> Iterator[io.TextIOWrapper]:
        """Lend the file as text, line ends as they stand.

        Raises:
            ExportError: As for `descriptor`; a read that fails half-way raises `ExportUnreadableError`.
        """
        with (
            self.descriptor() as descriptor,
            open(descriptor, "rb", closefd=False) as stream,
            io.TextIOWrapper(stream, encoding=self.code.encoding, errors=self.code.errors, newline="") as text,
        ):
            try:
                yield text
            except OSError as error:
                raise ExportUnreadableError(file=self.shown_path, detail=reason_of(error)[1]) from error

    def _check(self, descriptor: int) -> None:
        if _identity(os.fstat(descriptor)) != self.identity:
            raise ExportChangedError(file=self.shown_path)


def take_control_file(path: str, *, shown_path: str = "") -> ControlSource:
    """Read a control file once: its digest, its beginning and its encoding. Memory: one MiB.

    Raises:
        ExportUnreadableError: It is missing, denied, a link or no regular file.
    """
    shown = shown_path or path
    with _opened(path, shown) as descriptor:
        found = os.fstat(descriptor)
        digest = hashlib.sha256()
        decoding = _Decoding()
        head = b""
        try:
            for chunk in iter(lambda: os.read(descriptor, CHUNK_BYTES), b""):
                head = head or chunk[:_HEAD_BYTES]
                digest.update(chunk)
                decoding.feed(chunk)
        except OSError as error:
            raise ExportUnreadableError(file=shown, detail=reason_of(error)[1]) from error
        return ControlSource(
            path=path,
            shown_path=shown,
            identity=_identity(found),
            size_bytes=found.st_size,
            sha256=digest.hexdigest(),
            head=head,
            code=_code_of(head, is_utf8=decoding.is_utf8()),
        )


@contextmanager
def _opened(path: str, shown: str) -> Iterator[int]:
    try:
        descriptor = open_quietly(path, _FLAGS)
    except ValueError as error:
        raise ExportUnreadableError(file=shown, detail="no file can have this name") from error
    except OSError as error:
        raise ExportUnreadableError(file=shown, detail=reason_of(error)[1]) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ExportUnreadableError(file=shown, detail="it is not a file")
        yield descriptor
    finally:
        os.close(descriptor)


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class _Decoding:
    """Follows whether everything so far is valid UTF-8."""

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()

    def feed(self, chunk: bytes) -> None:
        self._try(chunk, is_last=False)

    def is_utf8(self) -> bool:
        self._try(b"", is_last=True)
        return self._decoder is not None

    def _try(self, chunk: bytes, *, is_last: bool) -> None:
        try:
            if self._decoder is not None:
                self._decoder.decode(chunk, is_last)
        except UnicodeDecodeError:
            self._decoder = None


def _code_of(head: bytes, *, is_utf8: bool) -> TextCode:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return TextCode(encoding="utf-16", errors="replace")
    wide = _wide_without_mark(head)
    if wide:
        return TextCode(encoding=wide, errors="replace", note=_NO_MARK)
    if is_utf8:
        return TextCode(encoding="utf-8-sig")
    # Several tools append to one file in different encodings, so only the bytes that are no UTF-8 are taken otherwise.
    return TextCode(encoding="utf-8-sig", errors=_FALLBACK, note=_NOT_UTF8)


def _wide_without_mark(head: bytes) -> str:
    half = len(head) // 2
    if half and head[1::2].count(0) > half * 0.6:
        return "utf-16-le"
    if half and head[0::2].count(0) > half * 0.6:
        return "utf-16-be"
    return ""


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_FALLBACK, _as_windows)
