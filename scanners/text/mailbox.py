"""Reading mailboxes in one file (.mbox, and the extensionless ones of Thunderbird): each message is a member.

Follows RFC 4155 and its older relatives: a message begins with a line "From ", which holds a time, after an empty
line or at the very beginning. Memory holds one portion of the file and one message, whatever the mailbox's size.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from scanners.errors import BrokenContentError, ContentError
from scanners.observation import ContainedMember, MemberKind
from scanners.source import ByteSource
from scanners.text.mail import ParcelReader, read_mail, read_message
from scanners.text.mail_headers import Headers, split_header
from scanners.text.reading import Draft

_PORTION_BYTES = 1 << 20
_MAX_LINE_BYTES = 400
_MAX_MESSAGE_BYTES = 16 << 20
_MAX_MESSAGES = 200_000
_START = re.compile(rb"\n\r?\nFrom [^\r\n]{0,300}?[0-9]{1,2}:[0-9]{2}[^\r\n]{0,60}\r?\n")
_FIRST = re.compile(rb"From [^\n]{0,400}\n")
_MAX_SUBJECT_CHARS = 200

_Place = tuple[int, int]  # where a message begins, and ends


def read_mailbox(source: ByteSource, draft: Draft, *, read_parcel: ParcelReader | None = None) -> None:
    """Collect the messages of a mailbox as members, and the text of the first ones.

    One message alone is an e-mail that was saved so, and is read as one.

    Raises:
        BrokenContentError: No message begins where the first one should.
        ContentError: It is one message alone, and locked or nested beyond all measure.
    """
    places = _messages(source)
    first, second = next(places, None), next(places, None)
    if not first:
        raise BrokenContentError("it does not begin with a message, as mailboxes do")
    if not second:
        read_mail(_content(source, first, draft), draft, read_parcel=read_parcel)
        return
    dates: list[str] = []
    count = 0
    for place in chain((first, second), places):
        if count == _MAX_MESSAGES:
            draft.is_cut_short = True
            break
        count += 1
        sent_at = _read_message(source, draft, number=count, place=place, read_parcel=read_parcel)
        if sent_at:
            dates = [min(*dates, sent_at), max(*dates, sent_at)] if dates else [sent_at]
    draft.state("message_count", str(count))
    if dates:
        draft.state("first_sent_at", dates[0])
        draft.state("last_sent_at", dates[-1])


def _content(source: ByteSource, place: _Place, draft: Draft) -> bytes:
    start, end = place
    draft.is_cut_short = draft.is_cut_short or end - start > _MAX_MESSAGE_BYTES
    return source.at(start, min(end - start, _MAX_MESSAGE_BYTES))


def _read_message(
    source: ByteSource, draft: Draft, *, number: int, place: _Place, read_parcel: ParcelReader | None
) -> str | None:
    content = _content(source, place, draft)
    headers, _ = split_header(content, 0, len(content))
    name = _name(number, headers)
    listed_at = len(draft.members)
    draft.hold(
        ContainedMember(
            path=name,
            kind=MemberKind.MESSAGE,
            size_bytes=place[1] - place[0],
            media_type="message/rfc822",
            modified=headers.sent_at or "",
        )
    )
    if _is_locked(content, draft, inside=f"{name}!/", read_parcel=read_parcel) and listed_at < len(draft.members):
        draft.members[listed_at] = replace(draft.members[listed_at], is_encrypted=True)
    return headers.sent_at


def _is_locked(content: bytes, draft: Draft, *, inside: str, read_parcel: ParcelReader | None) -> bool:
    try:
        return read_message(content, draft, inside=inside, read_parcel=read_parcel)
    except ContentError:
        draft.is_cut_short = True  # one hostile message among thousands; the others are read
        return False


def _name(number: int, headers: Headers) -> str:
    subject = headers.words("subject")[:_MAX_SUBJECT_CHARS].replace("!/", "!_") or "no subject"
    return " ".join(part for part in (str(number), (headers.sent_at or "")[:10], subject) if part)


def _messages(source: ByteSource) -> Iterator[_Place]:
    """Yield where each message begins, after its first line, and where it ends."""
    head = _FIRST.match(source.at(0, _MAX_LINE_BYTES + 5))
    if not head:
        return
    begun = head.end()
    position = max(0, begun - 1)
    while position < source.size_bytes:
        portion = source.at(position, _PORTION_BYTES + _MAX_LINE_BYTES)
        if not portion:
            break
        matched_to = 0
        for match in _START.finditer(portion):
            if match.start() >= _PORTION_BYTES:
                break
            yield begun, position + match.start() + 1
            begun = position + match.end()
            matched_to = match.end() - 1
        position += max(_PORTION_BYTES, matched_to)
    yield begun, source.size_bytes
