"""Reading Outlook messages (.msg): who wrote to whom, when, the body, attachments and the messages among them.

Follows [MS-OXMSG]: a compound file in which each message, recipient and attachment is a storage, each longer
property a stream, and the short ones stand together in one stream.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress

from scanners.containers.compound import CompoundEntry, CompoundFile
from scanners.errors import BrokenContentError, ContentError
from scanners.observation import MemberKind
from scanners.source import ByteSource
from scanners.text.ole_mapi import (
    ATTACHED,
    BINARY,
    CLASS,
    METHOD,
    NARROW,
    OBJECT,
    SENT,
    WIDE,
    Attachment,
    Mail,
    Properties,
)
from scanners.text.reading import Draft

_SHORT_ONES = "__PROPERTIES_VERSION1.0"
_RECIPIENT, _ATTACHMENT, _LONG_ONE = "__RECIP_VERSION1.0_#", "__ATTACH_VERSION1.0_#", "__SUBSTG1.0_"
_PROPERTY = struct.Struct("<2H4x8s")
_OUTER_HEADER, _INNER_HEADER, _PART_HEADER = 32, 24, 8  # 2.4.1: bytes before the short properties
_EMBEDDED_MESSAGE = 5  # [MS-OXCMSG] 2.2.2.9
_SHORT_BYTES = 1 << 16
_MAX_DEPTH = 20
_MAX_RECIPIENTS = 500
_LONG_KINDS = (WIDE, NARROW, BINARY, OBJECT)
_NAMED_FROM = 0x8000  # properties that programs gave numbers to; of a meeting its place, of a task its state
_WITH_NAMED_WORDS = ("IPM.APPOINTMENT", "IPM.SCHEDULE", "IPM.CONTACT", "IPM.TASK", "IPM.ACTIVITY", "IPM.DISTLIST")
_EXCHANGE_ADDRESS = "/o="  # which only its own directory knows
_MAX_NAMED = 64
_NAMED_BYTES = 2000


def read_msg(source: ByteSource, draft: Draft) -> None:
    """Collect the text and properties of a message, with its attachments as members.

    Raises:
        ContentError: It is damaged, locked, or nested beyond all measure; the draft keeps what was read.
    """
    compound = CompoundFile(source)
    if compound.find("__properties_version1.0") is None:
        raise BrokenContentError("the properties of the message are missing")
    _Reader(compound, draft).read()


class _Storage:
    """The properties in one storage of the file."""

    def __init__(self, compound: CompoundFile, storage: CompoundEntry, *, header_bytes: int) -> None:
        self._compound = compound
        self._entries = compound.children(storage)
        self._short: dict[int, tuple[int, bytes]] = {}
        content = compound.read(self._entries.get(_SHORT_ONES), limit_bytes=_SHORT_BYTES)[header_bytes:]
        whole = len(content) - len(content) % _PROPERTY.size
        for kind, number, value in _PROPERTY.iter_unpack(content[:whole]):
            self._short.setdefault(number, (kind, value))

    def kind_of(self, number: int) -> int | None:
        if number in self._short and self._short[number][0] not in _LONG_KINDS:
            return self._short[number][0]
        return next((kind for kind in _LONG_KINDS if self.entry(number, kind)), None)

    def octets_of(self, number: int, kind: int, *, limit_bytes: int) -> bytes:
        if kind in _LONG_KINDS:
            return self._compound.read(self.entry(number, kind), limit_bytes=limit_bytes)
        return self._short[number][1]

    def entry(self, number: int, kind: int) -> CompoundEntry | None:
        return self._entries.get(f"{_LONG_ONE}{number:04X}{kind:04X}")

    def named_words(self) -> Iterator[int]:
        """Yield the numbers of words that have no fixed number."""
        for name in self._entries:
            if name.startswith(_LONG_ONE) and name.endswith("001F") and len(name) == len(_LONG_ONE) + 8:
                with suppress(ValueError):
                    number = int(name[len(_LONG_ONE) : -4], 16)
                    if number >= _NAMED_FROM:
                        yield number


class _Reader:
    """Goes through a message and those inside it, without recursion; each storage is read once."""

    def __init__(self, compound: CompoundFile, draft: Draft) -> None:
        self._compound = compound
        self._draft = draft
        self._pending = [(compound.root, "", _OUTER_HEADER, 0)]
        self._seen = {compound.root.number}
        self._trouble: ContentError | None = None

    def read(self) -> None:
        while self._pending:
            storage, inside, header_bytes, depth = self._pending.pop()
            if depth > _MAX_DEPTH:
                raise BrokenContentError("it is nested far more deeply than real files")
            self._read_message(storage, inside, header_bytes=header_bytes, depth=depth)
        if self._trouble:
            raise self._trouble
        self._compound.check_whole()

    def _read_message(self, storage: CompoundEntry, inside: str, *, header_bytes: int, depth: int) -> None:
        kept = _Storage(self._compound, storage, header_bytes=header_bytes)
        message = Properties(kept)
        mail = Mail(self._draft, inside=inside)
        children = self._compound.children(storage)
        parts = sorted(name for name in children if name.startswith((_RECIPIENT, _ATTACHMENT)))
        recipients = [children[name] for name in parts if name.startswith(_RECIPIENT)][:_MAX_RECIPIENTS]
        mail.state(message, [self._part(entry, message) for entry in recipients])
        with self._noting_trouble():
            mail.add_body(message)
        if message.words(CLASS).upper().startswith(_WITH_NAMED_WORDS):
            for number in list(kept.named_words())[:_MAX_NAMED]:
                words = message.words(number, limit_bytes=_NAMED_BYTES)
                mail.add("" if _EXCHANGE_ADDRESS in words.lower() else f"{words}\n")
        inner: list[tuple[CompoundEntry, str, int, int]] = []
        for name in parts:
            if name.startswith(_ATTACHMENT) and children[name].number not in self._seen:
                self._seen.add(children[name].number)
                with self._noting_trouble():
                    inner += self._take_attachment(children[name], message, mail, depth=depth)
        self._pending += reversed(inner)

    def _take_attachment(
        self, entry: CompoundEntry, message: Properties, mail: Mail, *, depth: int
    ) -> Iterator[tuple[CompoundEntry, str, int, int]]:
        """List one attachment; yield it when it is a message."""
        kept = _Storage(self._compound, entry, header_bytes=_PART_HEADER)
        properties = Properties(kept, code_page=message.code_page)
        content = kept.entry(ATTACHED, BINARY)
        size_bytes = content.size_bytes if content else None
        attachment = Attachment(properties, size_bytes, lambda limit: self._compound.read(content, limit_bytes=limit))
        embedded = kept.entry(ATTACHED, OBJECT)
        if properties.number(METHOD) != _EMBEDDED_MESSAGE or embedded is None or embedded.number in self._seen:
            mail.hold(attachment)
            return
        self._seen.add(embedded.number)
        inner = Properties(_Storage(self._compound, embedded, header_bytes=_INNER_HEADER))
        path = mail.list_member(attachment.name, kind=MemberKind.MESSAGE, modified=inner.instant(SENT))
        yield embedded, f"{path}!/", _INNER_HEADER, depth + 1

    def _part(self, entry: CompoundEntry, message: Properties) -> Properties:
        kept = _Storage(self._compound, entry, header_bytes=_PART_HEADER)
        return Properties(kept, code_page=message.code_page)

    def _noting_trouble(self) -> "_Noting":
        return _Noting(self)

    def note(self, trouble: ContentError) -> None:
        self._trouble = self._trouble or trouble


class _Noting:
    """Lets a message go on when a part of it is damaged or locked; the first trouble is told at the end."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> bool:
        if isinstance(error, ContentError):
            self._reader.note(error)
            return True
        return False
