"""A log whose signatures are all good may still tell of something that should not have happened."""

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.formats.canonical import JSON
from disposal_log.formats.entries import EntryType, Result
from disposal_log.verifying.story import ItemSizes, ItemStates, StoryCheck

Entry = Mapping[str, JSON]
MANIFEST = "ab" * 32
TIME = "2026-11-20T12:00:00.000000Z"


def told(kind: EntryType, **fields: JSON) -> dict[str, JSON]:
    return {"type": str(kind), "time": TIME, "batch": "B-1", **fields}


def proposed(**fields: JSON) -> Entry:
    body: dict[str, JSON] = {
        "asset": "A-1",
        "class": "FIN-07",
        "schedule": "3",
        "items": 3,
        "bytes": 60,
        "manifest": MANIFEST,
        "proposer": "u-rita",
    }
    return told(EntryType.BATCH_PROPOSED, **(body | fields))


def decided(**fields: JSON) -> Entry:
    body: dict[str, JSON] = {
        "asset": "A-1",
        "decision": "approve",
        "role": "IAO",
        "items": 3,
        "bytes": 60,
        "manifest": MANIFEST,
        "decider": "u-omar",
    }
    return told(EntryType.BATCH_DECISION, **(body | fields))


def hold_check() -> Entry:
    return told(EntryType.HOLD_CHECK, phase="purge", register_version="12", held=0)


def intent(phase: str = "purge", items: Iterable[int] = (0, 1, 2), **fields: JSON) -> Entry:
    body: dict[str, JSON] = {"phase": phase, "items": list(items)}
    return told(EntryType.BATCH_INTENT, **(body | fields))


def outcome(item: int, result: str = "destroyed", size: JSON = 20) -> Entry:
    return told(EntryType.ITEM_OUTCOME, item=item, result=result, size=size)


def closed(counts: Mapping[str, JSON], sizes: Mapping[str, JSON]) -> Entry:
    return told(EntryType.BATCH_CLOSED, counts=dict(counts), bytes=dict(sizes))


def certificate(**fields: JSON) -> Entry:
    body: dict[str, JSON] = {"certificate": "C-1", "digest": "00", "status": "final"}
    return told(EntryType.CERTIFICATE_ISSUED, **(body | fields))


def faults(*entries: Entry) -> list[str]:
    story = StoryCheck()
    return [fault for seq, entry in enumerate(entries) for fault in story.observe(seq, entry)]


LAWFUL = (
    proposed(),
    decided(),
    intent("quarantine"),
    outcome(0, "quarantined"),
    outcome(1, "quarantined"),
    outcome(2, "missing"),
    hold_check(),
    intent(items=[0, 1]),
    outcome(0),
    outcome(1, "held"),
    closed({"destroyed": 1, "held": 1, "missing": 1}, {"destroyed": 20, "held": 20, "missing": 20}),
    certificate(counts={"destroyed": 1, "held": 1, "missing": 1}),
)


def test_a_lawful_disposal_raises_no_question() -> None:
    assert faults(*LAWFUL) == []


def test_leaving_out_any_step_that_makes_it_lawful_is_noticed() -> None:
    for at in range(len(LAWFUL) - 1):
        if LAWFUL[at]["type"] == EntryType.ITEM_OUTCOME or at == 2:
            continue
        assert faults(*LAWFUL[:at], *LAWFUL[at + 1 :]), LAWFUL[at]["type"]


def test_losing_the_last_word_on_an_item_is_noticed() -> None:
    for at in (5, 8, 9):
        assert faults(*LAWFUL[:at], *LAWFUL[at + 1 :])


def test_nobody_approves_their_own_proposal() -> None:
    [fault] = faults(proposed(), decided(decider="u-rita"))

    assert "approved by the person who proposed it" in fault


@pytest.mark.parametrize("swapped", [{"manifest": "cd" * 32}, {"items": 4}])
def test_an_approval_of_another_list_is_no_approval(swapped: dict[str, JSON]) -> None:
    found = faults(proposed(), decided(**swapped), hold_check(), intent())

    assert "approval of batch B-1" in found[0]
    assert "was not approved" in found[1]


def test_nothing_is_destroyed_before_it_is_approved() -> None:
    found = faults(proposed(), hold_check(), intent(), outcome(0), decided())

    assert "an intent to purge items of batch B-1, which was not approved" in found
    assert "item 0 of batch B-1 was destroyed though the batch was never approved" in found


@pytest.mark.parametrize("refusal", ["keep", "withdraw"])
def test_an_approval_that_was_withdrawn_allows_nothing_more(refusal: str) -> None:
    [fault] = faults(proposed(), decided(), decided(decision=refusal), hold_check(), intent())

    assert "was not approved" in fault


def test_one_approver_who_says_keep_outweighs_another_who_approves() -> None:
    [fault] = faults(proposed(), decided(), decided(role="second", decision="keep"), hold_check(), intent())

    assert "was not approved" in fault


def test_a_withdrawal_after_the_intent_does_not_make_the_outcome_a_lie() -> None:
    assert faults(proposed(), decided(), hold_check(), intent(), decided(decision="withdraw"), outcome(0)) == []


def test_a_decision_of_another_kind_changes_nothing() -> None:
    assert faults(proposed(), decided(), decided(decision="refer"), hold_check(), intent(), outcome(0)) == []


def test_an_item_the_approver_took_out_is_not_destroyed() -> None:
    [fault] = faults(proposed(), decided(excluded=[1]), hold_check(), intent(), outcome(1))

    assert "the approval excludes it" in fault


def test_no_file_is_touched_without_an_intent_that_names_it() -> None:
    for result, phase in (("destroyed", "quarantine"), ("name-removed", "quarantine"), ("quarantined", "purge")):
        [fault] = faults(proposed(), decided(), hold_check(), intent(phase), outcome(0, result))
        assert "without an intent that names it" in fault
        [fault] = faults(proposed(), decided(), hold_check(), outcome(0, result))
        assert "without an intent that names it" in fault


def test_holds_are_asked_between_approval_and_purge() -> None:
    for entries in ((proposed(), decided(), intent()), (proposed(), hold_check(), decided(), intent())):
        [fault] = faults(*entries)
        assert "without a hold check since its approval" in fault


def test_nothing_is_destroyed_twice_or_after_it_was_given_back() -> None:
    for first in Result:
        if first is Result.QUARANTINED:
            continue
        found = faults(
            proposed(), decided(), hold_check(), intent("quarantine"), intent(), outcome(0, first), outcome(0)
        )
        assert found == [f"item 0 of batch B-1 was already {first} and is now destroyed"]


def test_an_item_outside_the_proposal_is_noticed_and_costs_no_memory() -> None:
    far = 2**52
    found = faults(proposed(), decided(), hold_check(), intent(items=[far]), outcome(far))

    assert found == [
        f"an intent for item {far} of batch B-1, which has 3 items",
        f"item {far} of batch B-1, which has 3 items",
    ]


def test_a_batch_that_was_never_proposed_has_no_story() -> None:
    for entry in LAWFUL[1:]:
        [fault] = faults(entry)
        assert "was never proposed" in fault


def test_a_second_proposal_cannot_replace_an_approved_list() -> None:
    [fault] = faults(proposed(), decided(), proposed(manifest="cd" * 32))

    assert "a second time" in fault


def test_sums_that_do_not_come_out_are_noticed() -> None:
    done = (proposed(), decided(), hold_check(), intent(), outcome(0), outcome(1), outcome(2, "failed"))
    right: dict[str, JSON] = {"destroyed": 2, "failed": 1}
    sizes: dict[str, JSON] = {"destroyed": 40, "failed": 20}

    assert faults(*done, closed(right, sizes)) == []
    assert faults(*done, closed(right | {"held": 0}, sizes)) == []
    assert "other counts" in faults(*done, closed(right | {"destroyed": 3}, sizes))[0]
    assert "other counts" in faults(*done, closed({"destroyed": 2}, sizes))[0]
    assert "other bytes" in faults(*done, closed(right, sizes | {"destroyed": 41}))[0]
    assert "other counts" in faults(*done, closed(right, sizes), certificate(counts={"destroyed": 9}))[0]


def test_a_batch_that_is_closed_early_or_goes_on_afterwards_is_counted_to_the_byte() -> None:
    head = [proposed(), decided(), intent("quarantine"), hold_check(), intent()]
    in_quarantine = [outcome(0, "quarantined", 11), outcome(1, "quarantined", 22)]
    early = closed({"quarantined": 2}, {"quarantined": 33})
    rest = [outcome(0, "destroyed", 11), outcome(1, "destroyed", 22), outcome(2, "quarantined", 44)]
    then = closed({"destroyed": 2, "quarantined": 1}, {"destroyed": 33, "quarantined": 44})
    last = [outcome(2, "destroyed", 44), closed({"destroyed": 3}, {"destroyed": 77})]

    assert faults(*head, *in_quarantine, early, *rest, then, *last) == []
    assert faults(*head, closed({}, {}), *in_quarantine, early, *rest, then, *last) == []
    wrong = closed({"destroyed": 3}, {"destroyed": 78})
    assert "other bytes" in faults(*head, closed({}, {}), *in_quarantine, early, *rest, *last[:1], wrong)[0]


def test_a_final_certificate_needs_a_closed_batch_with_every_item_accounted_for() -> None:
    done = (proposed(), decided(), hold_check(), intent(), outcome(0), outcome(1))
    end = closed({"destroyed": 2}, {"destroyed": 40})

    assert faults(*done, certificate(status="provisional")) == []
    assert len(faults(*done, certificate())) == 2
    [fault] = faults(*done, end, certificate())
    assert "does not account for all 3 items" in fault


def test_an_item_still_in_quarantine_is_not_certified_as_gone() -> None:
    quarantined = (proposed(items=1), decided(items=1), intent("quarantine", items=[0]), outcome(0, "quarantined"))
    end = closed({"quarantined": 1}, {"quarantined": 20})

    [fault] = faults(*quarantined, end, certificate())
    assert "does not account for all 1 items" in fault


def test_an_entry_that_lacks_what_its_type_needs_is_noticed() -> None:
    for entry in LAWFUL:
        for name in entry:
            if name in ("type", "time", "size") or (entry["type"], name) == ("certificate.issued", "counts"):
                continue
            lacking = {each: value for each, value in entry.items() if each != name}
            assert faults(lacking), (entry["type"], name)


def test_acting_on_an_expired_approval_is_told_as_a_warning() -> None:
    for expires, is_told in (("2026-11-19", True), ("2026-11-20", False), ("2026-11-20T11:59:59", True)):
        story = StoryCheck()
        for seq, entry in enumerate((proposed(), decided(expires=expires), intent("quarantine"))):
            assert list(story.observe(seq, entry)) == []
        assert bool(story.warnings) is is_told


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from([str(each) for each in EntryType]),
                "time": st.just(TIME),
                "batch": st.sampled_from(["B-1", "B-2", ""]) | st.integers() | st.none(),
            },
            optional={
                name: st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers())
                for name in ("items", "bytes", "manifest", "proposer", "decision", "role", "decider", "excluded")
            }
            | {
                "item": st.integers(-2, 2**53),
                "result": st.sampled_from([str(each) for each in Result]) | st.text(max_size=3),
                "phase": st.sampled_from(["purge", "quarantine", "restore", ""]),
                "counts": st.dictionaries(st.sampled_from(["destroyed", "x"]), st.integers()),
                "size": st.integers() | st.text(max_size=2),
                "expires": st.text(max_size=4) | st.none(),
            },
        ),
        max_size=12,
    )
)
def test_a_story_told_by_a_stranger_is_judged_and_never_crashes(entries: list[dict[str, JSON]]) -> None:
    assert all(isinstance(fault, str) for fault in faults(proposed(), *entries))


@given(st.dictionaries(st.integers(0, 2000), st.integers(0, 255)))
def test_item_states_are_kept_apart(states: dict[int, int]) -> None:
    kept, sizes = ItemStates(), ItemSizes()
    for item, state in states.items():
        kept.mark(item, state)
        sizes.put(item, state << 40)

    for item in range(2100):
        around, place = kept.around(item)
        assert around[place] == states.get(item, 0)
    assert all(sizes.get(item) == states.get(item, 0) << 40 for item in range(2100))
