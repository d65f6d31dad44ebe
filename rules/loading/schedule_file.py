"""Reads a schedule file strictly: every fault at once, each with its line and what to write instead.

A schedule decides what may be destroyed, so nothing in it is guessed: an unknown key is refused, not
ignored, and a class without an authority is refused, not trusted.
"""

import os
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

from rules.cues.language import parse_cue
from rules.errors import InvalidCueError
from rules.loading.class_entry import read_class
from rules.loading.fields import Fields
from rules.loading.term_entry import DAY, read_day
from rules.loading.yaml_reading import Findings, MappingNode, Node, Place, read_yaml
from rules.model import DisposalClass, DisposalSchedule, Source, StandingHold, Trigger, YearStart, referred_to

_SHIPPED = Path(__file__).parents[1] / "schedules"
_SHIPPED_NAME = re.compile(r"[a-z0-9_]{1,64}")
_TOP_KEYS = ("schedule", "standing_holds", "sources", "classes")
_HEAD_KEYS = (
    "id", "title", "version", "status", "jurisdiction", "financial_year_start", "tax_year_start",
    "academic_year_start", "default_class", "default_start", "generic_words", "valid_from", "valid_to",
    "approved_by", "approved_on",
)  # fmt: skip
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,31}")
_APRIL, _SEPTEMBER, _SIXTH = 4, 9, 6


def load_schedule(path: str | os.PathLike[str]) -> DisposalSchedule:
    """Return the schedule in the file at `path`.

    Raises:
        ScheduleError: The file is not a valid schedule; its `findings` say where and why, all at once.
        OSError: The file cannot be read.
    """
    name = os.fspath(path)
    content = Path(path).read_bytes()
    try:
        return parse_schedule(content.decode("utf-8-sig"), name=name)
    except UnicodeDecodeError as error:
        findings = Findings(file=name)
        line = content.count(b"\n", 0, error.start) + 1
        findings.add(Place(line=line, column=1), "the file is not UTF-8 text", "write it with an editor set to UTF-8")
        raise findings.as_error() from error


@lru_cache(maxsize=8)
def parse_schedule(text: str, *, name: str, published_as: str = "") -> DisposalSchedule:
    """Return the schedule that `text` writes; `name` is what findings call the file.

    A schedule never changes, so whoever gives the same text is given the same object: reading one takes longer than
    most commands. `published_as` is the name under which this very text was published, if it was: decisions go on
    citing it.

    Raises:
        ScheduleError: The text is not a valid schedule; its `findings` say where and why, all at once.
    """
    findings = Findings(file=name)
    root = read_yaml(text, findings)
    schedule = read_schedule_tree(root, findings, published_as=published_as)
    findings.raise_if_any()
    return schedule


@lru_cache(maxsize=8)
def shipped_schedule(name: str = "uk_local_government") -> DisposalSchedule:
    """Return a schedule that comes with the product. It is a template: every authority adopts its own.

    Raises:
        ScheduleError: No schedule of that name is shipped.
    """
    return parse_schedule(shipped_schedule_text(name), name=f"{name}.yaml")


def shipped_schedule_text(name: str = "uk_local_government") -> str:
    """Return the text of a shipped schedule, to be copied and edited.

    Raises:
        ScheduleError: No schedule of that name is shipped.
    """
    file = _SHIPPED / f"{name}.yaml"
    if _SHIPPED_NAME.fullmatch(name) is None or not file.is_file():
        findings = Findings(file=f"{name}.yaml")
        findings.add(Place(line=1, column=1), "no such schedule is shipped", "write `uk_local_government`")
        raise findings.as_error()
    return file.read_text(encoding="utf-8")


def read_schedule_tree(root: Node, findings: Findings, *, published_as: str = "") -> DisposalSchedule:
    """Return the schedule that the nodes say, read from YAML or made of a table's cells. Faults go into `findings`."""
    top = Fields(root, findings, of="a schedule file", known=_TOP_KEYS)
    head = Fields(top.node("schedule") or root, findings, of="the schedule", known=_HEAD_KEYS)
    if not top.has("schedule"):
        top.fault("schedule", "the file lacks 'schedule'", "write `schedule:` with id, title and version below it")
    sources = _sources(top, findings)
    start = _default_start(head)
    classes = _classes(top, findings, source_ids=frozenset(source.id for source in sources), default_start=start)
    schedule = DisposalSchedule(
        id=_matching(head, "id", _IDENTIFIER),
        title=head.text("title"),
        version=_matching(head, "version", _VERSION),
        status=head.text("status", default="template"),
        jurisdiction=head.text("jurisdiction"),
        financial_year_start=_year_start(head, "financial_year_start", YearStart(month=_APRIL, day=1)),
        tax_year_start=_year_start(head, "tax_year_start", YearStart(month=_APRIL, day=_SIXTH)),
        academic_year_start=_year_start(head, "academic_year_start", YearStart(month=_SEPTEMBER, day=1)),
        default_class=head.text("default_class"),
        classes=classes,
        generic_words=_generic_words(head, findings),
        standing_holds=_holds(top, findings),
        sources=sources,
        valid_from=_optional_day(head, "valid_from"),
        valid_to=_optional_day(head, "valid_to"),
        approved_by=head.text("approved_by", default=""),
        approved_on=_optional_day(head, "approved_on"),
        published_as=published_as,
    )
    _check_validity(schedule, head)
    if schedule.default_class and schedule.default_class not in schedule.by_id:
        head.fault("default_class", f"there is no class {schedule.default_class!r}", "write the id of a class below")
    return schedule


def _optional_day(head: Fields, key: str) -> date | None:
    return head.parsed(key, read_day, default=None, instead=DAY) if head.has(key) else None


def _default_start(head: Fields) -> Trigger | None:
    """Return where time starts for rules that do not say ("from the time the file is closed"); None: nowhere."""
    start = head.choice("default_start", Trigger, default=Trigger.NONE)
    if start in (Trigger.FIXED_DATE, Trigger.NAMED_EVENT):
        head.fault("default_start", f"{start.value!r} needs more than a word", "write another event")
    return None if start is Trigger.NONE else start


def _check_validity(schedule: DisposalSchedule, head: Fields) -> None:
    first, last = schedule.valid_from, schedule.valid_to
    if first is not None and last is not None and last < first:
        head.fault("valid_to", f"the schedule ends on {last}, before it begins", "write a later day, or none")


def _matching(fields: Fields, key: str, pattern: re.Pattern[str]) -> str:
    text = fields.text(key)
    if text and pattern.fullmatch(text) is None:
        fields.fault(key, f"{text!r} is not a valid {key}", "write letters, digits, dots and hyphens only")
    return text


def _year_start(fields: Fields, key: str, default: YearStart) -> YearStart:
    return fields.parsed(key, _parse_year_start, default=default, instead='write month and day, as in "04-01"')


def _parse_year_start(text: str) -> YearStart:
    found = re.fullmatch(r"(\d\d)-(\d\d)", text, re.ASCII)
    if found is None:
        raise ValueError(text)
    month, day = int(found.group(1)), int(found.group(2))
    # a year that begins on the 29th or later would have no first day in some years
    if not (1 <= month <= 12 and 1 <= day <= 28):  # noqa: PLR2004 - the months of a year, the days every month has
        raise ValueError(text)
    return YearStart(month=month, day=day)


def _generic_words(head: Fields, findings: Findings) -> tuple[str, ...]:
    words = head.placed_texts("generic_words")
    for word, place in words:
        try:
            parse_cue(word, kind="name")
        except InvalidCueError as error:
            findings.add(place, f"generic word {word!r}: {error.what}", error.instead)
    return tuple(word for word, _ in words)


def _sources(top: Fields, findings: Findings) -> tuple[Source, ...]:
    node = top.node("sources")
    if node is None:
        return ()
    if not isinstance(node, MappingNode):
        findings.add(node.place, "'sources' must be a mapping", "write `ID: {name: …, url: …}` lines")
        return ()
    found = []
    for key, entry in node.entries.items():
        fields = Fields(entry, findings, of=f"source {key}", known=("name", "url"))
        found.append(Source(id=key, name=fields.text("name"), url=fields.text("url", default="")))
    return tuple(found)


def _holds(top: Fields, findings: Findings) -> tuple[StandingHold, ...]:
    found: dict[str, StandingHold] = {}
    for node in top.items("standing_holds"):
        fields = Fields(node, findings, of="a standing hold", known=("id", "title", "scope", "seen", "released"))
        hold = StandingHold(
            id=_matching(fields, "id", _IDENTIFIER),
            title=fields.text("title"),
            scope=fields.text("scope", default=""),
            seen=fields.text("seen", default=""),
            is_released=fields.is_true("released"),
        )
        if hold.id in found:
            fields.fault("id", f"the hold {hold.id!r} is written twice", "write every hold once")
        found[hold.id] = hold
    return tuple(found.values())


def _classes(
    top: Fields, findings: Findings, *, source_ids: frozenset[str], default_start: Trigger | None
) -> tuple[DisposalClass, ...]:
    found: dict[str, DisposalClass] = {}
    places: dict[str, Fields] = {}
    nodes = top.items("classes")
    if not nodes:
        top.fault("classes", "the schedule has no classes", "write `classes:` and at least one class")
    for node in nodes:
        entry, fields = read_class(node, findings, source_ids=source_ids, default_start=default_start)
        if entry.id in found:
            fields.fault("id", f"the class {entry.id!r} is written twice", "write every class once")
        found[entry.id] = entry
        places[entry.id] = fields
    for entry in found.values():
        for key, other, words in _references(entry):
            if other not in found:
                places[entry.id].fault(
                    key, f"{entry.id} {words} {other!r}, which is no class", "write the id of a class"
                )
        if _goes_round(entry, found):
            places[entry.id].fault("clock", f"{entry.id} refers to itself", "write a clock of its own")
    return tuple(found.values())


def _references(entry: DisposalClass) -> Iterator[tuple[str, str, str]]:
    """Yield every other class that `entry` names: the key, the class, and how it is named."""
    for clause in entry.clauses:
        if clause.becomes is not None:
            yield "clauses", clause.becomes, "becomes"
        if clause.clock is not None:
            yield from (("clauses", other, "goes by") for other in referred_to(clause.clock))
    yield from (("clock", other, "goes by") for other in referred_to(entry.clock))
    if entry.retired is not None and entry.retired.successor:
        yield "retired", entry.retired.successor, "is succeeded by"


def _goes_round(entry: DisposalClass, classes: dict[str, DisposalClass]) -> bool:
    """Tell whether the terms of `entry`, followed from class to class, come back to it."""
    seen: set[str] = set()
    ahead = list(referred_to(entry.clock))
    while ahead:
        other = ahead.pop()
        if other == entry.id:
            return True
        if other not in seen and other in classes:
            seen.add(other)
            ahead += referred_to(classes[other].clock)
    return False
