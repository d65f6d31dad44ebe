"""Two answers of Microsoft Graph about one document, the drive item and the list item, made into one record.

Graph tells of a document twice: as a file of a drive (size, hash) and as an item of a list (columns, label, path).
Both carry the id of the document itself, or the drive item carries the ids of the list and of the item.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from scanners.exports.inventories.draft import Draft
from scanners.exports.inventories.labels import stronger
from scanners.exports.inventories.locating import NO_FOLDER, VIEWER_LINK
from scanners.exports.inventories.places import is_viewer_link, viewed
from scanners.exports.inventories.values import as_guid, as_text, as_words
from scanners.exports.record import Evidence, ExportedRecord, RecordKind, RetentionLabel, StatedInstant
from scanners.exports.tables.rows import Values

SAME_DOCUMENT = "a second answer about a document, which was joined with the first"
UNJOINED = "the export may tell of it twice, as a file and as a list item, too far apart to be joined"

_MAX_HELD = 20_000
_DRIVE_MARKS = frozenset({"file.facet", "folder.facet", "package.facet", "parentReference.driveId", "cTag"})
_SECOND = "list item: "
_SPECIAL = frozenset({RecordKind.PAGE, RecordKind.SYSTEM, RecordKind.SHORTCUT, RecordKind.NOTEBOOK, RecordKind.FOLDER})
_ALIKE = (
    *("site", "library", "relative_path", "size_bytes", "created_by", "modified_by", "content_type_name"),
    *("content_type_id", "version_label", "permissions", "sensitivity_label"),
)


@dataclass(frozen=True, slots=True)
class FoundDraft:
    """A draft and where its row stands; `join_key` is shared with the other answer about the same document."""

    draft: Draft
    evidence: Evidence
    join_key: bytes = b""
    is_drive_item: bool = False

    def freeze(self) -> ExportedRecord:
        """Return the record."""
        return self.draft.freeze(self.evidence)


@dataclass(slots=True)
class Views:
    """Which documents are told of twice; some 100 bytes for each answer of Graph, nothing for other rows."""

    _drive: set[bytes] = field(default_factory=set)
    _list: set[bytes] = field(default_factory=set)

    def note(self, values: Values) -> None:
        """Take the row of a first passage into account."""
        is_drive_item = _is_drive_item(values)
        if is_drive_item or _is_list_item(values):
            (self._drive if is_drive_item else self._list).update(_keys(values))

    def place_of(self, values: Values) -> tuple[bytes, bool]:
        """Return the key a row shares with another answer, empty when there is none, and whether it is a drive's."""
        is_drive_item = _is_drive_item(values)
        if not (self._drive and self._list) or not (is_drive_item or _is_list_item(values)):
            return b"", False
        shared = (key for key in _keys(values) if key in self._drive and key in self._list)
        return next(shared, b""), is_drive_item


def joined_views(found: Iterator[FoundDraft], refuse: Callable[[str], None]) -> Iterator[FoundDraft]:
    """Yield one draft where two answers tell of one document, all others as they come.

    The first answer is held until the second comes, 20,000 of them at most; beyond that the oldest goes alone, with
    the doubt in words, and so does its other half.
    """
    held: dict[tuple[bytes, bool], FoundDraft] = {}
    let_go: set[bytes] = set()
    for one in found:
        other = held.pop((one.join_key, not one.is_drive_item), None) if one.join_key else None
        if other is not None:
            refuse(SAME_DOCUMENT)
            yield _joined(one, other) if one.is_drive_item else _joined(other, one)
        elif one.join_key in let_go:
            one.draft.doubt(UNJOINED)
            yield one
        elif one.join_key and (one.join_key, one.is_drive_item) not in held:
            held[one.join_key, one.is_drive_item] = one
            if len(held) > _MAX_HELD:
                oldest = held.pop(next(iter(held)))
                oldest.draft.doubt(UNJOINED)
                let_go.add(oldest.join_key)
                yield oldest
        else:
            yield one
    yield from held.values()


def _joined(drive: FoundDraft, item: FoundDraft) -> FoundDraft:
    draft, other = drive.draft, item.draft
    _join_place(draft, other)
    for name in _ALIKE:
        _join_field(draft, other, name)
    _join_instant(draft, other, "created")
    _join_instant(draft, other, "modified")
    draft.source_ids = _joined_ids(draft.source_ids, other.source_ids)
    draft.hashes = list(dict.fromkeys((*draft.hashes, *other.hashes)))
    draft.versions = draft.versions if draft.versions is not None else other.versions
    draft.content = draft.content or other.content
    _join_protection(draft, other)
    for column, words in other.extra_fields.items():
        if draft.extra_fields.setdefault(column, words) != words:
            draft.extra_fields[_SECOND + column] = words
    for anomaly in other.anomalies:
        draft.doubt(anomaly)
    if draft.location.startswith("http"):
        draft.anomalies = [anomaly for anomaly in draft.anomalies if anomaly not in (VIEWER_LINK, NO_FOLDER)]
    return FoundDraft(draft, _both(drive.evidence, item.evidence))


def _join_place(draft: Draft, other: Draft) -> None:
    """Take the path from whichever answer has one: a drive item of an office file has a viewer's address only."""
    if other.location.startswith("http"):
        if draft.location.startswith("http") and draft.location != other.location:
            draft.extra_fields[f"{_SECOND}original_location"] = other.location
            draft.doubt("the answers about it as a file and as a list item state a different original_location")
        else:
            draft.location, draft.relative_path, draft.library = other.location, other.relative_path, other.library
    draft.location = draft.location or other.location
    draft.parent_location = draft.parent_location or other.parent_location
    draft.name = draft.name or other.name
    if draft.kind in (None, RecordKind.FILE) and other.kind in _SPECIAL:
        draft.kind = other.kind


def _join_field(draft: Draft, other: Draft, name: str) -> None:
    first, second = getattr(draft, name), getattr(other, name)
    if first in (None, ""):
        setattr(draft, name, first if second is None else second)
    elif second not in (None, "", first):
        draft.extra_fields[_SECOND + name] = str(second)


def _join_instant(draft: Draft, other: Draft, name: str) -> None:
    """Keep the instant that means something certain, the drive's when both do, and the words of the other."""
    first: StatedInstant | None = getattr(draft, name)
    second: StatedInstant | None = getattr(other, name)
    if first is None or (first.at is None and second is not None and second.at is not None):
        setattr(draft, name, second or first)
    elif second is not None and second.at is not None and second.at != first.at:
        draft.extra_fields[_SECOND + name] = second.raw
        draft.doubt(f"the answers about it as a file and as a list item state a different time for {name}")


def _join_protection(draft: Draft, other: Draft) -> None:
    """Join what holds the record fast: whatever protects wins, and a statement wins over none."""
    for name in ("is_declared", "is_locked", "is_on_hold", "is_draft"):
        claims = (getattr(draft, name), getattr(other, name))
        setattr(draft, name, True if True in claims else False if False in claims else None)
    draft.is_deleted = draft.is_deleted or other.is_deleted
    draft.checked_out_to = draft.checked_out_to or other.checked_out_to or _first_stated(draft, other)
    draft.label = _label_of(draft, draft.label, other.label)


def _first_stated(draft: Draft, other: Draft) -> str | None:
    return other.checked_out_to if draft.checked_out_to is None else draft.checked_out_to


def _label_of(draft: Draft, first: RetentionLabel | None, second: RetentionLabel | None) -> RetentionLabel | None:
    if first is None or second is None or not (first.name and second.name):
        named = [label for label in (first, second) if label is not None and label.name]
        return named[0] if named else first or second
    chosen = first if stronger(first.type, second.type) is first.type else second
    if first.name != second.name:
        left = second if chosen is first else first
        draft.extra_fields[f"{_SECOND}label"] = left.name
        draft.doubt("the answers about it as a file and as a list item state different labels; the stronger one counts")
    return chosen


def _joined_ids(drive: Mapping[str, str], item: Mapping[str, str]) -> dict[str, str]:
    number = item.get("id", "")
    own = {"list_item_id": number} if number.isdecimal() else {}
    return {**{name: value for name, value in item.items() if name != "id"}, **own, **drive}


def _both(first: Evidence, second: Evidence) -> Evidence:
    where = second.place if second.file == first.file else f"{second.file}, {second.place}"
    return Evidence(file=first.file, sha256=first.sha256, place=f"{first.place} and {where}")


def _is_drive_item(values: Values) -> bool:
    return not _DRIVE_MARKS.isdisjoint(values)


def _is_list_item(values: Values) -> bool:
    return "contentType.id" in values or any(column.startswith("fields.") for column in values)


def _keys(values: Values) -> Iterator[bytes]:
    """Yield what the two answers about a document have in common, the surest first."""
    sourcedoc = ""
    address = values.get("webUrl")
    if isinstance(address, str) and is_viewer_link(address):
        sourcedoc = viewed(address)[1]
    for stated in (values.get("sharepointIds.listItemUniqueId"), values.get("eTag"), values.get("@odata.etag")):
        found = as_guid(stated)
        if found:
            yield _digest("document", found)
            break
    else:
        if sourcedoc:
            yield _digest("document", sourcedoc)
    within = values.get("parentReference.sharepointIds")
    list_id = as_guid(values.get("sharepointIds.listId")) or as_guid(
        within.get("listId") if isinstance(within, dict) else None
    )
    number = as_words(values.get("sharepointIds.listItemId"))
    number = number or ("" if _is_drive_item(values) else as_text(values.get("id", "")))
    if list_id and number:
        yield _digest("item", list_id, number)


def _digest(*words: str) -> bytes:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=16).digest()
