"""Reads retention and disposal authorities of New South Wales (XML).

A class may have several disposals, each on a condition. Which one holds, only people know; so each becomes a class of
its own that names its condition, and a person who assigns records chooses.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from textwrap import shorten

from rules.importing.account import ImportDefaults
from rules.importing.asides import Aside, heeding
from rules.importing.entry import Draft, Entry, Understood
from rules.importing.forms.form import Form
from rules.importing.phrasing import understood
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import refusal
from rules.importing.reading.xml_tree import Element, check_count
from rules.model import Basis, DisposalAction, Instruction, InstructionKind, Period

_MAPPING = (
    "Class itemno → id (with /1, /2 where a class has several disposals)",
    "ClassTitle, or the term above and the description's beginning → title",
    "TermTitle → function",
    "ClassDescription → description",
    "RetentionPeriod, DisposalTrigger → clock",
    "DisposalCondition → scope_notes, one class for each",
    "DisposalAction, TransferTo, CustomAction → action and instructions",
    "SeeReference → scope_notes",
    "Justification, CustomCustody, LinkedTo → notes",
    "Status (superseded, expired, revoked) → retired",
)
_GONE = ("SupersededBy", "Expired", "Revoked")
_NUMBER = re.compile(r"\d{1,3}", re.ASCII)
_JULY = (7, 1)
_LONGEST_TITLE = 80
_UNITS = ("years", "months")
_DESTROY, _ARCHIVES, _KEEP, _TRANSFER = "destroy", "required as state archives", "retain in agency", "transfer"


def _recognises(opened: Opened) -> bool:
    return opened.is_xml and opened.xml.name == "Authority" and any(True for _ in opened.xml.descendants("Class"))


def _read(opened: Opened, defaults: ImportDefaults) -> Draft:
    root = opened.xml
    check_count(root, "Class", file=opened.name)
    entries = [
        entry
        for found, terms in _classes(root, ())
        for entry in _entries(found, terms, _authority(root), opened.name, defaults)
    ]
    return Draft(
        entries=tuple(entries),
        mapping=_MAPPING,
        title=root.said("AuthorityTitle") or "Retention and disposal authority",
        jurisdiction="New South Wales",
        financial_year_starts=_JULY,
    )


def _authority(root: Element) -> tuple[str, ...]:
    numbers = [f"{one.attributes.get('control', '')} {one.text}".strip() for one in root.all("ID")]
    return (root.said("AuthorityTitle"), *numbers)


def _classes(element: Element, terms: tuple[Element, ...]) -> Iterator[tuple[Element, tuple[Element, ...]]]:
    """Yield every class with the terms above it, in the order of the file."""
    for child in element.children:
        if child.name == "Class":
            yield child, terms
        elif child.name == "Term":
            yield from _classes(child, (*terms, child))


def _entries(
    found: Element, terms: tuple[Element, ...], authority: tuple[str, ...], file: str, defaults: ImportDefaults
) -> Iterator[Entry]:
    above = tuple(term.said("TermTitle") or term.attributes.get("itemno", "") for term in terms)
    references = [words for term in terms for words in _references(term.first("TermDescription"))]
    number = found.attributes.get("itemno", "")
    disposals = list(found.all("Disposal"))
    parts = (part for whole in found.all("ClassDescription") for part in whole.all("Paragraph"))
    description = " ".join(part.text for part in parts)
    titled = found.said("ClassTitle") or _title(above, description) or number
    custody = [one.said("CustomCustody") for one in disposals]
    gone = [name for name in _GONE if found.first("Status", name) is not None]
    for place, disposal in enumerate(disposals or [None], start=1):
        condition = "" if disposal is None else disposal.said("DisposalCondition")
        is_one_of_several = len(disposals) > 1
        yield Entry(
            where=f"class {number or titled}{f', disposal {place}' if is_one_of_several else ''}",
            place=(disposal or found).place,
            id=f"{number}/{place}" if is_one_of_several and number else number,
            title=f"{titled} ({condition})" if condition else titled,
            function=" / ".join(above),
            description=description,
            scope_notes="\n".join(
                filter(None, (condition and f"Only where: {condition}", *_references(found), *references))
            ),
            authority=authority,
            basis=Basis.REGULATOR,
            as_written="" if disposal is None else _as_written(disposal),
            understood=_no_disposal() if disposal is None else _heeded(disposal, titled, file, defaults),
            retired=f"{gone[0]} {found.said('Status', gone[0])}".strip() if gone else "",
            successor=found.said("Status", "SupersededBy", "ItemNoRef"),
            remarks=(found.said("Justification"), *custody, *(one.text for one in found.all("LinkedTo"))),
        )


def _title(above: tuple[str, ...], description: str) -> str:
    """Return a title for a class that has none: its lowest term, and how its description begins."""
    return ": ".join(filter(None, (above[-1] if above else "", shorten(description, _LONGEST_TITLE, placeholder="…"))))


def _no_disposal() -> Understood:
    return Understood(refused="no disposal is stated")


def _references(found: Element | None) -> Iterator[str]:
    for reference in () if found is None else found.descendants("SeeReference"):
        names = [child.text for child in reference.children if child.name != "SeeText"]
        yield f"See {' - '.join(filter(None, names))} {reference.said('SeeText')}".strip()


def _as_written(disposal: Element) -> str:
    period = disposal.first("RetentionPeriod")
    unit = "" if period is None else period.attributes.get("unit", "years")
    length = f"{period.text} {unit}" if period is not None and period.text else ""
    trigger = disposal.said("DisposalTrigger")
    parts = (
        disposal.said("DisposalCondition"),
        " after ".join(filter(None, (length, trigger))),
        disposal.said("DisposalAction"),
        disposal.said("TransferTo") and f"to {disposal.said('TransferTo')}",
        disposal.said("CustomAction"),
    )
    return "; ".join(filter(None, parts))


def _heeded(disposal: Element, titled: str, file: str, defaults: ImportDefaults) -> Understood:
    asides = [Aside(name="title", text=titled, names=True), Aside(name="custody", text=disposal.said("CustomCustody"))]
    if disposal.said("DisposalAction"):  # without it, the words are the rule
        asides.append(Aside(name="custom action", text=disposal.said("CustomAction")))
    return heeding(_understood(disposal, file, defaults), asides)


def _understood(disposal: Element, file: str, defaults: ImportDefaults) -> Understood:
    action, custom = disposal.said("DisposalAction").casefold(), disposal.said("CustomAction")
    length = _length(disposal, file)
    trigger = disposal.said("DisposalTrigger")
    if action in (_ARCHIVES, _KEEP):
        step = Instruction(
            kind=InstructionKind.TRANSFER,
            words=f"Transfer to the State archives: {_as_written(disposal)}",
            after=length,
        )
        return Understood(is_permanent=True, instructions=(step,) if action == _ARCHIVES else ())
    if action not in (_DESTROY, _TRANSFER, ""):
        place = disposal.place
        raise refusal(file, f"{action!r} is no DisposalAction", "write one of the schema's four", place=place)
    if custom and not action:
        timed = "" if length is None else f"{length.in_words} after {trigger}. "
        return understood(timed + custom, defaults=defaults)
    if length is None:
        return understood(trigger, action=action, defaults=defaults) if trigger else _no_disposal()
    made = understood(length.in_words if length != Period() else "0 years", keep_from=trigger, defaults=defaults)
    ends = {_DESTROY: DisposalAction.DESTROY, _TRANSFER: DisposalAction.TRANSFER}
    notes = made.notes
    if custom:
        notes = (*notes, f"CustomAction, which no machine performs: {custom}")
    if disposal.said("TransferTo"):
        notes = (*notes, f"to be transferred to {disposal.said('TransferTo')}")
    return replace(made, action=ends.get(action), notes=notes)


def _length(disposal: Element, file: str) -> Period | None:
    """Return the period, or None when none is stated.

    Raises:
        ScheduleError: It is no number of years or months.
    """
    period = disposal.first("RetentionPeriod")
    if period is None or not period.text:
        return None
    unit = period.attributes.get("unit", "years")
    if _NUMBER.fullmatch(period.text) is None or unit not in _UNITS:
        what = f"the RetentionPeriod {period.text!r} {unit!r} is no period"
        raise refusal(file, what, "write a whole number of years or months", place=period.place)
    return Period(**{unit: int(period.text)})


FORM = Form(
    name="nsw", words="retention and disposal authority of New South Wales (XML)", recognises=_recognises, read=_read
)
