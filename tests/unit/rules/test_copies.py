"""A draft is rubbish only once its successor can be named; a wrong successor would destroy the only copy."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.copies import Sibling, name_parts, successor_of

EARLY, LATE = date(2011, 3, 1), date(2011, 6, 1)


def successor(own: str, *others: str, on: date = LATE) -> str | None:
    found = successor_of(
        Sibling(name=own, modified_on=EARLY), [Sibling(name=other, modified_on=on) for other in (own, *others)]
    )
    return None if found is None else found.name


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        ("Policy v1.doc", ("Policy v2.doc", "Policy v3.doc"), "Policy v3.doc"),
        ("Policy v1.9.doc", ("Policy v1.10.doc",), "Policy v1.10.doc"),
        ("Policy_v2_draft.doc", ("Policy v2 final.doc",), "Policy v2 final.doc"),
        ("Policy draft.doc", ("Policy.doc",), "Policy.doc"),
        ("Policy OLD.doc", ("policy.doc",), "policy.doc"),
        ("Copy of Policy.doc", ("Policy.doc",), "Policy.doc"),
        ("Policy (2).doc", ("Policy.doc",), "Policy.doc"),
        ("Report rev 3.pdf", ("Report rev 4.pdf",), "Report rev 4.pdf"),
    ],
)
def test_the_last_version_of_the_same_document_is_the_successor(
    own: str, others: tuple[str, ...], expected: str
) -> None:
    assert successor(own, *others) == expected


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("Policy v2.doc", ("Policy v1.doc",)),
        ("Policy final.doc", ("Policy draft.doc",)),
        ("Policy v1.doc", ("Another policy v2.doc",)),
        ("Policy v1.doc", ("Policy v2.pdf",)),
        ("Policy.doc", ("Policy.doc",)),
        ("draft.doc", ("final.doc",)),
        ("Policy v3 draft.doc", ("Policy v2 final.doc",)),
        ("Copy of Policy v2.doc", ("Policy v1.doc",)),
        ("Invoice 1.pdf", ("Invoice 2.pdf",)),
        ("Minutes 2011.doc", ("Minutes 2012.doc",)),
    ],
)
def test_what_is_earlier_or_another_document_supersedes_nothing(own: str, others: tuple[str, ...]) -> None:
    assert successor(own, *others) is None


def test_a_version_written_before_this_one_did_not_supersede_it() -> None:
    assert successor("Policy v1.doc", "Policy v2.doc", on=date(2011, 2, 28)) is None


names = st.lists(
    st.sampled_from(["policy", "v1", "v2", "v10", "draft", "final", "old", "copy", "(1)", "copy of"]), min_size=1
)


@given(st.lists(names.map(" ".join), min_size=1, max_size=6), st.data())
def test_successors_never_go_round(files: list[str], data: st.DataObject) -> None:
    siblings = [Sibling(name=f"{name}.doc", modified_on=EARLY) for name in files]
    own = data.draw(st.sampled_from(siblings))
    seen = {own.name}

    while (found := successor_of(own, siblings)) is not None:
        assert found.name not in seen
        assert name_parts(found.name).rank > name_parts(own.name).rank
        seen.add(found.name)
        own = found


@given(st.text(max_size=60))
def test_no_name_can_break_it(name: str) -> None:
    assert name_parts(name).rank >= ((0, 0, 0), 0, 0)
