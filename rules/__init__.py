"""The rules: facts in, classification and due interval out, always with reasons.

A pure leaf: it imports the standard library and a YAML reader, reads no file but a schedule, and asks no clock.
"""

from rules.appraising import Appraisal, appraise
from rules.classification import Candidate, Classification, CueKind, MatchedCue, Outcome, RecordFacts
from rules.classifying import Classifier
from rules.dating import date_trigger
from rules.due import DueInterval, add_period, cutoff_end, due_interval
from rules.errors import (
    Finding,
    InvalidCueError,
    InvalidPeriodError,
    InvalidValueError,
    RulesError,
    ScheduleError,
)
from rules.evidence import AttestedEvent, Bound, DateEvidence, TriggerDate
from rules.loading import load_schedule, parse_schedule, shipped_schedule, shipped_schedule_text
from rules.periods import Period
from rules.schedule import (
    Clause,
    Clock,
    Combine,
    Confidence,
    Cues,
    Cutoff,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    Level,
    PeriodKind,
    PersonalData,
    RuleEvidence,
    Source,
    StandingHold,
    Strength,
    Trigger,
    WhenUnknown,
    YearStart,
)

__all__ = [
    "Appraisal",
    "AttestedEvent",
    "Bound",
    "Candidate",
    "Classification",
    "Classifier",
    "Clause",
    "Clock",
    "Combine",
    "Confidence",
    "CueKind",
    "Cues",
    "Cutoff",
    "DateEvidence",
    "DisposalAction",
    "DisposalClass",
    "DisposalSchedule",
    "DueInterval",
    "Finding",
    "InvalidCueError",
    "InvalidPeriodError",
    "InvalidValueError",
    "Level",
    "MatchedCue",
    "Outcome",
    "Period",
    "PeriodKind",
    "PersonalData",
    "RecordFacts",
    "RuleEvidence",
    "RulesError",
    "ScheduleError",
    "Source",
    "StandingHold",
    "Strength",
    "Trigger",
    "TriggerDate",
    "WhenUnknown",
    "YearStart",
    "add_period",
    "appraise",
    "cutoff_end",
    "date_trigger",
    "due_interval",
    "load_schedule",
    "parse_schedule",
    "shipped_schedule",
    "shipped_schedule_text",
]
