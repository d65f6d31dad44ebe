"""Every error the rules raise on purpose: what is wrong, what was not done, and what to write instead.

One tree for the room. A schedule is judged as a whole, so its error carries *all* findings at once.
"""

from dataclasses import dataclass


class RulesError(Exception):
    """Something in a schedule, a period or a stored value cannot be understood."""


class InvalidPeriodError(RulesError):
    """A text is not an ISO 8601 period made of years, months and days."""

    def __init__(self, *, text: str) -> None:
        self.text = text
        super().__init__(
            f"{text!r} is not a period, so no due date can be computed from it; "
            "write years, months and days as in P6Y, P21Y4M or P28D"
        )


class InvalidCueError(RulesError):
    """A cue is not written in the cue language, or could take too long to search for."""

    def __init__(self, *, cue: str, what: str, instead: str) -> None:
        self.cue = cue
        self.what = what
        self.instead = instead
        super().__init__(f"cue {cue!r}: {what}; {instead}")


class InvalidValueError(RulesError):
    """A stored classification, trigger date or due interval does not have the shape it was written with."""

    def __init__(self, *, kind: str, what: str) -> None:
        self.kind = kind
        self.what = what
        super().__init__(f"not a stored {kind}: {what}; nothing was read from it, compute it again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong at one place of a schedule file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    what: str
    instead: str

    def __str__(self) -> str:
        """Return `file:line: what; write … instead`."""
        return f"{self.file}:{self.line}: {self.what}; {self.instead}"


class ScheduleError(RulesError):
    """A schedule was refused. `findings` holds everything wrong with it, in the order of the file."""

    def __init__(self, *, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        lines = "\n".join(str(finding) for finding in findings)
        super().__init__(f"{lines}\nThe schedule was not loaded; correct the lines above and load it again.")
