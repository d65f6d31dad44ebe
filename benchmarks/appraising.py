"""How fast the rules are: the search for all cues at once, one file, and a whole catalogue under a new version.

    python benchmarks/appraising.py [--files 300] [--rounds 5]
    python benchmarks/appraising.py --catalogue 1000000

The first table looks for 900 phrases in texts of 5,000 characters: with one regular expression for each phrase, as
anybody would write it, and with ours, once with the standard library alone and once with the `fast` extra. All must
find the same words in the same places. The second does the same with the cues of the shipped schedule. The third
appraises files of every class of the shipped schedule. With `--catalogue`, a catalogue of that many copies, of which
30 of 100 have a text, is compared with new versions of the schedule; works in temporary folders.
"""

import argparse
import random
import re
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from typing import Final

from benchmarks.council_files import MadeFile, Maker, plainly
from rules import Classifier, DisposalSchedule, appraise, shipped_schedule
from rules.cues.language import SEPARATORS, Cue, parse_cue
from rules.cues.matching import CueMatcher, fold_text
from rules.cues.words import words_of
from rules.personal_data import personal_data_flags

PHRASES: Final = 900
PLAIN_GOAL, FAST_GOAL = 400, 3_000
WITH_TEXT_GOAL_US, WITHOUT_GOAL_US = 250, 40
_TEXTS: Final = 24
_PHRASES_IN_TEXT: Final = 4

Finds = Counter[tuple[str, int, int]]


def the_phrases(schedule: DisposalSchedule, *, how_many: int) -> list[str]:
    """Return phrases of one to four words: those of the schedule, and others made of their words."""
    chance = random.Random(3)  # noqa: S311  # repeatable is the point
    own = {plainly(phrase) for entry in schedule.classes for phrase in (*entry.cues.phrases, *entry.cues.folders)}
    words = sorted({word for phrase in own for word in phrase.split() if word.isalpha()})
    phrases = dict.fromkeys(sorted(phrase for phrase in own if re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)+", phrase)))
    while len(phrases) < how_many:
        phrases[" ".join(chance.sample(words, k=chance.choice((2, 2, 2, 3, 3, 4))))] = None
    return list(phrases)[:how_many]


def the_texts(schedule: DisposalSchedule, phrases: Sequence[str]) -> list[str]:
    """Return folded texts of 5,000 characters with a few of the phrases in each."""
    chance, maker = random.Random(4), Maker(schedule, seed=4)  # noqa: S311  # repeatable is the point
    texts = []
    for _ in range(_TEXTS):
        sentences = maker.prose(5_000)
        for phrase in chance.sample(phrases, k=_PHRASES_IN_TEXT):
            sentences.insert(chance.randrange(len(sentences)), f"{phrase} ")
        texts.append(fold_text("".join(sentences)[:5_000]).folded)
    return texts


def by_expressions(expressions: Sequence[tuple[str, re.Pattern[str]]], text: str) -> Finds:
    """Search a text for each phrase by itself."""
    return Counter((key, *found.span()) for key, pattern in expressions for found in pattern.finditer(text))


def by_matcher(matcher: CueMatcher[str], text: str) -> Finds:
    """Search a text for all at once, as if it were the first time."""
    words_of.cache_clear()
    return Counter((key, start, end) for search, start, end in matcher.spans(text) for key in search.keys)


def us_a_text(work: Callable[[str], object], texts: Sequence[str], *, rounds: int) -> float:
    """Return millionths of a second of the processor for one text: the best of some rounds, the first not counted."""
    for text in texts:
        work(text)
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time_ns()
        for text in texts:
            work(text)
        best = min(best, (time.process_time_ns() - began) / len(texts) / 1_000)
    return best


def print_matching(name: str, cues: Sequence[tuple[str, Cue]], texts: Sequence[str], *, rounds: int) -> None:
    """Print how long each way takes, and how many times longer one expression for each phrase takes.

    Raises:
        SystemExit: Two ways find different words.
    """
    written = [(key, re.compile(_as_anybody_would(variant.tokens, variant.expression))) for key, cue in cues for variant in cue.variants]  # fmt: skip  # noqa: E501
    ours = [(key, re.compile(variant.expression)) for key, cue in cues for variant in cue.variants]
    ways: dict[str, tuple[Callable[[str], Finds], int]] = {
        "one expression for each": (lambda text: by_expressions(written, text), 1),
        "our expressions one by one": (lambda text: by_expressions(ours, text), rounds),
    }
    for label, is_plain in (("ours, standard library", True), ("ours, with RE2", False)):
        if is_plain or find_spec("re2"):
            matcher = CueMatcher(cues, is_plain=is_plain)
            ways[label] = (lambda text, matcher=matcher: by_matcher(matcher, text), rounds * 4)  # type: ignore[misc]  # bound now
    expected = [by_expressions(written, text) for text in texts]
    for label, (find, _) in ways.items():
        if [find(text) for text in texts] != expected:
            message = f"{label}: does not find what searching for each phrase finds"
            raise SystemExit(message)
    hits = statistics.mean(sum(found.values()) for found in expected)
    print(f"{name}: {len(written)} expressions, texts of 5,000 characters, {hits:.1f} finds in each; CPU us a text")
    base = 0.0
    for label, (find, times) in ways.items():
        spent = us_a_text(find, texts[:3] if times == 1 else texts, rounds=times)
        base = base or spent
        print(f"  {label:28} {spent:>10,.1f}   {base / spent:>8,.0f} times")
    print(f"  (goals: {PLAIN_GOAL} times with the standard library, {FAST_GOAL:,} with RE2)")


def _as_anybody_would(tokens: Sequence[str], expression: str) -> str:
    if not all(token.isalnum() for token in tokens):
        return expression
    return r"(?<!\w)" + SEPARATORS["text"].join(map(re.escape, tokens)) + r"(?!\w)"


def print_files(schedule: DisposalSchedule, *, files: int, rounds: int) -> None:
    """Print how long it takes to appraise files of all classes, once their folders were met."""
    classifier = Classifier(schedule)
    print(f"appraising {files:,} files of {len(schedule.classes)} classes: CPU us a file, median (and mean)")
    for label, share, goal in (("5 KB of text", 1.0, WITH_TEXT_GOAL_US), ("no text", 0.0, WITHOUT_GOAL_US)):
        made = list(Maker(schedule, seed=2).files(2 * files, with_text=share))
        for file in made[:files]:
            appraise(classifier, file)
        ways = (
            ("appraised", lambda file: appraise(classifier, file)),
            ("of this, classified", classifier.classify),
            ("of this, personal data", lambda file: personal_data_flags(file.text)),
        )
        for name, work in ways:
            best = _best_us(work, made[files:], rounds=rounds)
            told = f"(goal {goal})" if name == "appraised" else ""
            print(f"  {label:14} {name:22} {statistics.median(best):>8,.0f} ({statistics.mean(best):,.0f}) {told}")


def _best_us(work: Callable[[MadeFile], object], files: Sequence[MadeFile], *, rounds: int) -> list[float]:
    """Return the best time for each file, in millionths of a second.

    Each round meets another one in its place: in the same folder, of another name, and written on another day.
    """
    best = [float("inf")] * len(files)
    for round_ in range(rounds):
        for number, file in enumerate(_next_to(one, round_) for one in files):
            began = time.thread_time_ns()
            work(file)
            best[number] = min(best[number], (time.thread_time_ns() - began) / 1_000)
    return best


def _next_to(file: MadeFile, number: int) -> MadeFile:
    stem, dot, extension = file.path.rpartition(".")
    path, modified_at = f"{stem}{number}{dot}{extension}", file.modified_at + timedelta(days=number)
    return replace(file, path=path, modified_at=modified_at)


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--files", type=int, default=300)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--catalogue", type=int, default=0, metavar="COPIES")
    given = asked.parse_args()
    schedule = shipped_schedule()
    if given.catalogue:
        from benchmarks.new_versions import print_catalogue  # noqa: PLC0415  # the rules alone need no catalogue

        print_catalogue(schedule, given.catalogue)
        return 0
    phrases = the_phrases(schedule, how_many=PHRASES)
    texts = the_texts(schedule, phrases)
    print_matching(
        "made-up phrases", [(one, parse_cue(one, kind="text")) for one in phrases], texts, rounds=given.rounds
    )
    own = {one for entry in schedule.classes for one in (*entry.cues.phrases, *entry.exclusions)}
    texts = [fold_text(file.text).folded for file in Maker(schedule, seed=5).files(_TEXTS)]
    print_matching("the shipped schedule", [(one, parse_cue(one, kind="text")) for one in sorted(own)], texts, rounds=given.rounds)  # fmt: skip  # noqa: E501
    print_files(schedule, files=given.files, rounds=given.rounds)
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
