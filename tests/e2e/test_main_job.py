"""The main job through the command line, as two people and an auditor would do it."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Run

PASSWORD = "correct horse battery"  # noqa: S105  # of a test


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A share with ten old invoices, a new one, a copy, and names that break careless programs."""
    place = tmp_path / "share"
    for number in range(10):
        file = place / "Finance" / "Invoices" / "2009-10" / f"invoice {number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"Invoice number {number}\nInvoice date: 4 May 2009\nVAT registration\nTotal due 12.50\n")
        os.utime(file, (1.25e9, 1.25e9))
    (place / "Finance" / "Invoices" / "2009-10" / "copy of invoice 0.txt").write_bytes(
        (place / "Finance" / "Invoices" / "2009-10" / "invoice 0.txt").read_bytes()
    )
    os.close(os.open(os.fsencode(place) + b"/Finance/\xff\nname.txt", os.O_CREAT | os.O_WRONLY))
    (place / "link").symlink_to(place)
    return place


@pytest.fixture
def workspace(tmp_path: Path, run: Run, share: Path) -> Path:
    """A workspace with Rita, who manages records, and Ian, who answers for finance."""
    place = tmp_path / "workspace"
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    assert run("init", str(place), "--grace-days", "0").returncode == 0
    for name, role in (("rita", "records_manager"), ("ian", "iao")):
        made = run(
            "--workspace",
            str(place),
            "users",
            "add",
            name,
            "--name",
            name.title(),
            "--role",
            role,
            "--set-password-file",
            str(password),
        )
        assert made.returncode == 0, made.stderr
    added = run("--workspace", str(place), "source", "add", str(share), "--asset", "FIN", "--owner", "ian")
    assert added.returncode == 0, added.stderr
    return place


def as_person(workspace: Path, name: str) -> tuple[str, ...]:
    return ("--workspace", str(workspace), "--as", name, "--password-file", str(workspace.parent / "password"))


def test_from_a_scan_to_a_certificate_with_two_people(run: Run, workspace: Path, share: Path) -> None:
    here = ("--workspace", str(workspace))

    scan = json.loads(run(*here, "scan", "--json").stdout)
    summary = json.loads(run(*here, "report", "summary", "--json").stdout)
    found = len(
        subprocess.run(["find", str(share), "!", "-type", "d", "-printf", "x"], capture_output=True, check=True).stdout
    )
    assert scan["files"] == found == summary["files"]
    assert scan["files"] == scan["examined"] + scan["unchanged"] + scan["unreadable"] + sum(scan["skipped"].values())
    assert sum(queue["items"] for queue in summary["queues"].values()) == summary["files"]

    proposed = json.loads(run(*as_person(workspace, "rita"), "propose", "--save", "--json").stdout)
    (batch,) = proposed["batches"]
    assert batch["disposal_class"] == "FIN-01"
    assert batch["items"] == 11

    own = run(*as_person(workspace, "rita"), "decide", batch["batch"], "approve")
    assert own.returncode == 6
    assert "they proposed it" in own.stderr

    approved = run(*as_person(workspace, "ian"), "decide", batch["batch"], "approve", "--exclude", "0", "--reason", "x")
    assert approved.returncode == 0, approved.stderr

    plan = json.loads(run(*here, "dispose", batch["batch"], "--json").stdout)
    assert plan["proposed"] == 11
    assert (share / "Finance/Invoices/2009-10/invoice 1.txt").exists()

    done = run(
        *as_person(workspace, "rita"), "dispose", batch["batch"], "--destroy", "--confirm", batch["batch"], "--json"
    )
    figures = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    parts = ("destroyed", "quarantined", "excluded", "held", "changed", "missing", "failed", "pending")
    assert sum(figures[part] for part in parts) == figures["proposed"] == 11
    assert figures["destroyed"] == 10
    assert (
        sum(1 for path in share.rglob("invoice*") if path.is_file()) + sum(1 for path in share.rglob("copy of*")) == 1
    )

    certificate = run(*as_person(workspace, "rita"), "certificate", batch["batch"], "--json")
    assert certificate.returncode == 0, certificate.stderr
    issued = json.loads(certificate.stdout)
    assert issued["statement"]["predicate"]["counts"]["destroyed"] == 10
    kinds = {Path(file).suffix: Path(file).read_bytes() for file in issued["files"]}
    assert kinds[".pdf"].startswith(b"%PDF-") if importlib.util.find_spec("typst") else ".pdf" not in kinds
    assert kinds[".tlog-proof"].startswith(b"c2sp.org/tlog-proof@v1\n")

    verified = json.loads(run(*here, "log", "verify", "--json").stdout)
    assert verified["verdict"].startswith("VERIFIED")


def test_a_stranger_on_the_account_decides_nothing(run: Run, workspace: Path) -> None:
    ended = run("--workspace", str(workspace), "decide", "B-0001", "approve")

    assert ended.returncode == 6
    assert "nobody in the register" in ended.stderr


def test_nobody_becomes_somebody_else_by_setting_a_variable(run: Run, workspace: Path) -> None:
    made = run(
        "--workspace", str(workspace), "users", "add", "eve", "--name", "Eve", "--os-user", "eve", "--role", "iao"
    )
    assert made.returncode == 0, made.stderr

    ended = run("--workspace", str(workspace), "decide", "B-0001", "approve", LOGNAME="eve", USER="eve", LNAME="eve")

    assert ended.returncode == 6
    assert "nobody in the register" in ended.stderr


def test_a_wrong_password_decides_nothing(run: Run, workspace: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not the password")

    ended = run("--workspace", str(workspace), "--as", "ian", "--password-file", str(wrong), "decide", "B-1", "keep")

    assert ended.returncode == 6
    assert "did not sign in" in ended.stderr


def test_destroying_needs_the_name_once_more(run: Run, workspace: Path) -> None:
    ended = run(*as_person(workspace, "rita"), "dispose", "B-0001", "--destroy")

    assert ended.returncode == 2
    assert "Nothing was touched" in ended.stderr


def test_making_a_workspace_twice_harms_nothing(run: Run, workspace: Path) -> None:
    before = {path: path.read_bytes() for path in (workspace / "log").rglob("*") if path.is_file()}
    key = (workspace / "keys").rglob("*")

    again = run("init", str(workspace))

    assert again.returncode == 0
    assert "nothing: it was complete" in again.stdout
    assert {path: path.read_bytes() for path in (workspace / "log").rglob("*") if path.is_file()} == before
    assert list(key)


@pytest.mark.parametrize("words", [(), ("--help",), ("scan", "--help"), ("--version",)], ids=" ".join)
def test_help_and_version_need_no_workspace(run: Run, words: tuple[str, ...]) -> None:
    ended = run(*words)

    assert ended.returncode in (0, 2)
    assert "Traceback" not in ended.stderr


def test_the_verifier_runs_from_a_bare_folder_without_the_engine(workspace: Path, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "disposal_log", "verify", str(workspace / "log")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
