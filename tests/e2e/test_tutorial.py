"""The tutorials, followed to the letter: every command is run, and every line of output they promise must appear.

A page that shows what the program no longer says leads a records manager astray at the worst moment.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
AT_HOME = "/home/rita/office-move"  # where the page was written
LEFT_OUT = "…"
MARK = "@@ended with "
# what each page must show in so many words, and every exit code that it teaches
PROMISES = {
    "tutorial.md": (
        (
            "every file is in exactly one queue",
            "rita may not approve batch B-0001: they proposed it",
            "Nothing was touched. Quarantine lasts 30 days",
            "FAILED at entry 3",
        ),
        {0, 3, 5, 6},
    ),
    "first-rule.md": (
        ("ALL-01 has 0 examples", "expected ALL-01, found none", "5 examples, 0 came out otherwise"),
        {0, 2, 3},
    ),
}

# What differs from day to day and from key to key: dates of the run, times, codes and the key's words.
_VARIABLE = (
    (re.compile(r"\b(?:202[6-9]|20[3-9]\d)-\d\d-\d\d(?: \d\d:\d\d)?"), "DAY"),
    (re.compile(r"\+[0-9a-f]{8,12}\b"), "+CODE"),
    (re.compile(r"(?:\b[a-z]+ ){11}[a-z]+$"), "WORDS"),
    (re.compile(r"━+"), "━"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One block of commands, how each should end, and what is shown below it."""

    commands: tuple[str, ...]
    codes: tuple[int, ...]
    shown: tuple[str, ...] | None


def read_steps(page: str) -> list[Step]:
    """Return the ```bash blocks in order, each with the ```text block that follows it at once, if any."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [
        _step(words, shown if kind == "text" else None)
        for (language, words), (kind, shown) in pairwise([*blocks, ("", "")])
        if language == "bash"
    ]


def _step(words: str, shown: str | None) -> Step:
    commands = _commands(words.rstrip("\n"))
    codes = [re.search(r"# exits with (\d+)$", command) for command in commands]
    return Step(
        commands=tuple(commands),
        codes=tuple(int(code[1]) if code else 0 for code in codes),
        shown=None if shown is None else tuple(shown.splitlines()),
    )


def _commands(words: str) -> list[str]:
    """Return a block's commands: an indented line, a loop's end and a here-document belong to the one above."""
    commands: list[str] = []
    waits_for = ""
    for line in words.splitlines():
        if waits_for or re.match(r"\s|done\b", line):
            commands[-1] += f"\n{line}"
            waits_for = "" if line == waits_for else waits_for
        else:
            commands.append(line)
            document = re.search(r"<<'(\w+)'", line)
            waits_for = document[1] if document else ""
    return commands


def broken_promise(shown: Sequence[str], printed: Sequence[str]) -> str | None:
    """Return the first shown line that was not printed where it should be; a lone … stands for any lines."""
    at, may_skip = 0, False
    for line in shown:
        if line.strip() == LEFT_OUT:
            may_skip = True
            continue
        wanted = re.compile(".*".join(re.escape(part) for part in _steady(line).split(LEFT_OUT)))
        places = range(at, len(printed) if may_skip else min(at + 1, len(printed)))
        found = next((place for place in places if wanted.fullmatch(_steady(printed[place]))), None)
        if found is None:
            return line
        at, may_skip = found + 1, False
    return None if may_skip or at == len(printed) else f"nothing more, but there was: {printed[at]}"


def _steady(line: str) -> str:
    for pattern, word in _VARIABLE:
        line = pattern.sub(word, line)
    return line.strip()


@pytest.fixture(scope="module", params=sorted(PROMISES))
def page(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def steps(page: str) -> list[Step]:
    return read_steps((DOCS / page).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def printed(steps: list[Step]) -> list[str]:
    """Return what each step printed, in one shell, as a reader would have it, from an empty folder."""
    # not pytest's folders: they are kept, and a log with its copy sets aside 128 MB of disk
    with TemporaryDirectory() as place:
        return _run_in_one_shell(steps, Path(place).resolve())


def _run_in_one_shell(steps: Sequence[Step], home: Path) -> list[str]:
    folder = home / "office-move"
    folder.mkdir()
    script = [
        line
        for step in steps
        for line in (*(f'{command}\necho "{MARK}$?"' for command in step.commands), "echo '@@step'")
    ]
    ended = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env={
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    return ended.stdout.replace(str(folder), AT_HOME).split("@@step\n")[:-1]


def test_every_command_ends_as_the_page_says(steps: list[Step], printed: list[str]) -> None:
    assert len(printed) == len(steps)

    wrong = [
        (command, f"should exit with {code}, not {found}", output)
        for step, output in zip(steps, printed, strict=True)
        for command, code, found in zip(step.commands, step.codes, _codes(output), strict=True)
        if code != found
    ]

    assert wrong == []


def test_every_line_the_page_shows_is_printed(steps: list[Step], printed: list[str]) -> None:
    broken = [
        (step.commands[-1], promise, output)
        for step, output in zip(steps, printed, strict=True)
        if step.shown is not None and (promise := broken_promise(step.shown, _lines(output)))
    ]

    assert broken == []


def test_the_page_keeps_its_promises_in_so_many_words(page: str, printed: list[str]) -> None:
    whole = "".join(printed)
    promises, exit_codes = PROMISES[page]

    assert [words for words in promises if words not in whole] == []
    assert {code for output in printed for code in _codes(output)} == exit_codes


def test_a_page_that_shows_what_is_not_printed_is_found() -> None:
    printed = ["Plan for batch B-0001", "7 would go, on 2030-01-02", "Nothing was touched."]

    assert broken_promise(["Plan for batch B-0001", "…", "Nothing …"], printed) is None
    assert broken_promise(["…", "7 would go, on 2026-11-21", "…"], printed) is None
    assert broken_promise(["Plan for batch B-0001", "Nothing …"], printed) == "Nothing …"
    assert (
        broken_promise(["Plan for batch B-0001"], printed) == "nothing more, but there was: 7 would go, on 2030-01-02"
    )
    assert broken_promise(["…", "8 would go, on 2026-11-21", "…"], printed) == "8 would go, on 2026-11-21"


def test_a_block_is_read_command_by_command() -> None:
    page = "```bash\nfor n in 1; do\n  echo $n\ndone\nfalse  # exits with 1\n```\n\nThen:\n\n```text\n1\n```\n"

    assert read_steps(page) == [
        Step(commands=("for n in 1; do\n  echo $n\ndone", "false  # exits with 1"), codes=(0, 1), shown=("1",))
    ]


def _codes(output: str) -> list[int]:
    return [int(code) for code in re.findall(rf"^{MARK}(\d+)$", output, re.MULTILINE)]


def _lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if not line.startswith(MARK)]
