"""Listing what lies in an archive, and in the archives inside it, within fixed bounds; nothing is ever written.

An archive is one unit of disposal: its text is the names of what it holds, so that rules can look at them.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from scanners.containers.allowance import Allowance
from scanners.containers.cabinet import list_cabinet
from scanners.containers.disc import list_disc
from scanners.containers.packed import list_bzip2, list_gzip, list_xz
from scanners.containers.rar import list_rar
from scanners.containers.sevenzip import list_sevenzip
from scanners.containers.shelf import ArchiveEntry, ContentOpener, Shelf
from scanners.containers.tarred import list_tar
from scanners.containers.zip_listing import list_zip
from scanners.errors import (
    BrokenContentError,
    ContentError,
    EncryptedContentError,
    OversizedContentError,
    UnopenedContentError,
)
from scanners.identification import media_types as types
from scanners.identification.identify import recognise
from scanners.observation import ContainedMember, MemberKind
from scanners.source import ByteSource, MemorySource
from scanners.text.reading import Draft, EnoughTextError

_MAX_LEVELS = 3
_MAX_INNER_ARCHIVES = 300
_MAX_INNER_BYTES = 32 << 20
_MAX_UNPACKED_BYTES = 256 << 20
_MAX_ENTRIES = 1_000_000
_MAX_NAME_CHARS = 2000
_BETWEEN_LEVELS = "!/"
_INNER_ENDINGS = (
    *(".zip", ".tar", ".tgz", ".tar.gz", ".tbz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz", ".7z", ".cab"),
    *(".rar", ".iso", ".pst", ".ost", ".arj", ".lzh"),
)

ArchiveLister = Callable[[ByteSource, Shelf], None]

LISTERS: dict[str, ArchiveLister] = {
    types.ZIP: list_zip,
    types.TAR: list_tar,
    types.GZIP: list_gzip,
    types.BZIP2: list_bzip2,
    types.XZ: list_xz,
    types.SEVEN_ZIP: list_sevenzip,
    types.CABINET: list_cabinet,
    types.RAR: list_rar,
    types.DISC_IMAGE: list_disc,
}


def read_archive(media_type: str, source: ByteSource, draft: Draft) -> None:
    """List the members of an archive; what is found before a failure is kept.

    Args:
        media_type: One of `ARCHIVE_KINDS`.
        source: The archive; only its tables of contents are read where it has them, so it may be larger than memory.
        draft: Takes the members, and their names as text.

    Raises:
        ContentError: It cannot be listed, or something in it could not be looked into.
        OSError: The source is a file on a share that cannot be read.
    """
    inventory = _Inventory(draft)
    inventory.look_into(media_type, source)
    inventory.conclude()


class _Inventory:
    """The shelf: takes entries, looks into the archives among them, and remembers what could not be looked into."""

    def __init__(self, draft: Draft) -> None:
        self.allowance = Allowance(_MAX_UNPACKED_BYTES)
        self._draft = draft
        self._has_room = True
        self._prefixes: list[str] = []
        self._opened = 0
        self._locked = 0
        self._failures: list[ContentError] = []
        self._failed = Counter[type[ContentError]]()

    def look_into(self, media_type: str, source: ByteSource) -> None:
        """List one archive, the outermost or one inside."""
        try:
            if media_type in _UNOPENED_IN_WORDS:
                raise UnopenedContentError(_UNOPENED_IN_WORDS[media_type])
            if media_type == types.PST:
                self._list_mailbox(source)
            else:
                LISTERS[media_type](source, self)
        except ContentError as error:
            self._fail(error)

    def put(self, entry: ArchiveEntry, *, content: ContentOpener | None = None) -> None:
        """Note one entry, and what lies in it if it is an archive.

        Raises:
            OversizedContentError: There are too many.
        """
        if self._draft.member_count >= _MAX_ENTRIES:
            raise OversizedContentError(f"it holds more than {_MAX_ENTRIES} files")
        path = "".join(self._prefixes) + entry.name[:_MAX_NAME_CHARS]
        inner = self._inner(path, entry, content)
        self._locked += entry.is_encrypted
        self._draft.hold(
            ContainedMember(
                path=path,
                kind=MemberKind.ENTRY,
                size_bytes=entry.size_bytes,
                media_type=inner[0] if inner else "",
                modified=entry.modified,
                is_encrypted=entry.is_encrypted,
            )
        )
        self._add_name(path)
        if inner and (inner[0] in ARCHIVE_KINDS or inner[0] == types.PST):
            self._prefixes.append(entry.name[:_MAX_NAME_CHARS] + _BETWEEN_LEVELS)
            self.look_into(*inner)
            self._prefixes.pop()

    def _list_mailbox(self, source: ByteSource) -> None:
        """Note the messages of an Outlook data file that lies in an archive."""
        from scanners.text.pst import read_pst  # noqa: PLC0415  few shares hold any

        inner = Draft(limit_chars=self._draft.limit_chars)
        prefix = "".join(self._prefixes)
        try:
            read_pst(source, inner)
        finally:
            for member in inner.members:
                self._draft.hold(replace(member, path=prefix + member.path))
            self._draft.member_count += inner.member_count - len(inner.members)
            self._add_name(inner.text())

    def conclude(self) -> None:
        """Say what could not be looked into.

        Raises:
            ContentError: There is something; of several the first of the gravest kind gives its kind.
        """
        if self._locked:
            count = self._draft.member_count
            words = f"all {count} files" if self._locked == count else f"{self._locked} of the {count} files"
            raise EncryptedContentError(f"{words} in it are locked with a password")
        for kind in (EncryptedContentError, BrokenContentError, UnopenedContentError, OversizedContentError):
            for failure in self._failures:
                if isinstance(failure, kind):
                    others = self._failed.total() - 1
                    raise kind(failure.detail + (f" (and {others} more like it)" if others else ""))

    def _inner(self, path: str, entry: ArchiveEntry, content: ContentOpener | None) -> tuple[str, ByteSource] | None:
        """Return type and content of an entry that is an archive itself, None when it is none or is not opened."""
        if entry.is_encrypted or not entry.name.lower().endswith(_INNER_ENDINGS):
            return None
        try:
            source = self._content_of_inner(content)
            media_type = recognise(source, path)
            if media_type is None:
                raise BrokenContentError("it is named like an archive but its bytes are none")
        except ContentError as error:
            self._fail(error, path)
            return None
        return media_type, source

    def _content_of_inner(self, content: ContentOpener | None) -> ByteSource:
        if len(self._prefixes) + 1 >= _MAX_LEVELS:
            raise OversizedContentError(f"archives lie in it more than {_MAX_LEVELS} deep")
        if self._opened >= _MAX_INNER_ARCHIVES:
            raise OversizedContentError(f"it holds more than {_MAX_INNER_ARCHIVES} archives")
        if content is None:
            raise UnopenedContentError("archives inside an archive of this kind are not opened")
        self._opened += 1
        taken = bytearray()
        for chunk in content():
            taken += chunk
            if len(taken) > _MAX_INNER_BYTES:
                raise OversizedContentError(f"an archive in it is larger than {_MAX_INNER_BYTES >> 20} MiB")
        return MemorySource(bytes(taken))

    def _add_name(self, path: str) -> None:
        if self._has_room:
            try:
                self._draft.add(path + "\n")
            except EnoughTextError:
                self._has_room = False

    def _fail(self, error: ContentError, path: str = "") -> None:
        place = path or "".join(self._prefixes).removesuffix(_BETWEEN_LEVELS)
        kind = type(error)
        self._failed[kind] += 1
        if self._failed[kind] == 1:
            detail = f"in {place[:200]!r}: {error.detail}" if place else error.detail
            self._failures.append(kind(detail))


_UNOPENED_IN_WORDS = {
    types.OUTLOOK_EXPRESS: "it is an Outlook Express mailbox of many records that this program cannot look into",
    types.NOTES: "it is a Lotus Notes database of many records that this program cannot look into",
    types.ZSTD: "it is packed in a way (Zstandard) that this program cannot unpack",
}

ARCHIVE_KINDS = frozenset(LISTERS) | frozenset(_UNOPENED_IN_WORDS)
