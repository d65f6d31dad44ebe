"""The content of cabinets: folders are unpacked from front to back, over as many cabinets as they span."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanners.exports.packages.cab import (
    FROM_PREVIOUS,
    MSZIP,
    THROUGH,
    TO_NEXT,
    Cabinet,
    CabinetFile,
)
from scanners.exports.packages.errors import PackageUnreadableError

_HISTORY_BYTES = 32_768
_MSZIP_MARK = b"CK"  # [MS-MCI] 2.1


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """A file as it lies in a run; `cabinet` is the one in which it begins."""

    cabinet: str
    name: str
    size_bytes: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One folder, which may go on in the first folder of the next cabinet; its files in the order they lie in."""

    parts: tuple[tuple[Cabinet, int], ...]
    files: tuple[PackedFile, ...]

    def contents(self, is_wanted: Callable[[PackedFile], bool]) -> Iterator[tuple[PackedFile, Iterator[bytes]]]:
        """Yield the wanted files with their content in portions; take the portions before the next file.

        Raises:
            PackageUnreadableError: The content is cut off or damaged.
            CabinetCompressionError: It is packed in a way that is not read here.
        """
        tape = _Tape(self._unpacked(), name=self.parts[0][0].name)
        for file in filter(is_wanted, self.files):
            tape.forward_to(file.offset)
            yield file, tape.take(file.size_bytes)
            tape.forward_to(file.offset + file.size_bytes)

    def _unpacked(self) -> Iterator[bytes]:
        history = carried = b""
        for cabinet, number in self.parts:
            is_mszip = cabinet.compression(number) == MSZIP
            for packed, unpacked_bytes in cabinet.blocks(number):
                if unpacked_bytes == 0 and len(self.parts) > 1:
                    carried += packed  # [MS-CAB] 2.4: a block cut by the end of a cabinet goes on in the next
                    continue
                content = _inflate(carried + packed, history) if is_mszip else carried + packed
                if len(content) != unpacked_bytes:
                    raise _damaged(cabinet.name)
                carried, history = b"", (history + content)[-_HISTORY_BYTES:]
                yield content


class _Tape:
    """What a run unpacks to, read forwards only."""

    def __init__(self, chunks: Iterator[bytes], *, name: str) -> None:
        self._chunks = chunks
        self._name = name
        self._position = 0
        self._rest = b""

    def forward_to(self, offset: int) -> None:
        for _ in self.take(offset - self._position):
            pass

    def take(self, count: int) -> Iterator[bytes]:
        while count > 0:
            if not self._rest:
                self._rest = next(self._chunks, b"")
                if not self._rest:
                    raise PackageUnreadableError(package=self._name, detail="it is cut off")
            taken, self._rest = self._rest[:count], self._rest[count:]
            self._position += len(taken)
            count -= len(taken)
            yield taken


def runs_of(cabinets: Sequence[Cabinet]) -> tuple[Run, ...]:
    """Return the runs of cabinets given in the order of their set; unconnected cabinets may stand side by side.

    Raises:
        PackageUnreadableError: The files of a folder overlap, or a part of a set is missing.
    """
    runs: list[Run] = []
    open_parts: tuple[tuple[Cabinet, int], ...] = ()
    open_files: tuple[PackedFile, ...] = ()
    for cabinet in cabinets:
        for number in range(len(cabinet.folders)):
            marks = {file.folder for file in cabinet.files if _lies_in(file, number, len(cabinet.folders))}
            goes_back = number == 0 and bool(marks & {FROM_PREVIOUS, THROUGH})
            if goes_back and not (open_parts and _follows(cabinet, open_parts[-1][0])):
                raise _incomplete(cabinet.name, f"it goes on from {cabinet.previous_name!r}, which is missing")
            if open_parts and not goes_back:
                raise _incomplete(open_parts[-1][0].name, "the cabinet in which it goes on is missing")
            parts = (*open_parts, (cabinet, number))
            files = (*open_files, *_new_files(cabinet, number))
            if number == len(cabinet.folders) - 1 and marks & {TO_NEXT, THROUGH}:
                open_parts, open_files = parts, files
                continue
            runs.append(Run(parts=parts, files=_in_order(files, cabinet.name)))
            open_parts, open_files = (), ()
    if open_parts:
        name = open_parts[-1][0].next_name
        raise _incomplete(open_parts[-1][0].name, f"it goes on in {name!r}, which is missing")
    return tuple(runs)


def _follows(cabinet: Cabinet, before: Cabinet) -> bool:
    return (cabinet.set_id, cabinet.number) == (before.set_id, before.number + 1)


def _lies_in(file: CabinetFile, number: int, folder_count: int) -> bool:
    if file.folder in (FROM_PREVIOUS, THROUGH) and number == 0:
        return True
    return file.folder == number or (file.folder == TO_NEXT and number == folder_count - 1)


def _new_files(cabinet: Cabinet, number: int) -> Iterator[PackedFile]:
    """Yield the files that begin in this folder; those that go on from an earlier cabinet were listed there."""
    is_last = number == len(cabinet.folders) - 1
    for file in cabinet.files:
        if file.folder == number or (file.folder == TO_NEXT and is_last):
            yield PackedFile(cabinet=cabinet.name, name=file.name, size_bytes=file.size_bytes, offset=file.offset)


def _in_order(files: Iterable[PackedFile], cabinet: str) -> tuple[PackedFile, ...]:
    ordered = sorted(files, key=lambda file: (file.offset, file.size_bytes))
    end = 0
    for file in ordered:
        if file.offset < end:
            raise PackageUnreadableError(package=cabinet, detail="files in it overlap, which real ones never do")
        end = file.offset + file.size_bytes
    return tuple(ordered)


def _inflate(packed: bytes, history: bytes) -> bytes:
    if not packed.startswith(_MSZIP_MARK):
        return b""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS, zdict=history)
    try:
        content = inflater.decompress(packed[len(_MSZIP_MARK) :], _HISTORY_BYTES)
    except zlib.error:
        return b""
    return content if inflater.eof else b""


def _damaged(name: str) -> PackageUnreadableError:
    return PackageUnreadableError(package=name, detail="it is damaged: a block of it cannot be unpacked")


def _incomplete(name: str, detail: str) -> PackageUnreadableError:
    step = "Put all parts of the package into one folder and import it again."
    return PackageUnreadableError(package=name, detail=detail, next_step=step)
