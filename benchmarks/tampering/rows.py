"""What a verifier says to one tampered log, and how that is counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from disposal_log import Verdict, VerificationReport, verify_log
from disposal_log.signing import schemes

_REMEMBERED = 4096


@dataclass(kw_only=True)
class Row:
    """One kind of tampering.

    Attributes:
        case: What was done.
        tried: How often.
        detected: How often the verifier said FAILED or CANNOT SAY.
        told: How often it went on with a warning that the untouched log does not draw.
        missed: How often it said nothing.
        why: Why it cannot be detected, or need not be; empty when it must be.
        examples: Some that were missed although they must not be.
    """

    case: str
    tried: int = 0
    detected: int = 0
    told: int = 0
    missed: int = 0
    why: str = ""
    examples: list[str] = field(default_factory=list)

    @property
    def is_as_it_should_be(self) -> bool:
        """Whether everything was detected, or the reason why not is known."""
        return self.tried > 0 and (self.detected == self.tried or bool(self.why))

    def count(self, report: VerificationReport, *, untouched: VerificationReport, what: object = "") -> None:
        """Take in what the verifier said to one tampered log."""
        self.tried += 1
        if report.verdict in (Verdict.FAILED, Verdict.CANNOT_SAY):
            self.detected += 1
            return
        if set(report.warnings) - set(untouched.warnings) or report.missing > untouched.missing:
            self.told += 1
        else:
            self.missed += 1
        if not self.why and len(self.examples) < 5:
            self.examples.append(f"{what}: {report.headline()}")

    def add(self, other: "Row") -> None:
        """Take in what was counted elsewhere for the same kind."""
        self.tried += other.tried
        self.detected += other.detected
        self.told += other.told
        self.missed += other.missed
        self.examples = (self.examples + other.examples)[:5]

    def line(self) -> str:
        """Give the line of the table, in Markdown."""
        figures = f"{self.tried:,} | {self.detected:,} | {self.told:,} | {self.missed:,}"
        return f"| {self.case} | {figures} | {self.why} |"


HEADINGS = "| tampering | tried | detected | told in a warning | not noticed | why |\n|---|--:|--:|--:|--:|---|"


@contextmanager
def remembering_signatures() -> Iterator[None]:
    """Check no signature twice: nearly all that is checked here was checked for the tampering before."""
    before = schemes.Ed25519Scheme.check, schemes.MlDsa44Scheme.check
    for scheme in (schemes.Ed25519Scheme, schemes.MlDsa44Scheme):
        setattr(scheme, "check", lru_cache(_REMEMBERED)(scheme.check))  # noqa: B010  # mypy knows no such assignment
    try:
        yield
    finally:
        schemes.Ed25519Scheme.check, schemes.MlDsa44Scheme.check = before  # type: ignore[method-assign]  # as it was


def judge(
    log: Path, keys: tuple[str, ...], *, seen: bytes | None = None, sidecar: Path | None = None
) -> VerificationReport:
    """Verify a log as somebody does who knows its keys."""
    return verify_log(log, trusted_keys=keys, seen=seen, sidecar=sidecar)
