"""What a person must say before a record can fall due: when something happened, whether a fact holds, or a choice."""

from dataclasses import dataclass
from enum import StrEnum

from rules.plain_values import PlainReader


class QuestionKind(StrEnum):
    """How a question is answered: with a day, with yes or no, or by deciding something about the rules."""

    EVENT = "event"
    FACT = "fact"
    DECISION = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question in words. `key` is the event or fact that its answer is recorded under.

    An event's question may be answered by "it never happened" too: then `or_fact` is the fact to deny.
    """

    kind: QuestionKind
    key: str
    words: str
    or_fact: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the question as plain values."""
        return {"kind": self.kind.value, "key": self.key, "words": self.words, "or_fact": self.or_fact}

    @classmethod
    def from_json(cls, value: object) -> "Question":
        """Return the question that `to_json` wrote.

        Raises:
            InvalidValueError: `value` has another shape.
        """
        reader = PlainReader(value, kind="question")
        return cls(
            kind=reader.choice("kind", QuestionKind),
            key=reader.text("key"),
            words=reader.text("words"),
            or_fact=reader.text("or_fact"),
        )


def when(key: str, words: str, *, or_fact: str = "") -> Question:
    """Return the question when the event `key` happened."""
    return Question(kind=QuestionKind.EVENT, key=key, words=words, or_fact=or_fact)


def whether(fact: str, words: str) -> Question:
    """Return the question whether `fact` holds."""
    return Question(kind=QuestionKind.FACT, key=fact, words=words)


def which(key: str, words: str) -> Question:
    """Return the question that only a decision about `key` (a class) settles."""
    return Question(kind=QuestionKind.DECISION, key=key, words=words)
