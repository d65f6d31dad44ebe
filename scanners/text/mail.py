"""Reading e-mails (.eml, and web pages saved as .mht): header, the text a reader would see, attachments by name.

Follows RFC 2045-2046 (MIME). The tree of parts is walked here, without recursion and in one pass a level: the
standard library's parser looks at every open part for every line, minutes for a hostile message of a few megabytes.
"""

import binascii
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from scanners.errors import BrokenContentError, ContentError, EncryptedContentError, OversizedContentError
from scanners.observation import ContainedMember, MemberKind
from scanners.source import ByteSource, MemorySource
from scanners.text.dates import from_w3cdtf
from scanners.text.html import add_markup
from scanners.text.mail_headers import Headers, date_of, split_header
from scanners.text.plain import decode, encoding_called
from scanners.text.reading import Draft, EnoughTextError
from scanners.text.signed import SIGNED_TYPES, is_enveloped, signed_content

_MAX_DEPTH = 50
_MAX_PARTS = 10_000
_RAW_PER_CHAR = 32  # how many bytes of a part are decoded for one character of text
_MAX_BOUNDARY_CHARS = 200
_FEW_CHARS = 200  # a plain text shorter than this may only say that the page beside it cannot be shown
_MUCH_LONGER = 5

_TEXT_BESIDE = frozenset({"message/delivery-status", "message/disposition-notification", "message/feedback-report"})
_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
_PAGE = "text/html"
_PARCELS = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_LOCKED_TEXT = "-----BEGIN PGP MESSAGE-----"
_BLANK_BYTES = b" \t\r\n\v\f"
_NO_BASE64 = bytes(set(range(256)) - {*b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"})
_UUENCODED = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?$", re.MULTILINE)
_UUENCODED_END = b"\nend"
_UU_LINE, _UU_BYTES = 62, 45  # of a full line: characters with the line end, bytes


ParcelReader = Callable[[ByteSource, Draft], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A stretch of bytes with a header; `inside` names the message that it belongs to."""

    content: bytes
    start: int
    end: int
    depth: int = 0
    inside: str = ""
    is_message: bool = False
    is_silent: bool = False  # the same words stand in a part beside it


def read_mail(content: bytes, draft: Draft, *, read_parcel: ParcelReader | None = None) -> None:
    """Collect what an e-mail says, with its attachments as members.

    Args:
        content: The e-mail.
        draft: Where it is collected.
        read_parcel: Reads the parcels, winmail.dat, in which Outlook sends attachments; without it they stay closed.

    Raises:
        ContentError: It is locked, or nested beyond all measure; the draft keeps what was read before.
    """
    start = content.find(b"\n") + 1 if content.startswith((b"From ", b">From ")) else 0
    headers, _ = split_header(content, start, len(content))
    _state_properties(headers, draft)
    if read_message(content[start:] if start else content, draft, read_parcel=read_parcel):
        raise EncryptedContentError("its text is locked with the reader's own key")


def read_message(content: bytes, draft: Draft, *, inside: str = "", read_parcel: ParcelReader | None = None) -> bool:
    """Collect one message's text and attachments, and tell whether it is locked with its reader's own key.

    `inside` comes before the names of its attachments.

    Never raises for a full draft: the attachments that follow are listed all the same.

    Raises:
        ContentError: It is nested beyond all measure.
    """
    walker = _Walker(draft, read_parcel)
    walker.walk(_Part(content=_with_line_feeds(content), start=0, end=len(content), inside=inside, is_message=True))
    return walker.is_locked


def _with_line_feeds(content: bytes) -> bytes:
    return content if b"\n" in content else content.replace(b"\r", b"\n")


def _state_properties(headers: Headers, draft: Draft) -> None:
    for name in ("from", "to", "cc", "subject"):
        draft.state(name, headers.words(name))
    draft.state("message_id", headers.raw("message-id").strip())
    draft.state("sent_at", headers.sent_at)
    if not headers.sent_at:
        draft.state("stated_date", headers.raw("date"))  # for a person to judge
    draft.state("received_at", headers.received_at)
    draft.state("application", headers.words("x-mailer") or headers.words("user-agent"))


class _Walker:
    """Goes through the parts of one message in the order in which a reader meets them."""

    def __init__(self, draft: Draft, read_parcel: ParcelReader | None) -> None:
        self._draft = draft
        self._read_parcel = read_parcel
        self._pending: list[_Part] = []
        self._count = 0
        self._is_full = False
        self._has_body = False
        self.is_locked = False

    def walk(self, message: _Part) -> None:
        self._pending.append(message)
        while self._pending:
            part = self._pending.pop()
            self._count += 1
            if self._count > _MAX_PARTS:
                raise OversizedContentError(f"it holds more than {_MAX_PARTS} parts")
            if part.depth > _MAX_DEPTH:
                raise BrokenContentError("it is nested far more deeply than real files")
            self._take(part)

    def _take(self, part: _Part) -> None:
        headers, body = split_header(part.content, part.start, part.end)
        if part.is_message:
            self._add_header(headers)
        inner = replace(part, start=min(body, part.end), is_message=False)
        media_type = headers.media_type
        # A message that is nothing but a text is read, though some mail programs gave the text a name.
        is_attached = headers.disposition == "attachment" or (bool(headers.file_name) and not part.is_message)
        if media_type.startswith("multipart/"):
            self._take_apart(inner, headers)
        elif media_type in _MESSAGES:
            self._take_message(inner, headers)
        elif media_type in SIGNED_TYPES:
            self._take_signed(inner, headers)
        elif not is_attached and (media_type.startswith("text/") or media_type in _TEXT_BESIDE):
            self._take_text(inner, headers)
        else:
            self._hold(inner, headers)
            if self._read_parcel and media_type in _PARCELS:
                self._unpack(inner, headers, self._read_parcel)

    def _add_header(self, headers: Headers) -> None:
        for title in ("Subject", "From", "To", "Cc"):
            words = headers.words(title.lower())
            if words:
                self._add(f"{title}: {words}\n")

    def _take_apart(self, part: _Part, headers: Headers) -> None:
        self.is_locked = self.is_locked or headers.media_type == "multipart/encrypted"
        children = list(_children(part, headers.parameter("boundary")))
        if not children:
            self._take_text(part, Headers(b""))
            return
        if headers.media_type == "multipart/alternative":
            children = _one_voice(children, limit_chars=self._draft.limit_chars)
        self._pending.extend(reversed(children))

    def _take_message(self, part: _Part, headers: Headers) -> None:
        content = _decoded(part, headers)
        start = content.find(b"\n") + 1 if content.startswith((b"From ", b">From ")) else 0
        inner, _ = split_header(content, start, len(content))
        name = headers.file_name or f"{inner.words('subject') or 'message'}.eml".replace("!/", "!_")
        self._draft.hold(
            ContainedMember(
                path=part.inside + name,
                kind=MemberKind.MESSAGE,
                size_bytes=len(content),
                media_type="message/rfc822",
                modified=inner.sent_at or "",
            )
        )
        self._add("\n")
        message = replace(part, content=content, start=start, end=len(content), depth=part.depth + 1)
        self._pending.append(replace(message, inside=f"{part.inside}{name}!/", is_message=True))

    def _take_signed(self, part: _Part, headers: Headers) -> None:
        """Look inside a signature for the message; locked ones look the same from outside, RFC 8551 §3."""
        raw = _decoded(part, headers)
        if is_enveloped(raw) or headers.parameter("smime-type").lower() == "enveloped-data":
            self.is_locked = True
            self._hold(part, headers)
            return
        content = signed_content(raw)
        if content is None:
            self._hold(part, headers)
        else:
            self._pending.append(replace(part, content=content, start=0, end=len(content), depth=part.depth + 1))

    def _take_text(self, part: _Part, headers: Headers) -> None:
        wanted = self._draft.limit_chars * _RAW_PER_CHAR
        if part.end - part.start > wanted:
            self._draft.is_cut_short = True
        content = _decoded(replace(part, end=min(part.end, part.start + wanted)), headers)
        if headers.media_type != _PAGE:
            content = self._without_uuencoded(content, part)
        text = decode(content, declared=encoding_called(headers.parameter("charset")))
        self.is_locked = self.is_locked or text[:1000].lstrip().startswith(_LOCKED_TEXT)
        self._has_body = self._has_body or bool(text.strip())
        if not part.is_silent:
            self._add(text, is_page=headers.media_type == _PAGE)
            self._add("\n")

    def _without_uuencoded(self, content: bytes, part: _Part) -> bytes:
        """Take out attachments in the way that came before MIME, and list them."""
        kept: list[bytes] = []
        position = 0
        while match := _UUENCODED.search(content, position):
            end = content.find(_UUENCODED_END, match.end())
            stop = end + len(_UUENCODED_END) if end >= 0 else len(content)
            kept.append(content[position : match.start()])
            size_bytes = (stop - match.end()) * _UU_BYTES // _UU_LINE
            self._list(part, name=decode(match[1]).replace("!/", "!_"), media_type="", size_bytes=size_bytes)
            position = stop
        return b"".join((*kept, content[position:])) if kept else content

    def _hold(self, part: _Part, headers: Headers) -> None:
        stated = headers.parameter("modification-date", field="content-disposition")
        self._list(
            part,
            name=self._name_of(headers),
            media_type=headers.media_type,
            size_bytes=_decoded_size(part, headers),
            modified=date_of(stated) or from_w3cdtf(stated) or "",
        )

    def _unpack(self, part: _Part, headers: Headers, read_parcel: ParcelReader) -> None:
        """List what is inside Outlook's parcel; its text is taken only where the message has none of its own."""
        parcel = Draft(limit_chars=self._draft.limit_chars)
        try:
            read_parcel(MemorySource(_decoded(part, headers)), parcel)
        except (ContentError, EnoughTextError):
            self._draft.is_cut_short = self._draft.is_cut_short or not parcel.has_words()
        for member in parcel.members:
            self._draft.hold(replace(member, path=f"{part.inside}{self._name_of(headers)}!/{member.path}"))
        if not self._has_body:
            self._add(parcel.text() + "\n")

    def _name_of(self, headers: Headers) -> str:
        return headers.file_name or f"unnamed {headers.media_type.replace('/', ' ')} {self._count}"

    def _list(self, part: _Part, *, name: str, media_type: str, size_bytes: int, modified: str = "") -> None:
        self._draft.hold(
            ContainedMember(
                path=part.inside + name,
                kind=MemberKind.ATTACHMENT,
                size_bytes=size_bytes,
                media_type=media_type,
                modified=modified,
            )
        )
        self._add(f"\nAttachment: {name}\n")

    def _add(self, text: str, *, is_page: bool = False) -> None:
        if self._is_full:
            return
        try:
            add_markup(text, self._draft) if is_page else self._draft.add(text)
        except EnoughTextError:
            self._is_full = True


def _children(part: _Part, boundary: str) -> Iterator[_Part]:
    """Yield the parts between the boundaries, RFC 2046 §5.1.1; the last may lack its end."""
    if not boundary or len(boundary) > _MAX_BOUNDARY_CHARS:
        return
    line = re.compile(rb"\n--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    start = -1
    # From the line feed that ended the header.
    for match in line.finditer(part.content, max(0, part.start - 1), part.end):
        if start >= 0:
            yield replace(part, start=min(start, match.start()), end=match.start(), depth=part.depth + 1)
        if match[1]:
            return
        start = part.content.find(b"\n", match.end(), part.end) + 1 or part.end
    if start >= 0:
        yield replace(part, start=start, end=part.end, depth=part.depth + 1)


def _one_voice(children: list[_Part], *, limit_chars: int) -> list[_Part]:
    """Silence all but the best of several renderings of one text: the plain one, unless it says next to nothing."""
    plain = page = None
    for number, child in enumerate(children[:_MAX_PARTS]):
        headers, body = split_header(child.content, child.start, child.end)
        shown = replace(child, start=min(body, child.end), end=min(child.end, body + limit_chars * _RAW_PER_CHAR))
        if headers.media_type == "text/plain" and plain is None:
            text = decode(_decoded(shown, headers), declared=encoding_called(headers.parameter("charset")))
            plain = (number, len(text.strip()))
        elif headers.media_type == _PAGE and page is None:
            page = (number, shown, headers)
    if plain is None or not plain[1]:
        return children
    if page and plain[1] < _FEW_CHARS and _length_of_page(page[1], page[2]) > plain[1] * _MUCH_LONGER:
        return [
            replace(child, is_silent=number == plain[0] or child.is_silent) for number, child in enumerate(children)
        ]
    return [replace(child, is_silent=number != plain[0] or child.is_silent) for number, child in enumerate(children)]


def _length_of_page(part: _Part, headers: Headers) -> int:
    scratch = Draft(limit_chars=_FEW_CHARS * _MUCH_LONGER)
    with suppress(EnoughTextError):
        add_markup(decode(_decoded(part, headers)), scratch)
    return len(scratch.text())


def _decoded(part: _Part, headers: Headers) -> bytes:
    """Return a part's bytes without its transfer encoding, RFC 2045 §6; odd bytes in it cost only themselves."""
    raw = part.content[part.start : part.end]
    encoding = headers.raw("content-transfer-encoding").strip().lower()
    if encoding == "base64":
        return _from_base64(raw)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw)
    return raw


def _from_base64(raw: bytes) -> bytes:
    for surplus in (b"", b"=", b"=="):
        try:
            return binascii.a2b_base64(raw + surplus)
        except binascii.Error:
            continue
    letters = raw.translate(None, _NO_BASE64)
    return binascii.a2b_base64(letters[: len(letters) - (len(letters) % 4 == 1)] + b"==")


def _decoded_size(part: _Part, headers: Headers) -> int:
    raw = part.content[part.start : part.end]
    encoding = headers.raw("content-transfer-encoding").strip().lower()
    if encoding == "base64":
        letters = raw.translate(None, _BLANK_BYTES)
        return len(letters.rstrip(b"=")) * 3 // 4
    return len(binascii.a2b_qp(raw)) if encoding == "quoted-printable" else len(raw)
