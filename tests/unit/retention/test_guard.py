"""The guard: nobody else's `rules` ever decides what is destroyed."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
FRONT_DOOR = 'def main() -> int:\n    print("started")\n    return 0\n'


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a folder that holds the program as an installation would, with a front door that only greets."""
    folder = tmp_path / "installed"
    for name in ("retention", "scanners", "rules", "disposal_log"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text('"""Ours."""\n')
    (folder / "retention" / "__main__.py").write_text((CHECKOUT / "retention" / "__main__.py").read_text())
    (folder / "cli.py").write_text(FRONT_DOOR)
    return folder


def a_share(tmp_path: Path) -> Path:
    share = tmp_path / "share"
    share.mkdir()
    return share


def start(installed: Path, *, start_folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "retention"],
        cwd=start_folder,
        env={"PYTHONPATH": str(installed), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def claim(folder: Path, project: str, *paths: str) -> None:
    metadata = folder / f"{project}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "RECORD").write_text("".join(f"{path},sha256=abc,1\n" for path in paths))


def test_the_program_starts_when_its_names_are_its_own(installed: Path, tmp_path: Path) -> None:
    done = start(installed, start_folder=a_share(tmp_path))

    assert (done.returncode, done.stdout, done.stderr) == (0, "started\n", "")


@pytest.mark.parametrize("name", ["scanners", "rules", "disposal_log", "cli"])
def test_code_lying_on_a_share_never_stands_in_for_ours(installed: Path, tmp_path: Path, name: str) -> None:
    share = a_share(tmp_path)
    (share / name).mkdir()
    (share / name / "__init__.py").write_text('print("the share\'s code ran")\n')

    done = start(installed, start_folder=share)

    assert done.returncode == 1
    assert done.stdout == ""
    assert f"`{name}` would be taken from '{share}/{name}/__init__.py', not from '{installed}'." in done.stderr
    assert "Nothing was read, changed or destroyed." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_module_file_on_a_share_is_refused_like_a_folder(installed: Path, tmp_path: Path) -> None:
    share = a_share(tmp_path)
    (share / "rules.py").write_text('print("the share\'s code ran")\n')

    done = start(installed, start_folder=share)

    assert (done.returncode, done.stdout) == (1, "")
    assert f"'{share}/rules.py'" in done.stderr


def test_a_plain_folder_of_documents_called_rules_stops_nobody(installed: Path, tmp_path: Path) -> None:
    share = a_share(tmp_path)
    (share / "rules").mkdir()
    (share / "rules" / "Rules of the allotments.txt").write_text("No bonfires.\n")

    assert start(installed, start_folder=share).returncode == 0


def test_a_share_may_hold_a_python_file_called_like_a_library(installed: Path, tmp_path: Path) -> None:
    share = a_share(tmp_path)
    (share / "click.py").write_text('print("the share\'s code ran")\n')
    (installed / "cli.py").write_text("import click\n\n\ndef main() -> int:\n    return 0\n")

    done = start(installed, start_folder=share)

    assert (done.returncode, done.stdout) == (0, "")


def test_a_project_that_overwrote_our_rules_is_named(installed: Path, tmp_path: Path) -> None:
    claim(installed, "rules", "rules/__init__.py", "rules/engine.py")

    done = start(installed, start_folder=a_share(tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert "`rules` is also claimed by the installed project 'rules-1.0.dist-info'." in done.stderr


def test_a_project_that_brings_a_module_cli_is_named(installed: Path, tmp_path: Path) -> None:
    claim(installed, "careless", "careless/__init__.py", "cli.py")

    assert "`cli` is also claimed by" in start(installed, start_folder=a_share(tmp_path)).stderr


def test_our_own_list_and_deeper_folders_of_others_raise_no_alarm(installed: Path, tmp_path: Path) -> None:
    claim(installed, "records_retention", "rules/__init__.py", "cli.py")
    claim(installed, "harmless", "harmless/rules/__init__.py", "harmless/cli.py", "../../../share/rules/x")

    assert start(installed, start_folder=a_share(tmp_path)).returncode == 0


def test_half_an_installation_is_refused(installed: Path, tmp_path: Path) -> None:
    (installed / "disposal_log" / "__init__.py").unlink()

    done = start(installed, start_folder=a_share(tmp_path))

    assert done.returncode == 1
    assert "`disposal_log` would be taken from" in done.stderr


def test_the_guard_costs_nobody_patience(installed: Path, tmp_path: Path) -> None:
    share = a_share(tmp_path)
    start(installed, start_folder=share)  # the first start writes the bytecode

    began = time.perf_counter()
    start(installed, start_folder=share)

    assert time.perf_counter() - began < 1.0, "0.05 s on an idle machine; the margin is for a busy one"
