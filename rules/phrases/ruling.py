"""Puts what the sentences and columns of one statement say together into one rule."""

from dataclasses import dataclass, replace

from rules.model import (
    FILE_TRIGGERS,
    ClassState,
    Clause,
    Clock,
    DisposalAction,
    Instruction,
    InstructionKind,
    LaterOf,
    OnRefusal,
    Period,
    PeriodKind,
    Term,
    Trigger,
    clocks_of,
    term_in_words,
)
from rules.phrases.actions import Deed
from rules.phrases.combining import (
    UNSTATED,
    Said,
    bare,
    is_of_unnamed_year,
    is_without_start,
    later,
    longest_days,
    started,
    told_apart,
)
from rules.phrases.conditions import only_for, overriding, with_facts_of_their_own
from rules.phrases.event_words import speaks_of_death
from rules.phrases.parsed_rule import UnreadPhraseError
from rules.phrases.sentences import Sentence, is_cut_off
from rules.phrases.vocabulary import NO_TIME

_EARLY = frozenset({Trigger.CREATED, Trigger.RECORD_DATE, Trigger.RECEIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The rule that a statement comes to; `term` None is permanent."""

    state: ClassState
    term: Term | None
    action: DisposalAction | None
    period_kind: PeriodKind
    clauses: tuple[Clause, ...]
    instructions: tuple[Instruction, ...]
    on_refusal: OnRefusal


class Ruled:
    """A statement's sentences (`said`), those of its action column (`told`), the start that a third column states."""

    def __init__(self, said: list[Sentence], told: list[Sentence], start: Term | None, findings: list[str]) -> None:
        self._said, self._told, self._start, self._findings = said, told, start, findings
        self._is_permanent = any(sentence.is_permanent for sentence in said if not sentence.label)
        self._clauses = [clause for sentence in (*said, *told) for clause in sentence.clauses]
        self._instructions: list[Instruction] = []
        self._steps: list[tuple[Deed, Said | None]] = []
        self._terms: list[Said] = []
        self._on_the_way: list[Said] = []

    def rule(self) -> Ruling:
        """Return the rule.

        Raises:
            UnreadPhraseError: What is said does not come to one rule.
        """
        if not self._said:
            raise UnreadPhraseError("no period is written")
        self._pair_deeds_with_terms()
        labelled = [sentence for sentence in self._said if sentence.label]
        read, kind = self._by_label(labelled) if labelled else self._plain()
        term = None if read is None else told_apart(read)
        action = self._action()
        if term is not None:
            self._check_kept()
        if term is None:
            action = self._permanent_action(action)
        else:
            self._check_steps(term)
        refusals = {deed.on_refusal for deed, _ in self._steps}
        if OnRefusal.DESTROY in refusals and action is not DisposalAction.TRANSFER:
            raise UnreadPhraseError("it says what becomes of rejected records, and not who is offered them")
        return Ruling(
            state=ClassState.PERMANENT if term is None else state_of(term),
            term=term,
            action=action,
            period_kind=kind,
            clauses=with_facts_of_their_own([self._started_clause(clause, term) for clause in self._clauses]),
            instructions=tuple(self._instructions),
            on_refusal=OnRefusal.DESTROY if OnRefusal.DESTROY in refusals else OnRefusal.KEEP,
        )

    def _check_kept(self) -> None:
        """Refuse what keeps beside a period that ends: one of them is wrong, and it may be the period."""
        if any(sentence.is_permanent for sentence in self._told):
            raise UnreadPhraseError(
                "its period ends, and its action says that it is kept", finding="a period and a prohibition at once"
            )
        if any(sentence.is_kept_on for sentence in (*self._said, *self._told)):
            raise UnreadPhraseError("it has a period, and says that it is kept without saying until when")
        if any(sentence.holds for sentence in self._told) and not any(sentence.deeds for sentence in self._told):
            raise UnreadPhraseError("its action is a hold, and nothing is said of what comes after")

    def _pair_deeds_with_terms(self) -> None:
        """Give each action the term that stands with it; steps on the way to the end become instructions."""
        final = self._final_deed()
        for sentence in (*self._said, *self._told):
            for deed, said in sentence.pairs:
                if deed is not None and self._is_on_the_way(deed, said, final):
                    self._instruct(deed, said)
                    continue
                if deed is not None:
                    self._steps.append((deed, said))
                if said is not None and not sentence.label:
                    self._terms.append(said)

    def _final_deed(self) -> DisposalAction | None:
        """Return the last action that a term stands with, when several have one."""
        with_terms = [
            deed.action
            for sentence in (*self._said, *self._told)
            for deed, said in sentence.pairs
            if deed is not None and said is not None and deed.action is not None
        ]
        return with_terms[-1] if len(with_terms) > 1 else None

    def _is_on_the_way(self, deed: Deed, said: Said | None, final: DisposalAction | None) -> bool:
        if deed.instruction is not None:
            return True
        if said is None:
            return False
        if self._is_permanent and deed.action is DisposalAction.TRANSFER:
            return True
        return final is DisposalAction.DESTROY and deed.action in (DisposalAction.REVIEW, DisposalAction.TRANSFER)

    def _check_steps(self, term: Term) -> None:
        if any(longest_days(said.term) > longest_days(term) for said in self._on_the_way):
            raise UnreadPhraseError("a step on the way comes after the end")

    def _instruct(self, deed: Deed, said: Said | None) -> None:
        after: Period | None = None
        words = deed.words
        if said is not None:
            self._on_the_way.append(said)
            after = said.term.period if isinstance(said.term, Clock) and said.lacks_start else None
            words = deed.words if said.lacks_start else f"{deed.words}: {term_in_words(said.term)}"
        is_transfer = deed.action is DisposalAction.TRANSFER
        kind = deed.instruction or (InstructionKind.TRANSFER if is_transfer else InstructionKind.OTHER)
        if not any(one.kind is kind and (after is None) for one in self._instructions):
            self._instructions.append(Instruction(kind=kind, words=words, after=after))

    def _plain(self) -> tuple[Term | None, PeriodKind]:
        terms = self._with_cut_off()
        if self._is_permanent:
            reviewed = [said for deed, said in self._steps if deed.action is DisposalAction.REVIEW and said is not None]
            if len(reviewed) == 1 and terms == reviewed:
                self._findings.append("permanent: a review is due, and nothing is destroyed by this rule")
                for deed, _ in self._steps:
                    if deed.action is DisposalAction.TRANSFER:
                        self._instruct(deed, None)
                return self._with_start(reviewed[0]), PeriodKind.MINIMUM
            if terms:
                raise UnreadPhraseError(
                    "it is kept permanently and for a period", finding="permanent and a period at once"
                )
            return None, PeriodKind.MINIMUM
        if not terms and self._is_only_offered():
            return None, PeriodKind.MINIMUM  # without a period it is kept until it is offered, and then there
        said = self._only_one(terms)
        return self._with_start(said), self._kind(said)

    def _is_only_offered(self) -> bool:
        offers = [deed for sentence in self._said for deed in sentence.deeds if deed.action is DisposalAction.TRANSFER]
        return any(deed.words.lower().startswith("offer") for deed in offers) and self._start is None

    def _with_cut_off(self) -> list[Said]:
        """Return the terms, those that run `after cut-off` with what the cut-off is."""
        cut_off = next((sentence.cut_off for sentence in self._said if sentence.cut_off is not None), None)
        if cut_off is None:
            return self._terms
        return [replace(said, term=_from_cut_off(said.term, cut_off), lacks_start=False) for said in self._terms]

    def _only_one(self, terms: list[Said]) -> Said:
        """Return the term; a period without a start is another's, when both are as long."""
        distinct: list[Said] = []
        for said in terms:
            twin = next((other for other in distinct if bare(said.term) == bare(other.term)), None)
            if twin is None:
                distinct.append(said)
        with_start = [said for said in distinct if not said.lacks_start]
        if len(distinct) > 1 and with_start:
            lacking = [said for said in distinct if said.lacks_start]
            if all(_lengths(said.term) == _lengths(with_start[0].term) for said in lacking):
                distinct = with_start
        if not distinct:
            raise UnreadPhraseError("no period is written")
        if len(distinct) > 1 and any(said.is_code for said in distinct):
            words = " and ".join(term_in_words(said.term) for said in distinct)
            raise UnreadPhraseError(
                "its code and its text disagree", finding=f"the code and the text disagree: {words}"
            )
        if len(distinct) > 1:
            words = "; ".join(term_in_words(said.term) for said in distinct)
            raise UnreadPhraseError(f"it states several periods and not which of them counts: {words}")
        return distinct[0]

    def _with_start(self, said: Said) -> Term:
        """Return the term with the start that another column states."""
        if self._start is None:
            if said.lacks_start:
                self._findings.append("it does not say from when the period runs: a person must say it")
            return said.term
        if said.lacks_start or is_of_unnamed_year(said.term):
            return started(said.term, self._base_start())
        if not said.is_end and not _agree(self._start, said.term):
            raise UnreadPhraseError("the start in its own words and the start in its column are not the same")
        return said.term

    def _base_start(self) -> Term:
        """Return the start of the main period: `date of birth or date of death` has a start for each of two."""
        pair = self._start_after_death()
        if pair is None:
            if self._start is None:
                raise UnreadPhraseError("no start is written")
            return self._start
        return pair[0]

    def _start_after_death(self) -> tuple[Term, Clock] | None:
        if not isinstance(self._start, LaterOf):
            return None
        deaths = [
            part for part in self._start.terms if isinstance(part, Clock) and part.trigger is Trigger.DATE_OF_DEATH
        ]
        others = tuple(part for part in self._start.terms if part not in deaths)
        is_told_apart = any(
            clause.clock is not None
            and any(is_without_start(clock) for clock in clocks_of(clause.clock))
            and speaks_of_death(clause.when)
            for clause in self._clauses
        )
        if len(deaths) != 1 or len(others) != 1 or not is_told_apart:
            return None
        return others[0], deaths[0]

    def _started_clause(self, clause: Clause, term: Term | None) -> Clause:
        if clause.clock is None or not any(is_without_start(clock) for clock in clocks_of(clause.clock)):
            return clause
        pair = self._start_after_death()
        if pair is not None and speaks_of_death(clause.when):
            return replace(clause, clock=started(clause.clock, pair[1]))
        if self._start is not None:
            return replace(clause, clock=started(clause.clock, self._base_start()))
        is_of_a_life = isinstance(term, Clock) and term.trigger in (Trigger.DATE_OF_BIRTH, Trigger.DATE_OF_DEATH)
        if not isinstance(term, Clock) or is_of_a_life or speaks_of_death(clause.when):
            return clause
        # "6 years after the end of the contract, or 12 years if sealed": both run from that end
        same = replace(term, period=NO_TIME, period_max=None)
        return replace(clause, clock=started(clause.clock, same))

    def _kind(self, said: Said) -> PeriodKind:
        is_range = any(clock.period_max is not None for clock in clocks_of(said.term))
        if any(deed.is_duty for deed, _ in self._steps) and not is_range:
            return PeriodKind.EXACT
        return said.kind or PeriodKind.MINIMUM

    def _action(self) -> DisposalAction | None:
        """Return the action; of several the most careful, which has the lower code."""
        actions = [deed.action for deed, _ in self._steps if deed.action is not None]
        actions += [said.action for said in self._terms if said.action is not None]
        return min(actions, default=None)

    def _permanent_action(self, action: DisposalAction | None) -> DisposalAction:
        if action is DisposalAction.DESTROY:
            raise UnreadPhraseError(
                "it is kept permanently and destroyed", finding="permanent retention and destruction at once"
            )
        is_offer = action is DisposalAction.TRANSFER and not all(
            deed.is_kept for deed, _ in self._steps if deed.action is DisposalAction.TRANSFER
        )
        return DisposalAction.TRANSFER if is_offer else DisposalAction.RETAIN_PERMANENTLY

    def _by_label(self, labelled: list[Sentence]) -> tuple[Term | None, PeriodKind]:
        """Return the longest of the terms for paper, for children, and so on; each becomes a clause of its own."""
        others = [one for one in self._said if not one.label and (one.terms or one.is_permanent or one.cut_off)]
        if others:
            raise UnreadPhraseError("some of it is said of a part of the records, and some of all of them")
        if self._terms:
            raise UnreadPhraseError("the action states a period of its own")
        branches = [(sentence, self._branch(sentence)) for sentence in labelled]
        terms = tuple(term for _, term in branches if term is not None)
        if len(branches) == 1:
            self._clauses.append(only_for(labelled[0].label))
            return (terms[0] if terms else None), PeriodKind.MINIMUM
        for sentence, term in branches:
            action = min((deed.action for deed in sentence.deeds if deed.action is not None), default=None)
            action = DisposalAction.RETAIN_PERMANENTLY if term is None else action
            self._clauses.append(overriding(sentence.label, term, action))
        return (later(terms) if len(terms) == len(branches) else None), PeriodKind.MINIMUM

    def _branch(self, sentence: Sentence) -> Term | None:
        if sentence.is_permanent == bool(sentence.terms) or len(sentence.terms) > 1:
            raise UnreadPhraseError(f"the period for '{sentence.label}' is not understood")
        if sentence.is_permanent:
            return None
        if sentence.terms[0].kind is PeriodKind.MAXIMUM:
            raise UnreadPhraseError(f"a maximum for '{sentence.label}'")
        return self._with_start(sentence.terms[0])


def _lengths(term: Term) -> set[tuple[Period | None, Period | None]]:
    return {(clock.period, clock.period_max) for clock in clocks_of(term)}


def _from_cut_off(term: Term, cut_off: Term) -> Term:
    if isinstance(term, Clock) and (is_cut_off(term) or is_without_start(term)):
        return started(replace(UNSTATED, period=term.period, period_max=term.period_max), cut_off)
    raise UnreadPhraseError("it is cut off at one time and runs from another")


def _agree(start: Term, term: Term) -> bool:
    """Tell whether a start in a column says nothing else than the term's own; a record is made before any event."""
    own = {clock.trigger for clock in clocks_of(term)}
    other = {clock.trigger for clock in clocks_of(start)}
    return other <= own or (other <= _EARLY and Trigger.DATE_OF_BIRTH not in own)


def state_of(term: Term) -> ClassState:
    """Return whether the dates of a file settle `term`, or an event outside it must be told."""
    settled_by_file = FILE_TRIGGERS | {Trigger.FIXED_DATE}
    is_settled = all(clock.trigger in settled_by_file for clock in clocks_of(term))
    return ClassState.COMPUTABLE if is_settled else ClassState.NEEDS_EVENT
