"""Statements as councils, states and archives write them, each with the rule that it must come to."""

from pathlib import Path

import pytest

from rules import ClassState, parse_rule
from tests.unit.rules.phrases.telling import told

LINES = (Path(__file__).parent / "statements.txt").read_text(encoding="utf-8").splitlines()
STATEMENTS = [tuple(line.split(" => ", 1)) for line in LINES if " => " in line and not line.startswith("#")]


@pytest.mark.parametrize(("statement", "expected"), STATEMENTS)
def test_a_statement_comes_to_the_rule_that_its_author_meant(statement: str, expected: str) -> None:
    assert told(parse_rule(statement)) == expected


@pytest.mark.parametrize(("statement", "expected"), STATEMENTS)
def test_how_a_statement_is_typed_does_not_change_what_it_means(statement: str, expected: str) -> None:
    shouted = parse_rule(f"  {statement.upper()}  ".replace(" ", "  ").replace("-", "\u2013"))

    assert told(shouted).lower() == expected.lower() or shouted.state is ClassState.DESCRIPTIVE
    assert (shouted.state is ClassState.DESCRIPTIVE) == expected.startswith("refused")


def test_there_are_as_many_statements_as_were_promised() -> None:
    assert len(STATEMENTS) >= 120
    assert len({statement for statement, _ in STATEMENTS}) == len(STATEMENTS)
