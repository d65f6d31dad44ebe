"""Types that are told by their first bytes alone, from the published descriptions of the formats.

The list holds what lies on an office share; what is rarer is left to libmagic.
"""

import re
import struct

from scanners.containers.cabinet import SIGNATURE as CABINET_SIGNATURE
from scanners.containers.sevenzip import SIGNATURE as SEVEN_ZIP_SIGNATURE
from scanners.containers.tarred import is_tar_header
from scanners.identification import media_types as types

_PDF_WITHIN_BYTES = 1024  # ISO 32000-1, annex H.3.4.1: readers accept the header within the first KiB
_SHEET_VERSIONS = {
    b"\x04\x04": types.LOTUS,
    b"\x06\x04": types.LOTUS,
    **{
        bytes([minor, major]): types.QUATTRO
        for major, minors in ((0x51, (0x20, 0x21)), (0x10, range(1, 8)))
        for minor in minors
    },
}

_SIGNATURES = (
    (b"%PDF-", types.PDF),
    (b"{\\rtf", types.RTF),
    (b"%FDF-", "application/vnd.fdf"),
    # pictures
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (b"AT&TFORM", "image/vnd.djvu"),
    (b"\xc5\xd0\xd3\xc6", "image/x-eps"),
    (b"%!PS", "application/postscript"),
    # sound and film
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xfa", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"OggS", "application/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"\0\0\1\xba", "video/mpeg"),
    # shells of other files
    (b"\x1f\x8b\x08", types.GZIP),
    *((b"BZh%d1AY&SY" % level, types.BZIP2) for level in range(1, 10)),
    *((b"BZh%d\x17rE8P\x90" % level, types.BZIP2) for level in range(1, 10)),  # of nothing
    (b"\xfd7zXZ\0", types.XZ),
    (SEVEN_ZIP_SIGNATURE, types.SEVEN_ZIP),
    (b"Rar!\x1a\x07", types.RAR),
    (CABINET_SIGNATURE + b"\0\0\0\0", types.CABINET),
    (b"\x28\xb5\x2f\xfd", types.ZSTD),
    (b"!<arch>\n", "application/x-archive"),
    (b"\x60\xea", "application/x-arj"),
    (b"\0\5\x16\0", "application/applefile"),
    # mailboxes and mail
    (b"!BDN", types.PST),
    (b"\xcf\xad\x12\xfe", types.OUTLOOK_EXPRESS),
    (b"\x1a\0\0\4\0\0", types.NOTES),
    (b"\x78\x9f\x3e\x22", types.TNEF),
    (b"-----BEGIN PGP MESSAGE-----", types.PGP),
    # databases
    (b"\0\1\0\0Standard Jet DB\0", types.ACCESS),
    (b"\0\1\0\0Standard ACE DB\0", types.ACCESS),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    # old office files that stand without a compound file
    (b"\x09\x00\x04\x00", types.XLS),  # [MS-XLS] ancestors: BIFF2, 3 and 4
    (b"\x09\x02\x06\x00", types.XLS),
    (b"\x09\x04\x06\x00", types.XLS),
    (b"\xdb\xa5", types.DOC),  # Word 2 for Windows
    (b"\x9b\xa5", types.DOC),  # Word 1 for Windows
    (b"\xfe\x37\0\x1c", types.DOC),  # Word 4 and 5 for the Macintosh
    (b"\xfe\x37\0\x23", types.DOC),
    (b"\xffWPC", types.WORDPERFECT),
    (b"\0\0\x1a\0\0\x10\4\0", types.LOTUS),
    (b"\0\0\x1a\0\2\x10\4\0", types.LOTUS),
    (b"\0\0\x1a\0\3\x10\4\0", types.LOTUS),
    (b"\0\0\x1a\0\5\x10\4\0", types.LOTUS),
    # the rest
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", types.ONENOTE),  # [MS-ONESTORE] 2.3.1
    (b"\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f", types.ONENOTE),  # its table of contents
    (b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", types.SHORTCUT),  # [MS-SHLLINK] 2.1
    (b"AC1.", types.DWG),
    (b"AC2.", types.DWG),
    (b"ITSF\3\0\0\0", "application/vnd.ms-htmlhelp"),
    (b"\x3f\x5f\x03\0", "application/winhlp"),
    (b"MZ", types.PROGRAM),
)
_ALSO_WORDS = frozenset({b"MZ", b"ID3", b"AC1.", b"AC2."})  # a note may begin so, but holds no zero bytes
_BY_FIRST_BYTE: dict[int, list[tuple[bytes, str]]] = {}
for _signature, _media_type in _SIGNATURES:
    _BY_FIRST_BYTE.setdefault(_signature[0], []).append((_signature, _media_type))

_DRAWING = re.compile(rb"(?:AC10\d\d|MC0\.0)[\0-\x1f]")
_RIFF_KINDS = {b"WEBP": "image/webp", b"WAVE": "audio/x-wav", b"AVI ": "video/x-msvideo"}
_FTYP_KINDS = {
    b"qt  ": "video/quicktime",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"avif": "image/avif",
    b"crx ": "image/x-canon-cr3",
    b"M4A ": "audio/mp4",
}
_ELSEWHERE = (
    (257, b"ustar", types.TAR),
    (60, b"BOOKMOBI", "application/x-mobipocket-ebook"),
    (4, b"moov", "video/quicktime"),
    (4, b"mdat", "video/quicktime"),
    (4, b"wide", "video/quicktime"),
    (4, b"pnot", "video/quicktime"),
    (2, b"-lh", "application/x-lzh-compressed"),
    (40, b" EMF\0\0\1\0", "image/emf"),  # [MS-EMF] 2.2.9: the mark and the version after it
    (0x8001, b"CD001", types.DISC_IMAGE),  # ECMA-119 8.1: the first volume descriptor is the sixteenth sector
    (0x8001, b"BEA01", types.DISC_IMAGE),  # ECMA-167 2/9.2: a disc with UDF alone begins there
)
_SEALED = re.compile(rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x02\x03]")  # RFC 5652: signed or enveloped data


def type_of_head(head: bytes) -> str | None:
    """Return the media type that the beginning of a file shows, None when it shows none of these."""
    for signature, media_type in _BY_FIRST_BYTE.get(head[0], ()):
        if head.startswith(signature) and (signature not in _ALSO_WORDS or b"\0" in head[:64]):
            return _closer(head, media_type)
    return _type_at_an_offset(head) or _type_by_structure(head)


def _closer(head: bytes, media_type: str) -> str:
    if media_type == "image/tiff" and head[8:10] == b"CR":
        return "image/x-canon-cr2"
    if media_type == "application/postscript" and b"EPSF" in head[:64]:
        return "image/x-eps"
    if media_type == "application/ogg" and head[28:35] in (b"\1vorbis", b"OpusHea"):
        return "audio/ogg"
    return media_type


def _type_at_an_offset(head: bytes) -> str | None:
    if head.startswith(b"RIFF"):
        return _RIFF_KINDS.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _FTYP_KINDS.get(head[8:12], "video/mp4")
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if b"%PDF-" in head[:_PDF_WITHIN_BYTES]:
        return types.PDF
    return next((media_type for at, mark, media_type in _ELSEWHERE if head.startswith(mark, at)), None)


def _type_by_structure(head: bytes) -> str | None:
    if _DRAWING.match(head):
        return types.DWG
    if head.startswith((b"\x31\xbe\0\0", b"\x32\xbe\0\0")):
        (page_table,) = struct.unpack_from("<H", head.ljust(98, b"\0"), 96)
        return types.WRITE if page_table else types.DOC  # the same header, but Word for DOS leaves the field empty
    if head.startswith(b"\0\0\2\0"):  # the first record of a spreadsheet: its version
        return _SHEET_VERSIONS.get(head[4:6])
    if head.startswith(b"\x30") and _SEALED.search(head, 0, 24):
        return "application/pkcs7-mime"
    # TAR from before the mark: what looks like an octal number stands where a mode would, and the checksum fits
    return types.TAR if not head[100:108].strip(b" 01234567\0") and is_tar_header(head) else None
