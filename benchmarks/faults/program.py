"""A process of its own that does what one scenario says, and prints what it is told, one JSON object a line."""

import base64
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from benchmarks.faults.calls import short_segments
from benchmarks.faults.scenarios import Told, Writer, scenario_named

BEGIN: Final = b'"begin"\n'
_BYTES: Final = ("secrets", "evidence")


def spelled(told: Told) -> bytes:
    """Spell what the writer knows."""
    found: dict[str, Any] = asdict(told)
    for name in _BYTES:
        found[name] = [base64.b64encode(each).decode() for each in found[name]]
    found["anchor"] = base64.b64encode(told.anchor).decode()
    return json.dumps({**found, "erased": list(found["erased"])}).encode() + b"\n"


def read(line: bytes) -> Told:
    """Read it again."""
    found: dict[str, Any] = json.loads(line)
    for name in _BYTES:
        found[name] = tuple(base64.b64decode(each) for each in found[name])
    found["anchor"] = base64.b64decode(found["anchor"])
    for name in ("acknowledged", "refused", "erased"):
        found[name] = tuple(found[name])
    return Told(**{**found, "asked": tuple(tuple(each) for each in found["asked"])})


def main(folder: Path, name: str) -> None:
    """Run a scenario in a folder that was prepared; what was known before comes on the standard input."""
    told = read(sys.stdin.buffer.readline())
    with short_segments():
        writer = Writer(folder=folder, told=told, on_told=lambda news: _say(spelled(news)))
        _say(BEGIN)
        scenario_named(name).run(writer)


def _say(line: bytes) -> None:
    os.write(1, line)  # at once: what is buffered was not said


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
