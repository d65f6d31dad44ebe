"""A checkpoint on paper: how long the log is and twelve words for its root, for the minutes of a meeting.

Pure. Whoever keeps the line can compare it with the log decades later, by eye or with `verify --seen`.
"""

from datetime import datetime

from disposal_log.formats.checkpoints import Checkpoint
from disposal_log.formats.seen import printed_line


def printed_checkpoint(checkpoint: Checkpoint, *, at: datetime) -> str:
    """Spell a checkpoint as a page of plain text.

    Args:
        checkpoint: What the log signs today.
        at: Today, by the host's clock.
    """
    return (
        f"Destruction log {checkpoint.origin}\n"
        f"on {at:%Y-%m-%d} held {checkpoint.size} entries. Their root in twelve words:\n\n"
        f"{printed_line(checkpoint)}\n\n"
        "Keep this page. To check the log against it, type the line above into a text file and give that file\n"
        "to: retention log verify --seen FILE\n"
    )
