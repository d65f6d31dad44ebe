"""The table of events: which words, put together, name which trigger.

Each entry of `_CONCEPTS` is an idea with the words for it; each of `RULES` says which ideas together make a trigger
and what other words may stand beside them. What the table does not know stays an event in its own words, which a
person attests; so an entry must be sure, not the table complete.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from rules.model import Trigger
from rules.phrases.vocabulary import words

_CONCEPTS = {
    "end": (
        "end ends ended ending termination terminated terminates terminate cessation ceases ceased ceasing cease "
        "conclusion concluded concludes finish finishes finished completion completed completes complete expiry "
        "expires expired expiration expire closure closed close closes closing lapse lapses lapsed discontinued "
        "finalised finalized determination determined resolution resolved cancellation cancelled"
    ),
    "close": "closure closed close closes closing",
    "complete": "completion completed completes complete finish finished",
    "stop": "termination terminated terminates cessation ceases ceased",
    "expire": "expiry expires expired expiration expire lapse lapses lapsed",
    "leave": "leaving leaves leave left leaver departure resignation resigned retirement retires retired dismissal",
    "last": "last latest recent",
    "contact": "contact seen attendance attended visit correspondence communication involvement inactivity session",
    "act": (
        "action activity modification modified modify amendment amended update updated entry edited edit "
        "change changed alteration altered worked revision"
    ),
    "touch": "modification modified modify amendment amended updated edited alteration altered",
    "birth": "birth born dob birthday",
    "death": "death died dies deceased die",
    "supersede": "superseded supersede supersedes supersession replaced replaces replacement succeeded obsolete",
    "version": (
        "version versions policy policies procedure procedures guidance edition document record plan strategy "
        "standard new newer updated later current existing another one data information file form list manual "
        "register"
    ),
    "consent": "consent consents",
    "withdraw": "withdrawn withdraw withdraws withdrawal withdrew revoked revocation",
    "no longer": "nolonger nofurther",
    "need": (
        "need needed needs required require requires requirement useful relevant use necessary purpose purposes value "
        "valid applicable needful usefulness"
    ),
    "use": "use usefulness value purpose purposes",
    "why": (
        "administrative operational business reference purposes purpose legal legislative council work effective "
        "current working usage action service needs need informational office agency organisation"
    ),
    "contract": "contract contracts agreement agreements lease leases tenancy tenancies terms deed subcontract hire",
    "award": "award awarded entered signed signing signature commencement let executed execution",
    "licence": (
        "licence license permit registration certificate badge insurance policy warranty guarantee permission card "
        "licences membership consent"
    ),
    "employ": "employment employee employees employed staff service appointment employer volunteer job post council",
    "employed": "employment employee employees employed staff volunteer",
    "office": "office councillor councillors member members tenure mayor governor election trustee mandate",
    "vacate": "vacate vacates vacated",
    "approve": "approval approved",
    "case": (
        "case cases file files complaint complaints enquiry enquiries matter investigation investigations folder "
        "referral grievance disciplinary"
    ),
    "request": "application applications request requests",
    "over": "end ends ended ending termination terminated terminates expiry expires expired cessation ceases cease",
    "claim": "claim claims",
    "settle": "settlement settled settles paid",
    "debt": "debt debts loan loans arrears invoice balance mortgage",
    "clear": (
        "cleared clearance paid repaid repayment discharged settled settlement written off payment redeemed redemption"
    ),
    "project": "project projects programme scheme exercise programmes schemes study initiative",
    "works": "works work construction building practical",
    "asset": (
        "asset assets building buildings vehicle vehicles equipment property plant land premises structure item "
        "machinery"
    ),
    "dispose": "disposal disposed disposition sale sold demolition demolished decommissioned scrapped life destroyed",
    "notice": "notice notices order enforcement",
    "comply": "complied compliance complies",
    "incident": "incident incidents emergency accident",
    "audit": "audit audits audited",
    "decision": (
        "decision decisions determination refusal refused granted grant approval notified notification rejection "
        "rejected"
    ),
    "order": "order orders",
    "adoption": "adoption court care supervision placement special guardianship made making sealed",
    "meeting": "meeting meetings",
    "create": "creation created create creating made compiled produced compilation generated generation",
    "receive": "receipt received receive",
    "record": (
        "record records document documents file files data information item paper papers form report letter "
        "correspondence certificate recording footage image images log minutes"
    ),
    "dated": "date dated",
    "year": "year",
    "paper": (
        "register book volume ledger "
        "telephone call video audio cctv recordings footage record records document documents invoice invoices letter "
        "report transaction statement form file certificate recording"
    ),
    "who": (
        "child children person persons young individual client subject adult employee pupil patient carer resident "
        "service user member youngest staff student tenant customer driver alleged perpetrator parent adoptee adopted "
        "applicant"
    ),
    "entire": "entire whole final all full",
}
_STOP = words(
    "the a an of on which is was were are has have been being that when their his her its by from for to in with "
    "at such they it he she both formally normally there or and date day dates into be who whom whose"
)
_VERBS = words("is are was were has have had been be becomes became took takes occurs made issued")
_DOINGS = words("end over close complete stop expire leave vacate settle clear dispose comply withdraw award last") | {
    "no longer"
}
# who leaves a school, a home or a service, and is nobody's employee by the word alone
_NO_EMPLOYEES = words(
    "child children pupil pupils student students young client clients patient patients carer carers resident "
    "residents tenant tenants customer customers user users adoptee applicant parent parents"
)
_HAPPENING = words(
    "end over close complete stop expire leave last death birth supersede withdraw settle clear dispose comply "
    "decision award"
) | {"no longer"}
DANGEROUS = words(
    "not no nor never unless except until nolonger nofurther review reviewed next previous prior first second "
    "third half another each every any only before earlier earliest later latest subsequent following after since "
    "depending whichever various variable tbc tba destroy destroyed delete deleted retain retained keep kept "
    "offer transfer longer shorter sooner"
    " hold held freeze frozen suspended embargo moratorium"
    " all both period periods defects warranty liability guarantee retention extension extensions renewal renewals "
    "reviews appeal appeals audit audits litigation dispute disputes proceedings tribunal probation life lifetime"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """Ideas that together name a trigger. Beside them may stand words of the ideas `beside`, or any (`is_open`)."""

    trigger: Trigger
    needs: tuple[str, ...]
    beside: tuple[str, ...] = ()
    is_open: bool = False


def _rule(trigger: Trigger, needs: str, *, beside: str = "", is_open: bool = False) -> EventRule:
    return EventRule(
        trigger=trigger,
        needs=tuple(needs.split("+")),
        beside=tuple(beside.split("+")) if beside else (),
        is_open=is_open,
    )


RULES = (
    _rule(Trigger.DATE_OF_DEATH, "death", beside="who", is_open=True),
    _rule(Trigger.DATE_OF_BIRTH, "birth", beside="who", is_open=True),
    _rule(Trigger.CONSENT_WITHDRAWN, "consent+withdraw", beside="who+no longer"),
    _rule(Trigger.OFFICE_END, "office+no longer", is_open=True),
    _rule(Trigger.NO_LONGER_NEEDED, "no longer+need", beside="why+record+who+paper"),
    _rule(Trigger.NO_LONGER_NEEDED, "use+end", beside="why+record+paper"),
    _rule(Trigger.SUPERSEDED, "supersede", beside="version+paper+record"),
    _rule(Trigger.LAST_CONTACT, "last+contact", is_open=True),
    _rule(Trigger.LAST_MODIFIED, "last+act", beside="record+paper+why+entire+project+case+version+who"),
    _rule(Trigger.LAST_MODIFIED, "touch", beside="record"),
    _rule(Trigger.CONTRACT_AWARD, "contract+award", is_open=True),
    _rule(Trigger.CONTRACT_END, "contract+end", is_open=True),
    _rule(Trigger.CONTRACT_END, "contract+leave", is_open=True),
    _rule(Trigger.LICENCE_EXPIRY, "licence+expire", is_open=True),
    _rule(Trigger.EMPLOYMENT_END, "employed+end", is_open=True),
    _rule(Trigger.EMPLOYMENT_END, "employ+leave", is_open=True),
    _rule(Trigger.EMPLOYMENT_END, "leave", beside="who+employ"),
    _rule(Trigger.OFFICE_END, "office+over", is_open=True),
    _rule(Trigger.OFFICE_END, "office+leave", is_open=True),
    _rule(Trigger.OFFICE_END, "office+vacate", is_open=True),
    _rule(Trigger.OFFICE_END, "vacate", beside="who"),
    _rule(Trigger.OFFICE_END, "approve+stop", beside="who"),
    _rule(Trigger.DEBT_CLEARED, "debt+clear", is_open=True),
    _rule(Trigger.CLAIM_SETTLED, "claim+settle", is_open=True),
    _rule(Trigger.CLAIM_SETTLED, "claim+end", is_open=True),
    _rule(Trigger.AUDIT_COMPLETED, "audit+complete", beside="last+year+entire+who+record"),
    _rule(Trigger.NOTICE_COMPLIED, "notice+comply", is_open=True),
    _rule(Trigger.INCIDENT_ENDED, "incident+end", is_open=True),
    _rule(Trigger.WORKS_COMPLETED, "works+complete", beside="works+entire+project"),
    _rule(Trigger.PROJECT_COMPLETED, "project+end", is_open=True),
    _rule(Trigger.ASSET_DISPOSED, "asset+dispose", beside="asset+entire"),
    _rule(Trigger.CASE_CLOSED, "case+end", beside="case+entire+who"),
    _rule(Trigger.CASE_CLOSED, "case+settle", beside="case+entire+who"),
    _rule(Trigger.CASE_CLOSED, "close", beside="entire+record+case+request+who"),
    _rule(Trigger.PROJECT_COMPLETED, "complete", beside="entire"),
    _rule(Trigger.CONTRACT_END, "stop"),
    _rule(Trigger.LICENCE_EXPIRY, "expire"),
    _rule(Trigger.MEETING_DATE, "meeting", beside="dated"),
    _rule(Trigger.ORDER_DATE, "order", beside="adoption+dated"),
    _rule(Trigger.DECISION_DATE, "decision", beside="who+dated+case"),
    _rule(Trigger.CREATED, "create", beside="record+dated"),
    _rule(Trigger.RECEIVED, "receive", beside="record+dated"),
)


def content_words(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words that carry meaning, with `no longer` and `no further` made one word each."""
    return tuple(word for word in _joined(keys) if word not in _STOP)


def _joined(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(" ".join(keys).replace("no longer", "nolonger").replace("no further", "nofurther").split())


@cache
def _ideas() -> dict[str, frozenset[str]]:
    """Return the ideas that each word stands for."""
    ideas: dict[str, set[str]] = {}
    for idea, known in _CONCEPTS.items():
        for word in known.split():
            ideas.setdefault(word, set()).add(idea)
    ideas.setdefault("nolonger", set()).add("no longer")
    ideas.setdefault("nofurther", set()).add("no longer")
    return {word: frozenset(found) for word, found in ideas.items()}


@lru_cache(maxsize=4096)
def _triggered(words: tuple[str, ...], keys: tuple[str, ...]) -> Trigger | None:
    ideas = [_ideas().get(word, frozenset()) for word in words]
    for rule in RULES:
        if _fits(rule, words, ideas, keys):
            return rule.trigger
    return None


def trigger_of(keys: tuple[str, ...]) -> Trigger | None:
    """Return the trigger that the words of an event name, or None when the table does not know them."""
    words = content_words(keys)
    trigger = _triggered(words, _joined(keys)) if words else None
    if trigger is Trigger.EMPLOYMENT_END and _NO_EMPLOYEES.intersection(words):
        return None
    if trigger is None and words and {"date", "dated"} & set(keys) and all(_is_paper(word) for word in words):
        return Trigger.RECORD_DATE
    return trigger


def _is_paper(word: str) -> bool:
    return bool({"paper", "record"} & _ideas().get(word, frozenset()))


def _fits(rule: EventRule, words: tuple[str, ...], ideas: list[frozenset[str]], keys: tuple[str, ...]) -> bool:
    used: set[int] = set()
    for need in rule.needs:
        free = [place for place, found in enumerate(ideas) if need in found and place not in used]
        if not free:
            return False
        used.add(free[0])
    wanted = frozenset(rule.needs) | frozenset(rule.beside)
    known = [place in used or bool(wanted & ideas[place]) for place in range(len(words))]
    return all(known) or (rule.is_open and _are_modifiers(rule, words, known, keys))


def _are_modifiers(rule: EventRule, words: tuple[str, ...], known: list[bool], keys: tuple[str, ...]) -> bool:
    """Tell whether the unknown words only say which thing it is.

    They may stand before the thing (`end of the gardening contract`) or after a word that links them to it
    (`contract with the county`); in `end of contract disputes` and `end of the insurance of the contract` they are
    the thing that ends.
    """
    unknown = {word for word, is_known in zip(words, known, strict=True) if not is_known}
    if unknown & DANGEROUS:
        return False
    named = set(words) - unknown
    things = frozenset(rule.needs) - _DOINGS
    has_thing = False
    for before, key, after in zip(("", *keys), keys, (*keys[1:], ""), strict=False):
        has_thing |= key in named and bool(things & _ideas().get(key, frozenset()))
        if key not in unknown:
            continue
        is_after_thing = has_thing and before not in named
        if not (is_after_thing or (before not in named and (after in named or after in unknown))):
            return False
    return True


def is_only_records(keys: tuple[str, ...]) -> bool:
    """Tell whether the words name records and nothing that happens to them."""
    words = content_words(keys)
    return not {"date", "dated", "receipt"} & set(keys) and all(_is_paper(word) for word in words)


def belongs_to(trigger: Trigger, keys: tuple[str, ...]) -> bool:
    """Tell whether all the words that carry meaning are of the ideas that name `trigger`."""
    if trigger in (Trigger.DATE_OF_BIRTH, Trigger.DATE_OF_DEATH):
        return False
    words = content_words(keys)
    wanted = {idea for rule in RULES if rule.trigger is trigger for idea in rule.needs}
    return bool(words) and all(wanted & _ideas().get(word, frozenset()) for word in words)


def speaks_of_death(words: str) -> bool:
    """Tell whether a condition is about somebody's death."""
    return any("death" in _ideas().get(word, frozenset()) for word in words.lower().split())


def is_same_happening(one: str, other: str) -> bool:
    """Tell whether two events share an idea of what happens: sold and scrapped do, closure and settlement do not."""
    happenings = [
        {idea for word in content_words(tuple(words.lower().split())) for idea in _ideas().get(word, frozenset())}
        for words in (one, other)
    ]
    return bool(_HAPPENING & happenings[0] & happenings[1])


def says_what_happens(event: str) -> bool:
    """Tell whether the words of an event have a verb, or a noun that stands for one."""
    keys = event.lower().split()
    return any(key in _VERBS or _HAPPENING & _ideas().get(key, frozenset()) for key in keys)
