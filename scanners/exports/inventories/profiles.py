"""Saved column profiles: what the columns of one council's own script or tool mean, declared once and kept as text.

Script authors rename columns as they like, so no fixed list can know them. A profile is JSON that a person can read
and correct; it says column by column what is meant, and how dates, zone and delimiter are to be read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from scanners.exports.errors import AmbiguousColumnError, ProfileError
from scanners.exports.inventories.instants import is_date_format, zone_of
from scanners.exports.inventories.targets import TARGETS, TIME_TARGETS

RAW = ""
_MAX_PROFILE_CHARS = 1 << 20
_MAX_DELIMITER = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """What one column means: a field of the record, or empty to keep it raw; and how its dates are written."""

    target: str
    date_format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """What was declared about the columns of one form of file."""

    name: str
    columns: Mapping[str, ColumnRule] = field(default_factory=dict)
    zone: str = ""
    delimiter: str = ""

    def __post_init__(self) -> None:
        """Check that what is declared can be meant.

        Raises:
            ProfileError: A target, date format, delimiter or zone does not exist, or two columns mean the same.
        """
        seen: dict[str, str] = {}
        for column, rule in self.columns.items():
            self._check(column, rule)
            first = seen.setdefault(rule.target, column) if rule.target else column
            if first != column:
                raise AmbiguousColumnError(file="", first=first, second=column, target=rule.target)
        if len(self.delimiter) > _MAX_DELIMITER or self.delimiter in ('"', "\r", "\n"):
            raise ProfileError(
                file="", detail=f"the delimiter {self.delimiter!r} is not one character that can part cells"
            )
        if self.zone:
            zone_of(self.zone)

    def to_text(self) -> str:
        """Return the profile as JSON to be kept."""
        columns = {
            column: {"target": rule.target, **({"date_format": rule.date_format} if rule.date_format else {})}
            for column, rule in self.columns.items()
        }
        stated = {"name": self.name, "zone": self.zone, "delimiter": self.delimiter, "columns": columns}
        return json.dumps(stated, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the profile that `to_text` wrote, or that a person wrote in the same manner.

        Raises:
            ProfileError: It is no profile, or declares something that does not exist.
        """
        stated = _parsed(text)
        columns = stated.get("columns", {})
        if not isinstance(columns, dict):
            raise ProfileError(file="", detail="'columns' must name each column and what it means")
        return cls(
            name=_text(stated, "name"),
            columns={column: _rule(column, rule) for column, rule in columns.items()},
            zone=_text(stated, "zone"),
            delimiter=_text(stated, "delimiter"),
        )

    @staticmethod
    def _check(column: str, rule: ColumnRule) -> None:
        if rule.target and rule.target not in TARGETS:
            raise ProfileError(
                file="",
                column=column,
                detail=f"the column {column!r} is declared as {rule.target!r}, which is no field",
            )
        if not is_date_format(rule.date_format):
            detail = f"the date format {rule.date_format!r} of the column {column!r} is not one that is known"
            raise ProfileError(file="", column=column, detail=detail)
        if rule.date_format and rule.target not in TIME_TARGETS:
            detail = f"the column {column!r} has a date format but is not declared as a date"
            raise ProfileError(file="", column=column, detail=detail)


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > _MAX_PROFILE_CHARS:
        raise ProfileError(file="", detail="the column profile is longer than any real one")
    try:
        stated = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProfileError(file="", detail=f"the column profile is not well-formed JSON ({error})") from error
    if not isinstance(stated, dict):
        raise ProfileError(file="", detail="the column profile must be one JSON object")
    return stated


def _rule(column: str, stated: object) -> ColumnRule:
    match stated:
        case str(target):
            return ColumnRule(target=target)
        case {"target": str(target), "date_format": str(date_format)}:
            return ColumnRule(target=target, date_format=date_format)
        case {"target": str(target), **others} if "date_format" not in others:
            return ColumnRule(target=target)
        case _:
            raise ProfileError(file="", column=column, detail=f"it is not clear what the column {column!r} is to mean")


def _text(stated: Mapping[str, Any], key: str) -> str:
    found = stated.get(key, "")
    if not isinstance(found, str):
        raise ProfileError(file="", detail=f"{key!r} must be a text")
    return found
