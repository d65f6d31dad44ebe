"""Reads the fields of one mapping of a schedule: each of the right shape, none missing, none unknown."""

from collections.abc import Callable, Collection
from enum import Enum
from typing import TypeVar

from rules.errors import RulesError
from rules.loading.yaml_reading import Findings, ListNode, MappingNode, Node, Place, TextNode

Value = TypeVar("Value")
AnyEnum = TypeVar("AnyEnum", bound=Enum)
_YES_NO = {"true": True, "yes": True, "false": False, "no": False}


class Fields:
    """The fields of one mapping. Every reading method adds a finding and returns its default when it fails."""

    def __init__(self, node: Node, findings: Findings, *, of: str, known: Collection[str]) -> None:
        self._findings = findings
        self._of = of
        self.place = node.place
        self._entries: dict[str, Node] = {}
        self._key_places: dict[str, Place] = {}
        if not isinstance(node, MappingNode):
            findings.add(node.place, f"{of} must be a mapping", "write `key: value` lines")
            return
        self._entries, self._key_places = node.entries, node.key_places
        for key, place in node.key_places.items():
            if key not in known:
                findings.add(place, f"{of} has no key {key!r}", f"write one of {', '.join(sorted(known))}")

    def fault(self, key: str, what: str, instead: str) -> None:
        """Record a finding at `key`, or at the mapping when the key is missing."""
        self._findings.add(self._key_places.get(key, self.place), what, instead)

    def has(self, key: str) -> bool:
        """Tell whether `key` is written, with something after it."""
        node = self._entries.get(key)
        return node is not None and not (isinstance(node, TextNode) and node.is_null)

    def node(self, key: str) -> Node | None:
        """Return what is written at `key`."""
        return self._entries.get(key) if self.has(key) else None

    def text(self, key: str, *, default: str | None = None) -> str:
        """Return the text at `key`; without a default it must be there."""
        node = self.node(key)
        if node is None:
            if default is None:
                self.fault(key, f"{self._of} lacks {key!r}", f"write `{key}: …`")
            return default or ""
        if not isinstance(node, TextNode):
            self.fault(key, f"{key!r} must be a text", f"write `{key}: words`")
            return default or ""
        return node.text.strip()

    def texts(self, key: str, *, is_required: bool = False) -> tuple[str, ...]:
        """Return the list of texts at `key`, or nothing when it is not written."""
        return tuple(text for text, _ in self.placed_texts(key, is_required=is_required))

    def placed_texts(self, key: str, *, is_required: bool = False) -> tuple[tuple[str, Place], ...]:
        """Return the texts of the list at `key`, each with its place."""
        node = self.node(key)
        if is_required and (node is None or (isinstance(node, ListNode) and not node.items)):
            self.fault(key, f"{self._of} lacks {key!r}", f"write `{key}:` and a list with at least one entry")
            return ()
        if node is None:
            return ()
        found = []
        for item in self.items(key):
            if isinstance(item, TextNode) and item.text.strip():
                found.append((item.text.strip(), item.place))
            else:
                self._findings.add(item.place, f"an entry of {key!r} must be a text", "write words")
        return tuple(found)

    def items(self, key: str) -> tuple[Node, ...]:
        """Return the entries of the list at `key`, or nothing when it is not written."""
        node = self.node(key)
        if node is None:
            return ()
        if not isinstance(node, ListNode):
            self.fault(key, f"{key!r} must be a list", "write one entry a line, each after `- `")
            return ()
        return tuple(node.items)

    def choice(self, key: str, kind: type[AnyEnum], *, default: AnyEnum, is_required: bool = False) -> AnyEnum:
        """Return the member of `kind` whose value is written at `key`."""
        if not self.has(key) and not is_required:
            return default
        word = self.text(key)
        known = {str(member.value): member for member in kind}
        if word and word not in known:
            self.fault(key, f"{key!r} cannot be {word!r}", f"write one of {', '.join(known)}")
        return known.get(word, default)

    def is_true(self, key: str) -> bool:
        """Return the yes or no at `key`; missing is no."""
        word = self.text(key, default="no").casefold()
        if word not in _YES_NO:
            self.fault(key, f"{word!r} is neither yes nor no", f"write `{key}: yes` or `{key}: no`")
        return _YES_NO.get(word, False)

    def parsed(self, key: str, parse: Callable[[str], Value], *, default: Value, instead: str) -> Value:
        """Return `parse` of the text at `key`, or `default` when the text is not there or refused."""
        text = self.text(key, default="")
        if not text:
            return default
        try:
            return parse(text)
        except (RulesError, ValueError):
            self.fault(key, f"{text!r} is not a valid {key}", instead)
            return default
