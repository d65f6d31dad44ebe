"""A small council for tests of disposal: real files, a real catalogue, a real log, two people."""

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import insert

from disposal_log import DisposalLog
from retention.domain.batches import ApprovedBatch, ProposedBatch
from retention.domain.holds import HoldKind, HoldScope
from retention.domain.people import Person, PersonId, Role
from retention.services import recording
from retention.services.creating import create_workspace
from retention.services.deciding import Verdict, decide_batch, read_approved
from retention.services.disposing import DisposalReport, Disposer, Step, carry_out
from retention.services.holding import HoldOrder, place_hold
from retention.services.log_access import open_log
from retention.services.proposing import ProposalScope, save_proposal
from retention.services.registering import register_asset, register_person, register_source
from retention.services.schedules.versions import schedule_in_force
from retention.services.workspace import Settings, Workspace
from retention.store.catalogue import Catalogue, sqlite_url
from retention.store.instants import stored
from retention.store.schema import appraisal, content, record_copy

RITA = Person(person_id=PersonId("rita"), name="Rita Rees", roles=frozenset({Role.RECORDS_MANAGER}))
IAN = Person(person_id=PersonId("ian"), name="Ian Owusu", roles=frozenset({Role.IAO}))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ASSET = "FINANCE"


@dataclass
class Hands:
    """A clock that moves when told."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class World:
    """One workspace beside one share, both in a temporary folder."""

    folder: Path
    clock: Hands = field(default_factory=Hands)
    settings: Settings = field(default_factory=lambda: Settings(grace_days=0))
    catalogue_url: str | None = None

    @property
    def share(self) -> Path:
        return self.folder / "share"

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder / "workspace")

    def catalogue(self) -> Catalogue:
        return Catalogue(self.catalogue_url or sqlite_url(self.workspace.catalogue_file))

    @contextmanager
    def log(self) -> Iterator[DisposalLog]:
        with open_log(self.workspace, at=self.clock.now()) as log:
            yield log

    def dispose(
        self,
        batch_id: str,
        tell: Callable[[Step, int], None] = lambda _step, _items: None,
        act: Callable[..., DisposalReport] = carry_out,
        person: Person = RITA,
    ) -> DisposalReport:
        with self.catalogue() as catalogue, self.log() as log:
            return act(self.disposer(catalogue, log, tell), read_approved(catalogue, batch_id), person=person)

    def disposer(
        self, catalogue: Catalogue, log: DisposalLog, tell: Callable[[Step, int], None] = lambda _s, _i: None
    ) -> Disposer:
        recording.deliver(catalogue, log)
        return Disposer(
            catalogue=catalogue,
            log=log,
            settings=self.settings,
            clock=self.clock,
            folder=self.workspace.folder,
            tell=tell,
        )

    def propose(self) -> ProposedBatch:
        with self.catalogue() as catalogue:
            (batch,) = save_proposal(
                catalogue,
                ProposalScope(),
                schedule_version=schedule_in_force(catalogue).schedule_version,
                as_of=self.clock.now().date(),
                person=RITA,
                at=self.clock.now(),
            )
        return batch

    def approve(self, batch: ProposedBatch, excluded: Iterable[int] = ()) -> ApprovedBatch:
        with self.catalogue() as catalogue:
            decide_batch(
                catalogue,
                batch.batch_id,
                Verdict.APPROVE,
                person=IAN,
                excluded=excluded,
                reason="checked",
                valid_days=90,
                at=self.clock.now(),
            )
            return read_approved(catalogue, batch.batch_id)

    def approved(self, excluded: Iterable[int] = ()) -> ApprovedBatch:
        return self.approve(self.propose(), excluded)

    def hold(self, scope: HoldScope) -> None:
        with self.catalogue() as catalogue:
            order = HoldOrder(
                kind=HoldKind.LITIGATION,
                reason="claim 12",
                mandate="",
                scope=scope,
                reassess_on=self.clock.now().date(),
            )
            place_hold(catalogue, order, person=IAN, at=self.clock.now())

    def outcomes(self, batch_id: str) -> list[tuple[int, str]]:
        """Return (item, result) of every outcome in the log, in order."""
        with self.log() as log:
            return [
                (int(str(stored_entry.entry["item"])), str(stored_entry.entry["result"]))
                for stored_entry in log.entries()
                if stored_entry.entry["type"] == "item.outcome" and stored_entry.entry["batch"] == batch_id
            ]

    def final_outcomes(self, batch_id: str) -> list[tuple[int, str]]:
        return [one for one in self.outcomes(batch_id) if one[1] != "quarantined"]

    def file(self, number: int) -> Path:
        return self.share / "Invoices" / f"invoice {number}.txt"


@cache
def _ready_workspace(grace_days: int) -> Path:
    """Make one workspace, to be copied: every migration for every test would take minutes."""
    folder = tempfile.TemporaryDirectory(prefix="ready-")
    atexit.register(folder.cleanup)
    _make_workspace(Path(folder.name) / "w", grace_days=grace_days)
    return Path(folder.name) / "w"


def _make_workspace(folder: Path, *, grace_days: int) -> None:
    create_workspace(folder, origin="test.example/log", grace_days=grace_days, at=NOON)


def build_world(folder: Path, *, files: int = 3, grace_days: int = 0, catalogue_url: str | None = None) -> World:
    """Make a share with `files` invoices long past their period, and a canary that nobody approved."""
    world = World(folder, settings=Settings(grace_days=grace_days), catalogue_url=catalogue_url)
    (world.share / "Invoices").mkdir(parents=True)
    (world.share / "canary.txt").write_text("never approved")
    for number in range(files):
        world.file(number).write_text(f"Invoice {number}, 3 May 2011")
        os.utime(world.file(number), (1.3e9, 1.3e9))
    if catalogue_url is None:
        # all but the space that the log sets aside, which it sets aside again
        shutil.copytree(_ready_workspace(grace_days), world.workspace.folder, ignore=shutil.ignore_patterns("reserve"))
    else:
        world.workspace.folder.mkdir()
        world.workspace.settings_file.write_text(f'[catalogue]\nurl = "{catalogue_url}"\n')
        _make_workspace(world.workspace.folder, grace_days=grace_days)
    with world.catalogue() as catalogue:
        for person in (RITA, IAN):
            register_person(catalogue, person_id=person.person_id, name=person.name, roles=person.roles)
        register_asset(catalogue, asset_id=ASSET, title="Finance", owner_id=IAN.person_id)
        register_source(
            catalogue,
            root=world.share,
            asset_id=ASSET,
            source_id="share",
            workspace=world.workspace,
            at=world.clock.now(),
        )
        record(world, catalogue, [world.file(number) for number in range(files)])
    return world


def record(
    world: World, catalogue: Catalogue, paths: Iterable[Path], *, source_id: str = "share", root: Path | None = None
) -> None:
    """Put files into the catalogue as a scan and an appraisal would have: class FIN-01, due in 2018."""
    root = root or world.share
    version = schedule_in_force(catalogue).schedule_version
    with catalogue.transaction() as tx:
        for path in paths:
            seen, words = path.stat(), path.read_bytes()
            digest = hashlib.sha256(words).hexdigest()
            known = tx.connection.execute(content.select().where(content.c.sha256 == digest)).first()
            if known is None:
                tx.connection.execute(
                    insert(content).values(
                        sha256=digest,
                        size_bytes=len(words),
                        media_type="text/plain",
                        text_read=True,
                        is_unread=False,
                        words=None,
                        properties="{}",
                        problems="[]",
                    )
                )
            made = tx.connection.execute(
                insert(record_copy).values(
                    source_id=source_id,
                    path=os.fsencode(path.relative_to(root)),
                    path_text=str(path.relative_to(root)),
                    state="present",
                    size_bytes=seen.st_size,
                    modified_ns=seen.st_mtime_ns,
                    inode=seen.st_ino,
                    device=seen.st_dev,
                    link_count=seen.st_nlink,
                    sha256=digest,
                    first_seen_at=stored(NOON),
                    last_scan_id="scan",
                )
            )
            tx.connection.execute(
                insert(appraisal).values(
                    copy_id=made.inserted_primary_key[0] if made.inserted_primary_key else None,
                    schedule_version=version,
                    outcome="classified",
                    class_id="FIN-01",
                    action=4,
                    due_earliest="2018-03-31",
                    due_latest="2018-03-31",
                    explanation=b"",
                    reasons='["class FIN-01"]',
                    questions="[]",
                    flags="[]",
                )
            )


__all__ = ["ASSET", "IAN", "NOON", "RITA", "Hands", "World", "build_world", "record"]
