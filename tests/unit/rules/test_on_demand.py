"""What the rules offer is there when it is asked for, and costs nothing before."""

import subprocess
import sys

import pytest

import rules


def test_everything_that_is_promised_is_there() -> None:
    for promised in rules.__all__:
        assert getattr(rules, promised) is not None, promised


def test_what_nobody_promised_is_missing_in_the_usual_words() -> None:
    with pytest.raises(AttributeError, match="module 'rules' has no attribute 'nonsense'"):
        _ = rules.nonsense  # type: ignore[attr-defined]  # that is what is tried


def test_the_words_of_a_schedule_load_neither_its_reader_nor_its_checks() -> None:
    program = "from rules import DisposalAction, Outcome; import sys; print(*sys.modules)"

    printed = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)

    loaded = set(printed.stdout.split())
    assert "rules.model" in loaded
    assert not loaded & {"yaml", "rules.importing", "rules.exporting", "rules.checking", "rules.phrases"}
