"""Which committed values can still be seen, and why the others cannot.

Stands above `disclosures`. Three words that are never mixed: *withheld* (the sidecar was not given), *redacted*
(an entry of the log says so), *missing* (nobody said so). Two bytes for each entry are all that is kept.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from disposal_log.errors import DisclosureInvalidError
from disposal_log.formats.canonical import JSON
from disposal_log.formats.disclosures import digest_of, open_disclosure

_MAX_CODES = 65_535
_BATCH = 500


class DisclosureSource(Protocol):
    """Where disclosures are looked up."""

    def of(self, first: int, stop: int) -> dict[int, dict[str, str]]:
        """Give the disclosures of entries `first` up to `stop`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """How many committed values fall under each word."""

    disclosed: int
    withheld: int
    redacted: int
    missing: int


class CommitmentCheck:
    """Compares commitments with the sidecar, if there is one, and counts."""

    def __init__(self, source: DisclosureSource | None) -> None:
        self._source = source
        self._window: dict[int, dict[str, str]] = {}
        self._window_stop = 0
        self._disclosed = 0
        self._codes: dict[frozenset[str], int] = {frozenset(): 0}
        self._unseen = array("H")  # for each entry, which names cannot be seen
        self._redactions: list[tuple[int, int, frozenset[str]]] = []

    def observe(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        """Take in entry `seq`; say what is wrong with a disclosure, or give None."""
        if entry["type"] == "redaction":
            self._note_redaction(seq, entry)
        commitments = entry.get("sd")
        if not isinstance(commitments, dict):
            self._unseen.append(0)
            return None
        if self._source is None:
            self._unseen.append(self._code(frozenset(commitments)))
            return None
        return self._compare(seq, commitments)

    def visibility(self) -> Visibility:
        """Count, once the whole log has been observed."""
        names_of = {code: names for names, code in self._codes.items()}
        unseen = sum(len(names_of[code]) for code in self._unseen)
        redacted = 0
        for first, last, names in self._disjoint_redactions():
            for seq in range(first, min(last + 1, len(self._unseen))):
                redacted += len(names & names_of[self._unseen[seq]])
        rest = unseen - redacted
        is_withheld = self._source is None
        return Visibility(
            disclosed=self._disclosed,
            withheld=rest if is_withheld else 0,
            redacted=redacted,
            missing=0 if is_withheld else rest,
        )

    def _compare(self, seq: int, commitments: Mapping[str, JSON]) -> str | None:
        texts = self._texts(seq)
        unseen: set[str] = set()
        fault: str | None = None
        for name, digest in commitments.items():
            text = texts.get(name)
            if text is None:
                unseen.add(name)
            elif digest_of(text) != digest or not _opens(text, name):
                fault = f"the disclosed {name!r} is not the value that was committed to"
            else:
                self._disclosed += 1
        self._unseen.append(self._code(frozenset(unseen)))
        return fault

    def _texts(self, seq: int) -> Mapping[str, str]:
        if seq >= self._window_stop and self._source is not None:
            self._window_stop = seq + _BATCH
            self._window = self._source.of(seq, self._window_stop)
        return self._window.get(seq, {})

    def _code(self, names: frozenset[str]) -> int:
        # entries of one type hide the same names, so there are few sets; a hostile log may not grow them
        code = self._codes.get(names)
        if code is None:
            code = self._codes[names] = min(len(self._codes), _MAX_CODES)
        return code

    def _note_redaction(self, seq: int, entry: Mapping[str, JSON]) -> None:
        targets = entry.get("targets")
        for target in targets if isinstance(targets, list) else []:
            match target:
                case {"first": int(first), "last": int(last), "names": list(names)} if 0 <= first <= last < seq:
                    self._redactions.append((first, last, frozenset(str(name) for name in names)))
                case _:
                    continue

    def _disjoint_redactions(self) -> list[tuple[int, int, frozenset[str]]]:
        """Merge the redactions so that no value is counted twice."""
        by_name: dict[str, list[tuple[int, int]]] = {}
        for first, last, names in self._redactions:
            for name in names:
                by_name.setdefault(name, []).append((first, last))
        merged: list[tuple[int, int, frozenset[str]]] = []
        for name, spans in by_name.items():
            merged.extend((first, last, frozenset({name})) for first, last in _merge(spans))
        return merged


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _opens(text: str, name: str) -> bool:
    try:
        open_disclosure(text, name=name)
    except DisclosureInvalidError:
        return False
    return True
