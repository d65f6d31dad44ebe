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
_FACETS = frozenset({"file", "folder", "package", "deleted", "remoteItem", "root", "list", "bundle"})


def unfold(element: Mapping[str, Any]) -> dict[str, Value]:
    """Return the record as columns; no more than 2,000 of them."""
    flat: dict[str, Value] = {}
    for key, value in element.items():
        if isinstance(value, dict):
            _lay_out(flat, key, value)
        else:
            flat[key] = value
        if len(flat) > MAX_COLUMNS:
            break
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
