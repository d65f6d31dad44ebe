"""The keys of the log, as the people who look after them meet them."""

import json
import os
import pwd
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.conftest import Run

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def secret(run: Run, tmp_path: Path) -> str:
    """Make a workspace, and give the recovery key of its log."""
    made = run("init", str(tmp_path / "w"))
    assert made.returncode == 0, made.stderr
    told = (made.stdout + made.stderr).split()
    return next(word for word in told if word.startswith("PRIVATE+KEY+"))


def call(run: Run, tmp_path: Path, *words: str, code: int = 0, stdin: str = "") -> str:
    answer = run("--workspace", str(tmp_path / "w"), *words, stdin=stdin)
    assert answer.returncode == code, answer.stdout + answer.stderr
    return str(answer.stdout + answer.stderr)


def register(run: Run, tmp_path: Path, role: str) -> None:
    call(run, tmp_path, "users", "add", "ada", "--name", "Ada", "--role", role, "--os-user", ACCOUNT)


def epochs(run: Run, tmp_path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(call(run, tmp_path, "log", "keys", "--json"))["epochs"]
    return found


@pytest.mark.usefixtures("secret")
def test_an_administrator_changes_the_keys_and_everybody_can_see_it(run: Run, tmp_path: Path) -> None:
    register(run, tmp_path, "administrator")
    [first] = epochs(run, tmp_path)

    told = call(run, tmp_path, "log", "rotate")
    assert "Epoch 2 signs now" in told
    assert "Backups and snapshots" in told
    before, after = epochs(run, tmp_path)
    assert (before["state"], after["state"]) == ("retired", "signs")
    assert before["words"] == first["words"] != after["words"]
    listed = call(run, tmp_path, "log", "keys")
    assert " ".join(map(str, first["words"])) in listed  # type: ignore[call-overload]  # JSON
    vkey = str(first["vkeys"][0])  # type: ignore[index]  # JSON
    assert "VERIFIED WITH WARNINGS" in call(run, tmp_path, "log", "verify", "--key", vkey)
    assert "epoch 2 signs since" in call(run, tmp_path, "doctor")


@pytest.mark.usefixtures("secret")
def test_who_decides_on_records_does_not_touch_the_keys_and_sees_when_they_are_due(run: Run, tmp_path: Path) -> None:
    register(run, tmp_path, "records_manager")
    settings = tmp_path / "w" / "retention.toml"
    settings.write_text(settings.read_text().replace("rotate_after_entries = 1000000", "rotate_after_entries = 1"))

    for words in (("rotate",), ("recover", "--recovery-key-file", "-")):
        assert "is no administrator" in call(run, tmp_path, "log", *words, code=6)
    assert len(epochs(run, tmp_path)) == 1
    assert "Run: retention log rotate" in call(run, tmp_path, "doctor")


def test_lost_keys_are_replaced_with_the_key_from_the_envelope(run: Run, tmp_path: Path, secret: str) -> None:
    register(run, tmp_path, "administrator")
    for path in (tmp_path / "w" / "keys").iterdir():
        path.unlink()
    assert "PRIVATE+KEY" in call(run, tmp_path, "log", "recover", "--recovery-key-file", "-", stdin="no", code=2)
    envelope = tmp_path / "envelope.txt"
    envelope.write_text(secret + "\n")

    call(run, tmp_path, "log", "recover", "--recovery-key-file", str(envelope))
    call(run, tmp_path, "hold", "list")
    assert [each["state"] for each in epochs(run, tmp_path)] == ["retired", "signs"]
    assert "recovery key" in call(run, tmp_path, "log", "keys")
    call(run, tmp_path, "log", "verify")


@pytest.mark.usefixtures("secret")
def test_a_log_that_nobody_can_write_any_more_is_held_by_the_next_one(run: Run, tmp_path: Path) -> None:
    checkpoint, after = tmp_path / "w" / "log" / "checkpoint", tmp_path / "after"

    assert run("init", str(after), "--continues", str(tmp_path / "none")).returncode == 2
    assert not after.exists()
    assert run("init", str(after), "--continues", str(checkpoint)).returncode == 0
    [opening, *_] = (after / "log" / "entries" / "00000.jsonl").read_text().splitlines()
    assert json.loads(opening)["continues"] == checkpoint.read_text()


def test_a_stolen_key_is_put_on_record_and_the_log_rests_on_what_was_kept(
    run: Run, tmp_path: Path, secret: str
) -> None:
    register(run, tmp_path, "records_manager")
    kept = tmp_path / "kept"
    kept.write_bytes((tmp_path / "w" / "log" / "checkpoint").read_bytes())
    words = ("log", "compromised", "--recovery-key-file", "-", "--epoch")
    since = f"{datetime.now(UTC):%Y-%m-%d}"

    call(run, tmp_path, *words, "7", "--since", since, stdin=secret, code=2)
    call(run, tmp_path, *words, "1", "--since", "2999-01-01", stdin=secret, code=2)
    call(run, tmp_path, *words, "1", "--since", since, stdin=secret)
    assert [each["state"] for each in epochs(run, tmp_path)] == ["compromised", "signs"]
    assert "nobody outside had seen" in call(run, tmp_path, "log", "verify", code=5)
    assert "you alone know" in call(run, tmp_path, "log", "verify", "--seen", str(kept))
