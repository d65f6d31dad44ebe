"""What a package says about its libraries, content types and permissions, before the records are read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from scanners.exports.packages.encoded import attributes_of
from scanners.exports.packages.people import Directory
from scanners.exports.packages.walking import Attributes, local_name

_MAX_SAID_GRANTS = 20
_LISTS = ("List", "DocumentLibrary", "PictureLibrary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A list or library. `default_flags` are None where no default label is stated."""

    title: str
    root_url: str
    is_library: bool
    default_label: str = ""
    default_flags: str | None = None
    default_applied: str = ""
    default_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who may do what with everything in one scope."""

    grants: tuple[tuple[str, str], ...]
    allows_anonymous: bool


@dataclass(slots=True)
class Structure:
    """The frame that records stand in; identities are kept without regard to case."""

    libraries: dict[str, Library] = field(default_factory=dict)
    content_types: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    scopes_by_url: dict[str, Scope] = field(default_factory=dict)

    def note(self, structure: Element) -> None:
        """Take one object that is no record."""
        for element in structure:
            tag = local_name(element.tag)
            if tag in _LISTS:
                self._note_library(element, is_list=tag == "List")
            elif tag == "ContentType":
                self._note_content_type(element)
            elif tag == "Roles":
                roles = map(attributes_of, element)
                self.roles |= {role.get("RoleId", ""): role.get("Title", "") for role in roles}
            elif tag == "RoleAssignments":
                for assignment in element:
                    self._note_scope(assignment)

    def library(self, identity: str | None) -> Library | None:
        """Return the list or library with this identity."""
        return self.libraries.get((identity or "").casefold())

    def content_type(self, identity: str | None) -> str | None:
        """Return the name of a content type."""
        return self.content_types.get((identity or "").casefold())

    def scope(self, scope_id: str | None, url: str) -> Scope | None:
        """Return what holds for a place: its scope if it is named, else that of the nearest folder above."""
        if scope_id:
            return self.scopes.get(scope_id.casefold())
        above = url.strip("/").casefold()
        while True:
            if above in self.scopes_by_url:
                return self.scopes_by_url[above]
            if not above:
                return None
            above = above.rpartition("/")[0]

    def permissions(self, scope: Scope, people: Directory) -> tuple[str, bool]:
        """Return in words who may do what, and whether an anonymous link may."""
        said: dict[str, list[str]] = {}
        is_anonymous = scope.allows_anonymous
        for principal_id, role_id in scope.grants:
            principal = people.find(principal_id)
            is_anonymous = is_anonymous or principal.is_anonymous
            said.setdefault(self.roles.get(role_id, f"role {role_id}"), []).append(principal.name)
        words = "; ".join(f"{role}: {_few(names)}" for role, names in said.items())
        return words or "nobody is named", is_anonymous

    def _note_library(self, element: Element, *, is_list: bool) -> None:
        attributes = attributes_of(element)
        label = {name.casefold(): value for name, value in _label_attributes(element, attributes)}
        self.libraries[attributes.get("Id", "").casefold()] = Library(
            title=attributes.get("Title", ""),
            root_url=attributes.get("RootFolderUrl", ""),
            is_library=not is_list or attributes.get("BaseType") == "DocumentLibrary",
            default_label=label.get("listdefaultcompliancetag", ""),
            default_flags=label.get("listdefaultcomplianceflags"),
            default_applied=label.get("listdefaultcompliancetagwrittentime", ""),
            default_by=label.get("listdefaultcompliancetaguserid", ""),
        )
        for child in element:
            if local_name(child.tag) == "ContentTypes":
                for content_type in child:
                    self._note_content_type(content_type)

    def _note_content_type(self, element: Element) -> None:
        attributes = attributes_of(element)
        identity = next((value for name, value in attributes.items() if _is_type_id(name, value)), "")
        if identity and attributes.get("Name"):
            self.content_types.setdefault(identity.casefold(), attributes["Name"])

    def _note_scope(self, element: Element) -> None:
        attributes = attributes_of(element)
        grants = tuple((grant.get("PrincipalId", ""), grant.get("RoleId", "")) for grant in map(attributes_of, element))
        scope = Scope(grants=grants, allows_anonymous=attributes.get("AnonymousPermMask", "0") not in ("", "0"))
        self.scopes[attributes.get("ScopeId", "").casefold()] = scope
        self.scopes_by_url[attributes.get("ObjectUrl", "").strip("/").casefold()] = scope


def _label_attributes(element: Element, attributes: Attributes) -> Iterator[tuple[str, str]]:
    """Yield the default label's attributes; the schema puts them on a field, Microsoft's text on the list."""
    for fields in element:
        if local_name(fields.tag) == "Fields":
            for one in fields:
                yield from ((name, value) for name, value in attributes_of(one).items() if _is_default_label(name))
    yield from ((name, value) for name, value in attributes.items() if _is_default_label(name))


def _is_default_label(name: str) -> bool:
    return name.casefold().startswith("listdefaultcompliance")


def _is_type_id(name: str, value: str) -> bool:
    return name.casefold() in ("id", "contenttypeid") and value.casefold().startswith("0x")


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _MAX_SAID_GRANTS} more" if len(names) > _MAX_SAID_GRANTS else ""
    return ", ".join(names[:_MAX_SAID_GRANTS]) + more
