"""Read labelled retention statements, and print how many are claimed to be computable and how many of those are right.

    python benchmarks/phrases.py STATEMENTS.csv [--all]

STATEMENTS has the columns source_id, retention_as_written, keep_from_as_written, action_as_written, label_trigger,
label_period and label_action. The grammar was developed on the sources whose name's SHA-256 begins with an even byte.
When it first read the other half, it claimed 79.9 % of it, 92.6 % of those right and one of them too short. What was
learnt from those mistakes is in the grammar now, so that the second half is not unseen any more; both are printed.
Ends with 1 when a statement is computed as shorter than its label, when fewer than 75 in 100 are claimed, or fewer
than 97 in 100 of those are right.

A statement counts as claimed unless it is descriptive. It is right when all of this holds:

*Trigger.* `TRIGGERS` says which of our triggers a label means; FYEND and CYEND are cutoffs. Of several clocks one must
be the label's (the others are longer, or conditions). An event in the statement's own words (`named_event`) is right
for a label that is an event outside the file, because a person is asked about just these words; it is wrong for a
label that a file's own dates could feed: so `last action, use or modification`, labelled as modified, counts as
wrong, although no file tells when it was last used. "No start stated" is right when the label says so, or when no
word of the three columns states one (the label's start then stands elsewhere on the source's page); these are
counted apart.

*Period.* The shape is the label's: FIXED, MIN, MAX, RANGE, ZERO, LONGER_OF, SHORTER_OF, MULTI, UNTIL_DATE, PERM. The
numbers are found a second time, by a plain search of the columns for numbers with units, without the grammar: every
length that was computed must be among them or be a sum of two of them, and every length that was found must be
computed, in the term, a clause or an instruction.

*Action.* The label's; none where the label has none. Where the label has one and no word of the statement tells it (a
code whose legend stands elsewhere), none is right. An instruction is right for transfer, return and anonymise;
permanent retention and an offer without end are taken as one where the label is PERM.

*Shorter than the label* is counted apart, for all that is claimed: an end where the label is permanent, a maximum where
it is not one, an earlier-of where the label is none, a zero where it has a length, or a longest length that is less
than the longest one found in the statement.
"""

import argparse
import csv
import hashlib
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rules import (
    ClassState,
    Clock,
    Cutoff,
    DisposalAction,
    EarlierOf,
    InstructionKind,
    LaterOf,
    ParsedRule,
    Period,
    PeriodKind,
    Term,
    Then,
    Trigger,
    parse_rule,
    term_in_words,
)

WANTED_COVERAGE, WANTED_RIGHT = 0.75, 0.97
TRIGGERS = {
    "CREATE": {Trigger.CREATED, Trigger.RECORD_DATE},
    "RECEIPT": {Trigger.RECEIVED},
    "MODIFIED": {Trigger.LAST_MODIFIED},
    "LASTCONTACT": {Trigger.LAST_CONTACT},
    "CLOSE": {Trigger.CASE_CLOSED, Trigger.CLAIM_SETTLED},
    "DECISION": {Trigger.DECISION_DATE, Trigger.ORDER_DATE, Trigger.MEETING_DATE, Trigger.CONTRACT_AWARD},
    "CONTRACT_END": {Trigger.CONTRACT_END},
    "EMP_END": {Trigger.EMPLOYMENT_END},
    "TENURE": {Trigger.OFFICE_END},
    "EXPIRY": {Trigger.LICENCE_EXPIRY},
    "SUPERSEDED": {Trigger.SUPERSEDED},
    "COMPLETION": {Trigger.PROJECT_COMPLETED, Trigger.WORKS_COMPLETED},
    "ASSET": {Trigger.ASSET_DISPOSED},
    "INCIDENT_END": {Trigger.INCIDENT_ENDED},
    "DEBT_CLEARED": {Trigger.DEBT_CLEARED},
    "AUDIT": {Trigger.AUDIT_COMPLETED},
    "CONSENT": {Trigger.CONSENT_WITHDRAWN},
    "DOB": {Trigger.DATE_OF_BIRTH},
    "NOT_NEEDED": {Trigger.NO_LONGER_NEEDED},
    "OTHERREC": set(),
}
FED_BY_FILES = ("CREATE", "RECEIPT", "MODIFIED", "UNSTATED", "FYEND", "CYEND", "PERM", "DOB")
CUTOFFS = {"FYEND": Cutoff.FINANCIAL_YEAR, "CYEND": Cutoff.CALENDAR_YEAR}
DESTROYING = re.compile(r"destr|delet|dispos|shred|\bbin\b|waste|eras|purge", re.IGNORECASE)
OFFERING = re.compile(r"offer|transfer|archiv|preserv", re.IGNORECASE)
STARTING = re.compile(
    r"\b(?:after|from|since|following|beginning)\s+(?!\d|one\b|two\b|three\b|five\b|ten\b|a year)"
    r"|\+|plus|\bold\b|until|clos|birth|current|when|while|as long|life",
    re.IGNORECASE,
)
ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = (
    {word: number for number, word in enumerate(ONES)}
    | {word: number for number, word in zip(range(20, 100, 10), TENS, strict=True)}
    | {"a": 1}
)
NUMBER = rf"\d+|one hundred|(?:{'|'.join(sorted(WORDS, key=len, reverse=True))})(?:[ -](?:{'|'.join(ONES[1:10])}))?"
WITH_UNIT = re.compile(
    rf"\b({NUMBER})(?:st|nd|rd|th)?\s+(?:calendar\s+)?(years?|yrs?|months?|weeks?|days?)\b", re.IGNORECASE
)
AGE = re.compile(
    rf"\b({NUMBER})(?:st|nd|rd|th)?\s+(?:birthday|anniversary)|\b(?:age of|age|is)\s+({NUMBER})\b", re.IGNORECASE
)
CODED = re.compile(
    rf"(?:\+\s*|plus (?:previous )?|<)(?!a\b)({NUMBER})\b(?!\s+(?:calendar|years?|months?|\w*\s*years?))|\b(\d+)\+",
    re.IGNORECASE,
)
RANGED = re.compile(rf"\b({NUMBER}) to (?:{NUMBER}) years", re.IGNORECASE)
COLUMNS_OF_UNITS = re.compile(r"(Years|Months) (\d+)")
DAYS = {"y": 365.25, "m": 365.25 / 12, "w": 7.0, "d": 1.0}
NEAR_DAYS = 1.0


def main() -> int:
    """Read all statements and print what came of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("statements", type=Path)
    parser.add_argument("--all", action="store_true", help="print every statement that is claimed, too")
    chosen = parser.parse_args()
    judged = judge_all(chosen.statements)
    for half in ("developed on", "held out"):
        print_figures(half, [one for one in judged if one.half == half])
    is_good = print_figures("both", judged)
    for title, some in (
        ("SHORTER THAN THE LABEL", [one for one in judged if one.is_shorter]),
        ("WRONG", [one for one in judged if one.is_claimed and one.wrong]),
        ("START NOT STATED IN THE STATEMENT, LABELLED FROM ITS PAGE", [one for one in judged if one.is_without_start]),
        ("REFUSED", [one for one in judged if not one.is_claimed]),
        *((("CLAIMED", [one for one in judged if one.is_claimed]),) if chosen.all else ()),
    ):
        print(f"\n{title}: {len(some)}")
        for one in some:
            print(f"  {one}")
    print(f"\na statement takes {1000 * median(one.seconds for one in judged):.2f} ms (median), "
          f"{1000 * max(one.seconds for one in judged):.2f} ms at most")  # fmt: skip
    return 0 if is_good else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One statement, what was made of it, and what is wrong with that."""

    row: dict[str, str]
    rule: ParsedRule
    half: str
    wrong: tuple[str, ...]
    is_shorter: bool
    is_without_start: bool
    seconds: float

    @property
    def is_claimed(self) -> bool:
        """Tell whether the statement is claimed to be understood."""
        return self.rule.state is not ClassState.DESCRIPTIVE

    def __str__(self) -> str:
        """Return the statement, its labels and what came of it."""
        row, rule = self.row, self.rule
        columns = " | ".join(filter(None, (row[f"{name}_as_written"] for name in ("retention", "keep_from", "action"))))
        labels = " ".join(filter(None, (row[f"label_{name}"] for name in ("trigger", "period", "action"))))
        term = rule.refused or ("permanent" if rule.term is None else term_in_words(rule.term))
        action = rule.action.name.lower() if rule.action is not None else "no action"
        wrong = f" <- {', '.join(self.wrong)}" if self.wrong and self.is_claimed else ""
        return f"{columns} [{labels}] {term}{'' if rule.refused else f' ({action})'}{wrong}"


def judge_all(path: Path) -> list[Judged]:
    """Return every statement of a file of them, judged."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [judge(row) for row in csv.DictReader(file)]


def judge(row: dict[str, str]) -> Judged:
    """Return one statement, judged by its labels."""
    began = time.perf_counter()
    rule = parse_rule(
        row["retention_as_written"], keep_from=row["keep_from_as_written"], action=row["action_as_written"]
    )
    seconds = time.perf_counter() - began
    without = is_without_start(rule)
    states_no_start = not any(STARTING.search(row[f"{one}_as_written"]) for one in ("retention", "keep_from"))
    excused = without and row["label_trigger"] != "UNSTATED" and states_no_start
    checks = {
        "trigger": excused or is_trigger_right(rule, row["label_trigger"], row["label_action"]),
        "period": is_period_right(rule, row["label_period"]) and (rule.term is None or are_numbers_right(rule, row)),
        "action": is_action_right(rule, row),
    }
    even = hashlib.sha256(row["source_id"].encode()).digest()[0] % 2 == 0
    return Judged(
        row=row,
        rule=rule,
        half="developed on" if even else "held out",
        wrong=tuple(name for name, is_right in checks.items() if not is_right),
        is_shorter=rule.state is not ClassState.DESCRIPTIVE and is_shorter(rule, row),
        is_without_start=excused,
        seconds=seconds,
    )


def clocks(term: Term | None) -> Iterator[Clock]:
    """Yield the clocks of a term."""
    match term:
        case Clock():
            yield term
        case LaterOf() | EarlierOf():
            for part in term.terms:
                yield from clocks(part)
        case Then():
            yield from clocks(term.first)
        case _:
            return


def lengths(term: Term | None) -> Iterator[float]:
    """Yield the lengths of a term's ways to its end, in days."""
    match term:
        case Clock():
            yield days_of(term.period)
            if term.period_max is not None:
                yield days_of(term.period_max)
        case LaterOf() | EarlierOf():
            for part in term.terms:
                yield from lengths(part)
        case Then():
            yield from (days + days_of(term.period) for days in lengths(term.first))
        case _:
            return


def days_of(period: Period | None) -> float:
    """Return about how many days a period has."""
    return 0.0 if period is None else period.years * DAYS["y"] + period.months * DAYS["m"] + period.days


def is_without_start(rule: ParsedRule) -> bool:
    """Tell whether a clock of the rule has no start."""
    return any("does not state" in clock.event for clock in clocks(rule.term))


def is_trigger_right(rule: ParsedRule, label: str, action: str) -> bool:
    """Tell whether one of the rule's clocks starts with what the label says."""
    if label == "PERM":
        is_offered = action in ("OFFER", "TRANSFER") and rule.action is DisposalAction.TRANSFER
        return rule.state is ClassState.PERMANENT or is_offered
    found = list(clocks(rule.term))
    if label in CUTOFFS:
        return any(clock.cutoff is CUTOFFS[label] for clock in found)
    if label == "UNSTATED":
        return is_without_start(rule)
    if any(clock.trigger in TRIGGERS[label] for clock in found):
        return True
    return label not in FED_BY_FILES and any(
        clock.trigger is Trigger.NAMED_EVENT and "does not state" not in clock.event for clock in found
    )


def is_period_right(rule: ParsedRule, label: str) -> bool:
    """Tell whether the term has the shape of the label."""
    term, ways = rule.term, list(lengths(rule.term))
    is_event = isinstance(term, Clock) and term.trigger is Trigger.NAMED_EVENT
    is_bounded = not isinstance(term, EarlierOf) and rule.period_kind is not PeriodKind.MAXIMUM
    shapes = {
        "PERM": term is None or (rule.action is DisposalAction.TRANSFER and not any(ways)),
        "ZERO": bool(ways) and not any(ways),
        "SHORTER_OF": isinstance(term, EarlierOf),
        "LONGER_OF": isinstance(term, LaterOf) or is_event,
        "RANGE": isinstance(term, Clock) and term.period_max is not None,
        "MAX": rule.period_kind is PeriodKind.MAXIMUM and any(ways),
        "UNTIL_DATE": any(clock.trigger is Trigger.FIXED_DATE for clock in clocks(term)),
        "MULTI": any(clause.clock is not None for clause in rule.clauses),
        "VARIABLE": False,
    }
    return shapes.get(label, bool(ways) and all(ways) and is_bounded)


def numbers_in(row: dict[str, str]) -> list[float]:
    """Return the lengths that a plain search finds in the columns, in days."""
    text = re.sub(
        r"(?<=[a-z])-(?=[a-z])",
        " ",
        " . ".join(row[f"{one}_as_written"] for one in ("retention", "keep_from", "action")),
    )
    found = [number_of(number) * DAYS[unit[0].lower()] for number, unit in WITH_UNIT.findall(text)]
    found += [number_of(first or second) * DAYS["y"] for first, second in AGE.findall(text)]
    found += [number_of(first or second) * DAYS["y"] for first, second in CODED.findall(text)]
    if columns := COLUMNS_OF_UNITS.findall(text):  # the two columns of a table in one
        found = [int(number) * DAYS[unit[0].lower()] for unit, number in columns]
    found += [
        number_of(number) * DAYS["y"]
        for number in re.findall(rf"\b({NUMBER}) to (?:{NUMBER}) years", text, re.IGNORECASE)
    ]
    return [days for days in found if days]


def numbers_in_conditions(rule: ParsedRule) -> list[float]:
    """Return the lengths that a plain search finds in the conditions of the rule, in days."""
    words = " . ".join(clause.when for clause in rule.clauses)
    return numbers_in({"retention_as_written": words, "keep_from_as_written": "", "action_as_written": ""})


def number_of(words: str) -> int:
    """Return the number that figures or words write."""
    if words.isdigit():
        return int(words)
    if words.lower() == "one hundred":
        return 100
    return sum(WORDS[word] for word in re.split(r"[ -]", words.lower()))


def are_numbers_right(rule: ParsedRule, row: dict[str, str]) -> bool:
    """Tell whether what was computed was written, and what was written was computed."""
    written = numbers_in(row)
    sums = [*written, *(one + other for at, one in enumerate(written) for other in written[at + 1 :])]
    computed = [days for days in lengths(rule.term) if days]
    branches = [days for clause in rule.clauses if clause.clock is not None for days in lengths(clause.clock)]
    instructed = [days_of(one.after) for one in rule.instructions if one.after is not None]
    is_written = all(is_near(days, sums) for days in (*computed, *branches, *instructed) if days)
    conditions = numbers_in_conditions(rule)
    everything = (*computed, *branches, *instructed, *conditions)
    parts = [days for total in everything for days in written if is_near(total - days, written)]
    return is_written and all(is_near(days, (*everything, *parts)) for days in written)


def is_near(days: float, others: list[float] | tuple[float, ...]) -> bool:
    """Tell whether a length is one of the others, but for rounding."""
    return any(abs(days - other) <= NEAR_DAYS for other in others)


def is_action_right(rule: ParsedRule, row: dict[str, str]) -> bool:
    """Tell whether the action is the label's, or told nowhere in the statement."""
    label = row["label_action"]
    written = " ".join(row[f"{one}_as_written"] for one in ("retention", "keep_from", "action"))
    instructed = {one.kind for one in rule.instructions}
    is_permanent = rule.action is DisposalAction.RETAIN_PERMANENTLY and rule.term is None
    match label:
        case "":
            return rule.action is None or is_permanent
        case "PERM":
            return is_permanent or (rule.term is None and rule.action is DisposalAction.TRANSFER)
        case "DESTROY":
            return rule.action is DisposalAction.DESTROY or (
                rule.action is None and not DESTROYING.search(row["action_as_written"])
            )
        case "REVIEW":
            return rule.action is DisposalAction.REVIEW
        case "OFFER" | "TRANSFER":
            is_said = OFFERING.search(written) is not None
            told = rule.action is DisposalAction.TRANSFER or InstructionKind.TRANSFER in instructed
            return told or (not is_said and (rule.action is None or is_permanent))
        case _:
            return InstructionKind(label.lower()) in instructed


def is_shorter(rule: ParsedRule, row: dict[str, str]) -> bool:
    """Tell whether the rule lets a record go before its label does."""
    label = row["label_period"]
    if rule.term is None or label == "ZERO":
        return False
    ways = list(lengths(rule.term))
    if label == "PERM":
        return rule.action is not DisposalAction.TRANSFER and rule.action is not DisposalAction.REVIEW
    if label not in ("SHORTER_OF", "VARIABLE") and isinstance(rule.term, EarlierOf):
        return True
    if rule.period_kind is PeriodKind.MAXIMUM and label not in ("MAX", "RANGE"):
        return True
    branches = [days for clause in rule.clauses if clause.clock is not None for days in lengths(clause.clock)]
    conditions = numbers_in_conditions(rule)
    longest = max((days for days in numbers_in(row) if not is_near(days, conditions)), default=0.0)
    return max((*ways, *branches)) < longest - NEAR_DAYS


def print_figures(title: str, judged: list[Judged]) -> bool:
    """Print how many statements are claimed and right; tell whether that is enough."""
    claimed = [one for one in judged if one.is_claimed]
    right = [one for one in claimed if not one.wrong]
    shorter = [one for one in judged if one.is_shorter]
    states = Counter(one.rule.state.value for one in judged)
    wrong = Counter(name for one in claimed for name in one.wrong)
    print(f"{title}: {len(judged)} statements of {len({one.row['source_id'] for one in judged})} sources")
    print(f"  claimed {len(claimed)} ({len(claimed) / len(judged):.1%}): {dict(states)}")
    print(f"  of those right {len(right)} ({len(right) / len(claimed):.1%}); wrong in {dict(wrong)}")
    print(f"  start in own words {sum(has_own_words(one.rule) for one in claimed)}, "
          f"start not stated at all {sum(is_without_start(one.rule) for one in claimed)}, "
          f"of which the label has one {sum(one.is_without_start for one in claimed)}")  # fmt: skip
    print(f"  shorter than the label {len(shorter)}")
    return not shorter and len(claimed) >= WANTED_COVERAGE * len(judged) and len(right) >= WANTED_RIGHT * len(claimed)


def has_own_words(rule: ParsedRule) -> bool:
    """Tell whether an event of the rule is told in the statement's own words only."""
    return any(
        clock.trigger is Trigger.NAMED_EVENT and "does not state" not in clock.event for clock in clocks(rule.term)
    )


if __name__ == "__main__":
    sys.exit(main())
