"""Listing Outlook data files (PST, OST): folders, and in them each message with what is attached to it.

Follows [MS-PST] 2.4. Nothing is decided by the tables that Outlook keeps for its own views: the tree of nodes says
which folder lies in which, and which message in which folder, also where a table is damaged. A password that Outlook
asks for locks nothing in the file, so it makes no difference here.
"""

from dataclasses import dataclass

from scanners.containers.pst_heap import Properties
from scanners.containers.pst_nodes import Node, NodeFile
from scanners.containers.stamps import windows_stamp
from scanners.errors import BrokenContentError, ContentError
from scanners.observation import ContainedMember, MemberKind
from scanners.source import ByteSource
from scanners.text.ole_properties import from_code_page
from scanners.text.reading import Draft, EnoughTextError

_FOLDER, _MESSAGE, _ATTACHMENT = 0x02, 0x04, 0x05
_ROOT = 0x122
_MAX_MESSAGES = 500_000
_MAX_READ, _MAX_READ_SLOWLY = 60_000, 10_000
_MAX_LEVELS = 100
_MAX_NAME_CHARS = 200
_BODY_CHARS = 2_000

_SUBJECT, _SENDER, _SENDER_ADDRESS = 0x0037, 0x0C1A, 0x0C1F
_SENT, _DELIVERED, _CHANGED = 0x0039, 0x0E06, 0x3008
_SIZE, _BODY, _CODE_PAGE = 0x0E08, 0x1000, 0x3FFD
_NAME, _LONG_FILE_NAME, _FILE_NAME, _ATTACHMENT_SIZE = 0x3001, 0x3707, 0x3704, 0x0E20
_NARROW_TEXT, _WIDE_TEXT, _INSTANT = 0x001E, 0x001F, 0x0040
_WESTERN = 1252


def read_pst(source: ByteSource, draft: Draft) -> None:
    """List every message of an Outlook data file as a member, and collect subjects, senders and beginnings.

    The first 60,000 messages are looked into, or 10,000 in the rare file that takes longer; of further ones it is
    known that they are there.

    Raises:
        ContentError: It is damaged, or of a form that is not read; the draft keeps what was found before.
    """
    mailbox = _Mailbox(NodeFile(source), draft)
    mailbox.go()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """What is told of one message."""

    subject: str
    sender: str
    sent_at: str
    size_bytes: int | None
    body: str


class _Mailbox:
    """One file on its way through all of its messages."""

    def __init__(self, file: NodeFile, draft: Draft) -> None:
        self._file = file
        self._draft = draft
        self._folders: dict[int, Node] = {}
        self._messages: list[Node] = []
        self._names: dict[int, str] = {}
        self._paths: dict[int, str] = {}
        self._has_room = True
        self._damaged = 0
        self._dates: list[str] = []

    def go(self) -> None:
        """List all there is.

        Raises:
            ContentError: A part of it is damaged; what is sound was listed.
        """
        fault: ContentError | None = None
        try:
            self._take_nodes()
        except ContentError as error:
            fault = error
        most = _MAX_READ_SLOWLY if self._file.is_slow else _MAX_READ
        in_order = sorted(self._messages, key=lambda node: (self._folder_path(node.parent), node.number))
        for node in in_order[:most]:
            self._list(node)
        self._count_rest(len(in_order) - most)
        self._state(len(in_order), is_whole=len(in_order) <= most and fault is None)
        if fault is not None:
            raise fault
        if self._damaged:
            raise BrokenContentError(f"{self._damaged} parts of it are damaged")

    def _take_nodes(self) -> None:
        for node in self._file.nodes():
            if node.kind == _FOLDER:
                self._folders[node.number] = node
            elif node.kind == _MESSAGE:
                self._messages.append(node)
                if len(self._messages) >= _MAX_MESSAGES:
                    self._draft.is_cut_short = True
                    return

    def _list(self, node: Node) -> None:
        folder = self._folder_path(node.parent)
        message = self._message(node)
        if message is None:
            path = _joined(folder, f"message {node.number}, which is damaged")
            self._draft.hold(ContainedMember(path=path, kind=MemberKind.MESSAGE))
            return
        path = _joined(folder, _name_of(message))
        self._draft.hold(
            ContainedMember(
                path=path,
                kind=MemberKind.MESSAGE,
                size_bytes=message.size_bytes,
                media_type="application/vnd.ms-outlook",
                modified=message.sent_at,
            )
        )
        if message.sent_at:
            ends = [*self._dates, message.sent_at]
            self._dates = [min(ends), max(ends)]
        self._add("\n".join(filter(None, (path, message.sender, message.body))))
        self._list_attachments(node, path)

    def _list_attachments(self, node: Node, path: str) -> None:
        try:
            for part in self._file.subnodes(node.subnodes):
                if part.kind == _ATTACHMENT:
                    self._list_attachment(part, path)
        except ContentError:
            self._damaged += 1

    def _list_attachment(self, part: Node, path: str) -> None:
        name, size = "attachment", None
        try:
            properties = Properties(self._file, part)
            found = (_text(properties, one) for one in (_LONG_FILE_NAME, _FILE_NAME, _NAME))
            name, size = next(filter(None, found), name), properties.number(_ATTACHMENT_SIZE)
        except ContentError:
            self._damaged += 1
        inner = f"{path}!/{_plain(name)}"
        self._draft.hold(ContainedMember(path=inner, kind=MemberKind.ATTACHMENT, size_bytes=size))
        self._add(name)

    def _message(self, node: Node) -> _Message | None:
        try:
            properties = Properties(self._file, node)
            sent_at = next(filter(None, (_moment(properties, one) for one in (_SENT, _DELIVERED, _CHANGED))), "")
            return _Message(
                subject=_subject(_text(properties, _SUBJECT)),
                sender=_text(properties, _SENDER) or _text(properties, _SENDER_ADDRESS),
                sent_at=sent_at,
                size_bytes=properties.number(_SIZE),
                body=_text(properties, _BODY)[:_BODY_CHARS] if self._has_room else "",
            )
        except ContentError:
            self._damaged += 1
            return None

    def _folder_path(self, number: int) -> str:
        if number not in self._paths:
            self._paths[number] = self._found_path(number)
        return self._paths[number]

    def _found_path(self, number: int) -> str:
        names: list[str] = []
        for _ in range(_MAX_LEVELS):
            node = self._folders.get(number)
            if node is None:
                if number:
                    names.append("(folder unknown)")
                break
            if number in (_ROOT, node.parent):
                break
            names.append(self._folder_name(node))
            number = node.parent
        return "/".join(reversed(names))

    def _folder_name(self, node: Node) -> str:
        if node.number not in self._names:
            try:
                name = _text(Properties(self._file, node), _NAME)
            except ContentError:
                self._damaged += 1
                name = ""
            self._names[node.number] = _plain(name) or "(folder without a name)"
        return self._names[node.number]

    def _count_rest(self, count: int) -> None:
        if count > 0:
            self._draft.member_count += count
            self._draft.is_cut_short = True

    def _state(self, count: int, *, is_whole: bool) -> None:
        self._draft.state("message_count", str(count))
        if self._dates and is_whole:
            self._draft.state("first_sent_at", self._dates[0])
            self._draft.state("last_sent_at", self._dates[-1])

    def _add(self, text: str) -> None:
        if self._has_room:
            try:
                self._draft.add(text + "\n")
            except EnoughTextError:
                self._has_room = False


def _name_of(message: _Message) -> str:
    subject = _plain(message.subject) or "no subject"
    sender = f"from {_plain(message.sender)}" if message.sender else ""
    return " ".join(filter(None, (message.sent_at[:10], subject, sender)))


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _plain(name: str) -> str:
    return " ".join(name[:_MAX_NAME_CHARS].split()).replace("/", "_")


def _subject(stated: str) -> str:
    """Return a subject without the two characters that tell how long its "RE:" is, 2.5.3.1.1.1."""
    return stated[2:] if stated.startswith("\1") else stated


def _text(properties: Properties, name: int) -> str:
    kind, content = properties.content(name)
    if kind == _WIDE_TEXT:
        return content.decode("utf-16-le", "replace").rstrip("\0")
    if kind == _NARROW_TEXT:
        return from_code_page(content, properties.number(_CODE_PAGE) or _WESTERN).rstrip("\0")
    return ""


def _moment(properties: Properties, name: int) -> str:
    kind, content = properties.content(name)
    return windows_stamp(int.from_bytes(content[:8], "little")) if kind == _INSTANT and len(content) >= 8 else ""  # noqa: PLR2004
