"""Questions: what must be asked before files can fall due, once for each case, with what an answer would settle."""

import hashlib
import heapq
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from retention.domain.attestations import Reach
from retention.domain.naming import path_fields
from retention.domain.people import Person
from retention.errors import InvalidInputError, UnknownThingError
from retention.services.asking.attesting import AttestationMade, Said, attest
from retention.store import asked
from retention.store.asked import AskedGroup
from retention.store.catalogue import Catalogue
from rules import Question, QuestionKind

_DIGITS_OF_NAME = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseQuestion:
    """One question about one case: `key` names the event or fact that its answer is about.

    `files` and `size_bytes` are what waits for the answer, perhaps among others; `due_earliest` is the first day on
    which any of it could be due, None when that is not bounded. The name is the same for as long as case and question
    are.
    """

    question_id: str
    source_id: str
    asset_id: str
    case_path: str
    kind: QuestionKind
    key: str
    or_fact: str
    words: str
    classes: tuple[str, ...]
    files: int
    size_bytes: int
    due_earliest: date | None

    def to_json(self) -> dict[str, object]:
        """Return the question as one object."""
        return {
            "question": self.question_id,
            "asset": self.asset_id,
            "source": self.source_id,
            **path_fields(self.case_path),
            "kind": self.kind,
            "key": self.key,
            "denied_by": self.or_fact or None,
            "words": self.words,
            "classes": list(self.classes),
            "items": self.files,
            "bytes": self.size_bytes,
            "due_earliest": None if self.due_earliest is None else self.due_earliest.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsAsked:
    """The questions that settle most, and how many there are in all."""

    questions: tuple[CaseQuestion, ...]
    total: int


def list_questions(catalogue: Catalogue, *, asset_id: str | None, limit: int) -> QuestionsAsked:
    """Return the open questions that most files wait for, and how many questions there are. Memory: `limit`."""
    total = 0

    def counted() -> Iterator[CaseQuestion]:
        nonlocal total
        with closing(open_questions(catalogue, asset_id=asset_id)) as questions:
            for question in questions:
                total += 1
                yield question

    found = heapq.nsmallest(limit, counted(), key=lambda one: (-one.files, one.source_id, one.case_path, one.key))
    return QuestionsAsked(questions=tuple(found), total=total)


def open_questions(catalogue: Catalogue, *, asset_id: str | None = None) -> Generator[CaseQuestion, None, None]:
    """Yield every open question, by source and case; memory holds one case at a time."""
    with catalogue.reading() as tx, closing(asked.groups(tx, asset_id=asset_id)) as groups:
        for _case, of_case in groupby(groups, key=lambda group: (group.source_id, group.case_path)):
            yield from _questions_of(of_case)


def find_question(catalogue: Catalogue, question_id: str) -> CaseQuestion:
    """Return one open question.

    Raises:
        UnknownThingError: There is none of that name, or it has been answered.
    """
    with closing(open_questions(catalogue)) as questions:
        found = next((one for one in questions if one.question_id == question_id), None)
    if found is None:
        raise UnknownThingError(kind="open question", name=question_id)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody answers: a day, or yes or no, and how they know."""

    basis: str
    on: date | None = None
    holds: bool | None = None


def answer_question(
    catalogue: Catalogue, question_id: str, answer: Answer, *, person: Person, at: datetime
) -> AttestationMade:
    """Store an answer as a statement about the case; it settles every file that waits for it.

    A question for an event may be answered with no, where the rule counts its last time and there was none.

    Raises:
        UnknownThingError: There is no such open question.
        InvalidInputError: The question cannot be answered so.
        RefusedByPolicyError: `person` may not answer it.
    """
    question = find_question(catalogue, question_id)
    key = question.key
    if question.kind is QuestionKind.DECISION:
        raise InvalidInputError(
            what=f"question {question_id} asks for a decision on the schedule, which no statement makes",
            not_done="Nothing was stated.",
            next_step="Change the schedule and publish the new version, or classify the files anew.",
        )
    if question.kind is QuestionKind.EVENT and answer.holds is False and question.or_fact:
        key = question.or_fact
    elif (question.kind is QuestionKind.EVENT) != (answer.on is not None):
        wanted = "a day: --on DATE" if question.kind is QuestionKind.EVENT else "--yes or --no"
        raise InvalidInputError(
            what=f"question {question_id} is not answered in that way",
            not_done="Nothing was stated.",
            next_step=f"Give {wanted}",
        )
    said = Said(
        place=f"{question.source_id}:{question.case_path}",
        key=key,
        on=answer.on,
        holds=answer.holds,
        basis=answer.basis,
        reach=Reach.CASE,
        classes=question.classes,
    )
    return attest(catalogue, said, person=person, at=at)


def _questions_of(groups: Iterable[AskedGroup]) -> Iterator[CaseQuestion]:
    found: dict[tuple[str, str, str], CaseQuestion] = {}
    for group in groups:
        for question in group.asked:
            # classes may ask for the birth of different people: then they ask in different words
            thing = (str(question.kind), question.key, question.words)
            found[thing] = _joined(found[thing], group) if thing in found else _asked_first(group, question)
    yield from found.values()


def _asked_first(group: AskedGroup, question: Question) -> CaseQuestion:
    return CaseQuestion(
        question_id=_name(group, question),
        source_id=group.source_id,
        asset_id=group.asset_id,
        case_path=group.case_path,
        kind=question.kind,
        key=question.key,
        or_fact=question.or_fact,
        words=question.words,
        classes=(group.class_id,),
        files=group.files,
        size_bytes=group.size_bytes,
        due_earliest=group.due_earliest,
    )


def _joined(before: CaseQuestion, group: AskedGroup) -> CaseQuestion:
    days = (before.due_earliest, group.due_earliest)
    return replace(
        before,
        classes=tuple(sorted({*before.classes, group.class_id})),
        files=before.files + group.files,
        size_bytes=before.size_bytes + group.size_bytes,
        due_earliest=None if None in days else min(day for day in days if day is not None),
    )


def _name(group: AskedGroup, question: Question) -> str:
    words = f"{group.source_id}\0{group.case_path}\0{question.kind}\0{question.key}\0{question.words}"
    digest = hashlib.sha256(words.encode("utf-8", "surrogateescape")).hexdigest()
    return f"Q-{digest[:_DIGITS_OF_NAME]}"
