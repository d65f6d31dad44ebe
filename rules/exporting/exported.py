"""What an export gives back: the bytes, and for each class what the form could not hold."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something of one class, or of the schedule's head when `class_id` is empty, that the form cannot say."""

    class_id: str
    what: str

    def __str__(self) -> str:
        """Return `FIN-01: what was lost`."""
        return f"{self.class_id or 'the schedule'}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A schedule in another form. `lost` is empty only when reading `content` gives the same schedule again."""

    form: str
    content: bytes
    lost: tuple[Loss, ...]
