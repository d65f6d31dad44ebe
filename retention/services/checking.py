"""Checking the installation and a workspace: what a careful administrator looks at before relying on them."""

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from disposal_log import VerificationReport
from retention.errors import RetentionError
from retention.services import anchoring, auditing, log_keys, redacting
from retention.services.listing import list_sources
from retention.services.log_access import open_log
from retention.services.schedules.versions import schedule_in_force
from retention.services.workspace import Workspace
from retention.store.catalogue import Catalogue
from retention.store.upgrading import check
from scanners import ScannerError, libmagic_version

MIN_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    is_well: bool
    words: str


def check_installation() -> Iterator[Finding]:
    """Yield what was found about the program itself."""
    try:
        yield Finding(subject="file types", is_well=True, words=f"libmagic {libmagic_version()} came with the install")
    except ScannerError as error:
        yield Finding(subject="file types", is_well=False, words=str(error))


def check_workspace(workspace: Workspace, catalogue: Catalogue, *, at: datetime) -> Iterator[Finding]:
    """Yield what was found about a workspace; changes nothing but what opening the log repairs."""
    yield _look("catalogue", lambda: f"is {check(catalogue)}")
    yield _look("schedule", lambda: f"{schedule_in_force(catalogue).schedule_version} is in force")
    yield _look("registered roots", lambda: f"{len(list_sources(catalogue))} registered")
    yield _look("signing key", lambda: _open_log(workspace, at))
    report = auditing.verify(workspace.log, sidecar=workspace.sidecar)
    yield Finding(
        subject="destruction log", is_well=report.exit_code == 0, words=f"{report.verdict}, {report.size} entries"
    )
    yield _values(workspace, catalogue, report, at)
    yield _look("log keys", lambda: log_keys.state_of_keys(workspace.log, workspace.settings(), on=at.date()))
    yield _look("outside witnesses", lambda: _anchoring(workspace))
    yield _private_keys(workspace)
    free_bytes = shutil.disk_usage(workspace.folder).free
    yield Finding(
        subject="disk",
        is_well=free_bytes >= MIN_FREE_BYTES,
        words=f"{free_bytes / 1e9:.1f} GB free for catalogue and log",
    )


def _look(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject=subject, is_well=True, words=look())
    except RetentionError as error:
        return Finding(subject=subject, is_well=False, words=str(error))


def _open_log(workspace: Workspace, at: datetime) -> str:
    with open_log(workspace, at=at) as log:
        return f"is there; its words: {' '.join(log.fingerprint_words)}"


def _values(workspace: Workspace, catalogue: Catalogue, report: VerificationReport, at: datetime) -> Finding:
    """Look at what the log only commits to: is any missing without a word, and is any to be dropped by now?"""
    words = f"{report.disclosed} kept, {report.redacted} redacted, {report.missing} missing unexplained"
    try:
        due = redacting.due_by_schedule(workspace, catalogue, as_of=at.date())
    except RetentionError as error:
        return Finding(subject="personal values", is_well=False, words=f"{words}; {error}")
    is_well = report.exit_code == 0 and not report.missing and redacting.LINGERING not in " ".join(report.warnings)
    return Finding(subject="personal values", is_well=is_well, words=f"{words}; {due}")


def _anchoring(workspace: Workspace) -> str:
    wanted = anchoring.wanted_rule(workspace.settings(), workspace.folder)
    return anchoring.PROMISES[wanted.requirement]


def _private_keys(workspace: Workspace) -> Finding:
    try:
        open_to_others = [file.name for file in workspace.keys.iterdir() if stat.S_IMODE(file.stat().st_mode) & 0o077]
    except OSError as error:
        return Finding(subject="key files", is_well=False, words=f"cannot be looked at: {error.strerror}")
    words = f"others can read {', '.join(open_to_others)}" if open_to_others else "only this account can read them"
    return Finding(subject="key files", is_well=not open_to_others, words=words)
