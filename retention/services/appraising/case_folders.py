"""When cases were last worked on: the newest day of a case folder, for classes that are kept by the case.

One file that is saved again moves that day for the whole case, and only ever to a later one. Where a file of the case
could not be looked at, or a time proves nothing, the day is not known and nothing falls due by it.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from retention.domain.eligibility import AppraisedCopy
from retention.services.appraising.copied_places import CopiedPlaces
from retention.store.case_papers import NEWEST_OF_CASE, FilesBelow, appraised_by_newest, files_below
from retention.store.catalogue import Catalogue, Transaction
from retention.store.write_days import mark_stale
from rules import NOTHING_AROUND, Surroundings

_CHUNK = 5_000
_CASES_KEPT = 4_096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# as the rules read the time of a file: the next day may have begun in Britain, and older clocks were never set
_SUMMER_TIME = timedelta(hours=1)
_FIRST_BELIEVED = date(1990, 1, 1)


class CaseFolders:
    """Tells of case folders when their newest file was written; each is looked at once, some thousand are remembered.

    Make a new one for each run: scans change the answer.
    """

    def __init__(self, places: CopiedPlaces) -> None:
        self._places = places
        self._known: dict[tuple[str, str], Surroundings] = {}

    def newest(self, tx: Transaction, source_id: str, case_path: str) -> Surroundings:
        """Return the newest day among all files ever seen below the folder `case_path`, or why it is not known."""
        key = (source_id, case_path)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _CASES_KEPT:
                self._known.clear()
            found = self._known[key] = self._looked_at(tx, source_id, case_path)
        return found

    def around(self, tx: Transaction, source_id: str, case_path: str, *, copied: str) -> Surroundings:
        """Return what is known around a file of that case; `copied` says why its own time proves nothing."""
        found = self.newest(tx, source_id, case_path)
        return replace(found, copying=copied) if copied else found

    def obstacle(self, tx: Transaction, item: AppraisedCopy) -> str | None:
        """Return why an end that the newest day of a case settled does not stand any more; None while it does."""
        if item.due_latest is None or item.case_path is None:
            return None
        told = next((flag for flag in item.flags if flag.startswith(NEWEST_OF_CASE)), None)
        if told is None or told == (now := _flag(self.newest(tx, item.copy.source_id, item.case_path))):
            return None
        before, since = told.removeprefix(NEWEST_OF_CASE), now.removeprefix(NEWEST_OF_CASE)
        return f"the newest day of its case was {before} when it was appraised, and is {since} now: appraise it again"

    def _looked_at(self, tx: Transaction, source_id: str, case_path: str) -> Surroundings:
        found = files_below(tx, source_id, case_path)
        newest_on, oldest_on = _day(found.newest_ns), _day(found.oldest_ns)
        unknown = _why_unknown(found, oldest_on)
        if not unknown and self._places.is_any_copied(tx, source_id, case_path):
            unknown = "times of files of the case were left by a copying"
        if unknown:
            return Surroundings(case_unknown=unknown)
        return Surroundings(case_newest_on=newest_on, case_files=found.files)


def doubt_newest_days(catalogue: Catalogue, source_id: str) -> int:
    """Have every copy appraised again whose case has another newest day by now; return how many."""
    folders, after, doubted = CaseFolders(CopiedPlaces()), 0, 0
    while True:
        with catalogue.reading() as tx:
            chunk = appraised_by_newest(tx, source_id, after=after, limit=_CHUNK)
            moved = [
                one.copy_id
                for one in chunk
                if f'"{_flag(folders.newest(tx, source_id, one.case_path))}"' not in one.flags
            ]
        if not chunk:
            return doubted
        if moved:
            with catalogue.transaction() as tx:
                mark_stale(tx, moved)
        doubted += len(moved)
        after = chunk[-1].copy_id


def own_surroundings(copied: str) -> Surroundings:
    """Return what is known around a file while nobody looked at its case."""
    return Surroundings(copying=copied) if copied else NOTHING_AROUND


def _flag(around: Surroundings) -> str:
    return f"{NEWEST_OF_CASE}{around.case_newest_on or 'unknown'}"


def _why_unknown(found: FilesBelow, oldest_on: date) -> str:
    if not found.files:
        return "no file of the case is known"
    if found.unread:
        return f"{found.unread:,} files of the case could not be looked at"
    if found.is_claimed:
        return "of some files of the case only an export tells"
    if found.is_partly_closed:
        return "the case was not looked through: a folder could not be listed"
    return "a file of the case bears no time that can be believed" if oldest_on < _FIRST_BELIEVED else ""


def _day(written_ns: int) -> date:
    return (_EPOCH + timedelta(microseconds=written_ns // 1000) + _SUMMER_TIME).date()
