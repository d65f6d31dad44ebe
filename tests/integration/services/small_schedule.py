"""A retention schedule of a few classes, small enough to be read with the test that uses it."""

from rules import DisposalSchedule, parse_schedule

TENANCIES = """
  - id: TEN-01
    title: Tenancy files
    function: Housing
    description: Files of tenants
    clock: {trigger: case_closed, subject: end of the tenancy, period: PERIOD}
    action: destroy
    period_kind: minimum
    authority: [Limitation Act 1980 s.5]
    clauses:
      - {when: arrears are outstanding, fact: arrears_outstanding, combine: suspend, unknown: ask}
      - {when: it turned out to be an eviction, fact: was_eviction, combine: becomes, becomes: EVI-01, unknown: ask}
    cues: {folders: ["tenancy files"]}
    level: case
    accepts: A
    confidence: high
    evidence: seen
"""
EVICTIONS = """
  - id: EVI-01
    title: Evictions
    function: Housing
    description: Evicted tenants
    clock: {trigger: case_closed, period: P12Y}
    action: review
    period_kind: minimum
    authority: [Limitation Act 1980 s.8]
    cues: {folders: ["evictions"]}
    level: case
    accepts: A
    confidence: high
    evidence: seen
"""
INVOICES = """
  - id: INV-01
    title: Invoices
    function: Finance
    description: Paid invoices
    clock: {trigger: record_date, period: P6Y}
    action: ACTION
    period_kind: minimum
    authority: [VAT Act 1994]
    cues: {folders: ["invoices"], names: ["invoice*"]}
    level: item
    accepts: D
    confidence: high
    evidence: seen
"""
DEFAULT = """
  - id: DEF-01
    title: Everything else
    function: Any
    description: Whatever nothing else fits
    clock: {trigger: last_modified, period: P6Y}
    action: review
    period_kind: minimum
    authority: [policy]
    level: item
    accepts: D
    confidence: high
    evidence: seen
"""


def schedule_text(
    version: str = "1",
    *,
    status: str = "adopted",
    period: str = "P6Y",
    action: str = "destroy",
    with_invoices: bool = True,
    invoices_retired: str = "",
    head: str = "",
    more: str = "",
) -> str:
    """Return a schedule file; `invoices_retired` is what stands in the class's `retired`."""
    invoices = INVOICES.replace("ACTION", action) if with_invoices else ""
    if invoices_retired:
        invoices += f"    retired: {invoices_retired}\n"
    return (
        f'schedule:\n  id: small\n  title: Small\n  version: "{version}"\n  status: {status}\n'
        f"  jurisdiction: England\n  default_class: DEF-01\n{head}"
        f"classes:{TENANCIES.replace('PERIOD', period)}{EVICTIONS}{invoices}{more}{DEFAULT}"
    )


def small_schedule(version: str = "1", **changes: str) -> DisposalSchedule:
    """Return such a schedule."""
    return parse_schedule(schedule_text(version, **changes), name="small")  # type: ignore[arg-type]  # all text here
