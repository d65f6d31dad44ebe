"""Checking what the child says before anything is made of it: it reads hostile files and may have been taken over.

It can still lie about the file that took it over; it can say nothing that the rest of the program cannot hold.
Both ends of a row stand here together, so that they cannot drift apart.
"""

import json
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from scanners.observation import ContainedMember, MemberKind, Problem, ProblemKind, UnreadableReason

_ROW = struct.Struct("<32sBBL")  # digest, flags, bytes of the type, bytes of the text
_TEXT_READ, _SAME_AS_BEFORE, _REMEMBER, _KNOWN = 1, 2, 4, 8

_MEDIA_TYPE = re.compile(rb"[\x21-\x7e]{1,200}")
_MAX_MEDIA_BYTES = 200
_MAX_DETAIL_CHARS = 1000
_MAX_PROPERTIES = 64
_MAX_MEMBERS = 1000
_MAX_MEMBER_CHARS = 200_000  # of all their names together
_MAX_EXTRAS_BYTES = 2 << 20
_LARGEST = (1 << 63) - 1
_AS_SENT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class UnsoundAnswerError(Exception):
    """The child said something that no sound child says; `read` is the part of it that could still be believed."""

    def __init__(self, read: "ReadAnswer | None" = None) -> None:
        super().__init__()
        self.read = read


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """The digest and the type, which are certain before the content is looked into."""

    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class ContentAnswer:
    """What was read from the content."""

    text: str = ""
    text_read: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    members: tuple[ContainedMember, ...] = ()
    member_count: int = 0


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """A whole row; without `content` when that is `known`, or the same as of an earlier file of this type."""

    read: ReadAnswer
    content: ContentAnswer | None
    is_to_remember: bool
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """Why the file could not be read."""

    reason: UnreadableReason
    detail: str


def packed_row(digest: bytes, media_type: str, content: ContentAnswer | None, *, remember: bool) -> bytes:
    """Return a row as the child sends it; without content it says "as before"."""
    media = media_type.encode()[:_MAX_MEDIA_BYTES]
    if content is None:
        return _ROW.pack(digest, _SAME_AS_BEFORE, len(media), 0) + media
    text = content.text.encode("utf-8", "replace")
    flags = (_TEXT_READ if content.text_read else 0) | (_REMEMBER if remember else 0)
    return b"".join((_ROW.pack(digest, flags, len(media), len(text)), media, text, _packed_extras(content)))


def packed_known_row(digest: bytes, media_type: str) -> bytes:
    """Return the row of a file whose content the parent said it knows."""
    media = media_type.encode()[:_MAX_MEDIA_BYTES]
    return _ROW.pack(digest, _KNOWN, len(media), 0) + media


def row_answer(payload: bytes, *, limit_chars: int) -> RowAnswer:
    """Return the answer of a row.

    Raises:
        UnsoundAnswerError: It is not one.
    """
    if len(payload) < _ROW.size:
        raise UnsoundAnswerError
    digest, flags, media_bytes, text_bytes = _ROW.unpack_from(payload)
    media_end = _ROW.size + media_bytes
    read = read_answer(digest, payload[_ROW.size : media_end])
    text_end = media_end + text_bytes
    if text_end > len(payload):
        raise UnsoundAnswerError(read)
    if flags & (_SAME_AS_BEFORE | _KNOWN):
        return RowAnswer(read, None, is_to_remember=False, is_known=bool(flags & _KNOWN))
    try:
        text = _kept_text(payload[media_end:text_end], limit_chars=limit_chars)
        content = _content(text, payload[text_end:], text_read=bool(flags & _TEXT_READ))
    except (UnsoundAnswerError, ValueError, RecursionError) as error:
        raise UnsoundAnswerError(read) from error
    return RowAnswer(read, content, is_to_remember=bool(flags & _REMEMBER))


def read_answer(digest: bytes, media_type: bytes) -> ReadAnswer:
    """Return digest and type of a file.

    Raises:
        UnsoundAnswerError: They are none.
    """
    return ReadAnswer(digest.hex(), _media_type(media_type))


def refused_answer(payload: bytes) -> RefusedAnswer:
    """Return why a file could not be read.

    Raises:
        UnsoundAnswerError: It is not an answer.
    """
    reason, _, detail = detail_of(payload).partition("\n")
    try:
        return RefusedAnswer(UnreadableReason(reason), detail)
    except ValueError as error:
        raise UnsoundAnswerError from error


def detail_of(payload: bytes) -> str:
    """Return the words of a frame.

    Raises:
        UnsoundAnswerError: They are none.
    """
    try:
        return _text(payload.decode())
    except UnicodeDecodeError as error:
        raise UnsoundAnswerError from error


def _packed_extras(content: ContentAnswer) -> bytes:
    if not (content.properties or content.problems or content.member_count):
        return b""
    stated = [
        dict(content.properties),
        [[problem.kind, problem.detail] for problem in content.problems],
        list(_members_as_sent(content.members)),
        content.member_count,
    ]
    return _AS_SENT.encode(stated).encode("utf-8", "replace")


def _members_as_sent(members: Iterable[ContainedMember]) -> Iterable[list[object]]:
    left_chars = _MAX_MEMBER_CHARS
    for member in members:
        left_chars -= len(member.path) + 1
        if left_chars < 0:
            return
        yield [
            member.path,
            member.kind,
            member.size_bytes,
            member.media_type,
            member.modified,
            member.is_encrypted,
        ]


def _kept_text(stated: bytes, *, limit_chars: int) -> str:
    text = stated.decode()
    if len(text) > limit_chars:
        raise UnsoundAnswerError
    return text


def _content(text: str, extras: bytes, *, text_read: bool) -> ContentAnswer:
    if not extras:
        return ContentAnswer(text, text_read)
    if len(extras) > _MAX_EXTRAS_BYTES:
        raise UnsoundAnswerError
    match json.loads(extras):
        case [dict() as properties, list() as problems, list() as members, int() as member_count]:
            return ContentAnswer(
                text,
                text_read,
                _properties(properties),
                tuple(_problem(stated) for stated in problems[:_MAX_PROPERTIES]),
                tuple(_member(stated) for stated in members[:_MAX_MEMBERS]),
                _count(member_count, at_least=min(len(members), _MAX_MEMBERS)),
            )
        case _:
            raise UnsoundAnswerError


def _properties(stated: dict[Any, Any]) -> dict[str, str]:
    if len(stated) > _MAX_PROPERTIES:
        raise UnsoundAnswerError
    return {_text(name): _text(value) for name, value in stated.items()}


def _problem(stated: object) -> Problem:
    match stated:
        case [str(kind), str(detail)]:
            return Problem(kind=ProblemKind(kind), detail=_text(detail))
        case _:
            raise UnsoundAnswerError


def _member(stated: object) -> ContainedMember:
    match stated:
        case [str(path), str(kind), int() | None as size_bytes, str(media_type), str(modified), bool(is_encrypted)]:
            return ContainedMember(
                path=_text(path),
                kind=MemberKind(kind),
                size_bytes=None if size_bytes is None else _count(size_bytes),
                media_type=_media_type(media_type.encode()) if media_type else "",
                modified=_text(modified),
                is_encrypted=is_encrypted,
            )
        case _:
            raise UnsoundAnswerError


def _count(number: int, *, at_least: int = 0) -> int:
    if isinstance(number, bool) or not at_least <= number <= _LARGEST:
        raise UnsoundAnswerError
    return number


@lru_cache(maxsize=512)
def _media_type(stated: bytes) -> str:
    if not _MEDIA_TYPE.fullmatch(stated):
        raise UnsoundAnswerError
    return stated.decode("ascii")


def _text(stated: object) -> str:
    """Return the words as they are, if they fit and every character is one (JSON can spell halves of some)."""
    if not isinstance(stated, str) or len(stated) > _MAX_DETAIL_CHARS:
        raise UnsoundAnswerError
    stated.encode()
    return stated
