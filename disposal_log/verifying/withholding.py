"""Which committed values can still be seen, and why the others cannot.

Stands above `disclosures`. Three words that are never mixed: *withheld* (the sidecar was not given, or whoever made
the bundle says that they left it out), *redacted* (an entry of the log says so), *missing* (nobody said so). Two bytes
for each entry are all that is kept.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from disposal_log.errors import DisclosureInvalidError
from disposal_log.formats.canonical import JSON
from disposal_log.formats.disclosures import digest_of, open_disclosure

MISSING = (
    "{count} committed values are missing unexplained, for no entry redacts them: somebody deleted them, or the "
    "sidecar is an older copy"
)
LINGERING = (
    "{count} values are still there that the log calls redacted: the sidecar was put back from a backup, or erasing "
    "was cut short. Erase them again with `retention log redact --again`"
)
_MAX_CODES = 65_535
_BATCH = 500


class DisclosureSource(Protocol):
    """Where disclosures are looked up."""

    def of(self, first: int, stop: int) -> dict[int, dict[str, str]]:
        """Give the disclosures of entries `first` up to `stop`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """How many committed values fall under each word, which entries redact, and what should not be so."""

    disclosed: int
    withheld: int
    redacted: int
    missing: int
    redacted_by: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSpan:
    """Values of entries `first` to `last`, both included, by field name."""

    first: int
    last: int
    names: frozenset[str]


class BundledDisclosures(DisclosureSource, Protocol):
    """The chosen values of a bundle: whoever made it says what they left out, and may disclose nothing else."""

    @property
    def left_out(self) -> Sequence[NamedSpan]:
        """What was withheld, once the whole log has been observed."""

    def close(self) -> None:
        """Let go of the file."""


class CommitmentCheck:
    """Compares commitments with the sidecar or the bundle's choice, if there is one, and counts."""

    def __init__(self, source: DisclosureSource | None, *, bundled: BundledDisclosures | None = None) -> None:
        self._source = source if bundled is None else bundled
        self._bundled = bundled
        self._window: dict[int, dict[str, str]] = {}
        self._window_stop = 0
        self._disclosed = 0
        self._codes: dict[frozenset[str], int] = {frozenset(): 0}
        self._unseen = array("H")  # for each entry, which names cannot be seen
        self._seen = array("H")  # and which can, when it is the sidecar that was given
        self._redactions: list[NamedSpan] = []
        self._redacting: list[int] = []

    def observe(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        """Take in entry `seq`; say what is wrong with a disclosure, or give None."""
        if entry["type"] == "redaction":
            self._note_redaction(seq, entry)
        commitments = entry.get("sd")
        if not isinstance(commitments, dict):
            self._note(frozenset(), frozenset())
            is_told = self._bundled is not None and self._texts(seq)
            return "a value is disclosed to which it does not commit" if is_told else None
        if self._source is None:
            self._note(frozenset(commitments), frozenset())
            return None
        return self._compare(seq, commitments)

    def visibility(self) -> Visibility:
        """Count, once the whole log has been observed."""
        everywhere = NamedSpan(first=0, last=len(self._unseen), names=frozenset().union(*self._codes))
        unseen = self._count(self._unseen, [everywhere])
        left_out = [everywhere] if self._source is None else list(self._bundled.left_out if self._bundled else ())
        redacted = self._count(self._unseen, self._redactions)
        explained = self._count(self._unseen, [*self._redactions, *left_out])
        missing = unseen - explained
        return Visibility(
            disclosed=self._disclosed,
            withheld=explained - redacted,
            redacted=redacted,
            missing=missing,
            redacted_by=tuple(self._redacting),
            warnings=() if self._bundled is not None else self._warnings(missing),
        )

    def _warnings(self, missing: int) -> tuple[str, ...]:
        lingering = self._count(self._seen, self._redactions)
        told = ((MISSING, missing), (LINGERING, lingering))
        return tuple(text.format(count=count) for text, count in told if count)

    def _note(self, unseen: frozenset[str], seen: frozenset[str]) -> None:
        self._unseen.append(self._code(unseen))
        if self._source is not None and self._bundled is None:
            self._seen.append(self._code(seen))

    def _count(self, codes_of_entries: Sequence[int], spans: Iterable[NamedSpan]) -> int:
        """Count the noted values in the union of the spans."""
        names_of = {code: names for names, code in self._codes.items()}
        found = 0
        for name, first, last in _disjoint(spans):
            codes = Counter(codes_of_entries[first : last + 1])
            found += sum(count for code, count in codes.items() if name in names_of[code])
        return found

    def _compare(self, seq: int, commitments: Mapping[str, JSON]) -> str | None:
        texts = self._texts(seq)
        unseen: set[str] = set()
        seen: set[str] = set()
        fault: str | None = None
        for name, digest in commitments.items():
            text = texts.get(name)
            if text is None:
                unseen.add(name)
            elif not text and self._bundled is None:
                fault = f"the value {name!r} does not open: it was altered or moved, or sealed with another key"
            elif digest_of(text) != digest or not _opens(text, name):
                fault = f"the disclosed {name!r} is not the value that was committed to"
            else:
                self._disclosed += 1
                seen.add(name)
        if self._bundled is not None and not texts.keys() <= commitments.keys():
            fault = fault or "a value is disclosed to which it does not commit"
        self._note(frozenset(unseen), frozenset(seen))
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
                    texts = frozenset(name for name in names if isinstance(name, str))
                    self._redactions.append(NamedSpan(first=first, last=last, names=texts))
                case _:
                    continue
            if self._redacting[-1:] != [seq]:
                self._redacting.append(seq)


def _disjoint(spans: Iterable[NamedSpan]) -> list[tuple[str, int, int]]:
    """Take spans apart by name and merge them, so that no value is counted twice."""
    by_name: dict[str, list[tuple[int, int]]] = {}
    for span in spans:
        for name in span.names:
            by_name.setdefault(name, []).append((span.first, span.last))
    return [(name, first, last) for name, parts in by_name.items() for first, last in _merge(parts)]


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
