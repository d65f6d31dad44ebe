"""Which folder trees were copied: a migration's day of writing proves nothing about the files it moved."""

from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial

from retention.store.catalogue import Catalogue, Transaction
from retention.store.write_days import day_of, has_busy_day, mark_stale, settled_copies, write_days
from rules import FEWEST_COPIED, NO_COPYINGS, Copyings, migrated_days

_CHUNK = 5_000


def doubt_last_writes(catalogue: Catalogue, source_id: str) -> int:
    """Have every settled copy appraised again that lies in a tree which is known to be copied by now; return how many.

    A copying may be recognised only when most of it has been scanned, and the first of it was appraised by then.
    """
    places, after, doubted = CopiedPlaces(), 0, 0
    while True:
        with catalogue.reading() as tx:
            chunk = settled_copies(tx, source_id, after=after, limit=_CHUNK)
            copied = [copy_id for copy_id, path, written_ns in chunk if places.why(tx, source_id, path, written_ns)]
        if not chunk:
            return doubted
        if copied:
            with catalogue.transaction() as tx:
                mark_stale(tx, copied)
        doubted += len(copied)
        after = chunk[-1][0]


class CopiedPlaces:
    """Tells of files whether they were copied; each top-level folder is counted once, when it is first asked about.

    Memory grows with the folders down to the third, not with the files. Make a new one for each run: scans change
    the answer.
    """

    def __init__(self) -> None:
        self._by_folder: dict[tuple[str, str], Copyings] = {}

    def why(self, tx: Transaction, source_id: str, path: str, modified_ns: int) -> str:
        """Return why the time of a file's last write proves nothing, or nothing when it does."""
        return self._of_tree(tx, source_id, path).why(path, day_of(modified_ns)) if "/" in path else ""

    def is_any_copied(self, tx: Transaction, source_id: str, folder: str) -> bool:
        """Tell whether the time of any file below `folder` proves nothing."""
        found = self._of_tree(tx, source_id, folder)
        if not found.by_tree:
            return False
        with closing(write_days(tx, source_id, folder)) as days:
            return any(found.why(path, day) for path, day in days)

    def _of_tree(self, tx: Transaction, source_id: str, path: str) -> Copyings:
        folder = path.partition("/")[0]
        key = (source_id, folder)
        if key not in self._by_folder:
            if not has_busy_day(tx, source_id, folder, fewest=FEWEST_COPIED):  # in most folders: nothing was copied
                self._by_folder[key] = NO_COPYINGS
                return NO_COPYINGS
            files: Callable[[], Iterable[tuple[str, int]]] = partial(write_days, tx, source_id, folder)
            found = migrated_days(files)
            self._by_folder[key] = found if found.by_tree else NO_COPYINGS
        return self._by_folder[key]
