"""The demonstration: the whole cycle on a sample drive, with two people, told step by step.

Nothing in it is acted: it calls the very use cases that the commands call, and reports what they return.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from disposal_log import Verdict as LogVerdict
from retention.clock import Clock, civil_date
from retention.domain.assets import Source
from retention.domain.batches import ProposedBatch
from retention.domain.holds import HoldKind, HoldScope
from retention.domain.people import Person, PersonId, Role
from retention.errors import ConflictOfInterestError, InvalidInputError
from retention.services import auditing, recording
from retention.services.appraising.appraising import appraise_copies
from retention.services.certifying import issue_certificate, save_certificate
from retention.services.creating import create_workspace
from retention.services.deciding import Verdict, decide_batch, read_approved
from retention.services.disposing import DisposalReport, Disposer, carry_out, plan_disposal
from retention.services.explaining import explain
from retention.services.holding import HoldOrder, place_hold
from retention.services.listing import hold_register
from retention.services.log_access import open_log
from retention.services.proposing import ProposalScope, save_proposal
from retention.services.registering import register_asset, register_person, register_source
from retention.services.reporting import duplicates, summary
from retention.services.sample_drive import SampleDrive, SampleDriveError, build_sample_drive
from retention.services.scanning import ScanSummary, scan_source
from retention.services.schedules.versions import schedule_in_force
from retention.services.workspace import Workspace
from retention.store.catalogue import Catalogue, sqlite_url

RITA = Person(person_id=PersonId("rita"), name="Rita Rees", roles=frozenset({Role.RECORDS_MANAGER}))
IAN = Person(person_id=PersonId("ian"), name="Ian Owusu", roles=frozenset({Role.IAO}))
SHOWN_CLASS = "FIN-01"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """The figures of one demonstration, and where its results lie."""

    workspace: Path
    figures: dict[str, Any]
    certificate_files: tuple[Path, ...]
    is_verified: bool


def demonstrate(folder: Path, *, clock: Clock, workers: int, tell: Tell) -> Demonstration:
    """Run the whole cycle in `folder`, which must be new or empty.

    Raises:
        InvalidInputError: `folder` is not empty; nothing was made there.
    """
    started = time.monotonic()
    _check_empty(folder)
    show = _Show(folder, clock, workers, tell)
    try:
        figures, files = show.run()
    finally:
        show.close()
    seconds = round(time.monotonic() - started, 1)
    tell(f"\nDone in {seconds} seconds. The certificate, to read and print:\n    {_page(files)}")
    tell(f"To check the log without the database:\n    python -m disposal_log verify {folder / 'log'}")
    return Demonstration(
        workspace=folder,
        figures={**figures, "seconds": seconds},
        certificate_files=files,
        is_verified=figures["log"]["verdict"] != LogVerdict.FAILED,
    )


class _Show:
    """The steps, in order; each tells what it does and returns what the next one needs."""

    def __init__(self, folder: Path, clock: Clock, workers: int, tell: Tell) -> None:
        self.workspace = Workspace(folder.absolute())
        self.clock = clock
        self.workers = workers
        self.tell = tell
        self.today = civil_date(clock.now())
        self.catalogue: Catalogue | None = None
        self.numbered = 0

    def run(self) -> tuple[dict[str, Any], tuple[Path, ...]]:
        drive = self._build()
        catalogue = self._make_workspace()
        source = self._register(catalogue, drive)
        scan = self._scan(catalogue, source)
        self._hold(catalogue, drive)
        report = self._report(catalogue)
        batches = self._propose(catalogue)
        batch = next(one for one in batches if one.class_id == SHOWN_CLASS)
        refused = self._refuse_own_approval(catalogue, batch)
        self._approve(catalogue, batch)
        disposal = self._dispose(catalogue, batch)
        files = self._certify(catalogue, batch)
        log = self._verify()
        figures = {
            "scan": scan.to_json(),
            **report,
            "batches": [
                {
                    "batch": one.batch_id,
                    "disposal_class": one.class_id,
                    "items": len(one.items),
                    "bytes": one.size_bytes,
                }
                for one in batches
            ],
            "own_approval_refused_with": refused,
            "disposal": {"batch": batch.batch_id, **disposal.reconciliation.to_json()},
            "certificate": [str(file) for file in files],
            "log": log,
        }
        return figures, files

    def close(self) -> None:
        if self.catalogue is not None:
            self.catalogue.close()

    def _step(self, words: str) -> None:
        self.numbered += 1
        self.tell(f"\n{self.numbered}. {words}")

    def _build(self) -> SampleDrive:
        self._step("A council's shared drive, grown since 1998, before an office move.")
        self.workspace.folder.mkdir(parents=True, exist_ok=True)
        try:
            drive = build_sample_drive(self.workspace.folder / "drive", as_of=self.today)
        except SampleDriveError as error:
            raise InvalidInputError(what=error.what, not_done=error.not_done, next_step=error.next_step) from error
        self.tell(f"   Built {drive.files} files in {drive.folders} folders below {drive.root}.")
        return drive

    def _make_workspace(self) -> Catalogue:
        self._step("A workspace: settings, catalogue, destruction log with its own key, retention schedule.")
        creation = create_workspace(
            self.workspace.folder, origin="demo.example/destruction", grace_days=0, at=self.clock.now()
        )
        self.tell(f"   Schedule {creation.schedule_version}; the log's key: {' '.join(creation.key_words)}.")
        self.tell("   (A real workspace keeps files 30 days in quarantine; this demonstration keeps them 0 days.)")
        self.catalogue = Catalogue(sqlite_url(self.workspace.catalogue_file))
        return self.catalogue

    def _register(self, catalogue: Catalogue, drive: SampleDrive) -> Source:
        self._step("Two people: Rita, records manager, and Ian, who answers for the information (IAO).")
        for person in (RITA, IAN):
            register_person(catalogue, person_id=person.person_id, name=person.name, roles=person.roles)
        asset = register_asset(
            catalogue, asset_id="SHARED-DRIVE", title="Departmental shared drive", owner_id=IAN.person_id
        )
        return register_source(
            catalogue,
            root=drive.root,
            asset_id=asset.asset_id,
            source_id="drive",
            workspace=self.workspace,
            at=self.clock.now(),
        )

    def _scan(self, catalogue: Catalogue, source: Source) -> ScanSummary:
        self._step("Rita scans it. Nothing on the drive is changed by this.")
        scan = scan_source(
            catalogue,
            source,
            at=self.clock.now(),
            clock=self.clock,
            workers=self.workers,
            seconds_per_file=60,
            on_progress=lambda _told: None,
        )
        appraised = appraise_copies(catalogue, schedule_in_force(catalogue), on_progress=lambda _told: None)
        self.tell(
            f"   {scan.scan.files} entries: {scan.counts.examined} examined, {scan.counts.unreadable} unreadable, "
            f"{sum(scan.counts.skipped.values())} skipped (links, pipes); {appraised} compared with the schedule."
        )
        return scan

    def _hold(self, catalogue: Catalogue, drive: SampleDrive) -> None:
        self._step("A dispute is running: what belongs to it must stay, whatever the schedule says.")
        for path in drive.hold_paths:
            order = HoldOrder(
                kind=HoldKind.LITIGATION,
                reason="dispute with Marlowe Groundworks",
                mandate="Legal, case L-2291",
                scope=HoldScope(path=path),
                reassess_on=self.today + timedelta(days=180),
            )
            hold = place_hold(catalogue, order, person=RITA, at=self.clock.now())
            self.tell(f"   Hold {hold.hold_id} on {path}, and on every copy of what lies there.")

    def _report(self, catalogue: Catalogue) -> dict[str, Any]:
        self._step("What is on the drive? Every file is in exactly one queue.")
        found = summary(catalogue, hold_register(catalogue), as_of=self.today)
        for name, total in found.queues.items():
            if total.items:
                self.tell(f"   {total.items:>5}  {name}")
        groups = list(duplicates(catalogue))
        copies = sum(len(group.members) - 1 for group in groups)
        self.tell(f"   {len(groups)} groups of identical files, {copies} copies more than needed.")
        return {**found.to_json(), "duplicates": {"groups": len(groups), "copies": copies}}

    def _propose(self, catalogue: Catalogue) -> tuple[ProposedBatch, ...]:
        self._step("Rita proposes what is surely due: one batch for each class, frozen and pinned to content.")
        with open_log(self.workspace, at=self.clock.now()) as log:
            batches = save_proposal(
                catalogue,
                ProposalScope(),
                schedule_version=schedule_in_force(catalogue).schedule_version,
                as_of=self.today,
                person=RITA,
                at=self.clock.now(),
            )
            recording.deliver(catalogue, log)
        for batch in batches:
            self.tell(f"   {batch.batch_id}: {batch.class_id}, {len(batch.items)} items, {batch.size_bytes} bytes.")
        self._explain_one(catalogue, next(one for one in batches if one.class_id == SHOWN_CLASS))
        return batches

    def _explain_one(self, catalogue: Catalogue, batch: ProposedBatch) -> None:
        item = batch.items[0]
        told = explain(catalogue, f"{item.source_id}:{item.path}", hold_register(catalogue), as_of=self.today)
        self.tell(f"   Why {item.path}?")
        for reason in told.eligibility.reasons:
            self.tell(f"     - {reason}")

    def _refuse_own_approval(self, catalogue: Catalogue, batch: ProposedBatch) -> int:
        self._step("Rita tries to approve her own proposal.")
        try:
            self._decide(catalogue, batch, Verdict.APPROVE, RITA)
        except ConflictOfInterestError as error:
            self.tell(f"   Refused (exit code {int(error.exit_code)}): {error}")
            return int(error.exit_code)
        message = "the proposer could approve"
        raise RuntimeError(message)

    def _approve(self, catalogue: Catalogue, batch: ProposedBatch) -> None:
        self._step(f"Ian approves {batch.batch_id}, but keeps item 0. The other batches wait: silence means keep.")
        self._decide(catalogue, batch, Verdict.APPROVE, IAN, excluded=(0,), reason="still used for the annual return")
        late = batch.items[1]
        place_hold(
            catalogue,
            HoldOrder(
                kind=HoldKind.INFORMATION_REQUEST,
                reason="freedom of information request 2231",
                mandate="FOIA 2000",
                scope=HoldScope(path=late.path),
                reassess_on=self.today + timedelta(days=30),
            ),
            person=IAN,
            at=self.clock.now(),
        )
        self.tell(f"   A hold comes after the approval, on {late.path}: it will be kept all the same.")

    def _decide(
        self,
        catalogue: Catalogue,
        batch: ProposedBatch,
        verdict: Verdict,
        person: Person,
        *,
        excluded: tuple[int, ...] = (),
        reason: str = "",
    ) -> None:
        decide_batch(
            catalogue,
            batch.batch_id,
            verdict,
            person=person,
            excluded=excluded,
            reason=reason,
            valid_days=90,
            at=self.clock.now(),
        )

    def _dispose(self, catalogue: Catalogue, batch: ProposedBatch) -> DisposalReport:
        self._step("Rita disposes of it: intent on record, re-hash, quarantine, and only then destruction.")
        approved, as_of = read_approved(catalogue, batch.batch_id), civil_date(self.clock.now())
        plan = plan_disposal(catalogue, approved, grace_days=0, as_of=as_of)
        staying = sum(plan.reasons().values())
        self.tell(f"   The plan: {len(batch.items) - staying} would go, {staying} would stay. Now for real.")
        with open_log(self.workspace, at=self.clock.now()) as log:
            recording.deliver(catalogue, log)
            disposer = Disposer(
                catalogue=catalogue,
                log=log,
                settings=self.workspace.settings(),
                clock=self.clock,
                folder=self.workspace.folder,
            )
            report = carry_out(disposer, read_approved(catalogue, batch.batch_id), person=RITA)
        parts = [f"{count} {state}" for state, count in report.reconciliation.counts.items() if count]
        self.tell(f"   {report.reconciliation.proposed} proposed = {' + '.join(parts)}.")
        return report

    def _certify(self, catalogue: Catalogue, batch: ProposedBatch) -> tuple[Path, ...]:
        self._step("The certificate of destruction, issued because the sums come out.")
        with open_log(self.workspace, at=self.clock.now()) as log:
            issued = issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=self.clock.now())
        files = save_certificate(issued, self.workspace.certificates)
        self.tell(f"   {_page(files)}")
        return files

    def _verify(self) -> dict[str, Any]:
        self._step("The auditor checks the log, from its files alone.")
        report = auditing.verify(self.workspace.log)
        self.tell(f"   {report.verdict}: {report.size} entries.")
        for warning in report.warnings:
            self.tell(f"   Note: {warning}")
        forged = self._verify_forged()
        self.tell(f"   One letter changed in a copy: {forged.verdict}, entry {forged.first_broken_entry}.")
        return {
            "verdict": report.verdict,
            "size": report.size,
            "root": report.root,
            "forged_verdict": forged.verdict,
            "forged_first_broken_entry": forged.first_broken_entry,
        }

    def _verify_forged(self) -> Any:  # noqa: ANN401  # a report of the leaf, only read here
        with TemporaryDirectory() as place:
            copy = Path(place) / "log"
            shutil.copytree(self.workspace.log, copy)
            segment = min((copy / "entries").iterdir())
            segment.chmod(0o600)
            words = segment.read_bytes()
            segment.write_bytes(words.replace(b'"decision":"approve"', b'"decision":"approvE"', 1))
            return auditing.verify(copy)


def _page(files: tuple[Path, ...]) -> Path:
    """Return the page that people read, or the signed statement where it could not be printed."""
    return next((file for file in files if file.suffix == ".pdf"), files[0])


def _check_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInputError(
            what=f"{folder} is not an empty folder",
            not_done="Nothing was made there.",
            next_step="Name a new folder: retention demo DIR",
        )
