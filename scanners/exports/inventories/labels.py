"""Retention labels: what the tenant's catalogue says of each name, and what an item says of its own.

Microsoft's table: deletion is blocked for every record label, locked or not. So a label protects unless it is known
to be a plain one. What an item says of itself may strengthen the catalogue's word, never weaken it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from scanners.exports.control_files import take_control_file
from scanners.exports.errors import NotAnExportError
from scanners.exports.inventories.targets import normalise
from scanners.exports.inventories.values import as_claim, as_whole, as_words
from scanners.exports.record import LabelType
from scanners.exports.tables.opening import open_table
from scanners.exports.tables.rows import Value

UNNAMED = "(a label whose name was not exported)"

_STRENGTH = {LabelType.PLAIN: 0, LabelType.UNKNOWN: 1, LabelType.RECORD: 2, LabelType.REGULATORY: 3}
_BEHAVIOURS = {
    "retain": LabelType.PLAIN,
    "donotretain": LabelType.PLAIN,
    "retainasrecord": LabelType.RECORD,
    "retainasregulatoryrecord": LabelType.REGULATORY,
}
_FLAG_KEEP, _FLAG_RECORD = 0x1, 0x4
_NAMES = ("displayname", "tagname", "name")
_BEHAVIOUR = "behaviorduringretentionperiod"
_MARKS = ("tagname", "isinuse", _BEHAVIOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCatalogue:
    """The retention labels of a tenant by name; a name that is not in it is of unknown type, which protects."""

    types: Mapping[str, LabelType] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str) -> Self:
        """Read a catalogue: `m365 purview retentionlabel list`, or the labels as SharePoint's REST states them.

        Raises:
            NotAnExportError: It lists no labels.
            ExportError: It cannot be read.
        """
        control = take_control_file(path)
        table = open_table(control, score=lambda names: len({*map(normalise, names)} & {*_MARKS, *_NAMES}))
        types: dict[str, LabelType] = {}
        for row in table.rows():
            entry = {normalise(column): value for column, value in row.values.items()}
            name = next((words for key in _NAMES if (words := as_words(entry.get(key)))), None)
            if name and any(mark in entry for mark in _MARKS):
                key = name.casefold()
                types[key] = stronger(types[key], _type_in(entry)) if key in types else _type_in(entry)
        if not types:
            raise NotAnExportError(
                file=path,
                found="it lists no retention labels",
                next_step="Export them with `m365 purview retentionlabel list --output json` and use that file.",
            )
        return cls(types=types)

    def type_of(self, name: str) -> LabelType:
        """Return the type of the label of this name; of several names in one cell the strongest."""
        whole = self.types.get(name.strip().casefold())
        if whole is not None:
            return whole
        found = LabelType.PLAIN
        for one in name.split(";"):
            found = stronger(found, self.types.get(one.strip().casefold(), LabelType.UNKNOWN))
        return found


def stronger(one: LabelType, other: LabelType) -> LabelType:
    """Return the one that protects more."""
    return max(one, other, key=_STRENGTH.__getitem__)


def raised_by_flags(known: LabelType, value: Value) -> LabelType:
    """Return the type once the flags of the item itself are taken into account: 1 keeps, 4 makes a record."""
    flags = as_whole(value)
    if not flags:
        return known
    if flags & _FLAG_RECORD:
        return stronger(known, LabelType.RECORD)
    return known if flags == _FLAG_KEEP else stronger(known, LabelType.UNKNOWN)


def type_by_settings(settings: Value) -> LabelType | None:
    """Return what Graph's retention settings of one item say, the best evidence there is; None when nothing."""
    if not isinstance(settings, dict):
        return None
    behaviour = settings.get("behaviorDuringRetentionPeriod")
    return _BEHAVIOURS.get(behaviour.casefold(), LabelType.UNKNOWN) if isinstance(behaviour, str) else None


def is_locked_by_settings(settings: Value) -> bool | None:
    """Return whether Graph says that the record is locked."""
    return as_claim(settings.get("isRecordLocked")) if isinstance(settings, dict) else None


def _type_in(entry: Mapping[str, Any]) -> LabelType:
    behaviour = entry.get(_BEHAVIOUR)
    if isinstance(behaviour, str):
        return _BEHAVIOURS.get(behaviour.casefold(), LabelType.UNKNOWN)
    flags = as_whole(entry.get("complianceflags"))
    if as_claim(entry.get("superlock")):
        return LabelType.REGULATORY
    if flags is None:
        return LabelType.UNKNOWN
    if flags & _FLAG_RECORD or as_claim(entry.get("blockedit")):
        return LabelType.RECORD
    return LabelType.PLAIN if flags in (0, _FLAG_KEEP) else LabelType.UNKNOWN
