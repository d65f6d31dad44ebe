"""Reading what a file server answers: entries of a folder, owners, streams. Pure: bytes in, values out.

Follows [MS-FSCC] and [MS-DTYP]. The server is a stranger like any file: every offset is checked, and names that no
file can have are told apart instead of being joined to a path.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.crawling.share_facts import DosAttributes, ShareFacts, parse_filetime, parse_owner

_ENTRY = struct.Struct("<II6q4IQ")  # [MS-FSCC] 2.4.18 FileIdFullDirectoryInformation
_BASIC = struct.Struct("<4qI")  # 2.4.7 FileBasicInformation
_STANDARD = struct.Struct("<qqI")  # 2.4.47 FileStandardInformation, the beginning
_STREAM = struct.Struct("<IIqq")  # 2.4.49 FileStreamInformation
_FILETIME_OF_EPOCH = 116_444_736_000_000_000  # 1970-01-01 in 100 ns since 1601-01-01
_UNNAMED = "::$DATA"

_FOLDER = 0x10  # [MS-FSCC] 2.6


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntry:
    """One entry of a folder as the server lists it; a time is 0 when none is kept."""

    name: str
    size_bytes: int
    occupied_bytes: int
    modified_ns: int
    changed_ns: int
    attributes: DosAttributes
    reparse_tag: int
    file_id: int

    @property
    def is_folder(self) -> bool:
        """Whether the server calls this a folder."""
        return bool(self.attributes & _FOLDER)

    @property
    def is_impossible(self) -> bool:
        """Whether no file can have this name, so that it must not become part of a path."""
        return not self.name or any(mark in self.name for mark in "/\\\0")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmbFile:
    """What the server knows of one file; `facts` is what a mount of the same share would tell.

    Times are nanoseconds since 1970, 0 when none is kept. `stream_bytes` is what the named streams hold, which
    `size_bytes` does not count.
    """

    size_bytes: int
    modified_ns: int
    changed_ns: int
    link_count: int
    stream_bytes: int
    facts: ShareFacts

    @property
    def is_offline(self) -> bool:
        """Whether the content is kept elsewhere and opening would fetch it."""
        return self.facts.attributes is not None and self.facts.attributes.is_kept_elsewhere


def entries_in(listing: bytes) -> Iterator[ListedEntry]:
    """Yield the entries of one answer to a query of a folder, without the folder itself and the one above.

    Raises:
        ValueError: The answer contradicts itself.
    """
    for at in _chain(listing, _ENTRY.size):
        fields = _ENTRY.unpack_from(listing, at)
        written, changed, size_bytes, occupied_bytes = fields[4:8]
        attributes, name_bytes, tag, _, file_id = fields[8:]
        name = _text(listing, at + _ENTRY.size, name_bytes)
        if name not in (".", ".."):
            yield ListedEntry(
                name=name,
                size_bytes=max(0, size_bytes),
                occupied_bytes=max(0, occupied_bytes),
                modified_ns=_nanoseconds(written),
                changed_ns=_nanoseconds(changed),
                attributes=DosAttributes(attributes),
                reparse_tag=tag if attributes & DosAttributes.REPARSE_POINT else 0,  # 2.4.18: elsewhere it is a size
                file_id=file_id,
            )


def file_in(basic: bytes, standard: bytes, streams: bytes, security: bytes | None) -> SmbFile:
    """Return what the answers to four questions say of one file; without the last its owner is unknown.

    Raises:
        ValueError: An answer contradicts itself.
    """
    if len(basic) < _BASIC.size or len(standard) < _STANDARD.size:
        raise ValueError("the server's answer is cut off")
    _, _, written, changed, attributes = _BASIC.unpack_from(basic)
    _, size_bytes, link_count = _STANDARD.unpack_from(standard)
    named = dict(_streams(streams))
    return SmbFile(
        size_bytes=max(0, size_bytes),
        modified_ns=_nanoseconds(written),
        changed_ns=_nanoseconds(changed),
        link_count=link_count,
        stream_bytes=sum(named.values()),
        facts=ShareFacts(
            owner_sid=parse_owner(security) if security else None,
            created_at=parse_filetime(basic[:8]),
            attributes=DosAttributes(attributes),
            streams=tuple(named),
        ),
    )


def _streams(answer: bytes) -> Iterator[tuple[str, int]]:
    for at in _chain(answer, _STREAM.size):
        _, name_bytes, size_bytes, _ = _STREAM.unpack_from(answer, at)
        name = _text(answer, at + _STREAM.size, name_bytes)
        if name != _UNNAMED:
            yield name.removeprefix(":").removesuffix(":$DATA"), max(0, size_bytes)


def _chain(answer: bytes, head_bytes: int) -> Iterator[int]:
    """Yield where each part of a chained answer begins; the chain can only go forwards, and so ends."""
    at = 0
    while answer:
        if at + head_bytes > len(answer):
            raise ValueError("the server's answer is cut off")
        yield at
        (step,) = struct.unpack_from("<I", answer, at)
        if step == 0:
            return
        at += step


def _text(answer: bytes, at: int, count: int) -> str:
    """Return a name; a half character, which Windows allows, is carried as surrogate escapes of its bytes."""
    raw = answer[at : at + count]
    if len(raw) < count or count % 2:
        raise ValueError("the server's answer is cut off")
    units = raw.decode("utf-16-le", "surrogatepass")
    return units.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


def _nanoseconds(filetime: int) -> int:
    return (filetime - _FILETIME_OF_EPOCH) * 100 if filetime > 0 else 0
