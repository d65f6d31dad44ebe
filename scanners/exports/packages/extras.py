"""What else a package states of a record: kept under its own names, and counted where it is too much to keep."""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping

from scanners.exports.packages.people import Directory
from scanners.exports.packages.walking import Attributes
from scanners.exports.record import StatedHash

_MAX_VALUE_CHARS = 32_768
_MAX_EXTRA_CHARS = 1 << 20
_MD5_BYTES, _QUICKXOR_BYTES = 16, 20

TARGETS = {
    "SPObject@Url": "original_location",
    "SPObject@ParentWebUrl": "site",
    "SPObject@IsDeleted": "is_deleted",
    "File@Name": "name",
    "File@Url": "original_location",
    "File@Id": "source_ids.unique_id",
    "File@ListId": "library",
    "File@ListItemIntId": "source_ids.list_item_id",
    "File@TimeCreated": "created",
    "File@TimeLastModified": "modified",
    "File@Author": "created_by",
    "File@ModifiedBy": "modified_by",
    "File@Version": "version_label",
    "File@Level": "is_draft",
    "File@FileSize": "size_bytes",
    "File@FileValue": "content",
    "File@MD5Hash": "hashes",
    "File@Checksum": "hashes",
    "File@ScopeId": "permissions",
    "File/Versions": "versions",
    "ListItem@FileUrl": "original_location",
    "ListItem@DirName": "original_location",
    "ListItem@DocId": "source_ids.unique_id",
    "ListItem@Id": "source_ids.list_item_guid",
    "ListItem@IntId": "source_ids.list_item_id",
    "ListItem@ParentListId": "library",
    "ListItem@ContentTypeId": "content_type_id",
    "ListItem@ModerationStatus": "is_draft",
    "ListItem/Versions": "versions",
    "ListItem/Attachments": "parent_location",
    "Field ContentType": "content_type_name",
    "Field _ComplianceTag": "label",
    "Field _ComplianceFlags": "label",
    "Field _vti_ItemDeclaredRecord": "state",
    "Field _vti_ItemHoldRecordStatus": "state",
}

_USED = {
    *(name.partition("@")[2] for name in TARGETS if "@" in name),
    *("ParentWebId", "ParentId", "ParentFolderId", "ContainingDocumentLibrary", "DocType", "ParentWebUrl"),
    *("SetupPathUser", "SetupPathVersion", "Order", "FailureMessage", "InDocumentLibrary"),
}


class Extras:
    """Gathers the extra fields of one record."""

    def __init__(self, people: Directory, dropped: Counter[str]) -> None:
        self._people = people
        self._dropped = dropped
        self._found: dict[str, str] = {}

    def person(self, role: str, reference: str | None) -> str | None:
        """Return the name of a person, and note what identifies them in other sources."""
        if not reference:
            return None
        principal = self._people.find(reference)
        self._found |= {
            name: value
            for name, value in (
                (f"{role}.login", principal.login),
                (f"{role}.sid", principal.sid),
                (f"{role}.account", "deleted" if principal.is_deleted else ""),
            )
            if value
        }
        return principal.name

    def gathered(
        self, *, fields: Mapping[str, str], properties: Mapping[str, str], file: Attributes, item: Attributes
    ) -> dict[str, str]:
        """Return everything that has no place of its own, at most one million characters of it."""
        self._found |= {f"File.{name}": value for name, value in file.items() if name not in _USED and value}
        self._found |= {f"ListItem.{name}": value for name, value in item.items() if name not in _USED and value}
        self._found |= {f"Property.{name}": value for name, value in properties.items()}
        self._found |= fields
        left = _MAX_EXTRA_CHARS
        kept: dict[str, str] = {}
        for name, value in self._found.items():
            left -= len(name) + len(value)
            if len(value) > _MAX_VALUE_CHARS or left < 0:
                self._dropped[name[:100]] += 1
                left += len(name) + len(value)
                continue
            kept[name] = value
        return kept


def hashes_of(attributes: Attributes) -> tuple[tuple[StatedHash, ...], tuple[str, ...]]:
    """Return the hashes that a manifest states, and in words which of them cannot be one."""
    found: list[StatedHash] = []
    trouble: list[str] = []
    for name, algorithm, length in (("MD5Hash", "md5", _MD5_BYTES), ("Checksum", "quickxor", _QUICKXOR_BYTES)):
        stated = attributes.get(name, "").strip()
        if not stated:
            continue
        try:
            raw = base64.b64decode(stated, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) == length:
            found.append(StatedHash(algorithm=algorithm, value=raw.hex() if algorithm == "md5" else stated))
        else:
            trouble.append(f"its {name} is {stated[:60]!r}, which is none")
    return tuple(found), tuple(trouble)
