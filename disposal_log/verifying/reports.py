"""What a verification found, in words for people and in JSON for programs.

Leaf of the room. A report always says what was *not* checked: silence would be read as a promise.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from disposal_log.formats.canonical import JSON

SCHEMA_VERSION = 1
EXIT_VERIFIED = 0
EXIT_CANNOT_SAY = 1
EXIT_WARNINGS_WHEN_STRICT = 3
EXIT_FAILED = 5
MAX_REDACTIONS_SHOWN = 5


class Verdict(StrEnum):
    """The one line an auditor asks for."""

    VERIFIED = "VERIFIED"
    VERIFIED_WITH_WARNINGS = "VERIFIED_WITH_WARNINGS"
    FAILED = "FAILED"
    CANNOT_SAY = "CANNOT_SAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that must not be, and the entry where it shows, if it shows in one."""

    text: str
    entry: int | None = None

    def __str__(self) -> str:
        return self.text if self.entry is None else f"entry {self.entry}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReport:
    """The outcome of `verify_log`.

    Attributes:
        verdict: The one-word answer.
        origin: The name the log gives itself.
        size: Number of entries the checkpoint signs.
        root: Their root, in hex.
        checkpoint_signed_by: Names and hashes of the keys whose signature was checked and holds.
        first_broken_entry: The lowest entry with a problem.
        problems: Everything that must not be.
        warnings: What weakens the answer without refuting it.
        not_checked: What this verification does not speak about.
        disclosed: Committed values that were seen and match.
        withheld: Committed values that were not given.
        redacted: Committed values that an entry says were erased.
        missing: Committed values that are gone without an entry saying so.
        redacted_by: The entries that redact.
    """

    verdict: Verdict
    origin: str = ""
    size: int = 0
    root: str = ""
    checkpoint_signed_by: tuple[str, ...] = ()
    fingerprint_words: tuple[str, ...] = ()
    first_broken_entry: int | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()
    disclosed: int = 0
    withheld: int = 0
    redacted: int = 0
    missing: int = 0
    redacted_by: tuple[int, ...] = ()

    @property
    def exit_code(self) -> int:
        """Exit status of `verify`: 0 verified, 5 failed, 1 cannot say."""
        match self.verdict:
            case Verdict.VERIFIED | Verdict.VERIFIED_WITH_WARNINGS:
                return EXIT_VERIFIED
            case Verdict.FAILED:
                return EXIT_FAILED
            case Verdict.CANNOT_SAY:
                return EXIT_CANNOT_SAY
            case _:
                assert_never(self.verdict)

    def strict_exit_code(self) -> int:
        """Exit status of `verify --strict`, where a warning is no success."""
        if self.verdict is Verdict.VERIFIED_WITH_WARNINGS:
            return EXIT_WARNINGS_WHEN_STRICT
        return self.exit_code

    def to_mapping(self) -> dict[str, JSON]:
        """Give the report as plain values."""
        found: dict[str, JSON] = {
            "schema_version": SCHEMA_VERSION,
            "verdict": str(self.verdict),
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "checkpoint_signed_by": list(self.checkpoint_signed_by),
            "fingerprint_words": list(self.fingerprint_words),
            "problems": [{"entry": each.entry, "text": each.text} for each in self.problems],
            "warnings": list(self.warnings),
            "not_checked": list(self.not_checked),
            "disclosed": self.disclosed,
            "withheld": self.withheld,
            "redacted": self.redacted,
            "missing": self.missing,
            "redacted_by": list(self.redacted_by),
        }
        if self.first_broken_entry is not None:
            found["first_broken_entry"] = self.first_broken_entry
        return found

    def to_json(self) -> str:
        """Give the report as one JSON object."""
        return json.dumps(self.to_mapping(), ensure_ascii=True, indent=2)

    def to_text(self) -> str:
        """Give the report in words, the verdict first."""
        lines = [self.headline()]
        if self.size:
            lines += [f"{self.origin}: {self.size} entries, root {self.root}"]
        if self.checkpoint_signed_by:
            lines += [f"signed by {', '.join(self.checkpoint_signed_by)}"]
            lines += [f"key in words: {' '.join(self.fingerprint_words)}"]
        if self.disclosed or self.withheld or self.redacted or self.missing:
            lines.append(
                f"committed values: {self.disclosed} shown, {self.withheld} withheld, "
                f"{self.redacted} redacted{_by_entries(self.redacted_by) if self.redacted else ''}, "
                f"{self.missing} missing{' unexplained' if self.missing else ''}"
            )
        lines += [f"problem: {problem}" for problem in self.problems]
        lines += [f"warning: {warning}" for warning in self.warnings]
        lines += [f"not checked: {each}" for each in self.not_checked]
        return "\n".join(lines)

    def headline(self) -> str:
        """Give the verdict in one line."""
        match self.verdict:
            case Verdict.VERIFIED:
                return "VERIFIED"
            case Verdict.VERIFIED_WITH_WARNINGS:
                return "VERIFIED WITH WARNINGS"
            case Verdict.FAILED if self.first_broken_entry is not None:
                return f"FAILED at entry {self.first_broken_entry}"
            case Verdict.FAILED:
                return "FAILED"
            case Verdict.CANNOT_SAY:
                return "CANNOT SAY"
            case _:
                assert_never(self.verdict)


def _by_entries(entries: tuple[int, ...]) -> str:
    shown = ", ".join(str(entry) for entry in entries[:MAX_REDACTIONS_SHOWN])
    left = len(entries) - MAX_REDACTIONS_SHOWN
    return f" by entry {shown}" + (f" and {left} more" if left > 0 else "")
