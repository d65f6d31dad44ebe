"""Who is who in a package: the users and groups that a manifest names by number only (`UserGroup.xml`)."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from scanners.crawling.share_facts import parse_sid

SYSTEM_ACCOUNT = "1073741823"
_SID_HEAD_BYTES = 8
_SID = re.compile(r"\bs-1(?:-\d+)+\b", re.IGNORECASE)
_ANONYMOUS = "urn:spo:anon#"
_ANONYMOUS_GROUP = re.compile(r"^SharingLinks\.[^.]+\.Anonymous", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A user or group; `sid` is empty where the identity is no Windows one, and so joins to no owner of a file."""

    name: str
    login: str = ""
    sid: str = ""
    is_deleted: bool = False
    is_anonymous: bool = False


@dataclass(slots=True)
class Directory:
    """Everybody a package names, by number."""

    principals: dict[str, Principal] = field(default_factory=dict)

    def note(self, tag: str, attributes: dict[str, str]) -> None:
        """Take one element of a user list; anything else is passed over."""
        number = attributes.get("Id", "")
        if not number:
            return
        if tag == "User":
            self.principals.setdefault(number, _user(attributes))
        elif tag == "Group":
            name = attributes.get("Name", "")
            is_anonymous = bool(_ANONYMOUS_GROUP.match(name))
            self.principals.setdefault(number, Principal(name=name or f"group:{number}", is_anonymous=is_anonymous))

    def find(self, reference: str) -> Principal:
        """Return who a number, or the text that other writers put in its place, stands for."""
        known = self.principals.get(reference)
        if known is not None:
            return known
        if reference == SYSTEM_ACCOUNT:
            return Principal(name="System Account")
        return Principal(name=f"user:{reference}" if reference.isdecimal() else reference)


def sid_of(system_id: str) -> str:
    """Return the Windows security identifier in a `SystemId`, or nothing.

    One real file held three encodings, all in base64: a binary SID ([MS-DTYP] 2.4.2.2), a SID as text, and a claim
    that may end in one.
    """
    try:
        raw = base64.b64decode(system_id, validate=True)
    except (binascii.Error, ValueError):
        return ""
    if len(raw) > 1 and len(raw) == _SID_HEAD_BYTES + 4 * raw[1] and (binary := parse_sid(raw)):
        return binary
    found = _SID.search(raw.decode("utf-8", "replace"))
    return found.group().upper() if found else ""


def _user(attributes: dict[str, str]) -> Principal:
    login = attributes.get("Login", "")
    name = attributes.get("Name", "")
    return Principal(
        name=name or login or f"user:{attributes['Id']}",
        login=login,
        sid=sid_of(attributes.get("SystemId", "")),
        is_deleted=attributes.get("IsDeleted", "").lower() in ("true", "1"),
        is_anonymous=_ANONYMOUS in unquote(login).casefold(),
    )
