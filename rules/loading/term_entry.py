"""Reads the clocks of a schedule file: one trigger and one period, or an expression over clocks."""

import re
from datetime import date
from functools import reduce

from rules.loading.fields import Fields
from rules.loading.yaml_reading import Findings, ListNode, Node, TextNode
from rules.model import OLDEST_PERSON_YEARS, AsRule, Clock, Cutoff, EarlierOf, LaterOf, Period, Term, Then, Trigger

_CLOCK_KEYS = (
    "trigger", "subject", "period", "period_max", "cutoff", "subject_under", "on", "event", "restarts_on",
    "assumed_start",
)  # fmt: skip
_EXPRESSIONS = ("later_of", "earlier_of", "then", "as_rule")
_THEN_KEYS = ("period", "cutoff")
_EXAMPLE = "write `clock: {trigger: …, subject: …, period: …}`"
_NO_CLOCK = Clock(trigger=Trigger.NONE, subject="", period=None)
_FEWEST_TERMS, _TERMS_OF_THEN = 2, 2
_DEEPEST = 6
# what has no day of its own, or happens once in a life, cannot start a clock again
_NEVER_AGAIN = (Trigger.NONE, Trigger.FIXED_DATE, Trigger.NAMED_EVENT, Trigger.DATE_OF_BIRTH, Trigger.DATE_OF_DEATH)
DAY = "write the day as in 2026-03-31"


def read_term(
    parent: Fields, key: str, findings: Findings, *, is_required: bool, default_start: Trigger | None = None
) -> Term | None:
    """Return the clock or expression at `key`, or None when there is none. Faults go into `findings`.

    `default_start` is the schedule's own start for rules that state none.
    """
    node = parent.node(key)
    if node is None:
        if is_required:
            parent.fault(key, f"the class lacks {key!r}", _EXAMPLE)
        return None
    return _term(node, findings, depth=0, default_start=default_start)


def _term(node: Node, findings: Findings, *, depth: int, default_start: Trigger | None) -> Term:
    fields = Fields(node, findings, of="a clock", known=(*_CLOCK_KEYS, *_EXPRESSIONS))
    written = [word for word in _EXPRESSIONS if fields.has(word)]
    if not written:
        return _clock(fields, findings, default_start)
    others = [key for key in (*_CLOCK_KEYS, *_EXPRESSIONS) if key != written[0] and fields.has(key)]
    if others:
        fields.fault(others[0], f"{others[0]!r} stands beside {written[0]!r}", "write one or the other")
    if depth >= _DEEPEST:
        fields.fault(written[0], "expressions are nested too deeply", "write a simpler rule, or a class of its own")
        return _NO_CLOCK
    return _expression(written[0], fields, findings, depth=depth + 1, default_start=default_start)


def _expression(word: str, fields: Fields, findings: Findings, *, depth: int, default_start: Trigger | None) -> Term:
    if word == "as_rule":
        return AsRule(class_id=fields.text("as_rule"))
    items = fields.items(word)
    if word == "then":
        return _then(fields, items, findings, depth=depth, default_start=default_start)
    if len(items) < _FEWEST_TERMS:
        fields.fault(word, f"{word} needs two clocks or more", f"write `{word}: [{{…}}, {{…}}]`")
    terms = tuple(_term(item, findings, depth=depth, default_start=default_start) for item in items) or (_NO_CLOCK,)
    return LaterOf(terms=terms) if word == "later_of" else EarlierOf(terms=terms)


def _then(
    fields: Fields, items: tuple[Node, ...], findings: Findings, *, depth: int, default_start: Trigger | None
) -> Term:
    """Read a clock and the periods that follow one after the other."""
    if len(items) < _TERMS_OF_THEN:
        fields.fault("then", "then needs a clock and a period", "write `then: [{trigger: …}, {period: P5Y}]`")
        return _NO_CLOCK
    return reduce(
        lambda before, item: _following(before, item, findings),
        items[1:],
        _term(items[0], findings, depth=depth, default_start=default_start),
    )


def _following(before: Term, node: Node, findings: Findings) -> Then:
    step = Fields(node, findings, of="a following period", known=_THEN_KEYS)
    period = _period(step, "period")
    if period is None:
        step.fault("period", "a following period is not written", "write `period: P5Y` or the like")
    return Then(first=before, period=period or Period(), cutoff=step.choice("cutoff", Cutoff, default=Cutoff.NONE))


def _clock(fields: Fields, findings: Findings, default_start: Trigger | None) -> Clock:
    shortest, longest = _period(fields, "period"), _period(fields, "period_max")
    if longest is not None and (shortest is None or _days(longest) < _days(shortest)):
        fields.fault("period_max", "the maximum is shorter than the period", "write a longer one, or none")
    start, is_left_out = default_start or Trigger.NONE, default_start is not None and not fields.has("trigger")
    is_start_assumed = fields.is_true("assumed_start") or is_left_out
    clock = Clock(
        trigger=start if is_left_out else fields.choice("trigger", Trigger, default=Trigger.NONE, is_required=True),
        subject=fields.text("subject", default=""),
        period=shortest,
        period_max=longest,
        cutoff=fields.choice("cutoff", Cutoff, default=Cutoff.NONE),
        subject_under_years=fields.parsed(
            "subject_under", _years, default=OLDEST_PERSON_YEARS,
            instead=f"write a number of years up to {OLDEST_PERSON_YEARS}",
        ),
        starts_on=fields.parsed("on", _day, default=None, instead=DAY),
        event=fields.text("event", default=""),
        restarts_on=_triggers(fields, findings),
        is_start_assumed=is_start_assumed,
    )  # fmt: skip
    _check_clock(clock, fields)
    return clock


def _check_clock(clock: Clock, fields: Fields) -> None:
    if (clock.trigger is Trigger.FIXED_DATE) != (clock.starts_on is not None):
        fields.fault("on", "`on` and the trigger fixed_date belong together", DAY)
    if (clock.trigger is Trigger.NAMED_EVENT) != bool(clock.event):
        fields.fault("event", "`event` and the trigger named_event belong together", "write the event in words")
    if clock.trigger is Trigger.NONE and clock.period is not None:
        fields.fault("trigger", "a period without a trigger never starts", "write the trigger that starts it")


def _triggers(fields: Fields, findings: Findings) -> tuple[Trigger, ...]:
    node = fields.node("restarts_on")
    words = [(node.text.strip(), node.place)] if isinstance(node, TextNode) else []
    words += fields.placed_texts("restarts_on") if isinstance(node, ListNode) else ()
    known = {trigger.value: trigger for trigger in Trigger if trigger not in _NEVER_AGAIN}
    for word, place in words:
        if word not in known:
            findings.add(place, f"{word!r} is no event that restarts a clock", f"write one of {', '.join(known)}")
    return tuple(known[word] for word, _ in words if word in known)


def _period(fields: Fields, key: str) -> Period | None:
    return fields.parsed(key, Period.parse, default=None, instead="write years, months and days as in P21Y4M or P28D")


def _days(period: Period) -> int:
    return period.years * 366 + period.months * 31 + period.days


def _years(text: str) -> int:
    if re.fullmatch(r"\d{1,3}", text, re.ASCII) is None or int(text) > OLDEST_PERSON_YEARS:
        raise ValueError(text)
    return int(text)


def _day(text: str) -> date | None:
    return read_day(text)


def read_day(text: str) -> date:
    """Return the day that `text` writes as YYYY-MM-DD.

    Raises:
        ValueError: It writes no day so.
    """
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is None:
        raise ValueError(text)
    return date.fromisoformat(text)
