"""What child and parent both remember of the last contents that were read, so that copies are not read again."""

from collections import OrderedDict
from typing import Generic, TypeVar

_KEPT = 256  # texts of at most 20,000 characters: 5 MB, usually far less

_Value = TypeVar("_Value")


class Remembered(Generic[_Value]):
    """The values of the last keys, by digest and type; the oldest goes first.

    Child and parent note the same keys in the same order, so each knows what the other still has.
    """

    def __init__(self) -> None:
        self._values: OrderedDict[tuple[bytes | str, str], _Value] = OrderedDict()

    def __contains__(self, key: tuple[bytes | str, str]) -> bool:
        return key in self._values

    def note(self, key: tuple[bytes | str, str], value: _Value) -> None:
        """Remember a value under a key that is not there yet."""
        self._values[key] = value
        if len(self._values) > _KEPT:
            self._values.popitem(last=False)

    def get(self, key: tuple[bytes | str, str]) -> _Value | None:
        """Return the value, or None when it is not remembered."""
        return self._values.get(key)
