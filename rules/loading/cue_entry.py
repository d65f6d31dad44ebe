"""Reads the cues of a class: each in the cue language, or a finding that says what to write instead."""

import re

from rules.cues.language import parse_cue
from rules.errors import InvalidCueError
from rules.loading.fields import Fields
from rules.loading.term_entry import DAY, read_day
from rules.loading.yaml_reading import Findings, Place
from rules.model import Cues

_CUE_KINDS = {"folders": "folder", "names": "name", "phrases": "text", "residue": "name"}
_OTHERS = ("extensions", "media_types", "properties", "labels", "made_before")
_EXTENSION = re.compile(r"[a-z0-9_~]{1,12}")
_MEDIA_TYPE = re.compile(r"[a-z0-9]+/[a-z0-9.+*-]+")


def read_cues(parent: Fields, findings: Findings) -> Cues:
    """Return the cues of a class; none written are none."""
    node = parent.node("cues")
    if node is None:
        return Cues()
    fields = Fields(node, findings, of="cues", known=(*_CUE_KINDS, *_OTHERS))
    found = {key: cue_texts(fields, key, kind, findings) for key, kind in _CUE_KINDS.items()}
    return Cues(
        folders=found["folders"],
        names=found["names"],
        phrases=found["phrases"],
        residue=found["residue"],
        extensions=_plain_texts(
            fields, "extensions", _EXTENSION, "write it in small letters without the dot", findings
        ),
        media_types=_plain_texts(fields, "media_types", _MEDIA_TYPE, "write it as in application/pdf", findings),
        properties=_property_cues(fields, findings),
        labels=fields.texts("labels"),
        made_before=fields.parsed("made_before", read_day, default=None, instead=DAY)
        if fields.has("made_before")
        else None,
    )


def cue_texts(fields: Fields, key: str, kind: str, findings: Findings) -> tuple[str, ...]:
    """Return the cues written at `key`, each checked as a cue of `kind`."""
    written = fields.placed_texts(key)
    for text, place in written:
        check_cue(text, place, kind, findings)
    return tuple(text for text, _ in written)


def check_cue(text: str, place: Place, kind: str, findings: Findings) -> None:
    """Add a finding when `text` is no cue."""
    try:
        parse_cue(text, kind=kind)
    except InvalidCueError as error:
        findings.add(place, f"cue {text!r}: {error.what}", error.instead)


def _property_cues(fields: Fields, findings: Findings) -> tuple[str, ...]:
    written = fields.placed_texts("properties")
    for text, place in written:
        name, sign, cue = text.partition("=")
        if not sign or not name.strip():
            findings.add(place, f"{text!r} names no property", "write `Document type = invoice*`")
        else:
            check_cue(cue.strip(), place, "name", findings)
    return tuple(text for text, _ in written)


def _plain_texts(fields: Fields, key: str, shape: re.Pattern[str], instead: str, findings: Findings) -> tuple[str, ...]:
    written = fields.placed_texts(key)
    for text, place in written:
        if shape.fullmatch(text) is None:
            findings.add(place, f"{text!r} does not belong in {key!r}", instead)
    return tuple(text for text, _ in written)
