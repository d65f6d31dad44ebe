"""Making a record of a row: each field from the best column that states it, and whatever is left kept raw."""

from scanners.exports.inventories import targets as to
from scanners.exports.inventories.cells import Cells, best_instant
from scanners.exports.inventories.columns import ColumnPlan
from scanners.exports.inventories.draft import Draft
from scanners.exports.inventories.forms import Form
from scanners.exports.inventories.instants import InstantReader
from scanners.exports.inventories.labels import LabelCatalogue
from scanners.exports.inventories.locating import locate
from scanners.exports.inventories.protecting import protect
from scanners.exports.inventories.values import (
    NO_HASH,
    ROUNDED,
    as_claim,
    as_guid,
    as_hash,
    as_person,
    as_text,
    as_whole,
    as_words,
    is_stated,
)
from scanners.exports.record import ContentPlace, RecordVersion
from scanners.exports.tables.rows import Value, Values

NO_RECORD = "it names no record: neither a path nor a name nor an id that others know"
BAD_CONTENT = "the place of its content is not a path below the export, and was not used"

_MAX_VERSIONS = 10_000
_GUID_TARGETS = frozenset({f"{to.IDS}unique_id", f"{to.IDS}item_guid", f"{to.IDS}list_id", f"{to.IDS}etag"})
_WEAK_IDS = frozenset({"id", "list_id", "site_id", "web_id", "drive_id", "etag"})
_VERSION_STEP = 512


class RecordBuilder:
    """Makes drafts of rows."""

    def __init__(self, *, form: Form, plan: ColumnPlan, labels: LabelCatalogue) -> None:
        self.form = form
        self.plan = plan
        self.labels = labels
        self._ids = tuple(target for target in plan.by_target if target.startswith(to.IDS))
        self._hashes = tuple(target for target in plan.by_target if target.startswith(to.HASHES))

    def build(self, values: Values) -> Draft | str:
        """Return the draft of a record, or why the row is refused, in words."""
        draft = Draft()
        cells = Cells(values, self.plan, draft)
        locate(cells, self.form)
        self._identify(cells)
        self._describe(cells)
        self._date(cells)
        protect(cells, self.form, self.labels)
        draft.extra_fields.update(
            (column, as_text(value))
            for column, value in values.items()
            if column not in cells.used and is_stated(value)
        )
        if self.form.finish:
            self.form.finish(draft, cells.named)
        return draft if _names_record(draft) else NO_RECORD

    def _identify(self, cells: Cells) -> None:
        draft = cells.draft
        for target in self._ids:
            found = cells.take(target, as_guid if target in _GUID_TARGETS else as_words)
            if found:
                draft.source_ids[target.removeprefix(to.IDS)] = found
        etag = draft.source_ids.pop("etag", "")
        if etag and not cells.named("list.facet"):  # the ETag of a list holds the id of the list
            draft.source_ids.setdefault("unique_id", etag)
        for target in self._hashes:
            algorithm = target.removeprefix(to.HASHES)
            for planned, value in cells.stated(target):
                stated = as_hash(algorithm, value)
                if stated:
                    draft.hashes.append(stated)
                    cells.used.add(planned.column)
                else:
                    draft.doubt(NO_HASH)

    def _describe(self, cells: Cells) -> None:
        draft = cells.draft
        self._size(cells)
        draft.created_by = cells.take(to.CREATED_BY, as_person)
        draft.modified_by = cells.take(to.MODIFIED_BY, as_person)
        draft.content_type_name = cells.take(to.CONTENT_TYPE_NAME, as_words)
        draft.content_type_id = cells.take(to.CONTENT_TYPE_ID, as_words)
        draft.version_label = _version_label(cells)
        draft.versions = cells.take(to.VERSIONS, self._versions)
        draft.sensitivity_label = cells.take(to.SENSITIVITY, as_words)
        if draft.sensitivity_label is None and cells.states_nothing(to.SENSITIVITY):
            draft.sensitivity_label = ""
        has_own = cells.take(to.PERMISSIONS, as_claim)
        draft.permissions = None if has_own is None else "its own permissions" if has_own else "inherited permissions"
        draft.is_deleted = bool(cells.take(to.IS_DELETED, as_claim))
        self._content(cells)

    def _size(self, cells: Cells) -> None:
        for planned, value in cells.stated(to.SIZE):
            size = as_whole(value)
            if size is not None and size >= 0:
                cells.used.add(planned.column)
                cells.draft.size_bytes = size
                return
            if size is None or not self.form.is_unknown_size_negative:
                cells.draft.doubt(ROUNDED)

    def _content(self, cells: Cells) -> None:
        stated = cells.take(to.CONTENT, as_words)
        if stated is None:
            return
        path = content_path(stated)
        if path:
            cells.draft.content = ContentPlace(path=path)
        else:
            cells.draft.doubt(BAD_CONTENT)

    def _date(self, cells: Cells) -> None:
        cells.draft.created = best_instant(cells, to.CREATED)
        cells.draft.modified = best_instant(cells, to.MODIFIED)

    def _versions(self, value: Value) -> tuple[RecordVersion, ...] | None:
        if not isinstance(value, list):
            return None
        found = tuple(_version(entry, self.plan.instants) for entry in value[:_MAX_VERSIONS] if isinstance(entry, dict))
        return tuple(version for version in found if version.label)


def content_path(stated: str) -> str:
    """Return a path below the export, "/" between its parts; empty when it could lead elsewhere."""
    path = stated.replace("\\", "/").removeprefix("./")
    parts = path.split("/")
    is_elsewhere = (
        path.startswith("/") or ":" in parts[0] or "\0" in path or any(part in ("", ".", "..") for part in parts)
    )
    return "" if is_elsewhere else path


def _version_label(cells: Cells) -> str | None:
    label = cells.take(to.VERSION_LABEL, as_words)
    if label:
        return label.removeprefix("V")
    number = cells.take(to.VERSION_NUMBER, as_whole)
    if number is not None and number > 0:  # SharePoint counts 512 to a major version
        return f"{number // _VERSION_STEP}.{number % _VERSION_STEP}"
    major, minor = cells.take(to.VERSION_MAJOR, as_whole), cells.take(to.VERSION_MINOR, as_whole)
    return None if major is None else f"{major}.{minor or 0}"


def _version(entry: dict[str, Value], reader: InstantReader) -> RecordVersion:
    by_name = {to.normalise(key): value for key, value in entry.items()}
    label = as_words(by_name.get("versionlabel")) or as_words(by_name.get("uiversionstring")) or ""
    size = as_whole(by_name.get("size"))
    modified = None
    for name in ("modified", "lastmodifieddatetime", "created"):
        if is_stated(by_name.get(name)):
            modified = reader.read(by_name.get(name)).instant
            break
    return RecordVersion(
        label=label,
        size_bytes=size if size is not None and size >= 0 else None,
        modified=modified,
        modified_by=as_person(by_name.get("editor") or by_name.get("lastmodifiedby") or by_name.get("createdby")),
        is_current=as_claim(by_name.get("iscurrentversion")),
    )


def _names_record(draft: Draft) -> bool:
    is_version = draft.version_label is not None
    return bool(draft.location or draft.name or is_version or draft.source_ids.keys() - _WEAK_IDS)
