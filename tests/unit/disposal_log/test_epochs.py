"""When a lost key's checkpoints still count, and which entries about keys cannot be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.formats.canonical import JSON
from disposal_log.formats.epochs import KeyHistory
from disposal_log.signing.notes import ED25519, ML_DSA_44, SigningKey
from disposal_log.verifying.epochs import Anchored, EpochCheck, accepts

ORIGIN = "records.example/log"
TIME = "2026-11-20T12:00:00.000000Z"
LOST = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEYS = [
    [
        str(SigningKey.from_seed(ORIGIN, seed=bytes([each] * 32), algorithm=kind).verifier)
        for kind in (ED25519, ML_DSA_44)
    ]
    for each in range(4)
]
RECOVERY = str(SigningKey.from_seed(f"{ORIGIN}/recovery", seed=bytes([9] * 32)).verifier)
OPENING: dict[str, JSON] = {
    "type": "log.open",
    "time": TIME,
    "origin": ORIGIN,
    "vkey": KEYS[0][0],
    "vkeys": [*KEYS[0]],
    "recovery_vkey": RECOVERY,
}


def added(**changed: JSON) -> dict[str, JSON]:
    entry: dict[str, JSON] = {"type": "key.add", "time": TIME, "epoch": 2, "vkeys": [*KEYS[1]], "authority": "log-key"}
    return entry | changed


def opened(**changed: JSON) -> KeyHistory:
    history = KeyHistory()
    assert history.observe(0, OPENING | changed) is None
    return history


def test_a_lost_key_counts_up_to_what_was_seen_before_it_was_lost() -> None:
    before, after = Anchored(size=10, at=LOST - DAY), Anchored(size=90, at=LOST + DAY)

    assert accepts(99, compromised_since=None, anchored=[])
    assert accepts(10, compromised_since=LOST, anchored=[after, before])
    assert not accepts(11, compromised_since=LOST, anchored=[after, before])
    assert not accepts(10, compromised_since=LOST, anchored=[Anchored(size=10, at=LOST)])
    assert accepts(11, compromised_since=LOST, anchored=[Anchored(size=11, at=None)])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"epoch": 3}, "does not follow"),
        ({"epoch": True}, "does not follow"),
        ({"vkeys": []}, "no list of keys"),
        ({"vkeys": [KEYS[1][0], 7]}, "no list of keys"),
        ({"vkeys": [KEYS[1][0]]}, "lack ML-DSA-44"),
        ({"vkeys": [KEYS[1][1], KEYS[1][0]]}, "one Ed25519 key and"),
        ({"vkeys": [KEYS[1][0], KEYS[1][0]]}, "one Ed25519 key and"),
        ({"vkeys": [KEYS[0][0], KEYS[1][1]]}, "a second time"),
        ({"vkeys": [RECOVERY, KEYS[1][1]]}, "not named"),
        ({"vkeys": ["nonsense", KEYS[1][1]]}, "three parts"),
        ({"authority": "opening"}, "cannot vouch"),
        ({"authority": None}, "not text"),
        ({"time": "today"}, "no instant"),
    ],
)
def test_keys_that_cannot_be_are_not_added(changed: dict[str, JSON], words: str) -> None:
    history = opened()
    before = history.required(5)

    fault = history.observe(4, added(**changed))
    assert fault is not None
    assert words in fault
    assert history.required(5) == before


def test_keys_are_retired_only_after_others_were_named_and_only_once() -> None:
    history = opened()
    retire: dict[str, JSON] = {"type": "key.retire", "time": TIME, "epoch": 1, "vkeys": [*KEYS[0]], "overlap": ""}

    assert "no others were named" in str(history.observe(1, retire))
    assert history.observe(1, added()) is None
    assert "before those of the last addition" in str(history.observe(2, added(epoch=3, vkeys=[*KEYS[2]])))
    assert "does not retire" in str(history.observe(2, retire | {"vkeys": [*KEYS[1]]}))
    assert history.observe(2, retire) is None
    assert "no others were named" in str(history.observe(3, retire))


def test_every_size_has_its_signers() -> None:
    history = opened()
    history.observe(7, added())
    history.observe(9, {"type": "key.retire", "time": TIME, "epoch": 1, "vkeys": [*KEYS[0]], "overlap": ""})

    signers = [sorted(map(str, history.required(size))) for size in (0, 1, 7, 8, 9, 10, 99)]
    old, new = sorted(KEYS[0]), sorted(KEYS[1])
    assert signers == [[], old, old, sorted(old + new), sorted(old + new), new, new]
    assert history.policy_choices(10) == (frozenset(history.epochs[1].keys), frozenset(history.epochs[0].keys))
    assert len(history.policy_choices(11)) == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"vkeys": [*KEYS[1]]}, "does not begin with"),
        ({"recovery_vkeys": [str(SigningKey.from_seed(f"{ORIGIN}/recovery", seed=bytes(32)).verifier)]}, "begin with"),
        ({"origin": "another.example"}, "not named"),
        ({"recovery_vkey": 7}, "not text"),
    ],
)
def test_an_opening_that_contradicts_itself_names_no_key(changed: dict[str, JSON], words: str) -> None:
    history = KeyHistory()

    assert words in str(history.observe(0, OPENING | changed))
    assert history.current is None


PLAIN = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=20) | st.sampled_from([*KEYS[0], *KEYS[1], TIME])
)
VALUES = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(st.text(max_size=5), PLAIN, max_size=2)
FIELDS = ("time", "epoch", "vkeys", "vkey", "authority", "overlap", "since", "origin", "last_checkpoint", "consistency")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["log.open", "key.add", "key.retire", "key.compromised"]),
            st.dictionaries(st.sampled_from(FIELDS), VALUES),
        ),
        max_size=6,
    )
)
def test_foreign_entries_about_keys_are_told_of_and_raise_nothing(entries: list[tuple[str, dict[str, JSON]]]) -> None:
    check = EpochCheck()
    list(check.observe(0, OPENING, root=lambda: bytes(32)))
    whole = {"key.add": added(), "log.open": OPENING}
    for seq, (kind, fields) in enumerate(entries, start=1):
        entry = {**whole.get(kind, {}), **fields, "type": kind}
        assert all(isinstance(text, str) for text in check.observe(seq, entry, root=lambda: bytes(32)))
    assert check.history.epochs[0].number == 1
