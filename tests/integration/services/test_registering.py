from datetime import UTC, datetime
from pathlib import Path

import pytest

from retention.domain.people import Role
from retention.errors import InvalidInputError, RefusedByPolicyError, UnknownThingError
from retention.services.registering import (
    confirm_root,
    hash_password,
    register_asset,
    register_person,
    register_source,
    verify,
)
from retention.services.workspace import SETTINGS_FILE, Workspace
from retention.store import assets, upgrading
from retention.store.catalogue import Catalogue, sqlite_url

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / SETTINGS_FILE).touch()
    return Workspace(folder)


@pytest.fixture
def catalogue(workspace: Workspace) -> Catalogue:
    """Registering does not depend on the database, so one is enough."""
    made = Catalogue(sqlite_url(workspace.catalogue_file))
    upgrading.create_or_upgrade(made)
    register_person(made, person_id="ingrid", name="Ingrid", roles=[Role.IAO], os_user="ingrid")
    register_asset(made, asset_id="finance", title="Finance records", owner_id="ingrid")
    return made


def add(catalogue: Catalogue, workspace: Workspace, root: Path, name: str | None = None) -> str:
    return register_source(
        catalogue, root=root, asset_id="finance", workspace=workspace, at=NOON, source_id=name
    ).source_id


def test_a_root_is_registered_with_its_links_resolved(catalogue: Catalogue, workspace: Workspace, share: Path) -> None:
    link = share.with_name("link")
    link.symlink_to(share)

    source_id = add(catalogue, workspace, link)

    with catalogue.reading() as tx:
        found = assets.source(tx, source_id)
    assert (found.source_id, found.root, found.root_inode) == ("share", str(share), share.stat().st_ino)


@pytest.mark.parametrize(
    ("below", "words"),
    [
        ("/", "whole machine"),
        ("share", "contains or lies in the root"),
        ("share/below", "contains or lies in the root"),
        (".", "workspace"),
        ("workspace", "workspace"),
        ("workspace/log", "workspace"),
    ],
)
def test_a_root_that_would_take_in_too_much_is_refused(
    catalogue: Catalogue, workspace: Workspace, share: Path, below: str, words: str
) -> None:
    (share / "below").mkdir()
    workspace.log.mkdir()
    add(catalogue, workspace, share)

    with pytest.raises(RefusedByPolicyError, match=words):
        add(catalogue, workspace, share.parent / below)


def test_a_folder_above_a_registered_root_is_refused(catalogue: Catalogue, workspace: Workspace, share: Path) -> None:
    (share / "below").mkdir()
    add(catalogue, workspace, share / "below")

    with pytest.raises(RefusedByPolicyError, match="belong to one source only"):
        add(catalogue, workspace, share)


def test_a_link_does_not_smuggle_a_root_in_twice(catalogue: Catalogue, workspace: Workspace, share: Path) -> None:
    add(catalogue, workspace, share)
    share.with_name("link").symlink_to(share)

    with pytest.raises(RefusedByPolicyError):
        add(catalogue, workspace, share.with_name("link"))


def test_a_sibling_with_a_longer_name_is_another_root(catalogue: Catalogue, workspace: Workspace, share: Path) -> None:
    (share.parent / "share-old").mkdir()
    add(catalogue, workspace, share)

    assert add(catalogue, workspace, share.parent / "share-old") == "share-old"


def test_roots_of_the_same_name_get_different_names(catalogue: Catalogue, workspace: Workspace, tmp_path: Path) -> None:
    folders = [tmp_path / parent / "Docs & more" for parent in "ab"]
    for folder in folders:
        folder.mkdir(parents=True)

    assert [add(catalogue, workspace, folder) for folder in folders] == ["docs---more", "docs---more-2"]


def test_a_folder_that_is_not_there_is_not_registered(catalogue: Catalogue, workspace: Workspace, share: Path) -> None:
    (share / "file").touch()
    for path in (share / "none", share / "file"):
        with pytest.raises(InvalidInputError, match="is not a folder"):
            add(catalogue, workspace, path)
    with pytest.raises(UnknownThingError, match="no asset"):
        register_source(catalogue, root=share, asset_id="other", workspace=workspace, at=NOON)


@pytest.mark.parametrize("name", ["a:b", "a/b", "", "a b", "-x", "a\n"])
def test_a_name_that_could_be_read_as_something_else_is_refused(
    catalogue: Catalogue, workspace: Workspace, share: Path, name: str
) -> None:
    with pytest.raises(InvalidInputError, match="cannot be the name"):
        add(catalogue, workspace, share, name)


def test_a_share_that_was_replaced_is_known_again_only_after_somebody_confirmed_it(
    catalogue: Catalogue, workspace: Workspace, share: Path
) -> None:
    source_id = add(catalogue, workspace, share)
    share.rename(share.with_name("was"))
    with pytest.raises(InvalidInputError, match="no folder lies"):
        confirm_root(catalogue, source_id)
    share.mkdir()

    assert confirm_root(catalogue, source_id).root_inode == share.stat().st_ino


def test_a_name_belongs_to_one_person_and_an_account_too(catalogue: Catalogue) -> None:
    with pytest.raises(InvalidInputError, match="there is a person 'ingrid' already"):
        register_person(catalogue, person_id="ingrid", name="Another", roles=[])
    with pytest.raises(InvalidInputError, match="belongs to ingrid already"):
        register_person(catalogue, person_id="ian", name="Ian", roles=[], os_user="ingrid")


def test_nobody_is_registered_twice_under_names_that_read_alike_to_approve_their_own_proposal(
    catalogue: Catalogue,
) -> None:
    with pytest.raises(InvalidInputError, match="there is a person 'Ingrid' already"):
        register_person(catalogue, person_id="Ingrid", name="Ingrid", roles=[Role.IAO])


def test_an_asset_is_owned_by_somebody_who_may_own_it(catalogue: Catalogue) -> None:
    register_person(catalogue, person_id="rita", name="Rita", roles=[Role.RECORDS_MANAGER])

    with pytest.raises(RefusedByPolicyError, match="not an information asset owner"):
        register_asset(catalogue, asset_id="hr", title="HR", owner_id="rita")
    with pytest.raises(UnknownThingError, match="no person"):
        register_asset(catalogue, asset_id="hr", title="HR", owner_id="nobody")


def test_a_password_is_known_again_and_no_other_is() -> None:
    kept = hash_password("three random words")

    assert verify(kept, "three random words")
    assert not verify(kept, "three random word")
    assert not verify("no hash at all", "three random words")
    assert "random" not in kept


def test_a_short_password_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="fewer than 12"):
        hash_password("short")
