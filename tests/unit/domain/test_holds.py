from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.domain.assets import AssetId
from retention.domain.holds import (
    DisposalHold,
    HoldId,
    HoldKind,
    HoldScope,
    HoldState,
    register_of,
)
from retention.domain.people import PersonId

FINANCE = AssetId("finance")


@dataclass(frozen=True, kw_only=True)
class Subject:
    asset_id: AssetId = FINANCE
    class_id: str | None = "FIN-01"
    path: str = "Finance/Invoices/2012/a.pdf"
    sha256: str | None = "aa"


def a_hold(hold_id: str = "H-1", **scope: str) -> DisposalHold:
    return DisposalHold(
        hold_id=HoldId(hold_id),
        kind=HoldKind.LITIGATION,
        reason="claim 7",
        mandate="solicitor",
        owner_id=PersonId("rita"),
        scope=HoldScope(
            asset_id=AssetId(scope["asset_id"]) if "asset_id" in scope else None,
            class_id=scope.get("class_id"),
            path=scope.get("path"),
            digest=scope.get("digest"),
        ),
        placed_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
        reassess_on=date(2026, 9, 1),
    )


@pytest.mark.parametrize(
    "path",
    [
        "Finance/Invoices/2012/a.pdf",
        "Finance/Invoices",
        "/Finance/Invoices/",
        "finance/INVOICES",
        "Finance/*.pdf",
        "*/a.pdf",
        "Finance/Inv*",
        "Finance/Invoices/201?",
        "Finance/Invoices/201[12]",
    ],
)
def test_a_hold_covers_the_file_and_everything_below_the_folder_it_names(path: str) -> None:
    assert a_hold(path=path).covers(Subject())


@pytest.mark.parametrize("path", ["Finance/Invoice", "Invoices", "Finance/Invoices/2013", "*.docx"])
def test_a_hold_covers_nothing_beside_what_it_names(path: str) -> None:
    assert not a_hold(path=path).covers(Subject())


@pytest.mark.parametrize("folder", ["Accounts [final]", "What now?", "* urgent *"])
def test_a_folder_whose_name_looks_like_a_pattern_is_held_all_the_same(folder: str) -> None:
    assert a_hold(path=folder).covers(Subject(path=f"{folder}/a.pdf"))


def test_a_name_typed_in_another_unicode_form_is_held() -> None:
    assert a_hold(path="Finance/caf\u00e9").covers(Subject(path="Finance/cafe\u0301/a"))


def test_every_part_of_a_scope_must_match() -> None:
    assert a_hold(asset_id="finance", class_id="FIN-01").covers(Subject())
    assert not a_hold(asset_id="finance", class_id="HR-01").covers(Subject())


def test_a_lifted_hold_covers_nothing() -> None:
    assert not replace(a_hold(path="Finance"), state=HoldState.LIFTED).covers(Subject())


def test_a_held_file_protects_its_copies_wherever_they_lie() -> None:
    original, copy = Subject(path="Legal/a.pdf"), Subject(path="Old drive/copy of a.pdf")

    register = register_of(3, [a_hold(path="Legal")], [original, copy])

    assert [hold.hold_id for hold in register.holds_on(copy)] == ["H-1"]
    assert "because a copy of the same content is held" in register.reasons(copy)[0]
    assert "because" not in register.reasons(original)[0]


def test_files_without_a_digest_do_not_hold_one_another() -> None:
    register = register_of(1, [a_hold(path="Legal")], [Subject(path="Legal/a", sha256=None)])

    assert register.holds_on(Subject(path="Other/b", sha256=None)) == ()


def test_all_holds_must_be_lifted_before_a_record_is_free() -> None:
    both = [a_hold("H-1", path="Finance"), a_hold("H-2", class_id="FIN-01")]
    one_lifted = [replace(both[0], state=HoldState.LIFTED), both[1]]

    assert len(register_of(1, both, [Subject()]).holds_on(Subject())) == len(both)
    assert [hold.hold_id for hold in register_of(2, one_lifted, [Subject()]).holds_on(Subject())] == ["H-2"]


def test_a_scope_that_says_nothing_is_recognised() -> None:
    assert HoldScope().is_empty
    assert not HoldScope(digest="aa").is_empty
    assert HoldScope(class_id="FIN-01", path="Finance").in_words() == "class FIN-01 and path Finance"


names = st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(names, min_size=1, max_size=4), st.integers(1, 4))
def test_a_hold_on_any_folder_covers_every_file_below_it(parts: list[str], depth: int) -> None:
    folder = "/".join(parts[:depth])

    assert a_hold(path=folder).covers(Subject(path="/".join([*parts, "file"])))
