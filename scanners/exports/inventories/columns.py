"""Which column means what: what was declared, then what the form says, then the usual names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from scanners.exports.errors import ProfileError
from scanners.exports.inventories.forms import Form, is_known_column
from scanners.exports.inventories.instants import DateFormat, DateSurvey, InstantReader
from scanners.exports.inventories.profiles import ColumnProfile, ColumnRule
from scanners.exports.inventories.targets import HASHES, IDS, KNOWABLE, TIME_TARGETS, normalise, rank_of, target_of
from scanners.exports.reading import ColumnUse
from scanners.exports.tables.rows import HeaderScore
from scanners.exports.tables.secrets import secret_named

_DECLARED = -1
_BY_ITS_NAME = "UTC"
_NOT_IN_FILE = "the profile declares it but the file does not have it"
_DROPPED = "dropped: what it holds opens files or accounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedColumn:
    """One column and what it is read as; `instants` is there for dates only."""

    column: str
    normalised: str
    target: str
    rank: int
    instants: InstantReader | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """All columns of a file by what they mean, the best evidence first.

    `instants` reads the times of what is nested in a cell, such as versions.
    """

    columns: tuple[PlannedColumn, ...]
    by_target: Mapping[str, tuple[PlannedColumn, ...]]
    by_name: Mapping[str, str]
    instants: InstantReader
    missing: tuple[str, ...] = ()

    def of(self, target: str) -> tuple[PlannedColumn, ...]:
        """Return the columns that mean this, best first."""
        return self.by_target.get(target, ())

    @property
    def uses(self) -> tuple[ColumnUse, ...]:
        """What the account says of each column."""
        found = tuple(ColumnUse(column=one.column, target=one.target, refused=one.refused) for one in self.columns)
        return (*found, *(ColumnUse(column=name, target="", refused=_NOT_IN_FILE) for name in self.missing))

    @property
    def unknown_targets(self) -> tuple[str, ...]:
        """The fields that no column states, so that they are unknown for every record."""
        stated = {one.target for one in self.columns if not one.refused}
        stated |= {"hashes" for target in stated if target.startswith(HASHES)}
        stated |= {f"{IDS}unique_id" for target in stated if target == f"{IDS}etag"}
        return tuple(target for target in KNOWABLE if target not in stated)


def header_score(profile: ColumnProfile | None) -> HeaderScore:
    """Return how to tell a header: by the names that are declared or known."""
    declared = frozenset(profile.columns) if profile else frozenset[str]()

    def score(names: Sequence[str]) -> int:
        return sum(name.strip() in declared or is_known_column(normalise(name)) for name in names if name)

    return score


def meaning_of(column: str, form: Form, profile: ColumnProfile | None) -> tuple[str, int]:
    """Return what a column means and how good an evidence it is: declared, special to the form, or usual."""
    rule = profile.columns.get(column) if profile else None
    if rule is not None:
        return rule.target, _DECLARED
    name = normalise(column)
    target = form.meanings.get(name, target_of(name))
    if profile and any(declared.target == target for declared in profile.columns.values()):
        return "", 0  # what was declared is meant to be the only evidence
    return target, 0 if name in form.meanings else rank_of(name)


def plan_columns(
    columns: Iterable[str],
    *,
    form: Form,
    profile: ColumnProfile | None,
    dates: Mapping[str, DateSurvey],
    zone: tzinfo | None,
    zone_name: str,
) -> ColumnPlan:
    """Return what is made of every column.

    Args:
        columns: Their names, in the order of the file.
        form: What form of export it is.
        profile: What was declared.
        dates: What the values of date columns prove.
        zone: What times without a zone are taken to be in.
        zone_name: What that zone is called.

    Raises:
        ProfileError: The profile declares columns and the file has none of them.
    """
    planned = []
    for column in columns:
        target, rank = meaning_of(column, form, profile)
        instants, refused = None, ""
        if secret_named(column):
            target, refused = "", _DROPPED
        elif target in TIME_TARGETS:
            rule = profile.columns.get(column) if profile else None
            survey = dates.get(column, DateSurvey())
            own_zone, own_name = (UTC, _BY_ITS_NAME) if _is_utc(column) else (zone, zone_name)
            instants = InstantReader(date_format=_format_of(rule, survey), zone=own_zone, zone_name=own_name)
            refused = "" if instants.date_format else survey.refused
            refused = refused or (survey.unplaced if own_zone is None else "")
        planned.append(
            PlannedColumn(
                column=column,
                normalised=normalise(column),
                target=target,
                rank=rank,
                instants=instants,
                refused=refused,
            )
        )
    missing = tuple(name for name in profile.columns if name not in {one.column for one in planned}) if profile else ()
    if profile and profile.columns and len(missing) == len(profile.columns):
        raise ProfileError(
            file="", detail=f"the file has none of the columns that the profile {profile.name!r} declares"
        )
    return _plan(planned, missing, InstantReader(zone=zone, zone_name=zone_name))


def draft_profile(uses: Iterable[ColumnUse], *, name: str, zone: str = "") -> ColumnProfile:
    """Return a profile that says what was made of the columns, to be corrected by a person and used again.

    Where several columns mean the same, the best is declared and the others are kept raw.
    """
    best: dict[str, str] = {}
    stated = [use for use in uses if use.refused != _NOT_IN_FILE]
    for use in sorted(stated, key=lambda use: rank_of(normalise(use.column))):
        best.setdefault(use.target, use.column)
    rules = {use.column: ColumnRule(target=use.target if best[use.target] == use.column else "") for use in stated}
    return ColumnProfile(name=name, columns=rules, zone=zone)


def _is_utc(column: str) -> bool:
    """Tell whether the name of a column states the zone of its times, as `LastWriteTimeUtc` of Windows does."""
    return normalise(column).endswith("utc")


def _format_of(rule: ColumnRule | None, survey: DateSurvey) -> str:
    if rule and rule.date_format:
        return rule.date_format
    return survey.order or DateFormat.AUTOMATIC


def _plan(planned: Sequence[PlannedColumn], missing: tuple[str, ...], instants: InstantReader) -> ColumnPlan:
    by_target: dict[str, list[PlannedColumn]] = {}
    by_name: dict[str, str] = {}
    for one in planned:
        by_name.setdefault(one.normalised, one.column)
        if one.target:
            by_target.setdefault(one.target, []).append(one)
    return ColumnPlan(
        columns=tuple(planned),
        by_target={target: tuple(sorted(found, key=lambda one: one.rank)) for target, found in by_target.items()},
        by_name=by_name,
        instants=instants,
        missing=missing,
    )
