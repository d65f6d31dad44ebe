"""Small schedules for the tests of the rules."""

HEAD = """\
schedule:
  id: test-council
  title: A schedule for tests
  version: "1"
  jurisdiction: England
  default_class: DEF-01
  generic_words: [finance, papers]
sources:
  ACT: {name: An Act}
classes:
"""

DEFAULT_CLASS = """\
  - id: DEF-01
    title: Anything else
    function: Any
    description: Whatever no other class claims.
    clock: {trigger: last_modified, subject: last change, period: P6Y, cutoff: financial_year}
    action: review
    period_kind: business
    authority: [Business need]
    confidence: high
    evidence: seen
"""


def a_class(class_id: str, *extra: str, clock: str = "", action: str = "destroy", **cues: str) -> str:
    """Return the lines of one class; `cues` are lists as YAML, `extra` are further lines."""
    clock = clock or "{trigger: record_date, subject: date of the record, period: P6Y, cutoff: financial_year}"
    lines = [
        f"  - id: {class_id}",
        f"    title: Records of {class_id}",
        "    function: Any",
        "    description: Some records.",
        f"    clock: {clock}",
        f"    action: {action}",
        "    period_kind: limitation",
        "    authority: [Limitation Act 1980]",
        "    confidence: high",
        "    evidence: seen",
        "    accepts: D",
        *extra,
    ]
    if cues:
        lines += ["    cues:", *(f"      {kind}: {written}" for kind, written in cues.items())]
    return "\n".join(lines) + "\n"


def a_schedule(*classes: str) -> str:
    """Return a whole schedule file with the default class and `classes`."""
    return HEAD + DEFAULT_CLASS + "".join(classes)
