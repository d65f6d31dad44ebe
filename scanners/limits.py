"""How much one file may cost, agreed between the parent, which enforces it, and the child."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationLimits:
    """The bounds of examining one file.

    Args:
        seconds_per_file: How long the child may be silent; while it reads a large file it reports every second.
        memory_bytes: Address space of the child, everything it loads included.
        text_chars: How much text is kept.
        max_text_source_bytes: Larger files are hashed and identified without being taken into memory; only of
            plain text and web pages the beginning is read.
        files_per_child: After so many files the child is replaced, against leaks in libraries.
    """

    seconds_per_file: float = 60.0
    memory_bytes: int = 1 << 30
    text_chars: int = 20_000
    max_text_source_bytes: int = 32 << 20
    files_per_child: int = 20_000

    def to_json(self) -> dict[str, Any]:
        """Return the limits as a plain dict."""
        return asdict(self)

    @classmethod
    def from_json(cls, stated: dict[str, Any]) -> Self:
        """Return limits from what `to_json` gave."""
        return cls(**stated)
