"""Keeping what was read once: schedules as keys of small memories, told apart by which they are, not what they say."""

from typing import Generic, TypeVar

Value = TypeVar("Value")


class Same(Generic[Value]):
    """A value that equals only itself. To compare two schedules word by word costs more than to read a name anew."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value  # held, so that no other value can come to stand in its place

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value
