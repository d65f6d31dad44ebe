"""Reading what holds a record fast: labels, declarations, holds, locks, check-outs. In doubt it is held.

Microsoft's own table blocks deletion for every record, so each claim that protects wins over one that does not.
"""

from scanners.exports.inventories import targets as to
from scanners.exports.inventories.cells import Cells
from scanners.exports.inventories.forms import Form
from scanners.exports.inventories.labels import (
    UNNAMED,
    LabelCatalogue,
    is_locked_by_settings,
    raised_by_flags,
    stronger,
    type_by_settings,
)
from scanners.exports.inventories.values import as_claim, as_person, as_whole, as_words, is_stated, is_type_name
from scanners.exports.record import LabelType, RetentionLabel, StatedInstant
from scanners.exports.tables.rows import Value

SOMEBODY = "somebody whom the export does not name"
CONTRADICTS = "it is said to be checked out and not to be; it is taken to be checked out"
FLAGS_WITHOUT_NAME = "its label flags are set although no label is named"

# SP.File.CheckOutType: 0 is checked out (and false in many languages), 1 checked out offline, 2 is not checked out.
_OUT, _OUT_OFFLINE, _NOT_OUT = 0, 1, 2
_LEVEL_DRAFT, _LEVEL_CHECKED_OUT = 2, 255
_APPROVED = frozenset({"0", "approved"})


def protect(cells: Cells, form: Form, labels: LabelCatalogue) -> None:
    """Fill in label, record state, check-out and whether it is a draft."""
    draft = cells.draft
    settings = next((value for _, value in cells.stated(to.LABEL_SETTINGS)), None)
    draft.is_declared = _claim(cells, to.IS_DECLARED, form)
    draft.is_on_hold = _claim(cells, to.IS_ON_HOLD, form)
    draft.is_locked = _claim(cells, to.IS_LOCKED, form)
    if draft.is_locked is None:
        draft.is_locked = is_locked_by_settings(settings)
    draft.label = _label(cells, labels, settings)
    draft.checked_out_to = _checked_out(cells)
    draft.is_draft = _is_draft(cells)


def _claim(cells: Cells, target: str, form: Form) -> bool | None:
    """Return what the columns claim: yes when any says so, no when one does and none says yes, else unknown."""
    claims = [_one_claim(cells, planned.column, form) for planned in cells.plan.of(target)]
    return True if True in claims else False if False in claims else None


def _one_claim(cells: Cells, column: str, form: Form) -> bool | None:
    """Read a claim; a date, a status other than 0, or any other word says yes."""
    if column not in cells.values:
        return None
    value = cells.values[column]
    if value is None:
        return False  # SharePoint's own null: the field was asked for, and nobody ever set it
    if value == "":
        return False if form.is_empty_false else None
    if not is_stated(value) or is_type_name(value):
        return None
    cells.used.add(column)
    claim = as_claim(value)
    return True if claim is None else claim


def _label(cells: Cells, labels: LabelCatalogue, settings: Value) -> RetentionLabel | None:
    name = cells.take(to.LABEL_NAME, _label_name)
    flags = next((value for _, value in cells.stated(to.LABEL_FLAGS)), None)
    is_flagged = bool(as_whole(flags))
    is_declared = bool(cells.draft.is_declared)
    if name is None:
        if not is_flagged:
            return _no_label(cells)
        cells.draft.doubt(FLAGS_WITHOUT_NAME)
    by_settings = type_by_settings(settings)
    known = by_settings if by_settings is not None else labels.type_of(name) if name else LabelType.UNKNOWN
    raised = raised_by_flags(known, flags)
    return RetentionLabel(
        name=name or UNNAMED,
        type=stronger(raised, LabelType.RECORD) if is_declared else raised,
        applied=_applied(cells),
        applied_by=cells.take(to.LABEL_APPLIED_BY, as_person),
        is_explicit=cells.take(to.LABEL_EXPLICIT, as_claim),
    )


def _no_label(cells: Cells) -> RetentionLabel | None:
    """Return the statement that there is no label, when a column for it is there and empty; else nothing is known."""
    is_unreadable = any(is_stated(cells.values.get(planned.column)) for planned in cells.plan.of(to.LABEL_NAME))
    return RetentionLabel(name="") if cells.states_nothing(to.LABEL_NAME) and not is_unreadable else None


def _label_name(value: Value) -> str | None:
    if isinstance(value, list):
        return "; ".join(filter(None, map(as_words, value))) or None
    return as_words(value)


def _applied(cells: Cells) -> StatedInstant | None:
    for planned, value in cells.stated(to.LABEL_APPLIED):
        reading = planned.instants.read(value) if planned.instants else None
        if reading and reading.instant:
            cells.used.add(planned.column)
            return reading.instant
    return None


def _checked_out(cells: Cells) -> str | None:
    """Return who has it checked out, "" when nobody, None when that is unknown."""
    person = cells.take(to.CHECKED_OUT_TO, as_person)
    state = cells.take(to.CHECKOUT_TYPE, as_whole)
    if person:
        if state == _NOT_OUT:
            cells.draft.doubt(CONTRADICTS)
        return person
    is_named_somehow = any(
        is_stated(value := cells.values.get(planned.column)) and not isinstance(value, dict | list)
        for planned in cells.plan.of(to.CHECKED_OUT_TO)
    )
    if state in (_OUT, _OUT_OFFLINE) or _has_level(cells, _LEVEL_CHECKED_OUT, "checkout") or is_named_somehow:
        return SOMEBODY
    return "" if state == _NOT_OUT or cells.states_nothing(to.CHECKED_OUT_TO) else None


def _has_level(cells: Cells, level: int, publication: str) -> bool:
    stated = as_words(cells.named("publicationlevel")) or ""
    return as_whole(cells.named("level")) == level or stated.casefold() == publication


def _is_draft(cells: Cells) -> bool | None:
    """Return whether it is a draft: a minor version, a draft level, or anything not approved."""
    _, point, minor = (cells.draft.version_label or "").rpartition(".")
    moderation = next(
        (cells.named(name) for name in ("moderationstatus", "approvalstatus") if is_stated(cells.named(name))), None
    )
    is_unapproved = is_stated(moderation) and (as_words(moderation) or "").casefold() not in _APPROVED
    if _has_level(cells, _LEVEL_DRAFT, "draft") or is_unapproved:
        return True
    return minor.strip("0") != "" if point and minor.isdecimal() else None
