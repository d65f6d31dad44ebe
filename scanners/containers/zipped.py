"""Reading the content of ZIP archives, the shell of modern office files, within fixed bounds.

Follows PKWARE's APPNOTE 6.3; where the members lie is told by `scanners.containers.zip_directory`.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping

from scanners.containers.allowance import Allowance
from scanners.containers.zip_directory import EMPTY_ARCHIVE, LOCAL_HEADER, Member, MembersByName, find_directory
from scanners.errors import BrokenContentError, EncryptedContentError
from scanners.source import ByteSource

__all__ = ["CHUNK_BYTES", "EMPTY_ARCHIVE", "LOCAL_HEADER", "Allowance", "Archive", "Member", "content_of"]

_LOCAL = struct.Struct("<4s5H3L2H")  # 4.3.7
_STORED, _DEFLATED = 0, 8
_MAX_DIRECTORY_BYTES = 16 << 20
_MAX_MEMBERS = 50_000
CHUNK_BYTES = 256 << 10


class Archive:
    """The directory of one ZIP archive.

    Raises:
        BrokenContentError: There is no directory, or it contradicts itself.
        OversizedContentError: The directory alone is larger than any office file's.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        directory = find_directory(source, max_members=_MAX_MEMBERS, max_bytes=_MAX_DIRECTORY_BYTES)
        self._shift = directory.shift
        self.members: Mapping[str, Member] = MembersByName(directory)

    def chunks(self, name: str, *, allowance: Allowance) -> Iterator[bytes]:
        """Yield the unpacked content of a member in portions of at most 256 KiB; nothing when it is not there.

        The checksum is compared once everything was taken.

        Raises:
            BrokenContentError: The content cannot be unpacked or its checksum is wrong.
            EncryptedContentError: It is locked with a password.
            OversizedContentError: It takes more than the allowance.
        """
        member = self.members.get(name)
        if member is not None:
            yield from content_of(self._source, member, shift=self._shift, allowance=allowance)

    def read(self, name: str, *, limit_bytes: int) -> bytes:
        """Return the beginning of a small member, empty when it is not there.

        Raises:
            ContentError: As for `chunks`.
        """
        content = bytearray()
        for chunk in self.chunks(name, allowance=Allowance(limit_bytes + CHUNK_BYTES)):
            content += chunk
            if len(content) >= limit_bytes:
                break
        return bytes(content[:limit_bytes])


def content_of(source: ByteSource, member: Member, *, shift: int, allowance: Allowance) -> Iterator[bytes]:
    """Yield the unpacked content of a member in portions of at most 256 KiB, and compare its checksum at the end.

    Raises:
        BrokenContentError: The content cannot be unpacked or its checksum is wrong.
        EncryptedContentError: It is locked with a password.
        OversizedContentError: It takes more than the allowance.
    """
    if member.is_encrypted:
        raise EncryptedContentError("it is locked with a password")
    if member.method not in (_STORED, _DEFLATED):
        raise BrokenContentError(f"a part of it is packed in an unusual way (method {member.method})")
    checksum = 0
    for chunk in _unpacked(_packed(source, member, shift=shift), method=member.method):
        allowance.spend(len(chunk))
        checksum = zlib.crc32(chunk, checksum)
        yield chunk
    if checksum != member.crc32:
        raise BrokenContentError(f"the part {member.name!r} is damaged: its checksum is wrong")


def _packed(source: ByteSource, member: Member, *, shift: int) -> Iterator[bytes]:
    offset = shift + member.offset
    header = source.at(offset, _LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(LOCAL_HEADER):
        raise BrokenContentError(f"the part {member.name!r} is not where the directory says")
    *_, name_bytes, extra_bytes = _LOCAL.unpack(header)
    offset += _LOCAL.size + name_bytes + extra_bytes
    left = member.packed_bytes
    while left > 0:
        chunk = source.at(offset, min(left, CHUNK_BYTES))
        if not chunk:
            raise BrokenContentError(f"the part {member.name!r} is cut off")
        yield chunk
        offset += len(chunk)
        left -= len(chunk)


def _unpacked(packed: Iterator[bytes], *, method: int) -> Iterator[bytes]:
    if method == _STORED:
        yield from packed
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for chunk in packed:
            rest = chunk
            while rest and not inflater.eof:
                unpacked = inflater.decompress(rest, CHUNK_BYTES)
                rest = inflater.unconsumed_tail
                if unpacked:
                    yield unpacked
        while not inflater.eof:
            unpacked = inflater.decompress(inflater.unconsumed_tail, CHUNK_BYTES)
            if not unpacked:
                raise BrokenContentError("a part of it ends too early")
            yield unpacked
    except zlib.error as error:
        raise BrokenContentError("a part of it cannot be unpacked") from error
