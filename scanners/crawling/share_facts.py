"""What a share's server says about a file beyond what every system says, by the attributes that the mount passes on.

Asking costs a journey to the server, so it is asked only where the kind of mount has an answer. Parsing is apart
from asking: `parse_*` take bytes and nothing else.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntFlag
from typing import TypeVar

Fact = TypeVar("Fact")

# [MS-DTYP] 2.3.3: FILETIME counts tenths of microseconds since 1601.
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_FILETIME_BYTES = 8
_ATTRIBUTE_BYTES = 4

# [MS-DTYP] 2.4.6: the self-relative security descriptor begins with revision 1 and four offsets.
_DESCRIPTOR_BYTES = 20
_SELF_RELATIVE = 0x8000
_SID_HEAD_BYTES = 8
_MAX_SUB_AUTHORITIES = 15  # [MS-DTYP] 2.4.2.2

# The attribute that Samba keeps on its own disk (xattr.idl): a text of old, a version twice, then flags that say
# which of the fields that follow count.
_SAMBA_HEX_BYTES = 12
_SAMBA_HAS_ATTRIBUTES, _SAMBA_HAS_CREATED = 0x01, 0x10
_SAMBA_CREATED_AT = {3: 36, 4: 24, 5: 16}  # where the creation time lies, by version

_SAMBA_STREAM = "user.DosStream."
_NTFS_STREAM = "user."  # ntfs-3g shows streams so; elsewhere such names are no streams
_NTFS_ATTRIBUTES = "system.ntfs_attrib_be"
_MAX_STREAMS = 100


class DosAttributes(IntFlag):
    """The attributes of a file on a Windows volume ([MS-FSCC] 2.6) that matter here."""

    READ_ONLY = 0x1
    HIDDEN = 0x2
    SYSTEM = 0x4
    ARCHIVE = 0x20
    SPARSE = 0x200
    REPARSE_POINT = 0x400
    COMPRESSED = 0x800
    OFFLINE = 0x1000
    ENCRYPTED = 0x4000
    PINNED = 0x80000
    UNPINNED = 0x100000
    RECALL_ON_OPEN = 0x40000
    RECALL_ON_DATA_ACCESS = 0x400000

    @property
    def is_kept_elsewhere(self) -> bool:
        """Whether reading the file would fetch it from an archive or from a cloud."""
        return bool(self & (DosAttributes.OFFLINE | DosAttributes.RECALL_ON_OPEN | DosAttributes.RECALL_ON_DATA_ACCESS))

    @property
    def in_words(self) -> tuple[str, ...]:
        """The names of those that are set, such as "read-only"; bits that are not named above are left out."""
        return tuple(str(one.name).replace("_", "-").lower() for one in DosAttributes if one in self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFacts:
    """What the server says; None and empty stand for "not said", never for "no".

    `owner_sid` is weak evidence of who wrote a file: what was copied or restored belongs to who did that.
    `created_at` is when the file came to be on this volume: later than the modification means that it was copied
    here, not that it is new, and it bounds the date of no record.
    `streams` are names of further contents, which the size does not count.
    """

    owner_sid: str | None = None
    created_at: datetime | None = None
    attributes: DosAttributes | None = None
    streams: tuple[str, ...] = ()


def mount_facts(descriptor: int, name: str | None = None, *, with_streams: bool = True) -> ShareFacts:
    """Ask for everything about an open file, or about the file `name` in an open folder, without opening it.

    Costs some five journeys to a server, one of them for the streams; ask only where `volumes.tells_attributes`.
    """
    place = f"/proc/self/fd/{descriptor}" if name is None else f"/proc/self/fd/{descriptor}/{name}"
    follow = name is None  # an open descriptor is shown as a link to what is open
    return ShareFacts(
        owner_sid=_first(place, _OWNERS, follow=follow),
        created_at=_first(place, _CREATION_TIMES, follow=follow),
        attributes=_first(place, _ATTRIBUTES, follow=follow),
        streams=_streams(place, follow=follow) if with_streams else (),
    )


def is_offline(folder: int, name: str) -> bool:
    """Tell whether a file's bytes are kept elsewhere, without opening it."""
    attributes = _first(f"/proc/self/fd/{folder}/{name}", _ATTRIBUTES, follow=False)
    return attributes is not None and attributes.is_kept_elsewhere


def parse_attributes(raw: bytes) -> DosAttributes | None:
    """Read attributes in the order of bytes of the protocol, which is that of a PC."""
    return DosAttributes(int.from_bytes(raw, "little")) if len(raw) == _ATTRIBUTE_BYTES else None


def parse_attributes_big_endian(raw: bytes) -> DosAttributes | None:
    """Read attributes whose highest byte comes first."""
    return DosAttributes(int.from_bytes(raw, "big")) if len(raw) == _ATTRIBUTE_BYTES else None


def parse_filetime(raw: bytes) -> datetime | None:
    """Read a FILETIME; zero and what lies outside the calendar say nothing."""
    return _instant(int.from_bytes(raw, "little")) if len(raw) == _FILETIME_BYTES else None


def parse_filetime_big_endian(raw: bytes) -> datetime | None:
    """Read a FILETIME whose highest byte comes first."""
    return _instant(int.from_bytes(raw, "big")) if len(raw) == _FILETIME_BYTES else None


def parse_owner(raw: bytes) -> str | None:
    """Read the owner's SID out of a self-relative security descriptor ([MS-DTYP] 2.4.6)."""
    if len(raw) < _DESCRIPTOR_BYTES or raw[0] != 1 or not int.from_bytes(raw[2:4], "little") & _SELF_RELATIVE:
        return None
    start = int.from_bytes(raw[4:8], "little")
    return parse_sid(raw[start:]) if start >= _DESCRIPTOR_BYTES else None


def parse_sid(raw: bytes) -> str | None:
    """Read a SID ([MS-DTYP] 2.4.2.2) as text: S-1-5-21-…; what follows it is left alone."""
    if len(raw) < _SID_HEAD_BYTES or raw[0] != 1 or raw[1] > _MAX_SUB_AUTHORITIES:
        return None
    parts = raw[_SID_HEAD_BYTES : _SID_HEAD_BYTES + 4 * raw[1]]
    if len(parts) < 4 * raw[1]:
        return None
    authority = int.from_bytes(raw[2:8], "big")
    stated = f"{authority:#x}" if authority >> 32 else str(authority)
    numbers = (int.from_bytes(parts[at : at + 4], "little") for at in range(0, len(parts), 4))
    return "-".join(["S-1", stated, *map(str, numbers)])


def parse_samba_attributes(raw: bytes) -> DosAttributes | None:
    """Read the attributes out of what Samba keeps on the disk of its own server, in all of its forms."""
    text, _, _ = raw[:_SAMBA_HEX_BYTES].partition(b"\0")
    if text.startswith(b"0x"):
        with suppress(ValueError):
            return DosAttributes(int(text, 16))
        return None
    _, flags, attributes = _samba_head(raw)
    return DosAttributes(attributes) if flags & _SAMBA_HAS_ATTRIBUTES else None


def parse_samba_creation(raw: bytes) -> datetime | None:
    """Read the creation time out of what Samba keeps on the disk of its own server."""
    version, flags, _ = _samba_head(raw)
    start = _SAMBA_CREATED_AT.get(version)
    if start is None or not flags & _SAMBA_HAS_CREATED:
        return None
    return parse_filetime(raw[start : start + _FILETIME_BYTES])


def _samba_head(raw: bytes) -> tuple[int, int, int]:
    """Return version, flags and attributes; version 0 for what is none of the known forms."""
    version = int.from_bytes(raw[2:4], "little")
    if raw[:2] != b"\0\0" or version != int.from_bytes(raw[4:6], "little") or version not in _SAMBA_CREATED_AT:
        return 0, 0, 0
    return version, int.from_bytes(raw[8:12], "little"), int.from_bytes(raw[12:16], "little")


def _instant(tenths: int) -> datetime | None:
    if not tenths:
        return None
    with suppress(OverflowError):
        return _FILETIME_EPOCH + timedelta(microseconds=tenths // 10)
    return None


_ATTRIBUTES: Mapping[str, Callable[[bytes], DosAttributes | None]] = {
    "user.cifs.dosattrib": parse_attributes,
    "user.smb3.dosattrib": parse_attributes,
    _NTFS_ATTRIBUTES: parse_attributes_big_endian,
    "user.DOSATTRIB": parse_samba_attributes,
}
_CREATION_TIMES: Mapping[str, Callable[[bytes], datetime | None]] = {
    "user.cifs.creationtime": parse_filetime,
    "user.smb3.creationtime": parse_filetime,
    "system.ntfs_crtime_be": parse_filetime_big_endian,
    "system.ntfs_crtime": parse_filetime,
    "user.DOSATTRIB": parse_samba_creation,
}
_OWNERS: Mapping[str, Callable[[bytes], str | None]] = {
    "system.cifs_ntsd": parse_owner,
    "system.smb3_ntsd": parse_owner,
    "system.ntfs_security": parse_owner,
    "system.ntfs_acl": parse_owner,
}


def _first(place: str, sources: Mapping[str, Callable[[bytes], Fact | None]], *, follow: bool) -> Fact | None:
    """Return the first fact that one of the sources gives."""
    for attribute, parse in sources.items():
        with suppress(OSError, ValueError):
            if (fact := parse(os.getxattr(place, attribute, follow_symlinks=follow))) is not None:
                return fact
    return None


def _streams(place: str, *, follow: bool) -> tuple[str, ...]:
    try:
        names = os.listxattr(place, follow_symlinks=follow)
    except (OSError, ValueError):
        return ()
    streams = {
        name.removeprefix(_SAMBA_STREAM).removesuffix(":$DATA") for name in names if name.startswith(_SAMBA_STREAM)
    }
    if any(name.startswith("system.ntfs_") for name in names):
        streams |= {name.removeprefix(_NTFS_STREAM) for name in names if name.startswith(_NTFS_STREAM)}
    return tuple(sorted(streams)[:_MAX_STREAMS])
