"""Scripts act on exit codes: each code and each error is documented, and says what it promises to say."""

import inspect
import re
from pathlib import Path

import pytest

from retention import errors
from retention.errors import (
    ConflictOfInterestError,
    ExitCode,
    NotApprovedError,
    NotAWorkspaceError,
    RetentionError,
    SourceVanishedError,
    StaleError,
    StoppedError,
    UnknownThingError,
)

MEANINGS = {
    0: "DONE",
    1: "ERROR",
    2: "USAGE",
    3: "SOME_SKIPPED",
    4: "NOTHING_TO_DO",
    5: "INTEGRITY",
    6: "REFUSED",
}


def documented_codes(page: str) -> dict[int, str]:
    return {int(code): name for code, name in re.findall(r"^\| (\d) \| `(\w+)` \|", page, re.MULTILINE)}


def documented_errors(page: str) -> dict[str, int]:
    return {name: int(code) for name, code in re.findall(r"^\| `(\w+Error)` \| (\d) \|", page, re.MULTILINE)}


def raised_errors() -> dict[str, int]:
    classes = (found for _, found in inspect.getmembers(errors, inspect.isclass))
    return {found.__name__: int(found.exit_code) for found in classes if issubclass(found, RetentionError)}


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs" / "exit-codes.md").read_text(encoding="utf-8")


def test_a_released_exit_code_never_changes_its_meaning() -> None:
    assert {int(code): code.name for code in ExitCode} == MEANINGS


def test_every_exit_code_is_documented(page: str) -> None:
    assert documented_codes(page) == MEANINGS


def test_every_error_is_documented_with_the_code_it_leaves_with(page: str) -> None:
    assert documented_errors(page) == raised_errors()


def test_an_error_with_the_wrong_code_on_the_page_is_found(page: str) -> None:
    wrong = page.replace("| `HeldError` | 6 |", "| `HeldError` | 0 |")

    assert documented_errors(wrong) != raised_errors()


def test_a_forgotten_error_or_code_is_found(page: str) -> None:
    forgetful = re.sub(r"^\| (?:`StaleError`|4) .*\n", "", page, flags=re.MULTILINE)

    assert set(raised_errors()) - set(documented_errors(forgetful)) == {"StaleError"}
    assert set(MEANINGS) - set(documented_codes(forgetful)) == {4}


@pytest.mark.parametrize("name", sorted(raised_errors()))
def test_every_error_explains_itself(name: str) -> None:
    found = getattr(errors, name)

    assert found.__doc__
    assert found.__doc__ != found.__base__.__doc__


def test_a_message_says_what_happened_what_was_not_done_and_what_to_do() -> None:
    error = StaleError(what="batch B-1 was changed by rita", not_done="Nothing was kept.", next_step="Look again.")

    assert str(error) == "batch B-1 was changed by rita. Nothing was kept. Look again."
    assert (error.what, error.not_done, error.next_step) == (
        "batch B-1 was changed by rita",
        "Nothing was kept.",
        "Look again.",
    )


def test_a_command_to_copy_is_not_followed_by_a_full_stop() -> None:
    error = StaleError(what="it moved on", not_done="", next_step="See it with: retention batch show B-1")

    assert str(error) == "it moved on. See it with: retention batch show B-1"


def test_nobody_is_told_a_refusal_without_its_reason() -> None:
    error = ConflictOfInterestError(batch_id="B-1", person="rita")

    assert str(error).startswith("rita may not approve batch B-1: they proposed it.")
    assert error.exit_code is ExitCode.REFUSED
    assert (error.batch_id, error.person) == ("B-1", "rita")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NotAWorkspaceError(folder=Path("/srv/share")), "there is no workspace in /srv/share or above it."),
        (UnknownThingError(kind="hold", name="H-9"), "there is no hold 'H-9'."),
        (NotApprovedError(batch_id="B-7"), "batch B-7 is not approved."),
        (
            StoppedError(batch_id="B-7", detail="21 troubles in a row"),
            "batch B-7 was stopped: 21 troubles in a row.",
        ),
        (
            SourceVanishedError(root="/srv/share", detail="empty mount point"),
            "/srv/share cannot be reached: empty",
        ),
    ],
)
def test_a_message_names_the_thing_it_is_about(error: RetentionError, words: str) -> None:
    assert words in str(error)
    assert error.not_done in str(error)
    assert error.next_step in str(error)
