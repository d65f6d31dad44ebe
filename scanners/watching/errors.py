"""What keeps the system from telling of changes."""

from scanners.errors import ScannerError


class WatchLimitError(ScannerError):
    """The system does not watch (all of) the folders of a share, so it cannot be relied on to tell of changes."""

    def __init__(self, *, root: str, detail: str) -> None:
        self.root = root
        self.detail = detail
        super().__init__(
            what=f"The system cannot tell of changes below {root!r}: {detail}.",
            not_done="Changes there are not noticed at once.",
            next_step="The share is looked through at intervals instead, which finds the same, only later.",
        )
