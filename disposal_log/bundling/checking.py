"""Verifying a bundle: the log in it, and everything beside the log that speaks of it.

Stands above `verifying`, and adds what a bundle has more: the manifest, the chosen values, certificates, proofs.
`VERIFY.html` does the same in another language; the tests hold the two against each other.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from disposal_log.bundling import names
from disposal_log.bundling.disclosed import DisclosedFile
from disposal_log.bundling.manifest import manifest_faults
from disposal_log.bundling.papers import Papers
from disposal_log.errors import LogError, LogUnreadableError
from disposal_log.files import layout
from disposal_log.signing.notes import VerifierKey
from disposal_log.verifying.reports import Problem, Verdict, VerificationReport
from disposal_log.verifying.whole import verify_log

PAPERS_SKIPPED = "the certificates and proofs: the log itself does not hold"
MISSING = (
    "{missing} committed values are missing unexplained: they are not in the bundle, nobody says that they were left "
    "out, and no entry redacts them"
)
PAGES = "{pages} certificates for people: only that they are the files of MANIFEST.txt"


def verify_bundle(
    bundle: Path, *, trusted_keys: Iterable[VerifierKey | str] = (), seen: bytes | None = None
) -> VerificationReport:
    """Judge a bundle whole; memory stays flat.

    Args:
        bundle: Its folder.
        trusted_keys: Public keys that came from outside the bundle.
        seen: A checkpoint note, or a signed certificate that carries one, kept since an earlier day.

    Returns:
        The report. Every failure is in it; this function raises nothing for what it reads.
    """
    try:
        return _judge(bundle, tuple(trusted_keys), seen)
    except LogUnreadableError as error:
        return VerificationReport(
            verdict=Verdict.CANNOT_SAY, problems=(Problem(text=str(error)),), not_checked=("anything",)
        )


def verify_anything(
    directory: Path,
    *,
    trusted_keys: Iterable[VerifierKey | str] = (),
    sidecar: Path | None = None,
    seen: bytes | None = None,
) -> VerificationReport:
    """Judge a bundle, a log, or the log in a workspace; the arguments are those of `verify_log`."""
    if sidecar is None and names.is_bundle(directory):
        return verify_bundle(directory, trusted_keys=trusted_keys, seen=seen)
    return verify_log(log_in(directory), trusted_keys=trusted_keys, sidecar=sidecar, seen=seen)


def log_in(directory: Path) -> Path:
    """Find the log in a bundle or a workspace, where it stands in a folder of its own."""
    inner = directory / names.LOG
    if names.is_bundle(directory):
        return inner
    if not (directory / layout.ENTRIES_DIRECTORY).exists() and (inner / layout.CHECKPOINT_FILE).exists():
        return inner
    return directory


def _judge(bundle: Path, keys: tuple[VerifierKey | str, ...], seen: bytes | None) -> VerificationReport:
    path = bundle / names.DISCLOSURES
    values = DisclosedFile(path) if path.is_file() else None
    try:
        report = verify_log(bundle / names.LOG, trusted_keys=keys, bundled=values, seen=seen)
        if report.verdict is Verdict.CANNOT_SAY:
            return report
        faults, warnings = manifest_faults(bundle)
        told = () if values is None else values.finish(report.size)
    finally:
        if values is not None:
            values.close()
    if values is not None and report.missing:
        warnings = (*warnings, MISSING.format(missing=report.missing))
    problems = [*faults, *told, *_policy_faults(bundle)]
    not_checked = report.not_checked
    if report.problems:
        not_checked = (PAPERS_SKIPPED, *not_checked)
    else:
        papers = Papers(bundle)
        papers.compare(bundle / names.LOG, size=report.size)
        problems += papers.faults
        warnings = (*warnings, *papers.warnings)
        not_checked = (PAGES.format(pages=papers.pages), *not_checked) if papers.pages else not_checked
    return _with(report, problems, warnings, not_checked)


def _policy_faults(bundle: Path) -> list[str]:
    """Compare the copy of the policy that lies open with the one of the log."""
    path, own = bundle / names.POLICY, bundle / names.LOG / layout.POLICY_FILE
    try:
        if path.is_file() and own.is_file() and layout.read_small(path) != layout.read_small(own):
            return [f"{names.POLICY}: it is not that of the log"]
    except LogUnreadableError:
        raise
    except LogError as error:
        return [f"{names.POLICY}: {error}"]
    return []


def _with(
    report: VerificationReport, problems: list[str], warnings: tuple[str, ...], not_checked: tuple[str, ...]
) -> VerificationReport:
    found = (*report.problems, *(Problem(text=text) for text in problems))
    warned = (*report.warnings, *warnings)
    verdict = Verdict.FAILED if found else Verdict.VERIFIED_WITH_WARNINGS if warned else Verdict.VERIFIED
    return replace(report, verdict=verdict, problems=found, warnings=warned, not_checked=not_checked)
