"""Finding the content that a manifest names, and reading it.

A name in a manifest is text from a stranger. It is looked up among the names that are there and never becomes a
path; where it could mean two things, it means neither.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanners.containers.allowance import Allowance
from scanners.containers.zipped import Archive
from scanners.errors import ContentError
from scanners.exports.packages.control import ArchivedFiles, ControlText
from scanners.exports.packages.errors import PackageUnreadableError
from scanners.exports.packages.stores import Store
from scanners.exports.record import ContentPlace

_LONGEST_NAME = 255
_SAID_NAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Content that is there: where, and how large."""

    place: ContentPlace
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentDigest:
    """What one content was found to be when it was read."""

    place: ContentPlace
    size_bytes: int
    sha256: str
    md5: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pack:
    listing: str
    name: str
    archive: Archive


class PackageContents:
    """All content of one package; what was asked for is remembered, so that the rest can be said."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._packs: list[_Pack] = []
        self._packed: dict[str, list[tuple[_Pack, int]]] = {}
        self._folded: dict[tuple[str, str], list[str]] | None = None
        self._asked: set[ContentPlace] = set()
        self._controls = {(text.cabinet, text.name) for text in store.texts if text.role}
        self._whole = {text.cabinet for text in store.texts if text.role == "SPObjects"}
        self.troubles: list[str] = []

    def add_packs(self, archived: ArchivedFiles, text: ControlText) -> None:
        """Take in the ZIP archives that one `ArchivedFiles.xml` lists, if they lie where it lies."""
        sizes = next(listing.sizes for listing in self._store.listings if listing.name == text.cabinet)
        for name, members in archived.packs.items():
            if _unsafe(name) or name not in sizes:
                self.troubles.append(f"the archive {name!r} with the content of {len(members)} files is missing")
                continue
            try:
                pack = _Pack(listing=text.cabinet, name=name, archive=Archive(self._store.seekable(text.cabinet, name)))
            except ContentError as error:
                self.troubles.append(f"the archive {name!r} cannot be read: {error.detail}")
                continue
            self._packs.append(pack)
            self._controls.add((text.cabinet, name))
            for member in members:
                if found := pack.archive.members.get(member):
                    self._packed.setdefault(member, []).append((pack, found.unpacked_bytes))

    def find(self, name: str, *, near: str) -> Blob | str:
        """Return the content that a manifest in the cabinet `near` means by `name`, or in words why there is none."""
        if reason := _unsafe(name):
            return f"the name of its content, {name!r}, {reason}: it was refused"
        found = [*self._held(name, near), *self._in_packs(name)]
        if not found:
            return f"its content {name!r} is missing from the package"
        if len(found) > 1:
            places = ", ".join(sorted({blob.place.path for blob in found}))
            return f"its content {name!r} could be one of {len(found)} files (in {places}): none was taken"
        self._asked.add(found[0].place)
        return found[0]

    def left_over(self) -> str:
        """Return in words how much content no record asked for; empty when there is none."""
        names = [
            f"{listing.name}!/{name}" if listing.name else name
            for listing in self._store.listings
            for name in listing.sizes
            if (listing.name, name) not in self._controls and _place(listing.name, name) not in self._asked
        ]
        if not names:
            return ""
        said = ", ".join(map(repr, sorted(names)[:_SAID_NAMES]))
        more = f" and {len(names) - _SAID_NAMES} more" if len(names) > _SAID_NAMES else ""
        return f"{len(names)} files in the package belong to no record: {said}{more}"

    def digests(self) -> Iterator[ContentDigest]:
        """Yield size and digests of all content, in one run through the package; memory: one portion.

        Raises:
            PackageUnreadableError: Content is damaged or cut off.
        """
        for place, content in self.wanted(lambda _: True):
            sha256, md5, size_bytes = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
            for chunk in content:
                sha256.update(chunk)
                md5.update(chunk)
                size_bytes += len(chunk)
            yield ContentDigest(place=place, size_bytes=size_bytes, sha256=sha256.hexdigest(), md5=md5.hexdigest())

    def read(self, place: ContentPlace) -> Iterator[bytes]:
        """Yield the content at one place; in a cabinet everything before it is unpacked as well.

        Raises:
            PackageUnreadableError: There is nothing at this place, or it is damaged.
        """
        for _, content in self.wanted(lambda found: found == place):
            yield from content
            return
        raise PackageUnreadableError(package=place.path, detail=f"there is no content {place.part!r} in it")

    def wanted(self, is_wanted: Callable[[ContentPlace], bool]) -> Iterator[tuple[ContentPlace, Iterator[bytes]]]:
        """Yield the content at every wanted place, in one run through the package; take it before the next one.

        Raises:
            PackageUnreadableError: Content is damaged or cut off.
        """

        def is_asked(listing: str, name: str) -> bool:
            return (listing, name) not in self._controls and is_wanted(_place(listing, name))

        for listing, name, content in self._store.contents(is_asked):
            yield _place(listing, name), content
        for pack in self._packs:
            for member in pack.archive.members.values():
                place = _pack_place(pack, member.name)
                if is_wanted(place):
                    yield place, _unpacked(pack, member.name, member.unpacked_bytes)

    def _held(self, name: str, near: str) -> list[Blob]:
        holders = {listing.name: listing for listing in self._store.listings}
        found = [listing for listing in holders.values() if name in listing.sizes]
        if not found:
            return self._held_otherwise(name)
        others = [listing for listing in found if listing.name != near]
        # Names restart in each cabinet. The manifest's own cabinet is meant only when the others have their own.
        if len(found) > len(others) and all(listing.name in self._whole for listing in others):
            found = [holders[near]]
        return [
            Blob(place=_place(listing.name, name), size_bytes=listing.sizes[name])
            for listing in found
            for _ in range(2 if name in listing.doubled else 1)
            if (listing.name, name) not in self._controls
        ]

    def _held_otherwise(self, name: str) -> list[Blob]:
        """Return files whose name differs in case only: manifests were written where that is no difference."""
        if self._folded is None:
            self._folded = {}
            for listing in self._store.listings:
                for held in listing.sizes:
                    self._folded.setdefault((listing.name, held.casefold()), []).append(held)
        return [
            Blob(place=_place(listing.name, held), size_bytes=listing.sizes[held])
            for listing in self._store.listings
            for held in self._folded.get((listing.name, name.casefold()), ())
            if (listing.name, held) not in self._controls
        ]

    def _in_packs(self, name: str) -> list[Blob]:
        return [
            Blob(place=_pack_place(pack, name), size_bytes=size_bytes)
            for pack, size_bytes in self._packed.get(name, ())
        ]


def _place(listing: str, name: str) -> ContentPlace:
    return ContentPlace(path=listing, part=name) if listing else ContentPlace(path=name)


def _pack_place(pack: _Pack, member: str) -> ContentPlace:
    if pack.listing:
        return ContentPlace(path=pack.listing, part=f"{pack.name}!/{member}")
    return ContentPlace(path=pack.name, part=member)


def _unpacked(pack: _Pack, member: str, size_bytes: int) -> Iterator[bytes]:
    try:
        yield from pack.archive.chunks(member, allowance=Allowance(size_bytes))
    except ContentError as error:
        raise PackageUnreadableError(package=pack.name, detail=f"its part {member!r}: {error.detail}") from error


def _unsafe(name: str) -> str:
    """Return in words why a name cannot be that of content in a package: it has no folders there."""
    if not name.strip() or name in (".", ".."):
        return "is empty or names a folder"
    if any(mark in name for mark in "/\\"):
        return "leads to another folder"
    if ":" in name:
        return "names a drive or a hidden stream"
    if any(ord(character) < 32 for character in name) or len(name) > _LONGEST_NAME:  # noqa: PLR2004  control characters
        return "is no name of a file"
    return ""
