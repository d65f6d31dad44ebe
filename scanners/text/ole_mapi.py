"""What Outlook messages (.msg) and winmail.dat have in common: the properties of a message, and what to do with them.

Follows [MS-OXPROPS] (which number means what), [MS-OXCMSG] and [MS-OXBBODY] (which of several bodies counts).
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from scanners.errors import ContentError, EncryptedContentError
from scanners.observation import ContainedMember, MemberKind
from scanners.text.dates import from_w3cdtf
from scanners.text.html import add_markup
from scanners.text.mail_headers import Headers
from scanners.text.ole_properties import codec_of, from_code_page, from_filetime
from scanners.text.ole_rtf import unpacked_rtf
from scanners.text.plain import decode
from scanners.text.reading import Draft, EnoughTextError
from scanners.text.rtf import read_rtf
from scanners.text.signed import SIGNED_TYPES, is_enveloped, signed_content

INT32, BOOLEAN, NARROW, WIDE, INSTANT, BINARY, OBJECT = 0x03, 0x0B, 0x1E, 0x1F, 0x40, 0x102, 0x0D  # [MS-OXCDATA] 2.11.1
UNZONED = 0x10003  # our own: a date and time in letters, of which nobody knows the zone

CLASS, SUBJECT, SENT, RECEIVED, CREATED, MODIFIED = 0x001A, 0x0037, 0x0039, 0x0E06, 0x3007, 0x3008
NAME, ADDRESS, SMTP_ADDRESS, RECIPIENT_KIND = 0x3001, 0x3003, 0x39FE, 0x0C15
ATTACHED, FILE_NAME, LONG_FILE_NAME, METHOD, MEDIA_TYPE = 0x3701, 0x3704, 0x3707, 0x3705, 0x370E
BODY, BODY_RTF, BODY_HTML = 0x1000, 0x1009, 0x1013
_HEADERS, _MESSAGE_ID = 0x007D, 0x1035
_WRITER = ((0x0042, 0x5D02, 0x0065), (0x0C1A, 0x5D01, 0x0C1F))  # name and addresses: in whose name, and the sender
_SHOWN_TO, _SHOWN_CC = 0x0E04, 0x0E03
_CODE_PAGE, _BODY_CODE_PAGE = 0x3FFD, 0x3FDE
_GRADES = (
    ("importance", 0x0017, {0: "low", 2: "high"}),
    ("sensitivity", 0x0036, {1: "personal", 2: "private", 3: "confidential"}),
)
_KINDS = {1: "to", 2: "cc"}

_WORDS_BYTES = 1 << 16
_BODY_BYTES = 4 << 20
_RTF_BYTES = 1 << 20
_SIGNED_BYTES = 8 << 20
_CARD_FIELDS = (0x3A06, 0x3A11, 0x3A16, 0x3A17, 0x3A18, 0x3A08, 0x3A1C, 0x3A15, 0x3A27, 0x3A2A)  # of a person
_RIGHTS = "message.rpmsg"
_PGP = "application/pgp-encrypted"
_OWN_KEY = "its text is locked with the reader's own key"
_SIGNED_TYPES = SIGNED_TYPES | {"multipart/signed"}
_HEADER_WITHIN_BYTES = 200
_MAX_DELAY = timedelta(days=31)


class Stored(Protocol):
    """Wherever properties are kept."""

    def kind_of(self, number: int) -> int | None:
        """Return the type under which a property is kept, None when there is none of this number."""
        ...

    def octets_of(self, number: int, kind: int, *, limit_bytes: int) -> bytes:
        """Return the beginning of a property's content."""
        ...


class Properties:
    """The properties of one message, attachment or recipient, as words, numbers and dates.

    Args:
        stored: Where they are kept.
        code_page: Of the message around it, when this is a part of one.
    """

    def __init__(self, stored: Stored, *, code_page: int | None = None) -> None:
        self._stored = stored
        self.code_page = self.number(_CODE_PAGE) or code_page or self.number(_BODY_CODE_PAGE) or 1252

    def octets(self, number: int, *, limit_bytes: int) -> bytes:
        """Return what is kept as bytes, or as a string in any form; empty when there is none."""
        kind = self._stored.kind_of(number)
        return b"" if kind is None else self._stored.octets_of(number, kind, limit_bytes=limit_bytes)

    def words(self, number: int, *, limit_bytes: int = _WORDS_BYTES) -> str:
        """Return a string, empty when there is none."""
        kind = self._stored.kind_of(number)
        if kind not in (NARROW, WIDE):
            return ""
        raw = self._stored.octets_of(number, kind, limit_bytes=limit_bytes)
        text = raw.decode("utf-16-le", "replace") if kind == WIDE else from_code_page(raw, self.code_page)
        return text.rstrip("\0")

    def number(self, number: int) -> int | None:
        """Return a whole number, None when there is none."""
        if self._stored.kind_of(number) not in (INT32, BOOLEAN):
            return None
        return int.from_bytes(self.octets(number, limit_bytes=4)[:4], "little")

    def instant(self, number: int) -> str | None:
        """Return a date in ISO 8601, None when there is none that can be true."""
        kind = self._stored.kind_of(number)
        if kind == UNZONED:
            return from_w3cdtf(self.octets(number, limit_bytes=20).decode("ascii", "replace"))
        if kind != INSTANT:
            return None
        return from_filetime(int.from_bytes(self.octets(number, limit_bytes=8), "little"))

    def html(self) -> str:
        """Return the body as a web page, empty when there is none."""
        if self._stored.kind_of(BODY_HTML) != BINARY:
            return self.words(BODY_HTML, limit_bytes=_BODY_BYTES)
        page = self.number(_BODY_CODE_PAGE)
        declared = codec_of(page) if page else None
        return decode(self.octets(BODY_HTML, limit_bytes=_BODY_BYTES), declared=declared)

    def rich_text(self) -> bytes:
        """Return the body as rich text, empty when there is none.

        Raises:
            BrokenContentError: It cannot be unpacked.
        """
        packed = self.octets(BODY_RTF, limit_bytes=_BODY_BYTES)
        return unpacked_rtf(packed, limit_bytes=_RTF_BYTES) if packed else b""


class Attachment(NamedTuple):
    """Something attached: its properties, its size if known, and the beginning of its bytes when asked."""

    properties: Properties
    size_bytes: int | None
    beginning: Callable[[int], bytes]

    @property
    def name(self) -> str:
        """What the message calls it."""
        found = (self.properties.words(number) for number in (LONG_FILE_NAME, FILE_NAME, NAME))
        return next(filter(None, found), "unnamed attachment")


class Mail:
    """Collects one message, with the messages inside it, in a draft; a full draft does not stop the listing.

    Args:
        draft: Where text, properties and attachments go.
        inside: What comes before the names of the attachments: the message that this one is attached to.
    """

    def __init__(self, draft: Draft, *, inside: str = "") -> None:
        self.draft = draft
        self.inside = inside
        self._has_body = False

    def add(self, text: str) -> None:
        """Add text as far as there is room."""
        with suppress(EnoughTextError):
            self.draft.add(text)

    def state(self, message: Properties, recipients: Iterable[Properties]) -> None:
        """Note who wrote to whom, when and about what: as properties of the outermost message, as text of each."""
        headers = Headers(message.words(_HEADERS).encode("utf-8", "replace"))
        addressed = _addressed(message, recipients)
        stated = {"from": _writer(message) or headers.words("from"), **addressed, "subject": message.words(SUBJECT)}
        for name in ("subject", "from", "to", "cc"):
            if stated[name]:
                self.add(f"{name.capitalize()}: {stated[name]}\n")
        if self.inside:
            return
        sent_at, received_at = message.instant(SENT) or headers.sent_at, message.instant(RECEIVED)
        if sent_at and received_at and _contradict(sent_at, received_at):
            self.draft.state("stated_date", sent_at)  # for a person to judge
            sent_at = None
        for name, value in stated.items():
            self.draft.state(name, value)
        self.draft.state("message_id", message.words(_MESSAGE_ID) or headers.raw("message-id").strip())
        self.draft.state("sent_at", sent_at)
        self.draft.state("received_at", received_at)
        self.draft.state("modified_at", message.instant(MODIFIED))
        if not (sent_at or received_at):
            # of a message that was sent it only tells when somebody made this copy
            self.draft.state("created_at", message.instant(CREATED))
        for name, number, meanings in _GRADES:
            grade = message.number(number)
            self.draft.state(name, None if grade is None else meanings.get(grade))

    def add_body(self, message: Properties) -> None:
        """Add the words of the body: the plain one, else those of the web page, else those of the rich text.

        Raises:
            ContentError: The rich text, the only body, is damaged; what was read of it stays.
        """
        plain = message.words(BODY, limit_bytes=_BODY_BYTES)
        if plain.strip():
            self._has_body = True
            self.add(f"{plain}\n")
        elif page := message.html():
            self._add_scratch(add_markup, page)
        else:
            self._add_rich_text(message.rich_text())
        if message.words(CLASS).upper().startswith("IPM.CONTACT"):
            self.add("".join(f"{words}\n" for words in map(message.words, _CARD_FIELDS) if words))

    def hold(self, attachment: Attachment) -> None:
        """List an attachment.

        Raises:
            EncryptedContentError: It is the message itself, locked with its reader's own key or by its rights.
        """
        properties, name = attachment.properties, attachment.name
        media_type = properties.words(MEDIA_TYPE)
        self.list_member(
            name,
            kind=MemberKind.ATTACHMENT,
            size_bytes=attachment.size_bytes,
            media_type=media_type,
            modified=properties.instant(MODIFIED),
        )
        if name.lower() == _RIGHTS:
            raise EncryptedContentError("its text is locked by rights management")
        if media_type == _PGP:
            raise EncryptedContentError(_OWN_KEY)
        if media_type in _SIGNED_TYPES or name.lower() == "smime.p7m":
            self._look_inside(attachment, name=name)

    def list_member(
        self, name: str, *, kind: MemberKind, size_bytes: int | None = None, media_type: str = "", modified: str | None
    ) -> str:
        """List something that lies in the message, and return the path of it."""
        path = self.inside + _as_one_name(name)
        self.draft.hold(
            ContainedMember(path=path, kind=kind, size_bytes=size_bytes, media_type=media_type, modified=modified or "")
        )
        self.add(f"\nAttachment: {name}\n")
        return path

    def _look_inside(self, attachment: Attachment, *, name: str) -> None:
        """Add the message that a signature wraps where that is the only body, or say that it is locked."""
        raw = attachment.beginning(_SIGNED_BYTES)
        if is_enveloped(raw):
            raise EncryptedContentError(_OWN_KEY)
        if self._has_body:
            return
        is_mime = raw[:_HEADER_WITHIN_BYTES].lower().lstrip().startswith((b"content-type:", b"mime-version:"))
        content = raw if is_mime else signed_content(raw)
        if content:
            from scanners.text.mail import read_message  # noqa: PLC0415  few messages are signed

            if read_message(content, self.draft, inside=f"{self.inside}{_as_one_name(name)}!/"):
                raise EncryptedContentError(_OWN_KEY)

    def _add_rich_text(self, content: bytes) -> None:
        try:
            if content:
                self._add_scratch(read_rtf, content)
        except ContentError:
            if len(content) < _RTF_BYTES:  # a longer one was cut off here
                raise
            self.draft.is_cut_short = True

    def _add_scratch(self, read: Callable[[Any, Draft], None], content: str | bytes) -> None:
        """Add the text of a page apart from what it states about itself, which is not what the message states."""
        scratch = Draft(limit_chars=self.draft.limit_chars)
        try:
            with suppress(EnoughTextError):
                read(content, scratch)
        finally:
            text = scratch.text()
            self._has_body = bool(text)
            self.add(text + "\n")
            self.draft.is_cut_short = self.draft.is_cut_short or scratch.is_cut_short


def _as_one_name(name: str) -> str:
    """Return a name without what stands between the levels of nested things."""
    return name.replace("!/", "!_")


def _contradict(sent_at: str, received_at: str) -> bool:
    """Tell whether two clocks cannot both be right: no post takes so long, and none comes before it is sent."""
    sent, received = (
        at if at.tzinfo else at.replace(tzinfo=UTC) for at in map(datetime.fromisoformat, (sent_at, received_at))
    )
    return abs(sent - received) > _MAX_DELAY


def _writer(message: Properties) -> str:
    for name, *addresses in _WRITER:
        found = _person(message.words(name), [message.words(address) for address in addresses])
        if found:
            return found
    return ""


def _addressed(message: Properties, recipients: Iterable[Properties]) -> dict[str, str]:
    listed: dict[str, list[str]] = {"to": [], "cc": []}
    for recipient in recipients:
        kind = _KINDS.get((recipient.number(RECIPIENT_KIND) or 0) & 0xF)
        person = _person(recipient.words(NAME), [recipient.words(SMTP_ADDRESS), recipient.words(ADDRESS)])
        if kind and person:
            listed[kind].append(person)
    return {
        "to": ", ".join(listed["to"]) or message.words(_SHOWN_TO),
        "cc": ", ".join(listed["cc"]) or message.words(_SHOWN_CC),
    }


def _person(name: str, addresses: list[str]) -> str:
    """Return a name with its address; addresses of Exchange, which only its own directory knows, are left out."""
    address = next((stated for stated in addresses if "@" in stated), "")
    name = re.sub(r"^'(.*)'$", r"\1", name.strip())
    if not name or address in name:
        return name or address
    return f"{name} <{address}>" if address else name
