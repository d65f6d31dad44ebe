"""Telling text from other bytes, and one kind of text from another."""

import codecs
import re

from scanners.identification import media_types as types

_LOOK_BYTES = 16 << 10
# What lines of text are made of in any of the old eight-bit encodings; anything else is not text.
_TEXT_BYTES = bytes([7, 8, 9, 10, 12, 13, 26, 27, *range(32, 127), *range(128, 256)])
_MAX_FOREIGN_SHARE = 0.4  # of bytes above ASCII in what is not UTF-8: more is left to libmagic
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|table|div|p|h1|script|style)\b", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_ROOTS = {b"html": types.HTML, b"svg": "image/svg+xml"}
_FIELD = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?\S?")
_ROUTING = frozenset({b"received", b"message-id", b"mime-version", b"return-path", b"delivered-to", b"x-mailer"})
_ADDRESSING = frozenset({b"from", b"to", b"subject", b"date", b"sender"})
_BY_NAME = {
    ".csv": types.CSV,
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".ics": "text/calendar",
    ".vcf": "text/vcard",
    ".css": "text/css",
}


def encoding_mark(head: bytes) -> tuple[bytes, str] | None:
    """Return the byte order mark that the text begins with, and the encoding it stands for."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return mark, encoding
    return None


def text_type(head: bytes, name: str) -> str | None:
    """Return the media type if the bytes are text, and None if they are not or it is doubtful."""
    text = _as_ascii_like(head)
    if text is None:
        return None
    start = text[:_LOOK_BYTES].lstrip()
    ending = types.extension(name)
    if start.startswith(b"<"):
        return _markup_type(start, ending)
    if start.startswith(b"BEGIN:VCALENDAR"):
        return "text/calendar"
    if start.startswith(b"BEGIN:VCARD"):
        return "text/vcard"
    if ending == ".json" and start.startswith((b"{", b"[")):
        return types.JSON
    return _mail_type(text, ending) or _BY_NAME.get(ending, types.PLAIN)


def _as_ascii_like(head: bytes) -> bytes | None:
    """Return the text in an encoding that contains ASCII, or None when it is not text."""
    marked = encoding_mark(head)
    if marked:
        mark, encoding = marked
        decoded = codecs.getincrementaldecoder(encoding)("replace").decode(head[len(mark) :])
        head = decoded.encode("utf-8", "replace")
    look = head[:_LOOK_BYTES]
    if look.translate(None, _TEXT_BYTES):
        return None
    if not _is_utf8(look):
        foreign = sum(byte > 127 for byte in look) / len(look)  # noqa: PLR2004  the last of ASCII
        if foreign > _MAX_FOREIGN_SHARE:
            return None
    return head


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
    if _HTML.search(start[:1024]):
        return types.HTML
    if ending in (".htm", ".html"):
        return types.HTML
    return types.XML if ending in (".xml", ".rdf", ".xsd", ".xsl") else types.PLAIN


def _mail_type(text: bytes, ending: str) -> str | None:
    """Tell an e-mail by its header; a memo that merely begins with From and To stays text."""
    is_mailbox = text.startswith(b"From ")
    fields = set[bytes]()
    for number, line in enumerate(text.splitlines()):
        if is_mailbox and number == 0:
            continue
        if line[:1] in (b" ", b"\t"):
            continue
        match = _FIELD.match(line)
        if not match:
            break
        fields.add(match[1].lower())
    if not fields & _ADDRESSING:
        return None
    if fields & _ROUTING or (ending == ".eml" and len(fields) > 1):
        return types.MAILBOX if is_mailbox else types.MAIL
    return None
