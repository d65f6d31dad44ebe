"""Every error the scanners raise on purpose; foreign files and shares raise nothing else.

One tree. The fields come first and the message is made of them: what happened, what was not done, what to do
next. `retention` translates these into its own tree.
"""

from scanners.observation import ProblemKind, UnreadableReason


class ScannerError(Exception):
    """Something about a share, a file or the scanners' own tools went wrong.

    Args:
        what: What happened, as a sentence that names the thing.
        not_done: What was therefore *not* done.
        next_step: What the reader can do about it.
    """

    def __init__(self, *, what: str, not_done: str, next_step: str) -> None:
        super().__init__(what, not_done, next_step)
        self.what = what
        self.not_done = not_done
        self.next_step = next_step

    def __str__(self) -> str:
        """Return the three parts as one message."""
        return f"{self.what} {self.not_done} {self.next_step}"


class SourceUnavailableError(ScannerError):
    """The root of a share is missing, is not a folder, or cannot be opened."""

    def __init__(self, *, root: str, detail: str) -> None:
        self.root = root
        self.detail = detail
        super().__init__(
            what=f"The folder {root!r} cannot be read: {detail}.",
            not_done="Nothing below it was read, and nothing known about it was changed.",
            next_step="Check that the share is connected and that this account may read it, then scan again.",
        )


class FileUnreadableError(ScannerError):
    """One file could not be opened or read, or is not the file that was meant."""

    def __init__(self, *, path: str, reason: UnreadableReason, detail: str) -> None:
        self.path = path
        self.reason = reason
        self.detail = detail
        super().__init__(
            what=f"The file {path!r} could not be read: {detail}.",
            not_done="Its content was not examined.",
            next_step="It is listed as unreadable and kept; scan again when the cause is gone.",
        )


class ExaminerUnavailableError(ScannerError):
    """The separate process that opens files does not start, so no file can be blamed for it."""

    def __init__(self, *, detail: str) -> None:
        self.detail = detail
        super().__init__(
            what=f"The process that reads files could not be started: {detail}.",
            not_done="The files of this portion were not examined.",
            next_step="Run `python -P -m scanners.examination.child --check` with the same Python to see what it says.",
        )


class LibmagicMissingError(ScannerError):
    """libmagic, which names the rarer types of file, cannot be loaded."""

    def __init__(self, *, detail: str) -> None:
        self.detail = detail
        super().__init__(
            what=f"libmagic cannot be loaded: {detail}.",
            not_done="Files of the rarer types were not identified.",
            next_step="Install the packages python-magic and pylibmagic into the program's own environment.",
        )


class ContentError(ScannerError):
    """The content of a file cannot be read for its text; `kind` and `detail` go into the observation."""

    kind = ProblemKind.BROKEN

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(
            what=f"The content cannot be read: {detail}.",
            not_done="Its text was not taken into account.",
            next_step="Open the file with the program that made it.",
        )


class BrokenContentError(ContentError):
    """The bytes contradict the format they claim to be."""


class EncryptedContentError(ContentError):
    """The content is locked with a password."""

    kind = ProblemKind.ENCRYPTED


class UnopenedContentError(ContentError):
    """There is content inside of a kind that we do not open."""

    kind = ProblemKind.UNOPENED


class OversizedContentError(ContentError):
    """The content unpacks to more than is safe to read."""

    kind = ProblemKind.TOO_LARGE
