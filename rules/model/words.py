"""The vocabulary of a disposal schedule: the words that its keys may hold, and nothing else."""

from enum import IntEnum, StrEnum


class DisposalAction(IntEnum):
    """What happens at the end of the period; the codes are those of MoReq2010 M14.4.18."""

    RETAIN_ON_HOLD = 0
    RETAIN_PERMANENTLY = 1
    REVIEW = 2
    TRANSFER = 3
    DESTROY = 4


class OnRefusal(StrEnum):
    """What becomes of records that the archive was offered and did not take."""

    KEEP = "keep"
    DESTROY = "destroy"


class InstructionKind(StrEnum):
    """What a rule orders and the engine cannot do: it is logged as an instruction, never performed."""

    RETURN = "return"
    REDACT = "redact"
    ANONYMISE = "anonymise"
    TRANSFER = "transfer"
    OTHER = "other"


class Trigger(StrEnum):
    """The event that starts a clock."""

    CREATED = "created"
    RECORD_DATE = "record_date"
    RECEIVED = "received"
    LAST_MODIFIED = "last_modified"
    LAST_CONTACT = "last_contact"
    CASE_CLOSED = "case_closed"
    DECISION_DATE = "decision_date"
    ORDER_DATE = "order_date"
    MEETING_DATE = "meeting_date"
    CONTRACT_AWARD = "contract_award"
    CONTRACT_END = "contract_end"
    EMPLOYMENT_END = "employment_end"
    OFFICE_END = "office_end"
    LICENCE_EXPIRY = "licence_expiry"
    SUPERSEDED = "superseded"
    PROJECT_COMPLETED = "project_completed"
    WORKS_COMPLETED = "works_completed"
    ASSET_DISPOSED = "asset_disposed"
    NOTICE_COMPLIED = "notice_complied"
    INCIDENT_ENDED = "incident_ended"
    CLAIM_SETTLED = "claim_settled"
    DEBT_CLEARED = "debt_cleared"
    AUDIT_COMPLETED = "audit_completed"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    DATE_OF_BIRTH = "date_of_birth"
    DATE_OF_DEATH = "date_of_death"
    NO_LONGER_NEEDED = "no_longer_needed"
    FIXED_DATE = "fixed_date"  # the day stands in the rule itself: "until 31 March 2026"
    NAMED_EVENT = "named_event"  # an event that only the rule's own words name; a person attests it
    NONE = "none"


class Cutoff(StrEnum):
    """The period at whose end the clock really starts."""

    NONE = "none"
    MONTH = "month"
    QUARTER = "quarter"
    CALENDAR_YEAR = "calendar_year"
    FINANCIAL_YEAR = "financial_year"
    TAX_YEAR = "tax_year"
    ACADEMIC_YEAR = "academic_year"


class PeriodKind(StrEnum):
    """What the period means: permission, duty and guidance are three facts.

    `exact` is a duty to destroy at the end, and `maximum` a deadline: to keep longer is a breach of both.
    """

    MINIMUM = "minimum"
    EXACT = "exact"
    MAXIMUM = "maximum"
    GUIDANCE = "guidance"


class Basis(StrEnum):
    """Why the period is what it is, apart from the citation: a statute can be cited that states no period."""

    STATUTE = "statute"
    LIMITATION = "limitation"
    REGULATOR = "regulator"
    BUSINESS_NEED = "business_need"


class Confidence(StrEnum):
    """How sure the schedule's author is of a class."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class RuleEvidence(StrEnum):
    """Where the period of a class comes from."""

    SEEN = "seen"
    MIXED = "mixed"
    RECALLED = "recalled"
    INFERRED = "inferred"


class PersonalData(StrEnum):
    """The most sensitive personal data a record of the class is expected to hold."""

    NONE = "none"
    PERSONAL = "personal"
    SPECIAL_CATEGORY = "special_category"
    CRIMINAL = "criminal"


class Level(StrEnum):
    """What falls due as one: the file, the case folder it lies in, or a series' whole year."""

    ITEM = "item"
    CASE = "case"
    SERIES_YEAR = "series_year"


class Combine(StrEnum):
    """What a clause does to the class when its fact holds."""

    OVERRIDE = "override"
    LATER = "later"
    EARLIER = "earlier"
    SUSPEND = "suspend"
    BECOMES = "becomes"
    SAME = "same"


class WhenUnknown(StrEnum):
    """What is done while nobody has said whether a clause's fact holds. None of them shortens."""

    ASK = "ask"
    LONGEST = "longest"
    PRESUME_ABSENT = "presume_absent"


class ClassState(StrEnum):
    """What a machine can do with a class.

    `needs_event`: computable once a person or register says when something happened. `descriptive`: readable,
    never evaluable; whatever is classified so is kept. `retired`: nothing new may be classified so.
    """

    COMPUTABLE = "computable"
    NEEDS_EVENT = "needs_event"
    DESCRIPTIVE = "descriptive"
    PERMANENT = "permanent"
    RETIRED = "retired"


class Strength(StrEnum):
    """How good evidence of a date is: A recorded event, B stated in content, C name or folder, D file system."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    def is_at_least(self, other: "Strength") -> bool:
        """Tell whether this is as strong as `other` or stronger."""
        return self.value <= other.value


FILE_TRIGGERS = frozenset({Trigger.CREATED, Trigger.RECORD_DATE, Trigger.RECEIVED, Trigger.LAST_MODIFIED})
"""The triggers whose date a file can tell by itself; every other is an event outside it."""
