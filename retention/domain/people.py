"""People and what they may do; the names of the roles are the field's own."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", str)


class Role(StrEnum):
    """What a person is trusted with; nobody holds a role by default.

    The administrator keeps the machine running and may neither approve nor destroy.
    """

    RECORDS_MANAGER = "records_manager"
    IAO = "iao"
    IAA = "iaa"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody registered by name, so that what they decide can be attributed."""

    person_id: PersonId
    name: str
    roles: frozenset[Role]
    os_user: str | None = None
    is_retired: bool = False

    def has(self, *roles: Role) -> bool:
        """Tell whether this person is in post and holds one of `roles`."""
        return not self.is_retired and any(role in self.roles for role in roles)
