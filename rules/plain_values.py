"""Reads stored values back from plain dicts and lists, as they come from JSON: the right shape or our error."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar, cast

from rules.errors import InvalidValueError

Member = TypeVar("Member", bound=StrEnum)


class PlainReader:
    """Reads the fields of one stored value; everything unexpected is an InvalidValueError."""

    def __init__(self, value: object, *, kind: str) -> None:
        self._kind = kind
        if not isinstance(value, Mapping):
            raise InvalidValueError(kind=kind, what="it is not a mapping")
        self._value = cast("Mapping[str, object]", value)

    def raw(self, key: str) -> object:
        """Return what is stored at `key`."""
        if key not in self._value:
            raise InvalidValueError(kind=self._kind, what=f"{key!r} is missing")
        return self._value[key]

    def text(self, key: str) -> str:
        """Return the text at `key`."""
        value = self.raw(key)
        if not isinstance(value, str):
            raise InvalidValueError(kind=self._kind, what=f"{key!r} is not a text")
        return value

    def choice(self, key: str, kind: type[Member]) -> Member:
        """Return the member of `kind` whose value is at `key`."""
        text = self.text(key)
        try:
            return kind(text)
        except ValueError as error:
            raise InvalidValueError(kind=self._kind, what=f"{key!r} is {text!r}, which it cannot be") from error

    def optional_text(self, key: str) -> str | None:
        """Return the text at `key`, or None."""
        return None if self.raw(key) is None else self.text(key)

    def number(self, key: str) -> float:
        """Return the number at `key`."""
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidValueError(kind=self._kind, what=f"{key!r} is not a number")
        return float(value)

    def day(self, key: str) -> date | None:
        """Return the day at `key` (ISO 8601), or None."""
        text = self.optional_text(key)
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise InvalidValueError(kind=self._kind, what=f"{key!r} is not a day") from error

    def items(self, key: str) -> tuple[object, ...]:
        """Return the list at `key`."""
        value = self.raw(key)
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise InvalidValueError(kind=self._kind, what=f"{key!r} is not a list")
        return tuple(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts at `key`."""
        items = self.items(key)
        if not all(isinstance(item, str) for item in items):
            raise InvalidValueError(kind=self._kind, what=f"{key!r} is not a list of texts")
        return tuple(cast("tuple[str, ...]", items))


def day_text(day: date | None) -> str | None:
    """Return `day` in ISO 8601, or None."""
    return None if day is None else day.isoformat()
