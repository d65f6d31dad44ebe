"""Registering: the people, the information assets and the roots that everything else refers to."""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from retention.domain.assets import AssetId, InformationAsset, Source, SourceId, SourceKind
from retention.domain.naming import comparison_key, shown
from retention.domain.people import Person, PersonId, Role
from retention.errors import InvalidInputError, RefusedByPolicyError, RetentionError
from retention.services.workspace import Workspace
from retention.store import assets, people
from retention.store.catalogue import Catalogue, Transaction
from scanners.crawling import PathPatterns, PatternError

_MIN_PASSWORD_CHARACTERS = 12
_MAX_NAME_CHARACTERS = 64


def hash_password(password: str) -> str:
    """Return the argon2id hash of `password`, with its salt and parameters.

    Raises:
        InvalidInputError: It is shorter than twelve characters.
    """
    if len(password) < _MIN_PASSWORD_CHARACTERS:
        raise InvalidInputError(
            what=f"the password has fewer than {_MIN_PASSWORD_CHARACTERS} characters",
            not_done="No password was set.",
            next_step="Choose a longer one: three random words will do.",
        )
    return PasswordHasher().hash(password.encode("utf-8", "surrogatepass"))


def verify(password_hash: str, password: str) -> bool:
    """Tell whether `password` is the one that was hashed; a hash that cannot be read matches nothing."""
    try:
        return PasswordHasher().verify(password_hash, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


def register_person(
    catalogue: Catalogue,
    *,
    person_id: str,
    name: str,
    roles: Iterable[Role],
    os_user: str | None = None,
    password: str | None = None,
) -> Person:
    """Register somebody by name.

    Raises:
        InvalidInputError: The name, or the operating-system user, is taken, a name is empty or too long, or
            the password is too short.
    """
    if not name.strip():
        raise InvalidInputError(
            what=f"{person_id} has no name for certificates to print",
            not_done="Nobody was registered.",
            next_step="Give the person's full name with --name.",
        )
    person = Person(
        person_id=PersonId(_checked_name("person", person_id)),
        name=name,
        roles=frozenset(roles),
        os_user=os_user,
    )
    password_hash = None if password is None else hash_password(password)
    with catalogue.transaction() as tx:
        # `RITA` beside `rita` reads as one person in the log, and could approve what the other proposed
        if any(comparison_key(other.person_id) == comparison_key(person_id) for other in people.people(tx)):
            raise _taken("person", person_id)
        if os_user is not None and (other := people.person_of_os_user(tx, os_user)) is not None:
            raise InvalidInputError(
                what=f"the operating-system user {os_user!r} belongs to {other.person_id} already",
                not_done=f"{person_id} was not registered.",
                next_step="Leave the user out, or correct the other person first.",
            )
        people.add_person(tx, person, password_hash)
    return person


def set_password(catalogue: Catalogue, person_id: str, password: str) -> None:
    """Give somebody a new password.

    Raises:
        UnknownThingError: Nobody is registered under that name.
        InvalidInputError: The password is too short.
    """
    with catalogue.transaction() as tx:
        people.person(tx, person_id)
        people.set_password_hash(tx, person_id, hash_password(password))


def register_asset(catalogue: Catalogue, *, asset_id: str, title: str, owner_id: str) -> InformationAsset:
    """Register an information asset with its one accountable owner.

    Raises:
        UnknownThingError: The owner is not registered.
        RefusedByPolicyError: The owner is retired or not an information asset owner.
        InvalidInputError: The name is taken.
    """
    with catalogue.transaction() as tx:
        owner = people.person(tx, owner_id)
        if not owner.has(Role.IAO):
            raise RefusedByPolicyError(
                what=f"{owner_id} is not an information asset owner",
                not_done=f"Asset {asset_id} was not registered.",
                next_step=f"Name an owner who is one, or give {owner_id} the role `{Role.IAO}`.",
            )
        if any(other.asset_id == asset_id for other in assets.assets(tx)):
            raise _taken("asset", asset_id)
        asset = InformationAsset(
            asset_id=AssetId(_checked_name("asset", asset_id)), title=title, owner_id=owner.person_id
        )
        assets.add_asset(tx, asset)
    return asset


def register_source(
    catalogue: Catalogue,
    *,
    root: str | os.PathLike[str],
    asset_id: str,
    workspace: Workspace,
    at: datetime,
    source_id: str | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Source:
    """Register a root: from now on what lies below it may be scanned, and nothing else ever is.

    The root is kept with its links resolved, so that one folder is never registered under two names.

    Raises:
        UnknownThingError: There is no such asset.
        InvalidInputError: The folder is missing or no folder, the name is taken, or a pattern means nothing.
        RefusedByPolicyError: It is the whole machine, lies inside or above another root, or would take in
            the workspace with its catalogue, log and keys.
    """
    folder = os.path.realpath(root) if root else ""  # empty would mean the folder the program was started in
    if not os.path.isdir(folder):  # noqa: PTH112  # paths are strings here: names may be any bytes
        raise InvalidInputError(
            what=f"{shown(os.fspath(root)) or 'an empty path'} is not a folder that can be reached",
            not_done="Nothing was registered.",
            next_step="Mount it or correct the path, then try again.",
        )
    check_patterns(include, exclude)
    if folder == "/":
        raise _refused(folder, "it is the whole machine", "Register the folder where the records are.")
    if _takes_in(folder, workspace):
        raise _refused(
            folder,
            f"it would take in the catalogue, log or keys of the workspace {workspace.folder}",
            "Keep the workspace outside everything that is scanned.",
        )
    with catalogue.transaction() as tx:
        known = assets.sources(tx)
        for other in (one for one in known if one.kind is SourceKind.SHARE):
            if _nested(folder, other.root):
                raise _refused(
                    folder,
                    f"it is, contains or lies in the root {other.root} of source {other.source_id}",
                    "One file must belong to one source only; choose roots beside each other.",
                )
        source = Source(
            source_id=SourceId(source_name(tx, source_id, folder)),
            root=folder,
            root_inode=os.stat(folder).st_ino,  # noqa: PTH116  # paths are strings here: names may be any bytes
            asset_id=assets.asset(tx, asset_id).asset_id,
            added_at=at,
            include=tuple(include),
            exclude=tuple(exclude),
        )
        assets.add_source(tx, source)
    return source


def confirm_root(catalogue: Catalogue, source_id: str) -> Source:
    """Accept the folder that lies at a registered root now, because somebody looked and says it is the share.

    Raises:
        UnknownThingError: There is no such source.
        InvalidInputError: No folder lies there.
    """
    with catalogue.transaction() as tx:
        source = assets.source(tx, source_id)
        if not os.path.isdir(source.root):  # noqa: PTH112
            raise InvalidInputError(
                what=f"no folder lies at {shown(source.root)}",
                not_done="Nothing was changed.",
                next_step="Mount the share, look at it, then confirm it.",
            )
        assets.set_root_inode(tx, source_id, os.stat(source.root).st_ino)  # noqa: PTH116
        return assets.source(tx, source_id)


def check_patterns(include: Sequence[str], exclude: Sequence[str]) -> None:
    """Raise `InvalidInputError` when a pattern means nothing."""
    try:
        PathPatterns(include=include, exclude=exclude)
    except PatternError as error:
        raise InvalidInputError(
            what=error.what.rstrip("."), not_done="Nothing was registered.", next_step=error.next_step
        ) from error


def source_name(tx: Transaction, wanted: str | None, folder: str) -> str:
    """Return the name a new source gets: the one that is wanted, or a free one made from its folder.

    Raises:
        InvalidInputError: The wanted name is taken, or cannot be a name.
    """
    taken = {source.source_id for source in assets.sources(tx)}
    if wanted is not None:
        if wanted in taken:
            raise _taken("source", wanted)
        return _checked_name("source", wanted)
    plain = "".join(one if one.isascii() and one.isalnum() else "-" for one in os.path.basename(folder)).lower()  # noqa: PTH119
    base = plain.strip("-") or "source"
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (base, *numbered) if name not in taken)


def _checked_name(kind: str, name: str) -> str:
    # ":" separates a source from a path, and "/" begins one; an entry of the log must hold several names
    is_odd = not name.isprintable() or len(name) > _MAX_NAME_CHARACTERS
    if not name or is_odd or any(mark in name for mark in ":/ ") or name.startswith("-"):
        raise InvalidInputError(
            what=f"{name[:_MAX_NAME_CHARACTERS]!r} cannot be the name of the {kind}",
            not_done="Nothing was registered.",
            next_step=f"Use at most {_MAX_NAME_CHARACTERS} letters, digits, full stops and hyphens, without spaces.",
        )
    return name


def _takes_in(folder: str, workspace: Workspace) -> bool:
    own = os.path.realpath(workspace.folder)
    parts = (workspace.log, workspace.keys, workspace.sidecar, workspace.certificates)
    return own == folder or own.startswith(folder + "/") or any(_nested(folder, os.path.realpath(one)) for one in parts)


def _nested(one: str, other: str) -> bool:
    first, second = one.rstrip("/") + "/", other.rstrip("/") + "/"
    return first.startswith(second) or second.startswith(first)


def _taken(kind: str, name: str) -> RetentionError:
    return InvalidInputError(
        what=f"there is {'an' if kind == 'asset' else 'a'} {kind} {name!r} already",
        not_done="Nothing was registered.",
        next_step="Choose another name.",
    )


def _refused(folder: str, reason: str, next_step: str) -> RefusedByPolicyError:
    return RefusedByPolicyError(
        what=f"{shown(folder)} cannot be registered: {reason}",
        not_done="Nothing was registered.",
        next_step=next_step,
    )
