"""Putting the parts together: the one place where a face gets a working engine from a folder name.

Every command asks for an engine, and most only for its catalogue: what writes the log and what disposes is loaded
by the commands that do.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from retention.clock import Clock, SystemClock, civil_date
from retention.errors import LogUnavailableError, RetentionError
from retention.services.workspace import Settings, Workspace, find_workspace
from retention.store.catalogue import Catalogue, catalogue_url
from retention.store.upgrading import check

if TYPE_CHECKING:
    from disposal_log import DisposalLog
    from retention.services.disposing import Disposer, Step
    from rules import DisposalSchedule


class Engine:
    """A workspace, opened: what every use case works with."""

    def __init__(self, workspace: Workspace, *, clock: Clock) -> None:
        self.workspace = workspace
        self.settings: Settings = workspace.settings()
        self.clock = clock
        self.catalogue = Catalogue(catalogue_url(self.settings.catalogue_url, beside=workspace.catalogue_file))

    @property
    def now(self) -> datetime:
        """Return the present instant."""
        return self.clock.now()

    @property
    def today(self) -> date:
        """Return today's civil date."""
        return civil_date(self.clock.now())

    def schedule(self) -> "DisposalSchedule":
        """Return the schedule in force."""
        from retention.services.schedules.versions import schedule_in_force  # noqa: PLC0415  # brings its reader

        return schedule_in_force(self.catalogue)

    @contextmanager
    def log(self) -> "Iterator[DisposalLog]":
        """Open the destruction log for writing; give it first what is still owed, and at the end what was noted.

        Raises:
            KeyMissingError: The signing key is not there.
            LogDamagedError: The log is not the one that was signed.
            LogUnavailableError: It cannot be opened or written; what was noted stays noted.
        """
        from retention.services.log_access import open_log  # noqa: PLC0415  # brings the log
        from retention.services.recording import deliver  # noqa: PLC0415

        with open_log(self.workspace, at=self.now) as log:
            deliver(self.catalogue, log)
            yield log
            self._deliver_after(log)
        self._keep_sums()

    def _keep_sums(self) -> None:
        from retention.services.summing_up import keep_sums  # noqa: PLC0415  # only what changes copies needs it

        with suppress(RetentionError):  # what was asked for is done; the next report counts for itself
            keep_sums(self.catalogue)

    def _deliver_after(self, log: "DisposalLog") -> None:
        from disposal_log import LogError  # noqa: PLC0415
        from retention.services.recording import deliver  # noqa: PLC0415

        try:
            deliver(self.catalogue, log)
        except LogError as error:
            raise LogUnavailableError(
                what=f"the change is stored, but the destruction log could not be told of it: {error}",
                not_done="Nothing more is destroyed before the log has it.",
                next_step="Mend the cause; the next command that opens the log tells it. Do not ask twice.",
            ) from error

    def disposer(self, log: "DisposalLog", tell: "Callable[[Step, int], None]") -> "Disposer":
        """Return what a disposal works with."""
        from retention.services.disposing import Disposer  # noqa: PLC0415  # of all commands, one disposes

        return Disposer(
            catalogue=self.catalogue,
            log=log,
            settings=self.settings,
            clock=self.clock,
            folder=self.workspace.folder,
            tell=tell,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.catalogue.close()


def open_engine(folder: str | os.PathLike[str] | None, *, clock: Clock | None = None) -> Engine:
    """Open the workspace at `folder`, or the one around the current folder.

    Raises:
        NotAWorkspaceError: There is none.
        CatalogueDamagedError: Its catalogue is damaged.
        CatalogueUnavailableError: Its catalogue cannot be reached, or needs an upgrade first.
    """
    engine = Engine(find_workspace(folder or Path.cwd()), clock=clock or SystemClock())
    check(engine.catalogue)
    return engine
