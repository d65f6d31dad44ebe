"""The verifier on an auditor's laptop: one file, Python, and nothing else of the product or of anybody."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import disposal_log
from disposal_log.bundling.standalone import verifier_bytes, write_verifier
from tests.integration.disposal_log.office import Office

ROOM = Path(disposal_log.__file__).parent
OTHERS = (
    "retention",
    "scanners",
    "rules",
    "cli",
    "tests",
    "sqlalchemy",
    "click",
    "rich",
    "cryptography",
    "_cffi_backend",
)

# Run without site packages, so that only what Python brings can be imported, then say what was.
ALONE = """
import json, runpy, sys
verifier, watched = sys.argv.pop(1), set(json.loads(sys.argv.pop(1)))
status = 0
try:
    runpy.run_path(verifier, run_name="__main__")
except SystemExit as ended:
    status = ended.code
found = sorted(watched.intersection(name.partition(".")[0] for name in sys.modules))
sys.stderr.write(json.dumps({"status": status, "others": found}))
"""


@pytest.fixture
def verifier(tmp_path: Path) -> Path:
    """Write the one file to a place of its own."""
    path = tmp_path / "verify.pyz"
    write_verifier(path)
    return path


def run_alone(verifier: Path, *words: str) -> tuple[str, dict[str, object]]:
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(verifier), json.dumps(OTHERS), *words],
        cwd=verifier.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout, json.loads(ended.stderr.splitlines()[-1])


def test_one_file_and_python_judge_a_log_by_themselves(full_office: Office, verifier: Path) -> None:
    with full_office.open() as log:
        vkey = log.vkey
    said, told = run_alone(verifier, "verify", str(full_office.log), "--key", vkey, "--json")

    assert told == {"status": 0, "others": []}
    assert json.loads(said)["verdict"] == "VERIFIED_WITH_WARNINGS"
    assert any("ML-DSA-44 signatures" in each for each in json.loads(said)["not_checked"])

    path = full_office.entries / "00000.jsonl"
    path.write_bytes(path.read_bytes().replace(b"FIN-07", b"FIN-08"))
    said, told = run_alone(verifier, "verify", str(full_office.log), "--key", vkey)
    assert (told["status"], said.splitlines()[0]) == (5, "FAILED at entry 2")


def test_one_file_and_python_refuse_a_signature_that_somebody_else_made(full_office: Office, verifier: Path) -> None:
    note = (full_office.log / "checkpoint").read_bytes()
    at = note.rindex(b"\n", 0, -1) + 60
    (full_office.log / "checkpoint").write_bytes(
        note[:at] + (b"B" if note[at : at + 1] == b"A" else b"A") + note[at + 1 :]
    )

    said, told = run_alone(verifier, "verify", str(full_office.log))

    assert told["status"] == 5
    assert said.startswith("FAILED")


def test_the_file_shows_a_log_by_itself(full_office: Office, verifier: Path) -> None:
    said, told = run_alone(verifier, "show", str(full_office.log))

    assert told["status"] == 0
    assert len(said.splitlines()) == 15


def test_the_file_starts_like_any_program(full_office: Office, verifier: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-I", "-S", str(verifier), "verify", str(full_office.log)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout.splitlines()[0]) == (0, "VERIFIED WITH WARNINGS")


def test_the_same_room_gives_the_same_bytes_so_that_a_digest_can_be_published(tmp_path: Path) -> None:
    first = write_verifier(tmp_path / "verify.pyz")

    assert (tmp_path / "verify.pyz").read_bytes() == verifier_bytes()
    assert len(first) == 64
    with pytest.raises(FileExistsError):
        write_verifier(tmp_path / "verify.pyz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["verify.pyz"]


def test_only_whoever_signs_imports_a_library() -> None:
    for path in ROOM.glob("*.py"):
        allowed = {*sys.stdlib_module_names, "disposal_log"}
        if path.name == "reviewed_ed25519.py":
            allowed.add("cryptography")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=aliases):
                    found = {alias.name.partition(".")[0] for alias in aliases}
                case ast.ImportFrom(module=str(module), level=0):
                    found = {module.partition(".")[0]}
                case _:
                    continue
            assert found <= allowed, path.name
