"""`disclosures.jsonl`: the values chosen for a bundle, and which ones whoever made it left out.

Two kinds of canonical lines: `{"name":…,"seq":…,"text":…}` discloses a value, in the order of entries and names;
`{"first":…,"last":…,"names":[…]}` says that those values of those entries exist and were withheld. What neither
says is missing, unless an entry of the log redacts it. Read and written in flat memory.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from disposal_log.bundling import names
from disposal_log.errors import CanonicalFormError
from disposal_log.files.durable import reading
from disposal_log.formats.canonical import JSON, canonical, parse_canonical
from disposal_log.formats.disclosures import digest_of
from disposal_log.verifying.withholding import NamedSpan

MAX_LINE_BYTES = 1_000_000


class DisclosedFile:
    """The chosen values as the verifier asks for them: in the order of the entries, once."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            LogUnreadableError: It cannot be read.
        """
        self._path = path
        with reading(path):
            self._file = path.open("rb")
        self._number = 0
        self._last: tuple[int, str] = (-1, "")
        self._next: tuple[int, str, str] | None = None
        self._has_ended = False
        self._left_out: list[NamedSpan] = []
        self._faults: list[str] = []

    @property
    def left_out(self) -> Sequence[NamedSpan]:
        """What was withheld, as far as the file was read."""
        return self._left_out

    def of(self, first: int, stop: int) -> dict[int, dict[str, str]]:
        """Give the values of entries below `stop` that were not given before; `first` is where the caller stands."""
        found: dict[int, dict[str, str]] = {}
        while (line := self._peek()) is not None and line[0] < stop:
            found.setdefault(line[0], {})[line[1]] = line[2]
            self._next = None
        return found

    def finish(self, size: int) -> tuple[str, ...]:
        """Read to the end and say what is wrong with the file beside a log of `size` entries."""
        while self._peek() is not None:
            self._next = None
        if self._last[0] >= size:
            self._faults.append(f"{names.DISCLOSURES} tells of entry {self._last[0]}, and the log has {size}")
        return tuple(self._faults)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _peek(self) -> tuple[int, str, str] | None:
        while self._next is None and not self._has_ended:
            with reading(self._path):
                line = self._file.readline(MAX_LINE_BYTES + 1)
            self._has_ended = not line
            if line:
                self._number += 1
                self._take(line)
        return self._next

    def _take(self, line: bytes) -> None:
        fault = None
        if not line.endswith(b"\n"):
            fault = "it does not end in a newline, or is too long"
        else:
            try:
                fault = self._read(parse_canonical(line[:-1]))
            except CanonicalFormError as error:
                fault = error.reason
        if fault is not None:
            self._faults.append(f"{names.DISCLOSURES}, line {self._number}: {fault}")
            self._has_ended = True

    def _read(self, found: JSON) -> str | None:
        match found:
            case {"seq": seq, "name": name, "text": text, **rest} if not rest:
                return self._value(seq, name, text)
            case {"first": first, "last": last, "names": list(members), **rest} if not rest:
                return self._span(first, last, members)
            case _:
                return "it neither discloses a value nor says what was left out"

    def _value(self, seq: JSON, name: JSON, text: JSON) -> str | None:
        if not _is_index(seq) or not _is_ascii(name) or not _is_ascii(text):
            return "it is malformed"
        place = (int(str(seq)), str(name))
        if place <= self._last:
            return "it is out of order"
        self._last = place
        self._next = (*place, str(text))
        return None

    def _span(self, first: JSON, last: JSON, members: list[JSON]) -> str | None:
        if not isinstance(first, int) or not isinstance(last, int) or not _is_index(first) or not _is_index(last):
            return "it is malformed"
        if first > last or not members or not all(_is_ascii(each) for each in members):
            return "it is malformed"
        self._left_out.append(NamedSpan(first=first, last=last, names=frozenset(map(str, members))))
        return None


def _is_index(value: JSON) -> bool:
    return type(value) is int and value >= 0


def _is_ascii(value: JSON) -> bool:
    return isinstance(value, str) and value.isascii()


Chosen = Callable[[int, Mapping[str, JSON], str], bool]
"""Whether the value of this name in this entry goes into the bundle."""


class DisclosureWriter:
    """Writes the file entry by entry and counts what becomes of each committed value."""

    def __init__(self, file: BinaryIO, chosen: Chosen) -> None:
        self._file = file
        self._chosen = chosen
        self._runs: dict[str, tuple[int, int]] = {}
        self.disclosed = self.withheld = self.absent = 0

    def add(self, seq: int, entry: Mapping[str, JSON], texts: Mapping[str, str]) -> None:
        """Take in entry `seq` with the disclosures that still exist.

        One that is not what the entry commits to, or that its key no longer opens, counts as gone.

        Raises:
            OSError: The disk refuses.
        """
        found = entry.get("sd")
        commitments = found if isinstance(found, dict) else {}
        for name in sorted(commitments):
            text = texts.get(name)
            if text is None or digest_of(text) != commitments[name]:
                self._end_run(name)
                self.absent += 1
            elif self._chosen(seq, entry, name):
                self._end_run(name)
                self._write({"name": name, "seq": seq, "text": text})
                self.disclosed += 1
            else:
                self._runs[name] = (self._runs.get(name, (seq, seq))[0], seq)
                self.withheld += 1

    def finish(self) -> None:
        """Say what is still to be said of what was left out.

        Raises:
            OSError: The disk refuses.
        """
        by_span: dict[tuple[int, int], list[str]] = {}
        for name, span in sorted(self._runs.items()):
            by_span.setdefault(span, []).append(name)
        self._runs.clear()
        for span, members in sorted(by_span.items()):
            self._write({"first": span[0], "last": span[1], "names": members})

    def _end_run(self, name: str) -> None:
        span = self._runs.pop(name, None)
        if span is not None:
            self._write({"first": span[0], "last": span[1], "names": [name]})

    def _write(self, line: dict[str, JSON]) -> None:
        self._file.write(canonical(line) + b"\n")
