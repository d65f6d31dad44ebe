"""The rules: facts in, classification and due interval out, always with reasons.

A pure leaf: it imports the standard library and a YAML reader, reads no file but a schedule, and asks no clock.
A name is loaded when it is first asked for: a report needs the words of a schedule, and not what reads, writes and
checks one.
"""

from typing import TYPE_CHECKING

from rules.on_demand import loading

if TYPE_CHECKING:
    from rules.cases import CaseAppraisal, appraise_in_case, case_of, event_keys, fact_names
    from rules.checking.examples import ExampleResult, run_examples
    from rules.checking.linting import Advice, Weight, lint_schedule
    from rules.checking.places import places_in
    from rules.classifying.changes import VersionChange
    from rules.classifying.classification import Candidate, Classification, CueKind, MatchedCue, Outcome, RecordFacts
    from rules.classifying.classifier import Classifier
    from rules.copies import Sibling, successor_of
    from rules.dates.copying import FEWEST_COPIED, NO_COPYINGS, Copyings, migrated_days
    from rules.dates.dating import date_trigger
    from rules.dates.due import DueInterval, cutoff_end, due_interval
    from rules.dates.evidence import AttestedEvent, Bound, DateEvidence, TriggerDate
    from rules.dates.surroundings import NOTHING_AROUND, Surroundings
    from rules.errors import (
        Finding,
        InvalidCueError,
        InvalidPeriodError,
        InvalidValueError,
        RulesError,
        ScheduleError,
    )
    from rules.exporting.exported import Exported, Loss
    from rules.exporting.schedule_export import EXPORT_FORMS, export_schedule
    from rules.importing.account import ImportDefaults, ImportedRow, ImportedSchedule
    from rules.importing.forms.register import IMPORT_FORMS
    from rules.importing.schedule_import import import_schedule
    from rules.loading.schedule_file import load_schedule, parse_schedule, shipped_schedule, shipped_schedule_text
    from rules.model import (
        ApprovalPolicy,
        AsRule,
        Basis,
        ClassState,
        Clause,
        Clock,
        Combine,
        Confidence,
        Cues,
        Cutoff,
        DisposalAction,
        DisposalClass,
        DisposalSchedule,
        EarlierOf,
        Example,
        Instruction,
        InstructionKind,
        LaterOf,
        Level,
        OnRefusal,
        Period,
        PeriodKind,
        PersonalData,
        Retirement,
        RuleEvidence,
        Source,
        StandingHold,
        Strength,
        Term,
        Then,
        Trigger,
        WhenUnknown,
        YearStart,
        add_period,
        term_in_words,
    )
    from rules.phrases.parsed_rule import ParsedRule
    from rules.phrases.parsing import parse_rule
    from rules.ruling.appraising import Appraisal, appraise
    from rules.ruling.questions import Question, QuestionKind
    from rules.statements import Statement
else:
    __getattr__ = loading(
        __name__,
        {
            "cases": (
                "CaseAppraisal",
                "appraise_in_case",
                "case_of",
                "event_keys",
                "fact_names",
            ),
            "checking.examples": (
                "ExampleResult",
                "run_examples",
            ),
            "checking.linting": (
                "Advice",
                "Weight",
                "lint_schedule",
            ),
            "checking.places": ("places_in",),
            "classifying.changes": ("VersionChange",),
            "classifying.classification": (
                "Candidate",
                "Classification",
                "CueKind",
                "MatchedCue",
                "Outcome",
                "RecordFacts",
            ),
            "classifying.classifier": ("Classifier",),
            "copies": (
                "Sibling",
                "successor_of",
            ),
            "dates.copying": (
                "FEWEST_COPIED",
                "NO_COPYINGS",
                "Copyings",
                "migrated_days",
            ),
            "dates.dating": ("date_trigger",),
            "dates.due": (
                "DueInterval",
                "cutoff_end",
                "due_interval",
            ),
            "dates.evidence": (
                "AttestedEvent",
                "Bound",
                "DateEvidence",
                "TriggerDate",
            ),
            "dates.surroundings": (
                "NOTHING_AROUND",
                "Surroundings",
            ),
            "errors": (
                "Finding",
                "InvalidCueError",
                "InvalidPeriodError",
                "InvalidValueError",
                "RulesError",
                "ScheduleError",
            ),
            "exporting.exported": (
                "Exported",
                "Loss",
            ),
            "exporting.schedule_export": (
                "EXPORT_FORMS",
                "export_schedule",
            ),
            "importing.account": (
                "ImportDefaults",
                "ImportedRow",
                "ImportedSchedule",
            ),
            "importing.forms.register": ("IMPORT_FORMS",),
            "importing.schedule_import": ("import_schedule",),
            "loading.schedule_file": (
                "load_schedule",
                "parse_schedule",
                "shipped_schedule",
                "shipped_schedule_text",
            ),
            "model": (
                "ApprovalPolicy",
                "AsRule",
                "Basis",
                "ClassState",
                "Clause",
                "Clock",
                "Combine",
                "Confidence",
                "Cues",
                "Cutoff",
                "DisposalAction",
                "DisposalClass",
                "DisposalSchedule",
                "EarlierOf",
                "Example",
                "Instruction",
                "InstructionKind",
                "LaterOf",
                "Level",
                "OnRefusal",
                "Period",
                "PeriodKind",
                "PersonalData",
                "Retirement",
                "RuleEvidence",
                "Source",
                "StandingHold",
                "Strength",
                "Term",
                "Then",
                "Trigger",
                "WhenUnknown",
                "YearStart",
                "add_period",
                "term_in_words",
            ),
            "phrases.parsed_rule": ("ParsedRule",),
            "phrases.parsing": ("parse_rule",),
            "ruling.appraising": (
                "Appraisal",
                "appraise",
            ),
            "ruling.questions": (
                "Question",
                "QuestionKind",
            ),
            "statements": ("Statement",),
        },
    )

__all__ = [
    "EXPORT_FORMS",
    "FEWEST_COPIED",
    "IMPORT_FORMS",
    "NOTHING_AROUND",
    "NO_COPYINGS",
    "Advice",
    "Appraisal",
    "ApprovalPolicy",
    "AsRule",
    "AttestedEvent",
    "Basis",
    "Bound",
    "Candidate",
    "CaseAppraisal",
    "ClassState",
    "Classification",
    "Classifier",
    "Clause",
    "Clock",
    "Combine",
    "Confidence",
    "Copyings",
    "CueKind",
    "Cues",
    "Cutoff",
    "DateEvidence",
    "DisposalAction",
    "DisposalClass",
    "DisposalSchedule",
    "DueInterval",
    "EarlierOf",
    "Example",
    "ExampleResult",
    "Exported",
    "Finding",
    "ImportDefaults",
    "ImportedRow",
    "ImportedSchedule",
    "Instruction",
    "InstructionKind",
    "InvalidCueError",
    "InvalidPeriodError",
    "InvalidValueError",
    "LaterOf",
    "Level",
    "Loss",
    "MatchedCue",
    "OnRefusal",
    "Outcome",
    "ParsedRule",
    "Period",
    "PeriodKind",
    "PersonalData",
    "Question",
    "QuestionKind",
    "RecordFacts",
    "Retirement",
    "RuleEvidence",
    "RulesError",
    "ScheduleError",
    "Sibling",
    "Source",
    "StandingHold",
    "Statement",
    "Strength",
    "Surroundings",
    "Term",
    "Then",
    "Trigger",
    "TriggerDate",
    "VersionChange",
    "Weight",
    "WhenUnknown",
    "YearStart",
    "add_period",
    "appraise",
    "appraise_in_case",
    "case_of",
    "cutoff_end",
    "date_trigger",
    "due_interval",
    "event_keys",
    "export_schedule",
    "fact_names",
    "import_schedule",
    "lint_schedule",
    "load_schedule",
    "migrated_days",
    "parse_rule",
    "parse_schedule",
    "places_in",
    "run_examples",
    "shipped_schedule",
    "shipped_schedule_text",
    "successor_of",
    "term_in_words",
]
