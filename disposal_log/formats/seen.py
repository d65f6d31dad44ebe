"""What somebody kept outside, in other forms than a signed checkpoint: a printed line, or a timestamp.

Pure. `verify --seen` takes all of them; notes and certificates are read by `checkpoints` and `certificates`.
"""

import re
from dataclasses import dataclass

from disposal_log.formats.checkpoints import Checkpoint
from disposal_log.signing.words import FINGERPRINT_WORDS, WORDS, fingerprint_words

MAX_PRINTED_BYTES = 4096
_DER_SEQUENCE = 0x30  # a timestamp response is one, always with a long length
_LONG_LENGTH = 0x80
_LINE = re.compile(rf"(?<!\S)([0-9]{{1,16}})((?: [a-z]+){{{FINGERPRINT_WORDS}}})(?!\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedCheckpoint:
    """How long a log was, and its root in twelve words."""

    size: int
    words: tuple[str, ...]

    def is_of(self, root: bytes) -> bool:
        """Tell whether these are the words of `root`."""
        return self.words == root_words(root)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptToken:
    """A timestamp that was kept outside, unchecked."""

    token: bytes


def root_words(root: bytes) -> tuple[str, ...]:
    """Give twelve words for a root, as they are made for a key: 96 bits of a hash over its hexadecimal form."""
    return fingerprint_words(root.hex())


def printed_line(checkpoint: Checkpoint) -> str:
    """Spell a checkpoint as the one line that is printed, written down or read out."""
    return f"{checkpoint.size} {' '.join(root_words(checkpoint.root))}"


def read_printed(text: str) -> PrintedCheckpoint | None:
    """Find a printed line in a text, or give None; capitals, spaces and where the lines break do not matter."""
    known = frozenset(WORDS)
    for found in _LINE.finditer(" ".join(text.lower().split())):
        words = tuple(found[2].split())
        if known.issuperset(words):
            return PrintedCheckpoint(size=int(found[1]), words=words)
    return None


def read_seen(content: bytes) -> PrintedCheckpoint | KeptToken | None:
    """Say in which of these forms something was kept; None for a note or certificate."""
    if len(content) > 1 and content[0] == _DER_SEQUENCE and content[1] >= _LONG_LENGTH:
        return KeptToken(token=content)
    if len(content) > MAX_PRINTED_BYTES:
        return None
    return read_printed(content.decode("utf-8", errors="replace"))
