"""One value, one spelling: the restricted canonical JSON of the log.

The profile is RFC 8785 narrowed until Python's own encoder produces the same bytes: ASCII keys, no floating
point, integers that every JSON reader keeps exact, no lone surrogates. Leaf of the room: knows nothing else.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TypeAlias

from disposal_log.errors import CanonicalFormError

JSON: TypeAlias = "bool | int | str | Sequence[JSON] | Mapping[str, JSON] | None"

# RFC 8785 3.2.2.3 and RFC 7493 2.2: beyond this an IEEE double is no longer exact
INTEGER_LIMIT = 2**53
MAX_DEPTH = 32

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
_SAMPLE: JSON = {"b": [1, None, True, {}], "a": 'Tŷ "\\\x01', "c": {"2": -1, "10": ""}}


def canonical(value: JSON) -> bytes:
    """Spell `value` in the one way the log accepts.

    Mappings must be `dict`, sequences `list` or `tuple`.

    Raises:
        CanonicalFormError: for floats, big integers, non-ASCII keys, lone surrogates or deep nesting.
    """
    _require_profile(value, MAX_DEPTH)
    return spell(value)


def parse_canonical(line: bytes) -> JSON:
    """Read bytes that must be canonical already.

    Duplicate keys, spaces, other escapes, `-0` and unsorted keys all spell differently when written again, so
    one comparison refuses them (RFC 8785 3.1).

    Raises:
        CanonicalFormError: for anything `canonical` would not have written.
    """
    value = _parse(line)
    if not line.isascii() or line.count(b"[") + line.count(b"{") > MAX_DEPTH:
        # an ASCII line with few brackets cannot break these two rules, and most lines are such
        _require_profile(value, MAX_DEPTH)
    if spell(value) != line:
        raise CanonicalFormError(reason="the same value is spelled differently in canonical form")
    return value


def spell(value: JSON) -> bytes:
    """Spell a value that is known to keep the profile; `canonical` is for all others.

    Raises:
        CanonicalFormError: for lone surrogates.
    """
    try:
        return "".join(_chunks(value, 0)).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalFormError(reason="a text holds a lone surrogate") from error


def _parse(line: bytes) -> JSON:
    try:
        text = line.decode("utf-8")
        value: JSON
        value, end = _decoder.raw_decode(text)
    except UnicodeDecodeError as error:
        raise CanonicalFormError(reason=f"not UTF-8 at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise CanonicalFormError(reason=f"not JSON: {error}") from error
    if end != len(text):
        raise CanonicalFormError(reason=f"something follows the value at character {end}")
    return value


def _require_profile(value: JSON, depth: int) -> None:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        _require_exact(value)
    elif depth == 0:
        raise CanonicalFormError(reason=f"nested deeper than {MAX_DEPTH}")
    elif isinstance(value, dict):
        _require_members(value, depth - 1)
    elif isinstance(value, list | tuple):
        for member in value:
            _require_profile(member, depth - 1)
    elif not isinstance(value, str):  # an enumeration's member is text
        raise CanonicalFormError(reason=f"a {kind.__name__} has no place in the log")


def _require_members(members: Mapping[Any, JSON], depth: int) -> None:
    _require_keys(members)
    for member in members.values():
        kind = type(member)
        # nearly every member is text or a small number, and a call for each would cost as much as spelling it
        if kind is str or (kind is int and -INTEGER_LIMIT < member < INTEGER_LIMIT):  # type: ignore[operator]  # an int
            continue
        _require_profile(member, depth)


def _require_keys(members: Mapping[Any, JSON]) -> None:
    # beyond ASCII, sorting by code point and by UTF-16 unit differ (RFC 8785 3.2.3)
    try:
        is_ascii = "".join(members).isascii()
    except TypeError:
        is_ascii = False
    if is_ascii:
        return
    for key in members:
        if not isinstance(key, str) or not key.isascii():
            raise CanonicalFormError(reason=f"the key {key!r} is not ASCII text")


def _require_exact(number: object) -> None:
    if not isinstance(number, int) or not -INTEGER_LIMIT < number < INTEGER_LIMIT:
        raise CanonicalFormError(reason="an integer is not below 2^53; write it as text")


def _exact(text: str) -> int:
    number = int(text)
    if -INTEGER_LIMIT < number < INTEGER_LIMIT:
        return number
    raise CanonicalFormError(reason="an integer is not below 2^53; write it as text")


def fast_chunks() -> Callable[[JSON, int], Iterable[str]]:
    """Return what `JSONEncoder.encode` makes anew for every call, made once; or that, where it is not to be had."""
    with suppress(AttributeError, TypeError, ValueError):  # it is an inner part of the standard library
        made: Callable[[JSON, int], Iterable[str]] = json.encoder.c_make_encoder(  # type: ignore[attr-defined]  # not in its published types
            None,
            _ENCODER.default,
            json.encoder.encode_basestring,
            None,
            _ENCODER.key_separator,
            _ENCODER.item_separator,
            True,  # noqa: FBT003  # keys are sorted
            False,  # noqa: FBT003  # no key is skipped
            False,  # noqa: FBT003  # no NaN
        )
        # a Python of years to come may have changed it: then the known way is taken
        if "".join(made(_SAMPLE, 0)) == _ENCODER.encode(_SAMPLE):
            return made
    return lambda value, _: (_ENCODER.encode(value),)


def _refuse_number(text: str) -> NoReturn:
    raise CanonicalFormError(reason=f"the number {text[:40]} is not an integer; write it as text")


_chunks = fast_chunks()
_decoder = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number, parse_int=_exact)
