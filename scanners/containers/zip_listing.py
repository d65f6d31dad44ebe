"""Listing what lies in a ZIP archive, and noticing the ones that were made to overwhelm whoever unpacks them."""

import itertools
from collections.abc import Callable, Iterable
from functools import partial

from scanners.containers.shelf import ArchiveEntry, Shelf
from scanners.containers.zip_directory import Directory, Member, find_directory
from scanners.containers.zipped import content_of
from scanners.errors import BrokenContentError, OversizedContentError
from scanners.source import ByteSource

_MAX_DIRECTORY_BYTES = 128 << 20
_MAX_MEMBERS = 1_000_000
_LOCAL_HEADER_BYTES = 30
_DEFLATED = 8
_MOST_DEFLATE_CAN = 1032  # zlib's technical details: no deflated stream unpacks to more than 1032 times its length
_SPANS_CHECKED = 100_000


def list_zip(source: ByteSource, shelf: Shelf) -> None:
    """Put every file of a ZIP archive on the shelf, folders left out.

    Raises:
        BrokenContentError: It contradicts itself.
        EncryptedContentError: Its table of contents is locked with a password.
        OversizedContentError: It claims more members, or sizes, than can be true.
    """
    directory = find_directory(source, max_members=_MAX_MEMBERS, max_bytes=_MAX_DIRECTORY_BYTES)
    spans: list[tuple[int, int]] = []
    swollen = ""
    for member in directory.members():
        if member.is_folder:
            continue
        shelf.put(_entry(member), content=_opener(source, member, directory, shelf))
        if len(spans) < _SPANS_CHECKED:
            spans.append((member.offset, member.offset + _LOCAL_HEADER_BYTES + member.packed_bytes))
        if not swollen and _is_swollen(member):
            swollen = member.name
    if directory.is_split:
        raise BrokenContentError("it is the last part of an archive that was split; the others hold the rest")
    if _overlap(spans):
        raise OversizedContentError("its parts overlap, as in archives that are made to overwhelm programs")
    if swollen:
        raise OversizedContentError(f"it claims that the part {swollen[:200]!r} unpacks to more than is possible")


def _entry(member: Member) -> ArchiveEntry:
    return ArchiveEntry(
        name=member.name,
        size_bytes=member.unpacked_bytes,
        modified=member.modified,
        is_encrypted=member.is_encrypted,
    )


def _opener(
    source: ByteSource, member: Member, directory: Directory, shelf: Shelf
) -> Callable[[], Iterable[bytes]] | None:
    if directory.is_split:
        return None
    return partial(content_of, source, member, shift=directory.shift, allowance=shelf.allowance)


def _is_swollen(member: Member) -> bool:
    return member.method == _DEFLATED and member.unpacked_bytes > _MOST_DEFLATE_CAN * (member.packed_bytes + 1)


def _overlap(spans: list[tuple[int, int]]) -> bool:
    spans.sort()
    return any(start < end for (_, end), (start, _) in itertools.pairwise(spans))
