"""The header of an e-mail or of one of its parts: fields, dates, addresses and names as a reader would see them.

Follows RFC 5322 (format), RFC 2047 (words in other alphabets) and RFC 2231 (parameters). The standard library's
`email` package takes parameters and dates apart; fields are found here, bounded in number and size.
"""

import binascii
import re
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import collapse_rfc2231_value, parsedate_tz
from functools import cached_property

from scanners.text.dates import from_w3cdtf
from scanners.text.plain import decode, encoding_called

_MAX_HEADER_BYTES = 256 << 10
_MAX_FIELDS = 2_000
_MAX_VALUE_BYTES = 8_000
_MAX_PARAMETER_CHARS = 4_000
_MAX_DATE_CHARS = 200

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]{0,100}:[ \t]?")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_END = re.compile(rb"\n\r?\n")
_EMPTY = re.compile(rb"\r?\n")
_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([BbQq])\?([^?]{0,2000})\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")
_BLANKS = re.compile(r"\s+")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
# -0000 too: the time is UTC and the writer's zone unknown, RFC 5322 §3.3. The package gives zero for no zone as well.
_ZERO_ZONE = re.compile(r"[+-]00:?00\b|\b(?:GMT|UTC?|Z)\b", re.IGNORECASE)
_YEAR_BEFORE_1000 = re.compile(r"(?<![+\-\d:])0\d{3}\b")  # which the package takes for one of two figures
_MAX_DELAY = timedelta(days=31)  # more between a writer's clock and the first server's, and the clock was wrong


class Headers:
    """The fields of one header, by their names in small letters."""

    def __init__(self, block: bytes) -> None:
        self._fields: dict[str, list[bytes]] = {}
        for line in _FOLD.sub(b"", block[:_MAX_HEADER_BYTES]).split(b"\n", _MAX_FIELDS)[:_MAX_FIELDS]:
            match = _FIELD.match(line)
            if match:
                value = line[match.end() : match.end() + _MAX_VALUE_BYTES].strip()
                self._fields.setdefault(match[1].decode("ascii").lower(), []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def raw(self, name: str, *, is_last: bool = False) -> str:
        """Return the first, or the last, field of a name as it stands; empty when there is none."""
        values = self._fields.get(name)
        return decode(values[-1 if is_last else 0]) if values else ""

    def words(self, name: str) -> str:
        """Return a field as it reads."""
        return in_words(self.raw(name))

    @cached_property
    def media_type(self) -> str:
        """The type in small letters; text/plain where none or an impossible one is stated, RFC 2045 §5.2."""
        stated = self.raw("content-type").partition(";")[0].strip().lower()
        return stated if _MEDIA_TYPE.fullmatch(stated) else "text/plain"

    @property
    def disposition(self) -> str:
        """How a part asks to be shown, "inline" or "attachment", RFC 2183; empty when it does not."""
        return self.raw("content-disposition").partition(";")[0].strip().lower()

    def parameter(self, name: str, *, field: str = "content-type") -> str:
        """Return a parameter of the field content-type or content-disposition, empty when it has none."""
        try:
            value = self._taken_apart.get_param(name, "", field)
            return in_words(collapse_rfc2231_value(value)).strip() if value else ""
        except (ValueError, LookupError, TypeError, AttributeError):
            return ""

    @property
    def file_name(self) -> str:
        """What an attachment is called, empty when it has no name."""
        name = self.parameter("filename", field="content-disposition") or self.parameter("name")
        return _BLANKS.sub(" ", name).replace("!/", "!_")  # "!/" stands between the levels of what is nested

    @cached_property
    def sent_at(self) -> str | None:
        """When it says that it was written; None where a server's clock contradicts that by more than a month."""
        stated, received = date_of(self.raw("date")), date_of(self.raw("received", is_last=True).rpartition(";")[2])
        if stated and received and abs(_instant(stated) - _instant(received)) > _MAX_DELAY:
            return None
        return stated

    @cached_property
    def received_at(self) -> str | None:
        """When the last server took it in."""
        return date_of(self.raw("received").rpartition(";")[2])

    @cached_property
    def _taken_apart(self) -> Message:
        message = Message()
        for field in ("content-type", "content-disposition"):
            message[field] = _BLANKS.sub(" ", self.raw(field))[:_MAX_PARAMETER_CHARS]
        return message


def split_header(content: bytes, start: int, end: int) -> tuple[Headers, int]:
    """Return the header that begins at `start`, and where the body begins."""
    if start >= end:
        return Headers(b""), end
    empty = _EMPTY.match(content, start, end)
    if empty:
        return Headers(b""), empty.end()
    if not _FIELD.match(content, start, end):
        return Headers(b""), start  # a part without any header, against the rules
    blank = _END.search(content, start, end)
    stop, body = (blank.start(), blank.end()) if blank else (end, end)
    return Headers(content[start : min(stop, start + _MAX_HEADER_BYTES)]), body


def in_words(value: str) -> str:
    """Return a field's value with the encoded words of RFC 2047 put into letters, on one line."""
    if "=?" in value:
        value = _letters(_BETWEEN_WORDS.sub("", value))
    return _BLANKS.sub(" ", value).strip()


def date_of(value: str) -> str | None:
    """Return the date of an e-mail's field in ISO 8601, or None when it is none or cannot be true."""
    try:
        stated = parsedate_tz(value[:_MAX_DATE_CHARS])
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if stated is None or _YEAR_BEFORE_1000.search(value):
        return None
    year, month, day, hour, minute, second, *_, offset = stated
    zone = _zone(offset or 0) if offset or _ZERO_ZONE.search(value) else ""
    date = f"{year:04d}-{month:02d}-{day:02d}"
    return from_w3cdtf(f"{date}T{hour:02d}:{minute:02d}:{min(second, 59):02d}{zone}")  # a leap second is none here


def _zone(offset: int) -> str:
    hours, minutes = divmod(abs(offset) // 60, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"


def _instant(stated: str) -> datetime:
    at = datetime.fromisoformat(stated)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _letters(value: str) -> str:
    """Decode words that follow each other together: a letter may begin in one and end in the next."""
    parts: list[str] = []
    pending, pending_set, position = b"", "", 0
    for match in _WORD.finditer(value):
        between = value[position : match.start()]
        character_set, content = match[1].lower(), _word_bytes(match[2], match[3])
        if between or character_set != pending_set:
            parts += (decode(pending, declared=encoding_called(pending_set)), between)
            pending = b""
        pending, pending_set, position = pending + content, character_set, match.end()
    return "".join((*parts, decode(pending, declared=encoding_called(pending_set)), value[position:]))


def _word_bytes(how: str, content: str) -> bytes:
    raw = content.encode("utf-8", "replace")
    try:
        return binascii.a2b_base64(raw + b"==") if how in "Bb" else binascii.a2b_qp(raw, header=True)
    except binascii.Error:
        return raw
