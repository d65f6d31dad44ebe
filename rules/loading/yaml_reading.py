"""A strict reading of YAML into plain nodes that know their line: mappings, lists and texts, and nothing else.

Built from the parser's events rather than by its constructor, so that aliases (a bomb in a few lines), tags,
repeated keys and bottomless nesting are findings with a place, never objects, loops or a crash.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from rules.errors import Finding, ScheduleError

MOST_CHARACTERS = 4_000_000
DEEPEST = 12
# libyaml reads the same language about ten times faster; the pure reader is there when it is not
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextNode:
    """A word, number or text, as written. A plain `null`, `~` or nothing at all is an empty one."""

    place: Place
    text: str
    is_null: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNode:
    """A list of nodes."""

    place: Place
    items: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingNode:
    """Keys with their nodes; `key_places` says where each key stands."""

    place: Place
    entries: dict[str, "Node"] = field(default_factory=dict)
    key_places: dict[str, Place] = field(default_factory=dict)


_BEGINNING = Place(line=1, column=1)
Node = TextNode | ListNode | MappingNode


class Findings:
    """Everything found wrong with one file so far."""

    def __init__(self, *, file: str) -> None:
        self.file = file
        self._found: list[Finding] = []

    def add(self, place: Place, what: str, instead: str) -> None:
        """Record one finding."""
        self._found.append(Finding(file=self.file, line=place.line, column=place.column, what=what, instead=instead))

    def raise_if_any(self) -> None:
        """Raise a ScheduleError with all findings in the order of the file, if there are any."""
        if self._found:
            raise self.as_error()

    def as_error(self) -> ScheduleError:
        """Return the error that carries all findings in the order of the file."""
        ordered = sorted(self._found, key=lambda finding: (finding.line, finding.column, finding.what))
        return ScheduleError(findings=tuple(dict.fromkeys(ordered)))


def read_yaml(text: str, findings: Findings) -> Node:
    """Return the one document in `text`.

    Raises:
        ScheduleError: It is not YAML, is empty, too long or too deep. Smaller faults go into `findings`.
    """
    if len(text) > MOST_CHARACTERS:
        findings.add(_BEGINNING, "the file is longer than a schedule can be", "write at most four million characters")
        raise findings.as_error()
    try:
        node = _Composer(findings).compose(iter(yaml.parse(text, Loader=_LOADER)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _BEGINNING if mark is None else Place(line=mark.line + 1, column=mark.column + 1)
        findings.add(place, f"this is not YAML ({error.problem})", "write `key: value` lines, indented with spaces")
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        findings.add(_BEGINNING, f"this is not YAML ({' '.join(str(error).split())})", "write plain text in UTF-8")
    else:
        if node is not None:
            return node
        findings.add(_BEGINNING, "the file is empty", "write a schedule")
    raise findings.as_error()


class _Composer:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def compose(self, events: Iterator[yaml.Event]) -> Node | None:
        """Return the first document of `events`; later ones are a finding."""
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                self._add(event, "a second document begins here", "write one document a file")
            elif isinstance(event, yaml.NodeEvent):
                node = self._node(event, events, depth=0)
                root = node if root is None else root
        return root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], *, depth: int) -> Node:
        place = _place(event)
        if depth > DEEPEST:
            self._add(event, "this is nested too deeply", f"write at most {DEEPEST} levels")
            raise self._findings.as_error()
        if getattr(event, "anchor", None) is not None:
            self._add(event, "anchors and aliases (& and *) are not read here", "write the text out where it is needed")
        if getattr(event, "tag", None) is not None:
            self._add(event, "tags (!) are not read here", "write the plain value")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(place, events, depth=depth)
        if isinstance(event, yaml.SequenceStartEvent):
            node = ListNode(place=place)
            for item in events:
                if isinstance(item, yaml.SequenceEndEvent):
                    break
                node.items.append(self._node(item, events, depth=depth + 1))
            return node
        text = str(getattr(event, "value", "") or "")
        is_null = getattr(event, "style", None) in (None, "") and text in ("", "~", "null", "Null", "NULL")
        return TextNode(place=place, text=text, is_null=is_null)

    def _mapping(self, place: Place, events: Iterator[yaml.Event], *, depth: int) -> MappingNode:
        node = MappingNode(place=place)
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, events, depth=depth + 1)
            value = self._node(next(events), events, depth=depth + 1)
            if not isinstance(key, TextNode):
                self._add(event, "a key must be a word", "write `key: value`")
            elif key.text in node.entries:
                self._add(event, f"the key {key.text!r} is written twice", "write it once")
            else:
                node.entries[key.text] = value
                node.key_places[key.text] = key.place
        return node

    def _add(self, event: yaml.Event, what: str, instead: str) -> None:
        self._findings.add(_place(event), what, instead)


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return _BEGINNING if mark is None else Place(line=mark.line + 1, column=mark.column + 1)
