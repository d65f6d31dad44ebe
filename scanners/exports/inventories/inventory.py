"""An inventory as a whole: a first passage that learns what its columns are, a second that gives its records.

Two passages, because the value that proves the order of day and month may stand in the last line. Memory stays flat
but for forms that repeat themselves (several lines for a file, several rounds): there, some 100 bytes a line.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from scanners.exports.errors import NotAnExportError
from scanners.exports.inventories import targets as to
from scanners.exports.inventories.building import RecordBuilder
from scanners.exports.inventories.columns import ColumnPlan, header_score, plan_columns
from scanners.exports.inventories.draft import Draft
from scanners.exports.inventories.forms import FORMS, Form, form_of
from scanners.exports.inventories.instants import DateSurvey, zone_of
from scanners.exports.inventories.labels import LabelCatalogue
from scanners.exports.inventories.profiles import ColumnProfile
from scanners.exports.inventories.values import as_text, as_whole
from scanners.exports.inventories.views import FoundDraft, Views, joined_views
from scanners.exports.reading import ImportAccount
from scanners.exports.record import Evidence, ExportDescription, ExportedRecord
from scanners.exports.tables.rows import MAX_COLUMNS, Row, Table, Value, Values
from scanners.exports.tables.secrets import without_secrets

SAME_FILE = "a further line about a file that an earlier line tells of (one line for each format)"
EARLIER_ROUND = "a later round of the migration says something else about the same source"

_FORMATS = "PUID"
_COMPACT = ".Compact"
_MAY_BE_TIMES = frozenset(
    {name for target in to.TIME_TARGETS for name in to.ALIASES[target]}
    | {name for form in FORMS for name, target in form.meanings.items() if target in to.TIME_TARGETS}
)
_NAMING = frozenset({to.LOCATION, to.FOLDER, to.NAME, to.RELATIVE_PATH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a person declared about an export: the zone of its times, a column profile, labels, its form."""

    zone: str | None = None
    profile: ColumnProfile | None = None
    labels: LabelCatalogue | None = None
    form: str | None = None

    @property
    def zone_name(self) -> str:
        """The zone that was declared, in the call or in the profile; empty when none was."""
        return self.zone or (self.profile.zone if self.profile else "")

    def tzinfo(self) -> tzinfo | None:
        """Return the declared zone.

        Raises:
            UnknownZoneError: There is none of that name.
        """
        return zone_of(self.zone_name) if self.zone_name else None


class Inventory:
    """One opened inventory, of one file or of several that belong together.

    Args:
        tables: Its files.
        declared: What a person declared.

    Raises:
        NotAnExportError: Its columns do not say what its lines are about.
        ExportError: A file cannot be read, or what was declared does not fit.
    """

    def __init__(self, tables: Sequence[Table], declared: Declared) -> None:
        self._tables = tables
        self._declared = declared
        zone = declared.tzinfo()
        survey = _Survey(declared.profile, form=_early_form(tables, declared))
        survey.go_through(tables)
        names = {to.normalise(column) for column in survey.columns}
        self.form = form_of(names, tables[0].shape, key=declared.form)
        self._latest = survey.latest
        self._views = survey.views if self.form.is_two_views else None
        self.plan = plan_columns(
            survey.columns,
            form=self.form,
            profile=declared.profile,
            dates=survey.dates,
            zone=zone,
            zone_name=declared.zone_name,
        )
        self._check(tables[0], has_rows=survey.has_rows)
        self._builder = RecordBuilder(form=self.form, plan=self.plan, labels=declared.labels or LabelCatalogue())
        self._account = ImportAccount()
        self._begin_account()

    @property
    def description(self) -> ExportDescription:
        """What is known of the export as a whole."""
        return ExportDescription(
            kind=self.form.kind,
            form=self.form.title,
            control_files=tuple(table.control.control_file for table in self._tables),
            tool=self.form.tool,
            limits=self.form.limits,
        )

    @property
    def account(self) -> ImportAccount:
        """What became of its columns and rows; complete once the records were all taken."""
        return self._account

    def records(self) -> Iterator[ExportedRecord]:
        """Yield every record, in the order of the export; the account begins anew.

        Raises:
            ExportError: A file changed or cannot be read any further.
        """
        for found in self.drafts():
            record = found.freeze()
            self.count(record)
            yield record

    def drafts(self) -> Iterator[FoundDraft]:
        """Yield what becomes of every row that is not refused, still open to be joined with a file.

        Raises:
            ExportError: A file changed or cannot be read any further.
        """
        self._begin_account()
        found = self._found()
        if self._views is not None:
            found = joined_views(found, self._refuse)
        yield from _by_file(found, self._refuse) if self.form.is_line_per_format else found

    def count(self, record: ExportedRecord) -> None:
        """Take a record into the account."""
        self._account.records += 1
        for anomaly in record.anomalies:
            self._account.anomalies[anomaly] += 1

    def _found(self) -> Iterator[FoundDraft]:
        for table in self._tables:
            above: dict[str, Value] = {}
            for row in table.rows():
                self._account.rows += 1
                draft = self._draft_of(row, above)
                if draft is not None:
                    control = table.control
                    evidence = Evidence(file=control.shown_path, sha256=control.sha256, place=row.place)
                    join_key, is_drive_item = self._views.place_of(row.values) if self._views else (b"", False)
                    yield FoundDraft(draft, evidence, join_key, is_drive_item)

    def _draft_of(self, row: Row, above: dict[str, Value]) -> Draft | None:
        """Return the draft of a row; None when it is refused, which is counted."""
        draft: Draft | str
        if row.refused:
            draft = row.refused
        elif self._latest is not None and not self._latest.is_last(row.values, self._account.rows, self.plan):
            draft = EARLIER_ROUND
        else:
            filled = _filled_down(row.values, above) if self.form.is_filled_down else row.values
            values, dropped = without_secrets(filled)
            self._account.dropped.update(dropped)
            draft = self._builder.build(values)
        if isinstance(draft, Draft):
            return draft
        self._refuse(draft)
        return None

    def _refuse(self, reason: str) -> None:
        self._account.refused_rows[reason] += 1

    def _begin_account(self) -> None:
        account = self._account
        account.columns = self.plan.uses
        account.unknown_targets = self.plan.unknown_targets
        for counter in (account.dropped, account.refused_rows, account.anomalies):
            counter.clear()
        account.notes[:] = dict.fromkeys(note for table in self._tables for note in table.notes)
        if self._declared.zone_name:
            account.notes.append(f"times that state no zone are taken to be in {self._declared.zone_name}, as declared")
        account.rows = account.records = 0

    def _check(self, table: Table, *, has_rows: bool) -> None:
        file = table.control.shown_path
        if self.form.no_inventory:
            raise NotAnExportError(
                file=file,
                found=self.form.no_inventory,
                next_step="Give it as the catalogue of labels of another import.",
            )
        known = {one.target for one in self.plan.columns if one.target}
        is_naming = bool(known & _NAMING) or any(target.startswith(to.IDS) for target in known)
        if has_rows and not is_naming and not (self.form.is_of_versions and to.VERSION_LABEL in known):
            raise NotAnExportError(file=file, found="none of its columns says which record a line is about")


def open_inventory(tables: Sequence[Table], declared: Declared) -> Inventory:
    """Return the inventory that these files make up.

    Raises:
        ExportError: As for `Inventory`.
    """
    return Inventory(tables, declared)


def _early_form(tables: Sequence[Table], declared: Declared) -> Form | None:
    """Return the form as far as a header tells it before any row was read."""
    names = {to.normalise(column) for table in tables for column in table.columns}
    return form_of(names, tables[0].shape, key=declared.form) if names else None


class _Latest:
    """Which line is the last word about each source; 16 bytes of digest and two figures for each."""

    def __init__(self) -> None:
        self._last: dict[bytes, tuple[int, int]] = {}

    def note(self, values: Values, number: int, names: Mapping[str, str]) -> None:
        key, round_number = _source_key(values, names)
        self._last[key] = max(self._last.get(key, (-1, -1)), (round_number, number))

    def is_last(self, values: Values, number: int, plan: ColumnPlan) -> bool:
        key, _ = _source_key(values, plan.by_name)
        return self._last.get(key, (0, number))[1] == number


def _source_key(values: Values, names: Mapping[str, str]) -> tuple[bytes, int]:
    source, file_name, round_number = (
        values.get(names.get(name, ""), "") for name in ("source", "filename", "incrementalround")
    )
    words = f"{as_text(source)}\0{as_text(file_name)}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(words, digest_size=16).digest(), as_whole(round_number) or 0


class _Survey:
    """The first passage: names of columns, order of dates, and the last round of a migration."""

    def __init__(self, profile: ColumnProfile | None, *, form: Form | None) -> None:
        self._profile = profile
        self.columns: list[str] = []
        self.dates: dict[str, DateSurvey] = {}
        self.has_rows = False
        self.latest = _Latest() if form and form.is_latest_round else None
        self.views = Views()
        self._names: dict[str, str] = {}
        self._seen: set[str] = set()

    def go_through(self, tables: Sequence[Table]) -> None:
        number = 0
        for table in tables:
            self._meet(table.columns)
            is_needed = not table.columns or self.dates or self.latest
            for row in table.rows() if is_needed else ():
                number += 1
                if not row.refused:
                    self._take(row.values, number, is_named=bool(table.columns))

    def _take(self, values: Values, number: int, *, is_named: bool) -> None:
        self.has_rows = True
        if not is_named:
            self.views.note(values)
            if not values.keys() <= self._seen:
                self._meet(values)
        for column, survey in self.dates.items():
            survey.note(values.get(column))
        if self.latest is not None:
            self.latest.note(values, number, self._names)

    def _meet(self, columns: "Sequence[str] | Values") -> None:
        for column in columns:
            if column in self._seen or len(self.columns) >= MAX_COLUMNS:
                continue
            self._seen.add(column)
            self.columns.append(column)
            self._names.setdefault(to.normalise(column), column)
            if self._may_be_time(column):
                self.dates[column] = DateSurvey()

    def _may_be_time(self, column: str) -> bool:
        rule = self._profile.columns.get(column) if self._profile else None
        return rule.target in to.TIME_TARGETS if rule else to.normalise(column) in _MAY_BE_TIMES


def _filled_down(values: Values, above: dict[str, Value]) -> Values:
    """Return the row with the empty cells of compact columns filled by those above them."""
    filled = dict(values)
    for column, value in values.items():
        if column.endswith(_COMPACT):
            if value in (None, ""):
                filled[column] = above.get(column, value)
            above[column] = filled[column]
    return filled


def _by_file(found: Iterator[FoundDraft], refuse: Callable[[str], None]) -> Iterator[FoundDraft]:
    """Yield one draft for each URI; the formats of its further lines are added to the first."""
    seen: set[bytes] = set()
    before: FoundDraft | None = None
    before_uri = ""
    for one in found:
        uri = one.draft.source_ids.get("uri", "")
        if before is not None and uri and uri == before_uri:
            _add_format(before.draft, one.draft)
            refuse(SAME_FILE)
            continue
        key = hashlib.blake2b(uri.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if uri and key in seen:
            refuse(SAME_FILE)
            continue
        seen.add(key)
        if before is not None:
            yield before
        before, before_uri = one, uri
    if before is not None:
        yield before


def _add_format(first: Draft, further: Draft) -> None:
    formats = [first.extra_fields.get(_FORMATS, ""), further.extra_fields.get(_FORMATS, "")]
    if formats[1] and formats[1] not in formats[0].split("; "):
        first.extra_fields[_FORMATS] = "; ".join(filter(None, formats))


__all__ = ["Declared", "FoundDraft", "Inventory", "header_score", "open_inventory"]
