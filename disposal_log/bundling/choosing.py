"""For whom a bundle is made, and which of the committed values go into it.

Leaf of the bundle's modules. Silence means keep: a value that nobody chose stays where it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from disposal_log.formats.canonical import JSON
from disposal_log.formats.entries import EntryType


class Audience(StrEnum):
    """Who will hold the bundle."""

    AUDITOR = "auditor"
    FOI = "foi"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What may be disclosed.

    An auditor gets every value, or those of the assets, batches and fields that were chosen. Whoever asked under
    freedom of information gets none but those. The public gets none.

    Attributes:
        audience: Who will hold the bundle.
        assets: Information assets.
        batches: Batches.
        fields: Names of committed values, such as `path`.
    """

    audience: Audience
    assets: frozenset[str] = frozenset()
    batches: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was named."""
        return bool(self.assets or self.batches or self.fields)


@dataclass(slots=True)
class Chooser:
    """Judges value by value, in the order of the entries."""

    choice: Choice
    _asset_of: dict[str, str] = field(default_factory=dict)

    def is_chosen(self, seq: int, entry: Mapping[str, JSON], name: str) -> bool:
        """Whether this value of this entry goes into the bundle."""
        choice = self.choice
        if choice.audience is Audience.PUBLIC or (choice.audience is Audience.FOI and not choice.is_narrowed):
            return False
        if choice.fields and name not in choice.fields:
            return False
        return not (choice.assets or choice.batches) or self._is_in_scope(entry)

    def observe(self, entry: Mapping[str, JSON]) -> None:
        """Take in an entry before its values are judged: later ones name only their batch."""
        if entry.get("type") == EntryType.BATCH_PROPOSED:
            self._asset_of[str(entry.get("batch"))] = str(entry.get("asset"))

    def _is_in_scope(self, entry: Mapping[str, JSON]) -> bool:
        batch = str(entry.get("batch", ""))
        asset = str(entry.get("asset", self._asset_of.get(batch, "")))
        return batch in self.choice.batches or asset in self.choice.assets
