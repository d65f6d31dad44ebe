"""The verifier on an auditor's laptop: one copied folder, and nothing else of the product."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import cryptography
import pytest

import disposal_log
from tests.integration.disposal_log.office import Office

ROOM = Path(disposal_log.__file__).parent
LIBRARIES = Path(cryptography.__file__).parent.parent
OUR_OTHER_ROOMS = ("retention", "scanners", "rules", "cli", "tests", "sqlalchemy", "click", "rich")

# Run without site packages, so that only what is named here can be imported, then say what was.
ALONE = """
import json, runpy, sys
sys.path[:0] = json.loads(sys.argv.pop(1))
watched = set(json.loads(sys.argv.pop(1)))
status = 0
try:
    runpy.run_module("disposal_log", run_name="__main__", alter_sys=True)
except SystemExit as ended:
    status = ended.code
found = sorted(watched.intersection(name.partition(".")[0] for name in sys.modules))
sys.stderr.write(json.dumps({"status": status, "others": found, "from": sys.modules["disposal_log"].__file__}))
"""


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    """Copy the room, and the one library it needs, to a place of their own."""
    shutil.copytree(ROOM, tmp_path / "disposal_log", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "libraries").mkdir()
    for pattern in ("cryptography", "cffi", "_cffi_backend*", "pycparser"):
        for found in LIBRARIES.glob(pattern):
            (tmp_path / "libraries" / found.name).symlink_to(found)
    return tmp_path


def run_alone(laptop: Path, *words: str) -> tuple[str, dict[str, object]]:
    paths = json.dumps([str(laptop), str(laptop / "libraries")])
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, paths, json.dumps(OUR_OTHER_ROOMS), *words],
        cwd=laptop,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout, json.loads(ended.stderr.splitlines()[-1])


def test_the_copied_folder_judges_a_log_by_itself(full_office: Office, laptop: Path) -> None:
    said, told = run_alone(laptop, "verify", str(full_office.log), "--json")

    assert told == {"status": 0, "others": [], "from": str(laptop / "disposal_log" / "__init__.py")}
    assert json.loads(said)["verdict"] == "VERIFIED_WITH_WARNINGS"

    path = full_office.entries / "00000.jsonl"
    path.write_bytes(path.read_bytes().replace(b"FIN-07", b"FIN-08"))
    said, told = run_alone(laptop, "verify", str(full_office.log))
    assert (told["status"], said.splitlines()[0]) == (5, "FAILED at entry 2")


def test_the_copied_folder_shows_a_log_by_itself(full_office: Office, laptop: Path) -> None:
    said, told = run_alone(laptop, "show", str(full_office.log))

    assert told["status"] == 0
    assert len(said.splitlines()) == 15


def test_no_module_of_the_room_imports_another_room() -> None:
    allowed = {*sys.stdlib_module_names, "cryptography", "disposal_log"}
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=aliases):
                    found = {alias.name.partition(".")[0] for alias in aliases}
                case ast.ImportFrom(module=str(module), level=0):
                    found = {module.partition(".")[0]}
                case _:
                    continue
            assert found <= allowed, path.name
