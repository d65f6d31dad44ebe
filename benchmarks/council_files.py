"""Made-up files of a council, in the words of a schedule: a path, a text of about 5 KB, a date or two, for each class.

A text is ordinary office prose in which some words are far more frequent than others; a few phrases of its own class
stand in it, one or two of other classes, labelled dates, and the typographic signs that word processors put in.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from rules import DisposalClass, DisposalSchedule

_SMALL_WORDS: Final = (
    "the of and to in a is that for it was on with as be by at this are have from or an not which but were had has we "
    "they their will been would all there if can who more when other its some so than these may any our into also do "
    "made could only time after where most such out no up about over should between each under through both those "
    "before during being because however within against whether further following set own since until again here very "
    "then now while still upon per via without among across last first second three four several many few new same"
)
_OFFICE_WORDS: Final = (
    "council officer member committee resident ward parish street property tenant applicant supplier service team "
    "manager director head department area community public local authority borough district town county report policy "
    "procedure review decision action letter email reference number date year month week amount cost value total paid "
    "due received signed copy attached form record file case matter issue concern request response information detail "
    "evidence statement note visit meeting agenda budget account invoice order contract project work repair site "
    "building road school pupil child parent family adult carer client customer person staff employee post training "
    "leave pay health safety risk assessment incident insurance claim legal court notice appeal complaint licence "
    "permit inspection application housing rent benefit tax election museum library park waste noise food transport "
    "highway parking penalty charge vehicle equipment system access audit finance bank loan agreement lease sale "
    "quality performance target survey programme board mayor chief executive human social care provision placement "
    "window boiler garden kitchen neighbour morning afternoon telephone message answer question discussion agreed "
    "considered explained confirmed reported noted asked advised recommended approved completed provided contacted "
    "available required possible necessary suitable regular local temporary additional general particular current"
)
_LABELS: Final = ("Date: ", "Invoice date: ", "Dated ", "Date of meeting: ", "DOB: ", "Decision date ", "Received on ")
_MONTHS: Final = ("January", "March", "May", "June", "September", "October", "December")
_ENDS: Final = (". ", ". ", ". ", ".\n", ".\n\n", "; ", ", ", " \N{EN DASH} ", ": ", "? ")
_TYPES: Final = (
    ("pdf", "application/pdf"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("msg", "application/vnd.ms-outlook"),
    ("txt", "text/plain"),
)
_PICTURES: Final = (("jpg", "image/jpeg"), ("mp4", "video/mp4"), ("dwg", "image/vnd.dwg"))
_FIRST_DAY: Final = datetime(2004, 1, 5, 10, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFile:
    """A file as the rules are told of it."""

    path: str
    media_type: str
    text: str
    modified_at: datetime
    size_bytes: int = 20_000
    properties: Mapping[str, str] = field(default_factory=dict)


class Maker:
    """Makes files of the classes of a schedule, always the same ones for the same seed."""

    def __init__(self, schedule: DisposalSchedule, *, seed: int = 1) -> None:
        self._chance = random.Random(seed)  # noqa: S311  # repeatable is the point
        small, office = _SMALL_WORDS.split(), _OFFICE_WORDS.split()
        self._chance.shuffle(office)
        self._words = (*small, *office)
        self._weights = [1 / (place + 2) for place in range(len(small))]
        self._weights += [0.3 / (place + 8) for place in range(len(office))]
        self._classes = [entry for entry in schedule.classes if entry.cues.folders or entry.cues.names]
        self._phrases = [phrase for entry in self._classes for phrase in entry.cues.phrases]

    def files(self, how_many: int, *, with_text: float = 1.0, folders_a_class: int = 12) -> Iterator[MadeFile]:
        """Yield files, class after class; the given share of them has a text."""
        for number in range(how_many):
            entry = self._classes[number % len(self._classes)]
            yield self._file(entry, number, has_text=self._chance.random() < with_text, folders=folders_a_class)

    def prose(self, characters: int) -> list[str]:
        """Return sentences, together a little longer than asked."""
        sentences: list[str] = []
        size = 0
        while size < characters:
            words = self._chance.choices(self._words, self._weights, k=self._chance.randint(6, 24))
            sentence = " ".join(words).capitalize() + self._chance.choice(_ENDS)
            sentences.append(sentence)
            size += len(sentence)
        return sentences

    def text(self, entry: DisposalClass, *, characters: int = 5_000) -> str:
        """Return a text of this class."""
        chance, own = self._chance, entry.cues.phrases
        sentences = self.prose(characters)
        inserted = [plainly(chance.choice(own)) for _ in range(chance.randint(2, 5))] if own else []
        inserted += [plainly(chance.choice(self._phrases)) for _ in range(chance.randint(0, 1))]
        inserted += [f"{chance.choice(_LABELS)}{self._day()}\n" for _ in range(chance.randint(1, 3))]
        if chance.random() < 2 / 3:  # word processors and PDFs; notes and mails are plain
            inserted += ["the council\N{RIGHT SINGLE QUOTATION MARK}s fee of \N{POUND SIGN}120"]
        else:
            sentences = [sentence.replace("\N{EN DASH}", "-") for sentence in sentences]
        for phrase in inserted:
            sentences.insert(chance.randrange(len(sentences)), f"{phrase} ")
        return "".join(sentences)[:characters]

    def _file(self, entry: DisposalClass, number: int, *, has_text: bool, folders: int) -> MadeFile:
        chance = self._chance
        folder = plainly(chance.choice(entry.cues.folders or entry.cues.names)).title()
        name = plainly(chance.choice(entry.cues.names or entry.cues.folders))
        extension, media_type = chance.choice(_TYPES if has_text else _PICTURES)
        year = 2004 + chance.randrange(20)
        path = f"{entry.function}/{folder}/{year}-{(year + 1) % 100:02}/{chance.randrange(folders):03}"
        return MadeFile(
            path=f"{path}/{name} {number}.{extension}",
            media_type=media_type,
            text=self.text(entry) if has_text else "",
            modified_at=_FIRST_DAY + timedelta(days=chance.randrange(7000), seconds=number % 5000),
        )

    def _day(self) -> str:
        chance = self._chance
        day, year = chance.randint(1, 28), 2005 + chance.randrange(18)
        if chance.random() < 1 / 2:
            return f"{day:02}/{chance.randint(1, 12):02}/{year}"
        return f"{day} {chance.choice(_MONTHS)} {year}"


def plainly(cue: str) -> str:
    """Return a cue the way somebody might write it: without its signs, and with its optional parts left out."""
    written, depth = "", 0
    for letter in cue.removeprefix("regex:").replace("...", "the"):
        depth += (letter == "[") - (letter == "]")
        if depth == 0 and letter not in "]^*()\\{}$?":
            written += "7" if letter == "#" else letter
    return " ".join(written.split("|")[0].split())
