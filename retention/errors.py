"""Every error the engine raises on purpose: what happened, what was not done, what to do next.

One tree. Fields come first and the message is made of them; a face prints `str(error)` and leaves with
`error.exit_code`. The leaves have trees of their own, which the services translate into this one.
`docs/exit-codes.md` lists each class with its code, and a test compares the page with this module.
"""

from enum import IntEnum
from os import PathLike, fspath
from typing import ClassVar


class ExitCode(IntEnum):
    """What the program tells the shell; the meanings never change once released."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    SOME_SKIPPED = 3
    NOTHING_TO_DO = 4
    INTEGRITY = 5
    REFUSED = 6


class RetentionError(Exception):
    """Something that was asked for did not happen.

    Args:
        what: What happened, as a clause that names the thing ("batch B-1 is not approved").
        not_done: What was therefore *not* done, as a sentence ("Nothing was destroyed.").
        next_step: What the reader can do about it, as a sentence.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.ERROR

    def __init__(self, *, what: str, not_done: str, next_step: str) -> None:
        super().__init__(what, not_done, next_step)
        self.what = what
        self.not_done = not_done
        self.next_step = next_step

    def __str__(self) -> str:
        """Return the three parts as one message, fit for a terminal, a page or a log."""
        parts = (self.what, self.not_done, self.next_step)
        return " ".join(_sentence(part.strip()) for part in parts if part.strip())


class InvalidInputError(RetentionError):
    """What was typed, uploaded or configured cannot be understood, or contradicts itself."""

    exit_code = ExitCode.USAGE


class NotAWorkspaceError(RetentionError):
    """The folder, and every folder above it, holds no workspace."""

    def __init__(self, *, folder: str | PathLike[str]) -> None:
        self.folder = fspath(folder)
        super().__init__(
            what=f"there is no workspace in {self.folder} or above it",
            not_done="Nothing was read or changed.",
            next_step="Make one with `retention init`, or name an existing one with --workspace.",
        )


class UnknownThingError(RetentionError):
    """Something was named that is not in the catalogue: a batch, a hold, a person, a source."""

    def __init__(self, *, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        super().__init__(
            what=f"there is no {kind} {name!r}",
            not_done="Nothing was changed.",
            next_step="Check the spelling; names are listed by the command that shows them.",
        )


class StaleError(RetentionError):
    """Somebody else changed the same thing first, so the `revision` that was read is no longer the newest."""


class CatalogueUnavailableError(RetentionError):
    """The catalogue's database cannot be reached, opened or written for now."""


class CatalogueDamagedError(RetentionError):
    """The catalogue opens but contradicts itself or the destruction log, which is the authority."""

    exit_code = ExitCode.INTEGRITY


class LogUnavailableError(RetentionError):
    """The destruction log cannot be opened or written; without it nothing may be destroyed."""


class LogDamagedError(RetentionError):
    """The destruction log is not the one that was signed (RFC 6962 2.1: another root hash)."""

    exit_code = ExitCode.INTEGRITY


class KeyMissingError(RetentionError):
    """The key that signs the destruction log is not where it should be, or cannot be read."""


class DiskFullError(RetentionError):
    """There is no room left where the catalogue or the destruction log must write."""


class ContentDriftError(RetentionError):
    """A file is no longer what was approved (place, size or SHA-256), so it is left out and kept."""

    exit_code = ExitCode.SOME_SKIPPED


class SourceVanishedError(RetentionError):
    """A registered root is gone, or another folder or an empty mount point lies in its place.

    An unmounted share looks like an empty one: its files are not "missing", nothing is known about them.
    """

    def __init__(self, *, root: str | PathLike[str], detail: str) -> None:
        self.root = fspath(root)
        self.detail = detail
        super().__init__(
            what=f"the root {self.root} cannot be reached: {detail}",
            not_done="Nothing more was touched, and none of its files was recorded as missing.",
            next_step="Mount or reconnect it, then run the same command again.",
        )


class StoppedError(RetentionError):
    """A brake or the stop file ended a run between two groups; what was done before stands and is logged."""

    exit_code = ExitCode.SOME_SKIPPED

    def __init__(self, *, batch_id: str, detail: str) -> None:
        self.batch_id = batch_id
        self.detail = detail
        super().__init__(
            what=f"the disposal of batch {batch_id} was stopped: {detail}",
            not_done="Nothing more was touched; every item done so far has its outcome in the log.",
            next_step="Look into the cause, then run the same command again: it goes on where it stopped.",
        )


class RefusedByPolicyError(RetentionError):
    """The rules forbid it: for this person, for this thing, or for now. Nobody has a way round them."""

    exit_code = ExitCode.REFUSED


class ConflictOfInterestError(RefusedByPolicyError):
    """Nobody decides on their own proposal (separation of duties, ISO/IEC 27002:2022 5.3)."""

    def __init__(self, *, batch_id: str, person: str) -> None:
        self.batch_id = batch_id
        self.person = person
        super().__init__(
            what=f"{person} may not approve batch {batch_id}: they proposed it",
            not_done="Nothing was decided and nothing was destroyed.",
            next_step="Ask another person who answers for this information to look at it.",
        )


class HeldError(RefusedByPolicyError):
    """A disposal hold covers it, and a hold beats every period and every approval (MoReq2010 chapter 9)."""


class NotApprovedError(RefusedByPolicyError):
    """The batch has no approval that still stands, so nothing in it may be destroyed."""

    def __init__(self, *, batch_id: str, detail: str = "") -> None:
        self.batch_id = batch_id
        self.detail = detail
        super().__init__(
            what=f"batch {batch_id} is not approved{': ' if detail else ''}{detail}",
            not_done="Nothing was destroyed.",
            next_step=f"Whoever answers for it can decide: retention decide {batch_id} approve",
        )


def _sentence(words: str) -> str:
    # a full stop after "See it with: retention batch show B-1" would be copied into the terminal with it
    needs_none = words.endswith((".", "?", ":", "`")) or ": retention " in words
    return words if needs_none else f"{words}."
