"""Reads file plans of Alfresco (XML): categories whose schedules are steps, each after a time, an event, or both.

Steps follow each other: a cutoff begins the period, a transfer on the way becomes an instruction, and the last
destruction, accession or transfer is the rule's action. A step that no term can say makes the whole rule descriptive.
"""

from collections.abc import Iterator

from rules.importing.account import ImportDefaults
from rules.importing.entry import Draft, Entry, Understood, descriptive
from rules.importing.forms.alfresco_steps import Step, UnreadStepError, run_steps
from rules.importing.forms.form import Form
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import refusal
from rules.importing.reading.xml_tree import Element, check_count
from rules.model import Basis, Level

_RMA = "http://www.alfresco.org/model/recordsmanagement/1.0"
_MAPPING = (
    "rma:identifier → id",
    "cm:title, cm:name → title",
    "the category above → function",
    "rma:dispositionAuthority → authority",
    "rma:dispositionInstructions → as_written",
    "rma:dispositionActionDefinitions → clock, action and instructions, step by step",
    "rma:recordLevelDisposition → level (true: item, else case)",
    "rma:vitalRecordIndicator, rma:reviewPeriod → notes",
)
_OCTOBER = (10, 1)


def _recognises(opened: Opened) -> bool:
    return opened.is_xml and any(True for _ in opened.xml.descendants("recordCategory"))


def _read(opened: Opened, _defaults: ImportDefaults) -> Draft:
    check_count(opened.xml, "recordCategory", file=opened.name)
    entries, findings = [], []
    for category, above in _categories(opened.xml, ()):
        schedule = category.first("associations", "dispositionSchedule", "dispositionSchedule")
        if schedule is not None:
            entries.append(_entry(category, schedule, above, opened.name))
        elif not any(True for _ in category.descendants("dispositionSchedule")):
            name = _name(category)
            findings.append(f"the category {name!r} (line {category.place.line}) has no schedule: no class was made")
    return Draft(
        entries=tuple(entries),
        mapping=_MAPPING,
        findings=tuple(findings),
        title="Alfresco file plan",
        financial_year_starts=_OCTOBER,
    )


def _categories(element: Element, above: tuple[str, ...]) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Yield every category with the names of those above it, in the order of the file."""
    for child in element.children:
        if child.name == "recordCategory":
            yield child, above
            yield from _categories(child, (*above, _name(child)))
        else:
            yield from _categories(child, above)


def _name(category: Element) -> str:
    return category.said("properties", "title") or category.said("properties", "name")


def _entry(category: Element, schedule: Element, above: tuple[str, ...], file: str) -> Entry:
    name = _name(category)
    if not name:
        raise refusal(file, "a category has no name", "write cm:name", place=category.place)
    said = {key: category.said("properties", key) for key in ("identifier", "description", "reviewPeriod")}
    is_vital = category.said("properties", "vitalRecordIndicator") == "true"
    # some plans write the instructions in an element that is called as the schedule itself
    written = schedule.said("properties", "dispositionInstructions") or schedule.said(
        "properties", "dispositionSchedule"
    )
    is_by_record = schedule.said("properties", "recordLevelDisposition") == "true"
    return Entry(
        where=f"category {said['identifier'] or name} (line {category.place.line})",
        place=category.place,
        id=said["identifier"],
        title=name,
        function=" / ".join(above),
        description=said["description"],
        authority=(schedule.said("properties", "dispositionAuthority"),),
        basis=Basis.REGULATOR,
        as_written=written,
        level=Level.ITEM if is_by_record else Level.CASE,
        understood=_understood(schedule),
        remarks=(
            "A vital record" if is_vital else "",
            f"To be looked at every {said['reviewPeriod'].replace('|', ' ')}" if said["reviewPeriod"] else "",
        ),
    )


def _understood(schedule: Element) -> Understood:
    try:
        return run_steps(tuple(_step(one) for one in schedule.descendants("dispositionActionDefinition")))
    except UnreadStepError as error:
        return descriptive(error.why)


def _step(definition: Element) -> Step:
    properties = definition.first("properties") or definition
    events = []
    for event in properties.all("dispositionEvent"):
        values = [value.text for value in event.descendants("value")]
        events += values or [event.text]
    return Step(
        name=properties.said("dispositionActionName").casefold(),
        period=properties.said("dispositionPeriod"),
        counted_from=properties.said("dispositionPeriodProperty").rpartition("}")[2].rpartition(":")[2],
        events=tuple(event for event in events if event),
        needs_all=properties.said("dispositionEventCombination").casefold() == "and",
        place=properties.said("dispositionLocation"),
        words=properties.said("dispositionDescription"),
    )


FORM = Form(name="alfresco", words="file plan of Alfresco (XML)", recognises=_recognises, read=_read)
