"""Telling text from other bytes, and one kind of text from another."""

import codecs
import re

from scanners.identification import media_types as types

_LOOK_BYTES = 16 << 10
# What lines of text are made of in any of the old eight-bit encodings; anything else is not text.
_TEXT_BYTES = bytes([7, 8, 9, 10, 12, 13, 26, 27, *range(32, 256)])
_ASCII = bytes(range(128))
_ASCII_TEXT = bytes([9, 10, 13, *range(32, 127)])
_MAX_FOREIGN_SHARE = 0.4  # of bytes above ASCII in what is not UTF-8: more is left to libmagic
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PAIRS_LOOKED_AT = 512
_FEWEST_PAIRED_BYTES = 16
_MOSTLY = 0.7
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|table|div|p|h1|script|style)\b", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_ROOTS = {b"html": types.HTML, b"svg": types.SVG}
_FIELD = re.compile(rb"([A-Za-z][A-Za-z0-9_-]{0,60})[ \t]*:")
_MAILBOX_START = re.compile(rb">?From (?![ \t]*:)[^\n]{3,200}\n")
_ROUTING = frozenset(
    (
        *(b"received", b"message-id", b"mime-version", b"return-path", b"delivered-to", b"x-mailer", b"newsgroups"),
        *(b"content-type", b"content-transfer-encoding", b"x-sender", b"x-original-to", b"x-mozilla-status"),
    )
)
_ADDRESSING = frozenset({b"from", b"to", b"subject", b"date", b"sender", b"cc", b"bcc", b"reply-to"})
_MAIL_ENDINGS = frozenset({".eml", ".msg", ".mbox", ".mht", ".mhtml"})
_MAX_FIELDS = 200
_BY_START = (
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"BEGIN:VCARD", "text/vcard"),
    (b"[InternetShortcut]", types.WEB_SHORTCUT),
)
_BY_NAME = {
    ".csv": types.CSV,
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".ics": "text/calendar",
    ".vcf": "text/vcard",
    ".css": "text/css",
}


def encoding_mark(head: bytes) -> tuple[bytes, str] | None:
    """Return the byte order mark that the text begins with, and the encoding it stands for.

    Text in UTF-16 may come without a mark; it shows by its zeros, which stand in every second place only.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return mark, encoding
    look = head[:_PAIRS_LOOKED_AT]
    if b"\0" not in look or len(look) < _FEWEST_PAIRED_BYTES:
        return None
    first, second = look[::2], look[1::2]
    for high, low, encoding in ((second, first, "utf-16-le"), (first, second, "utf-16-be")):
        words = len(low) - len(low.translate(None, _ASCII_TEXT))
        if high.count(0) >= _MOSTLY * len(high) and words >= _MOSTLY * len(low):
            return b"", encoding
    return None


def text_type(head: bytes, ending: str) -> str | None:
    """Return the media type if the bytes are text, and None if they are not or it is doubtful.

    Args:
        head: The beginning of the file.
        ending: The ending of its name, which chooses between kinds of text.
    """
    text = _as_ascii_like(head)
    if text is None:
        return None
    start = text.lstrip()
    if start.startswith(b"<"):
        return _markup_type(start, ending)
    if ending == ".json" and start.startswith((b"{", b"[")):
        return types.JSON
    by_start = next((media_type for mark, media_type in _BY_START if start.startswith(mark)), None)
    return by_start or _BY_NAME.get(ending, types.PLAIN)


def _as_ascii_like(head: bytes) -> bytes | None:
    """Return the beginning of the text in an encoding that contains ASCII, or None when it is not text."""
    look = head[:_LOOK_BYTES]
    marked = encoding_mark(look)
    if marked:
        mark, encoding = marked
        decoded = codecs.getincrementaldecoder(encoding)("replace").decode(look[len(mark) :])
        look = decoded.encode("utf-8", "replace")
    if look.translate(None, _TEXT_BYTES):
        return None
    if not look.isascii() and not _is_utf8(look):
        foreign = len(look.translate(None, _ASCII)) / len(look)
        if foreign > _MAX_FOREIGN_SHARE:
            return None
    return look


def _is_utf8(look: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(look)
    except UnicodeDecodeError:
        return False
    return True


def _markup_type(start: bytes, ending: str) -> str:
    if start.startswith(b"<?xml"):
        root = _ROOT.search(start, 5)
        return _ROOTS.get(root[1].lower(), types.XML) if root else types.XML
    if start.startswith(b"<svg"):
        return types.SVG
    if _HTML.search(start, 0, 1024) or ending in (".htm", ".html"):
        return types.HTML
    return types.XML if ending in (".xml", ".rdf", ".xsd", ".xsl") else types.PLAIN


def mail_type(head: bytes, ending: str) -> str | None:
    """Tell an e-mail or a file of several by its header; a memo that merely begins with From and To stays text.

    Only the header is looked at: what follows may hold any bytes.
    """
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    opening = _MAILBOX_START.match(start)
    fields = _header_fields(start[opening.end() :] if opening else start)
    routed, addressed = len(fields & _ROUTING), len(fields & _ADDRESSING)
    is_certain = routed > 1 or (routed and (addressed or opening))
    if not is_certain and not (routed + addressed and (opening or ending in _MAIL_ENDINGS)):
        return None
    return types.MAILBOX if opening and not start.startswith(b">") else types.MAIL


def _header_fields(start: bytes) -> frozenset[bytes]:
    """Return the names of the fields that text begins with, in small letters, up to the first line that is none."""
    fields = set[bytes]()
    position = 0
    while len(fields) < _MAX_FIELDS:
        if start[position : position + 1] not in (b" ", b"\t"):
            match = _FIELD.match(start, position)
            if not match:
                break
            fields.add(match[1].lower())
        position = start.find(b"\n", position) + 1
        if not position:
            break
    return frozenset(fields)
