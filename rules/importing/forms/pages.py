"""Reads retention pages as text: entries of labels and values, and tables of pipes whose cells run over lines.

A title is the line before an entry's first label. Where cells have lost their columns nothing is guessed: such a page
is refused.
"""

import re
from dataclasses import dataclass, field

from rules.importing.account import ImportDefaults
from rules.importing.entry import Draft
from rules.importing.forms.form import Form
from rules.importing.forms.statements import draft_of, entry_of
from rules.importing.reading.bounds import MOST_COLUMNS, MOST_LINES, MOST_ROWS
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import refusal
from rules.importing.reading.tables import Table, TableRow, key_of
from rules.loading.yaml_reading import Place

_LABELS = {
    "retention": "retention", "retention period": "retention", "disposition": "retention",
    "retention and disposal": "retention", "keep for": "retention", "keep from": "keep_from",
    "trigger": "keep_from", "start": "keep_from", "action": "action", "disposal action": "action",
    "description": "description", "example s": "description", "examples": "description",
    "reasoning": "authority", "rationale": "authority", "authority": "authority", "legislation": "authority",
    "legal basis": "authority", "statutory provision": "authority", "reason": "authority",
    "note": "notes", "notes": "notes", "location": "location", "updated": "updated",
    "personal data": "personal data", "special category data": "special category data", "owner": "owner",
}  # fmt: skip
_LABELLED = re.compile(r"(?:[-*•·]\s*)?([A-Za-z][A-Za-z /()]{1,40}?):(?:\s+(.*))?")
_NUMBERED = re.compile(r"([A-Z]{1,6}[ -]?\d[\w.-]{0,20}(?: and [A-Z]{1,6}[ -]?\d[\w.-]{0,20})?)\s*[:|]\s*(\S.*)")
_BULLET = re.compile(r"[-*•·]\s*")
_HOLD = re.compile(r"do not destroy\b", re.IGNORECASE)
_COMMENT = re.compile(r"\A\s*(?:#[^\n]*|<!--.*?-->)", re.DOTALL)
_RULE = re.compile(r"\|?\s*:?-{3,}:?\s*(?:\|\s*:?-{3,}:?\s*)+\|?")
_FEWEST_COLUMNS = 3


@dataclass(slots=True)
class _Block:
    """One entry as it is being read."""

    line: int
    title: str = ""
    number: str = ""
    section: str = ""
    preface: str = ""
    said: dict[str, str] = field(default_factory=dict)


def _recognises_labels(opened: Opened) -> bool:
    return not opened.is_xml and not opened.is_json and any("retention" in block.said for block in _blocks(opened))


def _blocks(opened: Opened) -> list[_Block]:
    """Return the labelled entries of a page.

    Raises:
        ScheduleError: It has more lines than a page of a schedule.
    """
    lines = _without_comment(opened.text).splitlines()
    if len(lines) > MOST_LINES:
        raise refusal(opened.name, f"there are more than {MOST_LINES} lines", "split the page")
    found: list[_Block] = []
    loose: list[tuple[int, str]] = []
    section, last = "", ""
    for number, line in enumerate(lines, start=1):
        words = line.strip()
        if not words:
            continue
        label, value = _label(words)
        if not label:
            # what follows a label and is a bullet goes on with it; anything else may be the next title
            if found and last and not loose and _BULLET.match(words):
                found[-1].said[last] = f"{found[-1].said[last]}\n{words}".strip()
            else:
                loose.append((number, words))
            continue
        if loose or not found or label in found[-1].said:
            block = _opened_block(loose, number)
            section = block.section or section
            block.section = section
            found.append(block)
            loose = []
        found[-1].said[label] = value
        last = label
    return found


def _label(words: str) -> tuple[str, str]:
    """Return the field a line labels, with its value; no field when it labels none."""
    matched = _LABELLED.fullmatch(words)
    name = _LABELS.get(key_of(matched.group(1)), "") if matched else ""
    return (name, (matched.group(2) or "").strip()) if matched and name else ("", "")


def _opened_block(loose: list[tuple[int, str]], line: int) -> _Block:
    """Return an entry whose title is among the lines before its first label."""
    holds = [words for _, words in loose if _HOLD.search(words)]
    titles = [(number, words) for number, words in loose if not _HOLD.search(words)]
    if not titles:
        return _Block(line=line, preface=" ".join(holds))
    numbered = [(number, found) for number, words in titles if (found := _NUMBERED.fullmatch(words))]
    where, words = titles[-1]
    block = _Block(line=where, title=words, preface=" ".join(holds))
    if numbered:
        where, named = numbered[-1]
        block.line, block.number, block.title = where, named.group(1), named.group(2)
    before = [text for number, text in titles if number < where]
    block.section = before[-1] if before else ""
    return block


def _without_comment(text: str) -> str:
    """Return the text with a comment at its beginning made of empty lines, so that lines keep their numbers."""
    return _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text, count=1)


def _read_labels(opened: Opened, defaults: ImportDefaults) -> Draft:
    entries = []
    blocks = _blocks(opened)
    for block in blocks:
        if "retention" not in block.said:
            continue
        others = {name: f"{name.capitalize()}: {text}" for name, text in block.said.items() if name in _OTHERS and text}
        told = {name: text for name, text in block.said.items() if name not in _OTHERS}
        told |= others | {"id": block.number, "title": block.title, "function": block.section}
        told["retention"] = f"{block.preface} {told['retention']}".strip()
        place = Place(line=block.line, column=1)
        entries.append(entry_of(told, where=f"line {block.line}", place=place, defaults=defaults))
    labels = sorted({label for block in blocks for label in block.said})
    return Draft(
        entries=tuple(entries),
        mapping=(
            "the line before an entry's first label → title",
            *(f"label of {label} → {label}" for label in labels),
        ),
    )


_OTHERS = frozenset({"location", "updated", "personal data", "special category data", "owner"})


def _pipe_table(text: str) -> tuple[int, str, str] | None:
    """Return the line of the headings, the headings, and everything below the rule under them."""
    lines = _without_comment(text).splitlines()
    for number, line in enumerate(lines):
        if number and _RULE.fullmatch(line.strip()) and lines[number - 1].count("|") >= _FEWEST_COLUMNS - 1:
            return number, lines[number - 1], "\n".join(lines[number + 1 :])
    return None


def _recognises_pipes(opened: Opened) -> bool:
    return not opened.is_xml and not opened.is_json and _pipe_table(opened.text) is not None


def _read_pipes(opened: Opened, defaults: ImportDefaults) -> Draft:
    found = _pipe_table(opened.text)
    if found is None:
        raise refusal(opened.name, "there is no table of pipes", "give headings with | and a line of --- below them")
    line, head, body = found
    header = tuple(" ".join(cell.split()) for cell in head.strip().strip("|").split("|"))
    rows = _rows(body, len(header), line + 1, opened.name)
    table = Table(name="", header=header, rows=rows)
    return draft_of(table, file=opened.name, defaults=defaults)


def _rows(body: str, width: int, line: int, file: str) -> tuple[TableRow, ...]:
    """Return the rows of a body whose cells each end with a pipe and may run over lines.

    Raises:
        ScheduleError: The cells do not make whole rows, so it is not known which column each belongs to.
    """
    if width > MOST_COLUMNS:
        raise refusal(file, f"there are more than {MOST_COLUMNS} columns", "keep the columns that say something")
    is_fenced = all(row.strip().startswith("|") for row in body.splitlines() if row.strip())
    cells = re.sub(r"^\s*\|", "", body, flags=re.MULTILINE).split("|") if is_fenced else body.split("|")
    if cells and not cells[-1].strip():
        cells.pop()
    if len(cells) % width or len(cells) > MOST_ROWS * width:
        what = f"{len(cells)} cells do not make whole rows of {width}, so their columns are not known"
        raise refusal(file, what, "end every cell with |", place=Place(line=line, column=1))
    rows = []
    for number in range(len(cells) // width):
        own = cells[number * width : (number + 1) * width]
        first = own[0]
        at = line + 1 + first[: len(first) - len(first.lstrip())].count("\n")
        rows.append(TableRow(number=number + 2, line=at, cells=tuple(" ".join(cell.split()) for cell in own)))
        line += sum(cell.count("\n") for cell in own)
    return tuple(rows)


LABELS = Form(
    name="labels",
    words="a page of entries with labels, such as `Retention: 6 years`",
    recognises=_recognises_labels,
    read=_read_labels,
)
PIPES = Form(name="pipes", words="a page with a table of pipes", recognises=_recognises_pipes, read=_read_pipes)
