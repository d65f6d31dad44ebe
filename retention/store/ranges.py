"""Numbers that file systems give and databases cannot hold: both databases end at a signed 64 bit."""

_WORD = 1 << 64
_LARGEST = (1 << 63) - 1


def stored_inode(inode: int) -> int:
    """Return `inode` (unsigned on many network shares) as the signed number of the same 64 bits."""
    return inode - _WORD if inode > _LARGEST else inode


def loaded_inode(number: int) -> int:
    """Return the inode that `stored_inode` wrote."""
    return number + _WORD if number < 0 else number


def stored_instant_ns(nanoseconds: int) -> int:
    """Return a modification time that fits: one beyond the year 2262 becomes the last instant that does.

    It is clamped, never wrapped: a wrapped instant would make a file look centuries old, and due.
    """
    return max(-_LARGEST, min(nanoseconds, _LARGEST))
