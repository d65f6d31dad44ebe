"""Laying nested JSON records flat: `fields` of a list item, `file` of a drive item and so on become columns.

The name of a laid-out column says where it stood, as in "fields.FileLeafRef". What is nested otherwise (people,
versions) stays as it is for those who know how to read it.
"""

from collections.abc import Mapping
from typing import Any

from scanners.exports.tables.rows import MAX_COLUMNS, Value

# Shells whose inner names mean the same as if they stood outside.
ENVELOPES = frozenset(
    {"fields", "FieldValues", "ListItemAllFields", "File", "Folder", "Properties", "StorageMetrics", "sharepointIds"}
)
# Things of their own: the outer name is part of the meaning.
_OBJECTS = frozenset(
    {
        *("ContentType", "contentType", "ParentList", "parentReference", "retentionLabel", "sensitivityLabel"),
        *("fileSystemInfo", "publication", "Hashes", "Metadata", "hashes"),
    }
)
# Graph says what an item is by which of these it has, even when empty.
FACET = ".facet"
# The other answer about the same document, where it was asked for with `$expand`.
_LIST_ITEM = "listItem"
_VIEWS = frozenset({_LIST_ITEM, "driveItem"})
_ADDRESS = "webUrl"
_FACETS = frozenset({"file", "folder", "package", "deleted", "remoteItem", "root", "list", "bundle"})


def unfold(element: Mapping[str, Any]) -> dict[str, Value]:
    """Return the record as columns; no more than 2,000 of them.

    What the other answer of Graph about the same document says stands beside what this one says, under a name of its
    own where both say something.
    """
    flat: dict[str, Value] = {}
    views: dict[str, dict[str, Any]] = {}
    for key, value in element.items():
        if isinstance(value, dict) and key in _VIEWS:
            views[key] = value
        elif isinstance(value, dict):
            _lay_out(flat, key, value)
        else:
            flat[key] = value
        if len(flat) > MAX_COLUMNS:
            break
    for view, inner in views.items():
        for column, one in unfold(inner).items():
            if column == _ADDRESS and view == _LIST_ITEM and column in flat:  # of an office file the other's is no path
                flat[f"driveItem.{column}"], flat[column] = flat[column], one
            else:
                flat[column if column not in flat else f"{view}.{column}"] = one
    return flat


def _lay_out(flat: dict[str, Value], key: str, inner: dict[str, Any]) -> None:
    if key in _FACETS:
        flat[f"{key}{FACET}"] = True
    elif not (inner and (key in ENVELOPES or key in _OBJECTS)):
        flat[key] = inner
        return
    for name, value in inner.items():
        if isinstance(value, dict) and name in _OBJECTS:
            flat.update({f"{key}.{name}.{last}": one for last, one in value.items()})
        else:
            flat[f"{key}.{name}"] = value


def without_envelope(column: str) -> str:
    """Return the name of a column without the shell it stood in."""
    shell, dot, rest = column.partition(".")
    return rest if dot and shell in ENVELOPES else column
