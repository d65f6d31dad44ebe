"""Attributes of a manifest, with what XML cannot hold decoded where, and only where, the element says so."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

_ENCODED = re.compile(r"_x([0-9A-Fa-f]{8}|[0-9A-Fa-f]{4})_")
_LIST = "EncodedAttributes"
_LAST_CODE_POINT = 0x10FFFF


def attributes_of(element: Element) -> dict[str, str]:
    """Return an element's attributes, those named in its `EncodedAttributes` decoded."""
    return decoded(element.attrib)


def decoded(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return attributes with those that `EncodedAttributes` lists decoded, however it spells their case.

    Nothing else is decoded: internal names such as `Document_x0020_Type` are spelt like this for good.
    """
    if _LIST not in attributes:
        return dict(attributes)
    listed = {name.strip().casefold() for name in attributes.get(_LIST, "").split(",")}
    return {
        name: _decode(value) if name.casefold() in listed else value
        for name, value in attributes.items()
        if name != _LIST
    }


def _decode(value: str) -> str:
    units = _ENCODED.sub(_character, value)
    try:
        # Two halves of one character may come as two codes; a half alone is no character.
        return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return value


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code <= _LAST_CODE_POINT else match[0]
