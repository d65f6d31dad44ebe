"""What a package says that protects a record: retention label, declaration as a record, hold, check-out.

What is not stated stays unknown, and evidence is read upwards only: nothing here makes a record less protected.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scanners.exports.packages.moments import Moments
from scanners.exports.packages.people import Directory
from scanners.exports.packages.structure import Library
from scanners.exports.record import LabelType, RecordState, RetentionLabel

_RECORD_FLAG = 0x04  # Microsoft's schema: keep is 0x01, a record label has 0x04 as well
_LOCKS = ("ecm_ItemLockHolders", "ecm_ItemDeleteBlockHolders", "ecm_RecordRestrictions")
_CHECK_OUT = ("CheckoutUser", "vti_sourcecontrolcheckedoutby")
_DIFFERS = "its own fields state no label, but its library gives {!r} by default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What protects one record, each part None where unknown."""

    label: RetentionLabel | None
    state: RecordState
    checked_out_to: str | None
    anomalies: tuple[str, ...] = ()


def protection_of(
    stated: Mapping[str, str], library: Library | None, *, people: Directory, moments: Moments
) -> Protection:
    """Return what the fields and properties of a record, by name, and its library say."""
    label, anomalies = _label(stated, library, people=people, moments=moments)
    return Protection(
        label=label,
        state=RecordState(is_declared=_declared(stated), is_locked=_locked(stated), is_on_hold=_on_hold(stated)),
        checked_out_to=_check_out(stated, people),
        anomalies=anomalies,
    )


def _label(
    stated: Mapping[str, str], library: Library | None, *, people: Directory, moments: Moments
) -> tuple[RetentionLabel | None, tuple[str, ...]]:
    name = stated.get("_ComplianceTag")
    flags = stated.get("_ComplianceFlags") or stated.get("vti_complianceflags")
    if name:
        applied_by = stated.get("_ComplianceTagUserId")
        label = RetentionLabel(
            name=name,
            type=_type(flags),
            applied=moments.stated(stated.get("_ComplianceTagWrittenTime")),
            applied_by=people.find(applied_by).name if applied_by else None,
        )
        return label, ()
    if library is not None and library.default_label:
        label = RetentionLabel(
            name=library.default_label,
            type=_type(library.default_flags),
            applied=moments.stated(library.default_applied),
            applied_by=people.find(library.default_by).name if library.default_by else None,
            is_explicit=False,
        )
        return label, (_DIFFERS.format(label.name),)
    if name is None or _type(flags) is LabelType.RECORD:
        return None, ()
    return RetentionLabel(name="", type=LabelType.UNKNOWN), ()


def _type(flags: str | None) -> LabelType:
    try:
        bits = int(flags or "")
    except ValueError:
        return LabelType.UNKNOWN
    if bits & _RECORD_FLAG:
        return LabelType.RECORD  # it may be a regulatory one, which the flags do not tell
    return LabelType.PLAIN if bits == 1 else LabelType.UNKNOWN


def _declared(stated: Mapping[str, str]) -> bool | None:
    declared = stated.get("_vti_ItemDeclaredRecord")
    return None if declared is None else declared.strip() not in ("", "0")


def _on_hold(stated: Mapping[str, str]) -> bool | None:
    """Any status but zero counts as a hold: its bits are documented nowhere public."""
    status = stated.get("_vti_ItemHoldRecordStatus")
    return None if status is None else status.strip() not in ("", "0")


def _locked(stated: Mapping[str, str]) -> bool | None:
    named = [stated[name] for name in _LOCKS if name in stated]
    return any(value.strip() for value in named) if named else None


def _check_out(stated: Mapping[str, str], people: Directory) -> str | None:
    """Return who has it checked out; that nobody is named proves nothing, as the schema has no place for it."""
    for name in _CHECK_OUT:
        if stated.get(name, "").strip():
            return people.find(stated[name].strip()).name
    return None
