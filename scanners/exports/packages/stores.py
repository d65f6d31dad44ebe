"""Where the files of a package lie: in a folder as they are, or in one or several cabinets."""

import os
import tempfile
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from scanners.exports.errors import ExportChangedError
from scanners.exports.packages.cab import Cabinet
from scanners.exports.packages.cab_sets import PackedFile, runs_of
from scanners.exports.packages.control import HEAD_BYTES, ControlText, is_control_name
from scanners.exports.packages.errors import PackageUnreadableError
from scanners.exports.packages.walking import root_of
from scanners.opening import CHUNK_BYTES, FileOpener
from scanners.source import ByteSource, DescriptorSource

_MIN_SPOOLED_BYTES = 256 << 20
_LARGEST_RATIO = 200  # manifests shrink to a twentieth, and content is never unpacked to a disk
_MAX_OPEN_FILES = 16  # a package may hold more manifests than a process may open

IsWanted = Callable[[str, str], bool]
Contents = Iterator[tuple[str, str, Iterator[bytes]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The names and sizes that the folder (`name` is empty) or one cabinet holds; `doubled` are held twice."""

    name: str
    sizes: dict[str, int]
    doubled: frozenset[str] = frozenset()


class Store(Protocol):
    """Something that holds the files of a package."""

    @property
    def listings(self) -> tuple[Listing, ...]:
        """What it holds."""
        ...

    @property
    def texts(self) -> tuple[ControlText, ...]:
        """Every XML file in it."""
        ...

    def seekable(self, listing: str, name: str) -> ByteSource:
        """Return a file that can be read from any place."""
        ...

    def contents(self, is_wanted: IsWanted) -> Contents:
        """Yield listing, name and content of every wanted file; take the content before the next one."""
        ...

    def check(self) -> None:
        """Make sure that what was read is still what is there.

        Raises:
            ExportChangedError: It was changed or replaced in the meantime.
        """
        ...

    def close(self) -> None:
        """Let go of everything that is open."""
        ...


class FolderStore:
    """A package that was not compressed: a folder of files."""

    def __init__(self, folder: str) -> None:
        self._opener = FileOpener(folder)
        self._identities: dict[str, tuple[int, ...]] = {}
        self._descriptors: OrderedDict[str, int] = OrderedDict()
        weakref.finalize(self, _close_all, self._opener, self._descriptors)
        self.listings = (Listing(name="", sizes=sizes_in(folder)),)
        self.texts = tuple(map(self._text, sorted(filter(is_control_name, self.listings[0].sizes))))

    def _text(self, name: str) -> ControlText:
        source = self.seekable("", name)
        return ControlText(name=name, cabinet="", root=root_of(source.at(0, HEAD_BYTES)), source=source)

    def seekable(self, listing: str, name: str) -> ByteSource:
        """Return a file that can be read from any place."""
        return _FolderFile(self, name, self.listings[0].sizes[name])

    def contents(self, is_wanted: IsWanted) -> Contents:
        """Yield listing, name and content of every wanted file, by name."""
        for name in sorted(self.listings[0].sizes):
            if is_wanted("", name):
                with os.fdopen(self._opener.open_file(name), "rb") as stream:
                    yield "", name, iter(lambda stream=stream: stream.read(CHUNK_BYTES), b"")  # type: ignore[misc]

    def descriptor(self, name: str) -> int:
        """Return an open file, which must still be the one that was first opened under this name.

        Raises:
            FileUnreadableError: It cannot be opened.
            ExportChangedError: It was changed or replaced in the meantime.
        """
        if name in self._descriptors:
            self._descriptors.move_to_end(name)
            return self._descriptors[name]
        if len(self._descriptors) >= _MAX_OPEN_FILES:
            os.close(self._descriptors.popitem(last=False)[1])
        descriptor = self._descriptors[name] = self._opener.open_file(name)
        self._check(name, descriptor)
        return descriptor

    def check(self) -> None:
        """Make sure that every file that was read from any place is what it was.

        Raises:
            ExportChangedError: One was changed or replaced in the meantime.
        """
        for name in tuple(self._identities):
            self._check(name, self.descriptor(name))

    def _check(self, name: str, descriptor: int) -> None:
        seen = os.fstat(descriptor)
        identity = (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        if self._identities.setdefault(name, identity) != identity:
            raise ExportChangedError(file=name)

    def close(self) -> None:
        """Let go of everything that is open."""
        _close_all(self._opener, self._descriptors)


@dataclass(frozen=True, slots=True)
class _FolderFile:
    store: FolderStore
    name: str
    size_bytes: int

    def at(self, offset: int, length: int) -> bytes:
        return os.pread(self.store.descriptor(self.name), length, offset)


class CabinetStore:
    """A package in cabinets, in the order of their set; control files are unpacked to temporary files without names."""

    def __init__(self, opener: FileOpener, cabinets: Sequence[Cabinet]) -> None:
        self._open = ExitStack()
        weakref.finalize(self, self._open.close)
        self._open.callback(opener.close)
        self._runs = runs_of(cabinets)
        self._left_bytes = max(_MIN_SPOOLED_BYTES, _LARGEST_RATIO * sum(cabinet.size_bytes for cabinet in cabinets))
        self.listings = tuple(self._listing(cabinet.name) for cabinet in cabinets)
        self.texts = tuple(self._texts())

    def _listing(self, cabinet: str) -> Listing:
        files = [file for run in self._runs for file in run.files if file.cabinet == cabinet]
        counts = Counter(file.name for file in files)
        doubled = frozenset(name for name, count in counts.items() if count > 1)
        return Listing(name=cabinet, sizes={file.name: file.size_bytes for file in files}, doubled=doubled)

    def _texts(self) -> Iterator[ControlText]:
        for cabinet, name, content in self.contents(lambda _, name: is_control_name(name)):
            head = b""
            while len(head) < HEAD_BYTES and (chunk := next(content, b"")):
                head += chunk
            text = ControlText(name=name, cabinet=cabinet, root=root_of(head), source=None)
            if text.role:
                text.source = self._spooled(cabinet, head, content)
            yield text

    def _spooled(self, cabinet: str, head: bytes, content: Iterator[bytes]) -> ByteSource:
        spool = self._open.enter_context(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115  the stack closes it
        size_bytes = 0
        for chunk in _joined(head, content):
            size_bytes += len(chunk)
            if size_bytes > self._left_bytes:
                raise PackageUnreadableError(package=cabinet, detail="it unpacks to far more than its size suggests")
            spool.write(chunk)
        self._left_bytes -= size_bytes
        return DescriptorSource(spool.fileno(), size_bytes)

    def seekable(self, listing: str, name: str) -> ByteSource:
        """Return a file that can be read from any place; it is unpacked for that."""
        for cabinet, _, content in self.contents(lambda found, file: (found, file) == (listing, name)):
            return self._spooled(cabinet, b"", content)
        raise PackageUnreadableError(package=listing, detail=f"there is no file {name!r} in it")

    def contents(self, is_wanted: IsWanted) -> Contents:
        """Yield cabinet, name and content of every wanted file, as they lie."""

        def wants(file: PackedFile) -> bool:
            return is_wanted(file.cabinet, file.name)

        for run in self._runs:
            if any(map(wants, run.files)):
                for file, content in run.contents(wants):
                    yield file.cabinet, file.name, content

    def check(self) -> None:
        """Do nothing: what is read was unpacked to where nobody else comes."""

    def close(self) -> None:
        """Let go of everything that is open."""
        self._open.close()


def sizes_in(folder: str) -> dict[str, int]:
    """Return the names and sizes of the regular files directly in a folder; a link is none.

    Raises:
        PackageUnreadableError: The folder cannot be listed.
    """
    try:
        with os.scandir(folder) as entries:
            return {
                entry.name: entry.stat(follow_symlinks=False).st_size
                for entry in entries
                if entry.is_file(follow_symlinks=False)
            }
    except OSError as error:
        detail = f"its folder cannot be listed: {error.strerror or error}"
        raise PackageUnreadableError(package=folder, detail=detail) from error


def _joined(head: bytes, content: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from content


def _close_all(opener: FileOpener, descriptors: OrderedDict[str, int]) -> None:
    while descriptors:
        os.close(descriptors.popitem()[1])
    opener.close()
