"""Checking what the child says before anything is made of it: it reads hostile files and may have been taken over.

It can still lie about the file that took it over; it can say nothing that the rest of the program cannot hold.
"""

import re
from dataclasses import dataclass

from scanners.examination.frames import Frame
from scanners.observation import Problem, ProblemKind, UnreadableReason

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE = re.compile(r"[\x21-\x7e]{1,200}")
_MAX_DETAIL_CHARS = 1000
_MAX_PROPERTIES = 64


class UnsoundAnswerError(Exception):
    """The child said something that no sound child says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAnswer:
    """The digest and the type, as sure as they could be before the content was looked into."""

    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentAnswer:
    """What was read from the content."""

    media_type: str
    text: str
    text_read: bool
    properties: dict[str, str]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAnswer:
    """Why the file could not be read."""

    reason: UnreadableReason
    detail: str


def read_answer(frame: Frame) -> ReadAnswer:
    """Return the answer of a "read" frame.

    Raises:
        UnsoundAnswerError: It is not one.
    """
    return ReadAnswer(
        sha256=_matching(_SHA256, frame.get("sha256")), media_type=_matching(_MEDIA_TYPE, frame.get("media_type"))
    )


def content_answer(frame: Frame, *, limit_chars: int) -> ContentAnswer:
    """Return the answer of a "content" frame.

    Raises:
        UnsoundAnswerError: It is not one.
    """
    properties, problems = frame.get("properties"), frame.get("problems")
    if not isinstance(properties, dict) or not isinstance(problems, list) or len(properties) > _MAX_PROPERTIES:
        raise UnsoundAnswerError
    return ContentAnswer(
        media_type=_matching(_MEDIA_TYPE, frame.get("media_type")),
        text=_text(frame.get("text"), limit_chars=limit_chars),
        text_read=frame.get("text_read") is True,
        properties={
            _text(name, limit_chars=_MAX_DETAIL_CHARS): _text(value, limit_chars=_MAX_DETAIL_CHARS)
            for name, value in properties.items()
        },
        problems=tuple(_problem(stated) for stated in problems[:_MAX_PROPERTIES]),
    )


def refused_answer(frame: Frame) -> RefusedAnswer:
    """Return the answer of an "unreadable" frame.

    Raises:
        UnsoundAnswerError: It is not one.
    """
    try:
        reason = UnreadableReason(str(frame.get("reason")))
    except ValueError as error:
        raise UnsoundAnswerError from error
    return RefusedAnswer(reason=reason, detail=detail_of(frame))


def detail_of(frame: Frame) -> str:
    """Return the words of a frame.

    Raises:
        UnsoundAnswerError: It has none.
    """
    return _text(frame.get("detail"), limit_chars=_MAX_DETAIL_CHARS)


def _problem(stated: object) -> Problem:
    match stated:
        case [str(kind), str(detail)]:
            try:
                return Problem(kind=ProblemKind(kind), detail=_text(detail, limit_chars=_MAX_DETAIL_CHARS))
            except ValueError as error:
                raise UnsoundAnswerError from error
        case _:
            raise UnsoundAnswerError


def _matching(pattern: re.Pattern[str], stated: object) -> str:
    if not isinstance(stated, str) or not pattern.fullmatch(stated):
        raise UnsoundAnswerError
    return stated


def _text(stated: object, *, limit_chars: int) -> str:
    if not isinstance(stated, str) or len(stated) > limit_chars:
        raise UnsoundAnswerError
    try:
        stated.encode()
    except UnicodeEncodeError as error:
        raise UnsoundAnswerError from error
    return stated
