"""Reads Microsoft Purview's file plan (CSV): labels with periods in days."""

from rules.exporting.purview import COLUMNS, CREATION, EVENT, MODIFICATION, MOST_DAYS, UNLIMITED
from rules.importing.account import ImportDefaults
from rules.importing.asides import Aside, with_holds
from rules.importing.entry import Draft, Entry, Understood, descriptive
from rules.importing.forms.form import Form, told
from rules.importing.forms.table_reading import in_its_columns
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import refusal
from rules.importing.reading.tables import Table, TableRow
from rules.model import Basis, Clock, DisposalAction, Period, PeriodKind, Trigger

_MAPPING = {
    "LabelName": "title",
    "Comment": "notes",
    "Notes": "description",
    "IsRecordLabel": "notes",
    "RetentionAction": "action",
    "RetentionDuration": "period in days (Unlimited: permanent)",
    "RetentionType": "start of the clock",
    "ReviewerEmail": "notes",
    "ReferenceId": "id",
    "DepartmentName": "bucket",
    "Category": "function",
    "SubCategory": "function",
    "AuthorityType": "basis",
    "CitationName": "authority",
    "CitationUrl": "uri",
    "CitationJurisdiction": "notes",
    "Regulatory": "notes",
    "EventType": "event that starts the clock",
}
_TRIO = ("RetentionAction", "RetentionDuration", "RetentionType")
_ACTIONS = {"keep": DisposalAction.REVIEW, "delete": DisposalAction.DESTROY, "keepanddelete": DisposalAction.DESTROY}
_KINDS = {
    CREATION.casefold(): (Trigger.CREATED, "creation of the file"),
    MODIFICATION.casefold(): (Trigger.LAST_MODIFIED, "last change of the file"),
    "taggedageindays": (Trigger.NAMED_EVENT, "the label was applied"),
    EVENT.casefold(): (Trigger.NAMED_EVENT, ""),
}
_OUR_EVENTS = {trigger.value.replace("_", " "): trigger for trigger in Trigger}
_OTHER_EVENTS = {
    "contract expiry": Trigger.CONTRACT_END,
    "employee departure": Trigger.EMPLOYMENT_END,
    "employee activity": Trigger.EMPLOYMENT_END,
    "birth": Trigger.DATE_OF_BIRTH,
}
_BASES = {
    "statute": Basis.STATUTE, "statutory": Basis.STATUTE, "legal": Basis.STATUTE, "limitation": Basis.LIMITATION,
    "regulatory": Basis.REGULATOR, "regulator": Basis.REGULATOR,
}  # fmt: skip


def _recognises(opened: Opened) -> bool:
    return opened.tables[0].has("LabelName", *_TRIO)


def _read(opened: Opened, _defaults: ImportDefaults) -> Draft:
    table = opened.tables[0]
    rows = [row for row in table.rows if any(cell.strip() for cell in row.cells)]
    return Draft(
        entries=tuple(_entry(table, row, opened.name) for row in rows),
        mapping=told(table, _MAPPING),
        findings=("Purview counts days: a period of 2557 days may have been meant as 7 years",),
        title="Purview file plan",
    )


def _entry(table: Table, row: TableRow, file: str) -> Entry:
    said = {heading: table.cell(row, heading) for heading in COLUMNS}
    if not said["LabelName"]:
        place = table.place(row, "LabelName")
        raise refusal(file, f"{row.where}: the label has no name", "write LabelName", place=place)
    functions = (said["Category"], said["SubCategory"])
    remarks = (
        said["Comment"],
        f"Reviewers in Purview: {said['ReviewerEmail']}" if said["ReviewerEmail"] else "",
        f"Jurisdiction: {said['CitationJurisdiction']}" if said["CitationJurisdiction"] else "",
        "A record label in Purview" if said["IsRecordLabel"].casefold() == "true" else "",
        "A regulatory label in Purview" if said["Regulatory"].casefold() == "true" else "",
    )
    words = "; ".join(f"{heading}: {said[heading]}" for heading in (*_TRIO, "EventType") if said[heading])
    return Entry(
        where=row.where,
        place=table.place(row, "LabelName"),
        id=said["ReferenceId"],
        title=said["LabelName"],
        function=" / ".join(part for part in functions if part),
        bucket=said["DepartmentName"],
        description=said["Notes"],
        authority=(said["CitationName"],),
        basis=_BASES.get(said["AuthorityType"].casefold(), Basis.BUSINESS_NEED),
        uri=said["CitationUrl"],
        as_written=words,
        understood=in_its_columns(
            with_holds(_understood(table, row, file), (Aside(name="comment", text=said["Comment"]),)), table, row
        ),
        remarks=remarks,
    )


def _understood(table: Table, row: TableRow, file: str) -> Understood:
    said = {heading: table.cell(row, heading) for heading in _TRIO}
    missing = [heading for heading, text in said.items() if not text]
    if len(missing) == len(_TRIO):
        return descriptive("the label states no retention")
    if missing:
        what = f"{row.where}: {missing[0]} is empty, though {', '.join(_TRIO)} stand together or not at all"
        raise refusal(file, what, f"write {missing[0]}", place=table.place(row, missing[0]))
    action = said["RetentionAction"].casefold()
    if action not in _ACTIONS:
        what = f"{row.where}: {said['RetentionAction']!r} is no action of Purview's"
        raise refusal(file, what, "write Keep, Delete or KeepAndDelete", place=table.place(row, "RetentionAction"))
    if said["RetentionDuration"].casefold() == UNLIMITED.casefold():
        return Understood(is_permanent=True)
    period = Period(days=_days(table, row, file))
    clock = _clock(table, row, file, period)
    if clock is None:
        return descriptive("its start is an event, and EventType names none")
    notes = {
        "keep": ("Purview does nothing at the end: a person reviews it",),
        "delete": ("Purview deletes what is older and never keeps: the period is a maximum",),
    }
    return Understood(
        term=clock,
        action=_ACTIONS[action],
        period_kind=PeriodKind.MAXIMUM if action == "delete" else PeriodKind.MINIMUM,
        notes=notes.get(action, ()),
    )


def _days(table: Table, row: TableRow, file: str) -> int:
    text = table.cell(row, "RetentionDuration")
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MOST_DAYS)) or int(text) > MOST_DAYS:
        what = f"{row.where}: {text!r} is no number of days up to {MOST_DAYS}"
        raise refusal(file, what, f"write days, or {UNLIMITED}", place=table.place(row, "RetentionDuration"))
    return int(text)


def _clock(table: Table, row: TableRow, file: str, period: Period) -> Clock | None:
    kind, event = table.cell(row, "RetentionType"), " ".join(table.cell(row, "EventType").split())
    if kind.casefold() not in _KINDS:
        what = f"{row.where}: {kind!r} is no kind of start"
        instead = "write CreationAgeInDays, ModificationAgeInDays, TaggedAgeInDays or EventAgeInDays"
        raise refusal(file, what, instead, place=table.place(row, "RetentionType"))
    trigger, words = _KINDS[kind.casefold()]
    if trigger is not Trigger.NAMED_EVENT:
        return Clock(trigger=trigger, subject=words, period=period)
    folded = event.casefold()
    known = _OUR_EVENTS.get(folded) or _OTHER_EVENTS.get(folded)
    if not words and known not in (None, Trigger.NONE, Trigger.FIXED_DATE, Trigger.NAMED_EVENT):
        return Clock(trigger=known, subject=event, period=period)
    named = words or event
    return Clock(trigger=trigger, subject=named, event=named, period=period) if named else None


FORM = Form(name="purview", words="file plan of Microsoft Purview (CSV)", recognises=_recognises, read=_read)
