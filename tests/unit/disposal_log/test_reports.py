"""The verdict in one line, and what was not checked, always."""

import json
from hashlib import sha256

import pytest

from disposal_log.signing.words import FINGERPRINT_WORDS, WORDS, fingerprint_words
from disposal_log.verifying.reports import Problem, Verdict, VerificationReport

EXIT_CODES = [
    (Verdict.VERIFIED, 0, 0, "VERIFIED"),
    (Verdict.VERIFIED_WITH_WARNINGS, 0, 3, "VERIFIED WITH WARNINGS"),
    (Verdict.FAILED, 5, 5, "FAILED"),
    (Verdict.CANNOT_SAY, 1, 1, "CANNOT SAY"),
]


@pytest.mark.parametrize(("verdict", "plain", "strict", "words"), EXIT_CODES)
def test_scripts_can_rely_on_the_exit_code(verdict: Verdict, plain: int, strict: int, words: str) -> None:
    report = VerificationReport(verdict=verdict)

    assert (report.exit_code, report.strict_exit_code()) == (plain, strict)
    assert report.headline() == words


def test_a_failed_report_names_the_entry_first() -> None:
    report = VerificationReport(
        verdict=Verdict.FAILED,
        origin="records.example",
        size=12,
        root="ab",
        checkpoint_signed_by=("records.example+12345678",),
        fingerprint_words=("acorn", "actor"),
        first_broken_entry=7,
        problems=(Problem(text="it was changed", entry=7), Problem(text="policy.txt was changed")),
        warnings=("a warning",),
        not_checked=("the clock",),
        withheld=4,
    )

    text = report.to_text()
    assert text.startswith("FAILED at entry 7\n")
    for words in (
        "problem: entry 7: it was changed",
        "problem: policy.txt was changed",
        "warning: a warning",
        "not checked: the clock",
        "4 withheld",
        "acorn actor",
    ):
        assert words in text


def test_programs_find_the_documented_keys() -> None:
    found = json.loads(VerificationReport(verdict=Verdict.VERIFIED, size=3).to_json())

    assert {"schema_version", "verdict", "size", "root", "checkpoint_signed_by", "not_checked", "warnings"} <= set(
        found
    )
    assert "first_broken_entry" not in found
    failed = VerificationReport(verdict=Verdict.FAILED, first_broken_entry=0)
    assert json.loads(failed.to_json())["first_broken_entry"] == 0


def test_a_key_is_read_aloud_in_twelve_plain_words() -> None:
    words = fingerprint_words("records.example+12345678+AAAA")

    assert len(words) == FINGERPRINT_WORDS
    assert words == fingerprint_words("records.example+12345678+AAAA")
    assert words != fingerprint_words("records.example+12345678+AAAB")


def test_the_word_list_never_changes() -> None:

    assert len(set(WORDS)) == 256
    assert all(word.isascii() and word.islower() and 3 <= len(word) <= 8 for word in WORDS)
    assert (
        sha256(" ".join(WORDS).encode()).hexdigest()
        == "dea8bdc8584533815b173b05ed05e496495f987d02bb960212e780c45f0cc7da"
    )
