"""Keeping what was read once: schedules as keys of small memories, told apart by which they are, not what they say."""

from typing import Any, Generic, TypeVar

Value = TypeVar("Value")
_MOST_KNOWN = 16_384


class Same(Generic[Value]):
    """A value that equals only itself. To compare two schedules word by word costs more than to read a name anew."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value  # held, so that no other value can come to stand in its place

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value


class Kept(Generic[Value]):
    """What stands for a value of which there are few, such as a schedule; see `kept`. It equals only itself."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value  # held, so that no other value can come to stand in its place


_known: dict[int, Kept[Any]] = {}


def kept(value: Value) -> Kept[Value]:
    """Return what stands for `value`: the same each time, so that looking something up by it costs next to nothing.

    It is for schedules, classes and clocks, not for files: some thousand values are held until there are too many.
    """
    found = _known.get(id(value))
    if found is None or found.value is not value:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()  # the next time another one stands for the value, and what was kept is worked out anew
        found = _known[id(value)] = Kept(value)
    return found
