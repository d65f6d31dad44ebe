"""Who asks a file server is told by a private file, the environment or a person, and never by an argument."""

import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from retention.commands.session import Session
from retention.commands.share_login import FILE, PASSWORD, USER, ShareLogins
from retention.errors import InvalidInputError
from retention.services.reaching import ShareAddress, ShareLogin

ADDRESS = ShareAddress(server="files", share="council")
OTHER_SHARE = ShareAddress(server="FILES", share="housing")
ELSEWHERE = ShareAddress(server="nas", share="council")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (FILE, USER, PASSWORD):
        monkeypatch.delenv(name, raising=False)


def a_session(*, may_ask: bool = False) -> Session:
    return Session(workspace=None, person=None, password_file=None, may_ask=may_ask)


def login(file: Path | None = None) -> ShareLogin:
    return ShareLogins(a_session(), None if file is None else str(file))._login(ADDRESS)


def a_file(tmp_path: Path, text: str, *, mode: int = 0o600) -> Path:
    file = tmp_path / "login"
    file.write_text(text)
    file.chmod(mode)
    return file


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("username=rita\npassword=a = b \n", "rita"),
        ("# council\nUsername = rita\npassword=a = b \ndomain=COUNCIL\n", "COUNCIL\\rita"),
        ("domain=\r\nusername=rita@council.gov.uk\r\npassword=a = b \r\n", "rita@council.gov.uk"),
    ],
)
def test_a_private_file_names_the_user_and_the_password_as_it_stands(tmp_path: Path, text: str, user: str) -> None:
    assert login(a_file(tmp_path, text)) == ShareLogin(user=user, password="a = b ")  # noqa: S106  nobody's


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_read_is_not_used(tmp_path: Path, mode: int) -> None:
    file = a_file(tmp_path, "username=rita\npassword=hunter2\n", mode=mode)

    with pytest.raises(InvalidInputError, match="others may read it") as refused:
        login(file)

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "username=rita\n", "password=hunter2\n", "rita:hunter2\n", "username=\npassword=x\n"]
)
def test_a_file_that_says_only_half_is_refused_without_repeating_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInputError, match="no username= or no password=") as refused:
        login(a_file(tmp_path, text))

    assert "hunter2" not in str(refused.value)


def test_what_is_no_file_of_text_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    binary.chmod(0o600)

    for place in (tmp_path, tmp_path / "gone", binary, Path("nul\0")):
        with pytest.raises(InvalidInputError, match="is not used"):
            login(place)


def test_the_environment_names_both_and_what_is_started_later_does_not_have_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(USER, "rita")
    monkeypatch.setenv(PASSWORD, "hunter2")
    logins = ShareLogins(a_session(), None)

    assert PASSWORD not in os.environ
    for address in (ADDRESS, ELSEWHERE):
        assert logins._login(address) == ShareLogin(user="rita", password="hunter2")  # noqa: S106  nobody's


@pytest.mark.parametrize("name", [USER, PASSWORD])
def test_half_of_a_login_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "hunter2")

    with pytest.raises(InvalidInputError, match="belong together") as refused:
        login()

    assert "hunter2" not in str(refused.value)


def test_where_nobody_may_be_asked_the_ticket_of_who_is_logged_on_counts() -> None:
    assert login() == ShareLogin()


def test_somebody_is_asked_once_for_each_server_and_the_password_is_not_shown() -> None:
    @click.command
    def asking() -> None:
        logins = ShareLogins(a_session(may_ask=True), None)
        for address in (ADDRESS, OTHER_SHARE, ELSEWHERE):
            logins.share(address)
        click.echo(repr(sorted(map(str, logins._known.values()))))

    answer = CliRunner().invoke(asking, input="rita\nhunter2\n\n")

    assert answer.exit_code == 0, answer.output
    assert answer.output.count("User on") == 2
    assert "user='rita'" in answer.output
    assert "user=None" in answer.output
    assert "hunter2" not in answer.output
