"""Turning the characters of an old Word document into the text that its reader sees.

Follows [MS-DOC] 2.4.3 (special characters) and 2.8.25 (fields, whose instructions nobody reads).
"""

import re

from scanners.text.reading import Draft

_FIELD_BEGINS, _RESULT_BEGINS, _FIELD_ENDS = "\x13", "\x14", "\x15"
_FIELD_MARKS = re.compile("[\x13-\x15]")
_MARKS = str.maketrans(
    {
        "\x01": "",  # a picture
        "\x02": "",  # the number of a note
        "\x05": "",  # the place of a comment
        "\x07": "\t",  # the end of a cell
        "\x08": "",  # a drawing
        "\x0b": "\n",
        "\x0c": "\n",
        "\x0e": "\n",
        "\x1e": "-",
        "\x1f": "",  # a hyphen that shows only at the end of a line
    }
)
_SHOWN_INSTRUCTION = re.compile(r"\s*(?:MACROBUTTON|GOTOBUTTON)\s+\S+\s+(.*)", re.DOTALL)
_EQUATION = re.compile(r"\s*EQ\s(.*)", re.DOTALL)
_EQUATION_CODES = re.compile(r'\\\*\s*(?:"[^"]*"|\S+)|\\[A-Za-z]+\s*\d*|[(),;]')
_MAX_INSTRUCTION = 4000


class Story:
    """One stretch of text that is read from its beginning to its end: the body, the footnotes, the headers."""

    def __init__(self, draft: Draft) -> None:
        self.length = 0
        self._draft = draft
        self._fields: list[bool] = []  # of each open field: whether its instruction is being read
        self._hiding = 0  # how many of them are
        self._instruction: list[str] = []
        self._instruction_length = 0

    def add(self, text: str) -> None:
        """Add the next portion as the file holds it.

        Raises:
            EnoughTextError: The draft is full.
        """
        position = 0
        for mark in _FIELD_MARKS.finditer(text):
            self._pass_on(text[position : mark.start()])
            self._note(mark[0])
            position = mark.end()
        self._pass_on(text[position:])

    def close(self) -> None:
        """Add what stands behind the beginning of a field that never ended: hiding it could hide a record.

        Raises:
            EnoughTextError: The draft is full.
        """
        self._fields.clear()
        self._hiding = 0
        self._show(self._taken_instruction())
        if self.length:
            self._draft.add("\n")

    def _note(self, mark: str) -> None:
        if mark == _FIELD_BEGINS:
            self._fields.append(True)
            self._hiding += 1
        elif self._fields:
            was_hiding = self._hiding
            self._hiding -= self._fields.pop()
            if mark == _RESULT_BEGINS:
                self._fields.append(False)
            if was_hiding and not self._hiding:
                instruction = self._taken_instruction()
                self._show(_shown(instruction) if mark == _FIELD_ENDS else "")

    def _pass_on(self, text: str) -> None:
        if not self._hiding:
            self._show(text)
        else:
            self._instruction.append(text)
            self._instruction_length += len(text)
            if self._instruction_length > _MAX_INSTRUCTION:
                self._fields.clear()
                self._hiding = 0
                self._show(self._taken_instruction())

    def _taken_instruction(self) -> str:
        instruction = "".join(self._instruction)
        self._instruction.clear()
        self._instruction_length = 0
        return instruction

    def _show(self, text: str) -> None:
        if text:
            self.length += len(text)
            self._draft.add(text.translate(_MARKS))


def _shown(instruction: str) -> str:
    """Return what a field without a result shows: of some kinds a part of the instruction, of most nothing."""
    button = _SHOWN_INSTRUCTION.fullmatch(instruction)
    if button:
        return button[1]
    equation = _EQUATION.fullmatch(instruction)  # also how older programs wrote readings above Japanese words
    return _EQUATION_CODES.sub(" ", equation[1]) if equation else ""
