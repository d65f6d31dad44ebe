"""Signs of personal data are counted and never kept; what only looks like one is not counted."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import Classifier, appraise, shipped_schedule
from rules.personal_data import (
    MOST_COUNTED,
    is_nhs_number,
    is_payment_card,
    personal_data_flags,
    personal_data_in,
)
from tests.unit.rules.files import SeenFile


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NHS number: 943 476 5919", "nhs_number"),
        ("nhs 9434765919.", "nhs_number"),
        ("NI: AB123456C", "national_insurance_number"),
        ("National Insurance AB 12 34 56 C", "national_insurance_number"),
        ("card 4111 1111 1111 1111 expires", "payment_card"),
        ("Mastercard 5555-5555-5555-4444", "payment_card"),
        ("Amex 378282246310005", "payment_card"),
        ("write to a.smith@example.org.uk today", "email_address"),
        ("tel 01629 533190", "phone_number"),
        ("ring (020) 7946 0018 now", "phone_number"),
        ("mobile +44 7700 900123", "phone_number"),
        ("mobile +44 (0)7700 900123", "phone_number"),
        ("D.O.B. 12/03/1996, 14 High Street, Matlock DE4 3AG", "birth_and_postcode"),
        ("Matlock DE4 3AG\ndate of birth: 12 March 1996", "birth_and_postcode"),
    ],
)
def test_one_of_each_kind_is_counted_once(text: str, kind: str) -> None:
    assert personal_data_in(text) == {kind: 1}


@pytest.mark.parametrize(
    "text",
    [
        "NHS number 943 476 5918",  # check digit
        "1111111111",
        "reference 3434765919 is no NHS range",
        "BG123456C and AB123456E and DA123456A",  # prefixes and suffixes never issued
        "XAB123456C",
        "4111 1111 1111 1112",  # Luhn
        "9111111111111111",  # no issuer
        "planning 12/03456/FUL of 3 May 2011 for £1,204,500.00",
        "2011-05-03 10:30:00.123456",
        "a @ b, someone@, @example.org",
        "date of birth withheld, DE4 3AG",
        "DE4 3AG",
        "dob 12/03/1996 and no address",
        "0000000000000000",
        "12345678901234567890123",
        "",
    ],
)
def test_what_only_looks_like_personal_data_is_not_counted(text: str) -> None:
    assert personal_data_in(text) == {}


def test_a_birth_far_from_any_address_is_of_nobody_in_particular() -> None:
    assert personal_data_in("dob 12/03/1996" + " and so on" * 60 + " DE4 3AG") == {}


def test_a_list_of_people_is_counted_and_no_number_is_told() -> None:
    text = "\n".join(f"AB{number:06}C, NHS 943 476 5919" for number in range(400))

    flags = personal_data_flags(text)

    assert flags == ("personal_data_seen:national_insurance_number=400", "personal_data_seen:nhs_number=400")
    assert "9434765919" not in " ".join(flags)


def test_a_count_stops_where_it_says_enough() -> None:
    assert personal_data_in("a@b.org " * 5_000) == {"email_address": MOST_COUNTED}


def test_a_text_of_other_scripts_does_not_mislead_the_places() -> None:
    assert personal_data_in("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}" * 50 + " dob 12/03/1996 DE4 3AG") in (
        {},
        {"birth_and_postcode": 1},
    )


@given(st.integers(400_000_000, 499_999_999))
def test_an_nhs_number_has_one_check_digit_at_most(first_nine: int) -> None:
    valid = [last for last in range(10) if is_nhs_number(f"{first_nine}{last}")]

    assert len(valid) <= 1


@given(st.integers(0, 10**11 - 1))
def test_a_card_has_exactly_one_check_digit(rest: int) -> None:
    assert sum(is_payment_card(f"4000{rest:011}{last}") for last in range(10)) == 1


@given(st.integers(0, 10**11 - 1), st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_is_no_card(rest: int, place: int, change: int) -> None:
    card = next(f"4000{rest:011}{last}" for last in range(10) if is_payment_card(f"4000{rest:011}{last}"))
    wrong = f"{card[:place]}{(int(card[place]) + change) % 10}{card[place + 1 :]}"

    assert not is_payment_card(wrong)


@given(st.text(max_size=300))
def test_no_text_can_break_the_counting(text: str) -> None:
    assert all(0 < count <= MOST_COUNTED for count in personal_data_in(text).values())


@given(st.text(alphabet="AB0123456789 @.-()+C\n", max_size=300))
def test_no_number_of_the_text_is_in_the_flags(text: str) -> None:
    for flag in personal_data_flags(text):
        assert len(flag.partition("=")[2]) <= 3


def test_personal_data_is_flagged_and_changes_nothing_else() -> None:
    rules = Classifier(shipped_schedule())
    old = datetime(2010, 5, 5, tzinfo=UTC)
    plain = appraise(rules, SeenFile(path="Finance/Invoices/2009-10/i.pdf", text="Invoice", modified_at=old))
    personal = appraise(
        rules, SeenFile(path="Finance/Invoices/2009-10/i.pdf", text="Invoice AB123456C", modified_at=old)
    )

    assert set(personal.flags) - set(plain.flags) == {"personal_data_seen:national_insurance_number=1"}
    assert (personal.due, personal.action, personal.asked) == (plain.due, plain.action, plain.asked)
    unclassified = appraise(rules, SeenFile(path="x.bin", text="AB123456C"))
    assert unclassified.flags == ("unclassified", "personal_data_seen:national_insurance_number=1")
