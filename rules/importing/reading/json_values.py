"""Reads JSON with a bound on its depth, and without characters that no text can hold."""

import json
import re

from rules.importing.reading.bounds import DEEPEST
from rules.importing.reading.refusing import refusal
from rules.loading.yaml_reading import Place

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_MOST_DIGITS = 20
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json(text: str, *, file: str) -> Json:
    """Return the value in `text`.

    Raises:
        ScheduleError: It is not JSON, is nested too deeply, or holds half a character.
    """
    _check_depth(text, file)
    try:
        value: Json = json.loads(text, parse_int=_number, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise refusal(
            file,
            f"this is not JSON ({error.msg})",
            "export it again",
            place=Place(line=error.lineno, column=error.colno),
        ) from error
    except (ValueError, RecursionError) as error:
        raise refusal(file, f"this is not JSON that can be read ({error})", "export it again") from error
    if _LONE_SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise refusal(file, "a text holds half a character (a lone surrogate)", "export it again in UTF-8")
    return value


def _number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        message = "a number is longer than any schedule needs"
        raise ValueError(message)
    return int(digits)


def _check_depth(text: str, file: str) -> None:
    """Refuse a text nested too deeply before a parser goes down into it."""
    depth = 0
    for character in _STRING.sub("", text):
        if character in "[{":
            depth += 1
            if depth > DEEPEST:
                raise refusal(file, "the file is nested too deeply", "export a schedule")
        elif character in "]}":
            depth -= 1
