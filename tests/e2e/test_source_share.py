"""`retention source add smb://…`: a share that is not mounted, from its registration to its report."""

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanners.shares import SmbLogin
from tests.e2e.conftest import Run
from tests.integration.samba import PASSWORD, samba

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def served(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    (folder / "Finance" / "Invoices 2009-10").mkdir(parents=True)
    (folder / "Finance" / "Invoices 2009-10" / "Invoice 17.txt").write_text(
        "INVOICE\nInvoice number 17\nInvoice date: 3 March 2010\nAmount due: 12.50\nVAT registration number 123\n"
    )
    (folder / "Finance" / "secret.txt").write_text("closed")
    return folder


@pytest.fixture
def server(served: Path, tmp_path: Path) -> Iterator[SmbLogin]:
    state = tmp_path / "samba"
    state.mkdir()
    with samba(served, state) as login:
        yield login


@pytest.fixture
def workspace(run: Run, tmp_path: Path) -> Path:
    place = tmp_path / "w"
    assert run("init", str(place)).returncode == 0
    run("users", "add", "ian", "--name", "Ian", "--role", "iao", cwd=place)
    run("users", "add", "rita", "--name", "Rita", "--role", "records_manager", "--os-user", ACCOUNT, cwd=place)
    return place


def test_a_share_is_registered_scanned_explained_and_protected(
    run: Run, workspace: Path, server: SmbLogin, served: Path, tmp_path: Path
) -> None:
    root = f"smb://127.0.0.1:{server.port}/council/Finance"
    login = {"RETENTION_SMB_USER": str(server.user), "RETENTION_SMB_PASSWORD": PASSWORD}
    file = tmp_path / "login"
    file.write_text(f"username={server.user}\npassword={PASSWORD}\n")

    added = run("source", "add", root, "--asset", "FIN", "--owner", "ian", "--name", "far", cwd=workspace, **login)
    file.chmod(0o644)
    refused = run("scan", "--login", str(file), cwd=workspace)
    file.chmod(0o600)
    scan = run("scan", "--login", str(file), "--json", cwd=workspace)
    explained = run("explain", f"{root}/Invoices 2009-10/Invoice 17.txt", cwd=workspace)
    report = run("report", cwd=workspace)

    assert added.returncode == 0, added.stderr
    assert (refused.returncode, "others may read it" in refused.stderr) == (2, True)
    assert scan.returncode == 0, scan.stderr
    told = json.loads(scan.stdout)
    assert (told["files"], told["examined"], told["unreadable"]) == (2, 2, 0)
    assert "Class: FIN-01 (classified)" in explained.stdout
    assert "nothing can be removed there from here" in explained.stdout
    assert "The file system says: it belongs to S-1-" in explained.stdout
    assert "2 files lie on shares that are read over the network and not mounted here" in report.stdout
    assert "eligible" not in report.stdout.replace("not_eligible", "")
    answers = (added, refused, scan, explained, report)
    assert not [answer for answer in answers if PASSWORD in answer.stdout + answer.stderr]
    kept = [place for place in workspace.rglob("*") if place.is_file() and PASSWORD.encode() in place.read_bytes()]
    assert kept == []
    assert len(list(served.rglob("*.txt"))) == 2


def test_what_cannot_be_reached_or_is_no_address_is_said_and_nothing_is_registered(
    run: Run, workspace: Path, server: SmbLogin, tmp_path: Path
) -> None:
    wrong = {"RETENTION_SMB_USER": str(server.user), "RETENTION_SMB_PASSWORD": "not that"}
    for address, code, words in (
        (f"smb://127.0.0.1:{server.port}/council", 1, "the user name or the password is not right"),
        ("smb://rita:hunter2@files/council", 2, "has no place in it"),
        ("smb://files/../etc", 2, "is not the address of a share"),
    ):
        answer = run("source", "add", address, "--asset", "FIN", "--owner", "ian", cwd=workspace, **wrong)

        assert answer.returncode == code
        assert words in answer.stderr
        assert "hunter2" not in answer.stderr
    share = tmp_path / "share"
    share.mkdir()
    assert "there is no asset 'FIN'" in run("source", "add", str(share), "--asset", "FIN", cwd=workspace).stderr
