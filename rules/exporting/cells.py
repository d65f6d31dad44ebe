"""Texts in cells: lists written in one cell, and texts that a spreadsheet would take for a formula.

Both ways are exact: what `safe_cell` and `list_cell` write, `plain_cell` and `listed` give back.
"""

import re

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_SEPARATOR = "; "
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ENTRIES = re.compile(r"(?:[^;\\]|\\.)+", re.DOTALL)


def safe_cell(text: str) -> str:
    """Return `text` for a CSV file, with an apostrophe before what a spreadsheet would otherwise compute."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA_SIGNS) else text


def plain_cell(text: str) -> str:
    """Return the text that `safe_cell` wrote."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA_SIGNS) else text


def list_cell(texts: list[str]) -> str:
    """Return several texts for one cell, with `; ` between them; a `;` or backslash of their own gets a backslash."""
    return _SEPARATOR.join(re.sub(r"([;\\])", r"\\\1", text) for text in texts)


def listed(cell: str) -> list[str]:
    """Return the texts that `list_cell` wrote."""
    found = (_ESCAPED.sub(r"\1", part.strip()).strip() for part in _ENTRIES.findall(cell))
    return [text for text in found if text]
