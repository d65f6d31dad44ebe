"""Who must have cosigned: a policy that is misread lets one person stand for three."""

import base64
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.errors import KeyInvalidError, LogError, PolicyInvalidError
from disposal_log.formats.policy import (
    COSIGNATURE,
    ED25519,
    ML_DSA_44,
    Policy,
    PolicyGroup,
    PolicyLog,
    PolicyWitness,
    read_policy_key,
)
from disposal_log.signing.notes import VerifierKey


def a_key(name: str, *, algorithm: int = COSIGNATURE, like: str | None = None) -> VerifierKey:
    seed = sha256((like or name).encode()).digest()
    public_key = seed * (1312 // 32 if algorithm == ML_DSA_44 else 1)
    return VerifierKey(name=name, algorithm=algorithm, public_key=public_key)


LOG = a_key("records.example.gov.uk/destruction", algorithm=ED25519)
X1, X2, X3, Y1, Y2 = (a_key(f"{name}.example") for name in ("x1", "x2", "x3", "y1", "y2"))
TWO_HOUSES = f"""\
# the councils' witnesses and the county's
log {LOG} https://log.example/

witness X1 {X1}
witness X2 {X2} https://x2.example/witness
witness X3\t{X3}
group X-witnesses 2 X1 X2 X3
witness Y1 {Y1}
witness Y2 {Y2}
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def test_a_quorum_of_groups_needs_enough_of_each_house() -> None:
    policy = Policy.parse(TWO_HOUSES)

    for enough in ((X1, X2, Y1), (X1, X3, Y2), (X1, X2, X3, Y1, Y2)):
        assert policy.is_satisfied_by(enough)
    for too_few in ((), (X1,), (X1, X2, X3), (X1, Y1, Y2), (Y1, Y2), (X1, X1, Y1)):
        assert not policy.is_satisfied_by(too_few)
    assert policy.witness_keys == (X1, X2, X3, Y1, Y2)
    assert policy.log_keys == (LOG,)
    assert policy.witnesses[1].url == "https://x2.example/witness"


def test_the_signature_of_the_log_or_a_stranger_stands_for_no_witness() -> None:
    policy = Policy.parse(f"log {LOG}\nwitness w {X1}\nquorum w\n")
    same_key_of_another_kind = VerifierKey(name=X1.name, algorithm=ED25519, public_key=X1.public_key)

    assert not policy.is_satisfied_by([LOG, Y1, same_key_of_another_kind])
    assert policy.is_satisfied_by([X1])


def test_a_policy_without_a_quorum_of_witnesses_says_so_openly() -> None:
    policy = Policy.parse(f"log {LOG}\nquorum none\n")

    assert not policy.needs_witnesses
    assert policy.is_satisfied_by(())
    assert policy.text() == f"log {LOG}\nquorum none\n"


def test_what_is_written_reads_back_as_the_same_policy() -> None:
    policy = Policy.parse(TWO_HOUSES)

    assert Policy.parse(policy.text()) == policy
    assert Policy.parse(policy.text()).text() == policy.text()


def test_a_plain_key_of_a_witness_is_taken_for_its_cosignature_key() -> None:
    plain = VerifierKey(name=X1.name, algorithm=ED25519, public_key=X1.public_key)

    assert Policy.parse(f"witness w {plain}\nquorum w\n") == Policy.parse(f"witness w {X1}\nquorum w\n")


def test_post_quantum_keys_are_known_and_unknown_kinds_are_not() -> None:
    later = a_key("w.example", algorithm=ML_DSA_44)
    assert read_policy_key(str(later)) == later

    for bad in (
        VerifierKey(name="w", algorithm=0x05, public_key=bytes(32)),
        VerifierKey(name="w", algorithm=ED25519, public_key=bytes(31)),
    ):
        with pytest.raises(KeyInvalidError):
            read_policy_key(str(bad))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cut off"),
        ("quorum none", "cut off"),
        ("\n", "no quorum"),
        (f"log {LOG}\n", "no quorum"),
        ("quorum none\nquorum none\n", "second quorum"),
        ("quorum w\n", "unknown up to there"),
        (f"quorum w\nwitness w {X1}\n", "line 1: the quorum 'w' is unknown up to there"),
        (f"witness w {X1}\nwitness w {X2}\nquorum w\n", "given twice"),
        (f"witness w {X1}\nwitness v {X1}\nquorum w\n", "is there twice"),
        (f"witness w {X1}\nwitness v {a_key('other', like='x1.example')}\nquorum w\n", "is there twice"),
        (f"log {LOG}\nlog {LOG}\nquorum none\n", "is there twice"),
        (f"witness none {X1}\nquorum none\n", "cannot name"),
        (f"witness #w {X1}\nquorum none\n", "cannot name"),
        (f"witness w {X1}\ngroup none any w\nquorum none\n", "cannot name"),
        (f"witness w {X1}\ngroup w any w\nquorum w\n", "given twice"),
        (f"witness w {X1}\ngroup g any g\nquorum g\n", "unknown up to there"),
        (f"witness w {X1}\ngroup g any h\ngroup h any g\nquorum g\n", "unknown up to there"),
        (f"witness w {X1}\ngroup g any w none\nquorum g\n", "unknown up to there"),
        (f"witness w {X1}\ngroup g 2 w w\nquorum g\n", "a second time"),
        (f"witness w {X1}\ngroup g any w\ngroup h any w\nquorum h\n", "a second time"),
        (f"witness w {X1}\ngroup g any\nquorum g\n", "asks for 1 of 0"),
        (f"witness w {X1}\ngroup g 0 w\nquorum g\n", "no threshold"),
        (f"witness w {X1}\ngroup g 01 w\nquorum g\n", "no threshold"),
        (f"witness w {X1}\ngroup g -1 w\nquorum g\n", "no threshold"),
        (f"witness w {X1}\ngroup g most w\nquorum g\n", "no threshold"),
        (f"witness w {X1}\ngroup g 2 w\nquorum g\n", "asks for 2 of 1"),
        (f"witness w {X1} https://w https://v\nquorum w\n", "one word too many"),
        (f"log {LOG} https://w https://v\nquorum none\n", "one word too many"),
        (f"witness w {X1}\nquorum w w\n", "one word too many"),
        (f"Log {LOG}\nquorum none\n", "is no definition"),
        ("log\nquorum none\n", "is no definition"),
        (f"log {LOG}\r\nquorum none\n", "control character"),
        ("quorum none\x00\n", "control character"),
        ("quorum none\x7f\n", "control character"),
        (f"log {str(LOG)[:-4]}AAA=\nquorum none\n", "line 1"),
        (f"log {str(LOG).replace('+', '+0', 1)}\nquorum none\n", "line 1"),
    ],
)
def test_a_policy_that_two_readers_could_understand_differently_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PolicyInvalidError, match=reason):
        Policy.parse(text)


def test_a_policy_put_together_by_hand_keeps_the_same_rules() -> None:
    witness = PolicyWitness(name="w", key=X1)
    wrong: list[dict[str, object]] = [
        {"quorum": "w"},
        {"witnesses": (witness, witness)},
        {"witnesses": (witness, PolicyWitness(name="w", key=X2))},
        {"witnesses": (witness,), "groups": (PolicyGroup(name="g", threshold=1, members=("g",)),)},
        {"witnesses": (witness,), "groups": (PolicyGroup(name="g", threshold=2, members=("w",)),)},
        {"witnesses": (witness,), "groups": (PolicyGroup(name="g", threshold=2, members=("w", "w")),)},
        {"witnesses": (PolicyWitness(name="two words", key=X1),)},
        {"logs": (PolicyLog(key=LOG), PolicyLog(key=LOG))},
    ]
    for fields in wrong:
        with pytest.raises(PolicyInvalidError):
            Policy(**fields)  # type: ignore[arg-type]  # one call for every shape of mistake


def test_names_beyond_ascii_stay_the_bytes_they_were() -> None:
    kelvin = f"witness \N{KELVIN SIGN} {X1}\nwitness K {X2}\nquorum \N{KELVIN SIGN}\n"
    not_utf8 = b"witness \xff\xfe " + str(X1).encode() + b"\nquorum \xff\xfe\n"

    assert Policy.parse(kelvin).is_satisfied_by([X1])
    assert not Policy.parse(kelvin).is_satisfied_by([X2])
    assert Policy.parse(not_utf8).text().encode("utf-8", "surrogateescape") == not_utf8


WORDS = st.sampled_from(
    ["log", "witness", "group", "quorum", "none", "any", "all", "1", "2", "a", "b", "#", "\n", " ", "\t"]
)


@given(st.binary() | st.lists(WORDS | st.sampled_from([str(X1), str(X2), str(LOG)])).map("\n ".join))
def test_foreign_bytes_raise_only_our_errors(text: bytes | str) -> None:
    try:
        policy = Policy.parse(text)
    except LogError:
        return
    assert Policy.parse(policy.text()) == policy


@given(st.text(), st.binary(max_size=40))
def test_foreign_keys_raise_only_our_errors(name: str, body: bytes) -> None:
    for text in (name, f"{name}+00000000+{base64.b64encode(body).decode()}"):
        with pytest.raises(KeyInvalidError):
            read_policy_key(text)


@given(st.data())
def test_more_cosignatures_never_turn_enough_into_too_few(data: st.DataObject) -> None:
    policy = Policy.parse(TWO_HOUSES)
    some = data.draw(st.sets(st.sampled_from(policy.witness_keys)))
    more = some | data.draw(st.sets(st.sampled_from(policy.witness_keys)))

    assert policy.is_satisfied_by(more) or not policy.is_satisfied_by(some)
