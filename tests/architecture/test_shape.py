"""The shape of the whole: a slim front door, short modules, leaves that travel alone, no strays shipped."""

import ast
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

MAX_LINES = 400
MAX_FRONT_DOOR_STATEMENTS = 4
SHIPPED = {"retention", "scanners", "rules", "disposal_log", "cli.py"}

# What a leaf may import beside itself and the standard library.
LEAF_LIBRARIES = {
    "scanners": {"magic", "pdfminer", "pygfried", "pylibmagic", "pypdfium2", "smbprotocol", "watchdog"},
    "rules": {"yaml"},
    "disposal_log": {"cryptography", "rfc3161_client"},
}


def imported(text: str) -> Iterator[str]:
    """Yield the full name of every module that `text` imports, also inside functions and by name."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case ast.Call(func=ast.Name(id="__import__") | ast.Attribute(attr="import_module"), args=[first, *_]):
                yield str(first.value) if isinstance(first, ast.Constant) else "<a computed name>"
            case _:
                pass


def strangers(leaf: str, text: str) -> set[str]:
    allowed = {leaf, *LEAF_LIBRARIES[leaf], *sys.stdlib_module_names}
    return {name for name in imported(text) if name.partition(".")[0] not in allowed}


def too_long(sources: dict[str, str]) -> dict[str, int]:
    lengths = {path: len(text.splitlines()) for path, text in sources.items()}
    return {path: lines for path, lines in lengths.items() if lines > MAX_LINES}


def top_level(names: Iterable[str]) -> set[str]:
    return {name.partition("/")[0] for name in names if ".dist-info/" not in name}


def test_the_front_door_stays_slim(sources: dict[str, str]) -> None:
    door = sources["cli.py"]

    assert set(imported(door)) == {"retention.commands"}
    assert len(ast.parse(door).body) <= MAX_FRONT_DOOR_STATEMENTS


def test_no_module_grows_past_what_one_sitting_can_read(sources: dict[str, str]) -> None:
    assert too_long(sources) == {}


def test_a_module_that_grows_too_long_is_named() -> None:
    found = too_long({"rules/everything.py": "x = 1\n" * 401, "rules/fine.py": "x = 1\n" * 400})

    assert found == {"rules/everything.py": 401}


@pytest.mark.parametrize("leaf", LEAF_LIBRARIES)
def test_a_leaf_runs_alone_on_somebody_elses_machine(sources: dict[str, str], leaf: str) -> None:
    found = {path: strangers(leaf, text) for path, text in sources.items() if path.startswith(f"{leaf}/")}

    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import rules",
        "from retention.errors import RetentionError",
        "def late():\n    import sqlalchemy.orm",
        "import importlib\nimportlib.import_module('retention')",
        "__import__(chosen)",
    ],
)
def test_a_verifier_that_needs_more_than_the_log_is_caught(line: str) -> None:
    assert strangers("disposal_log", line)


def test_a_leaf_may_use_itself_and_the_standard_library() -> None:
    text = "import hashlib\nfrom disposal_log.merkle import root\nfrom . import notes\nimport cryptography"

    assert strangers("disposal_log", text) == set()


def test_the_wheel_holds_our_rooms_and_nothing_else(checkout: Path, tmp_path: Path) -> None:
    built = next(WheelBuilder(str(checkout)).build(directory=str(tmp_path), versions=["standard"]))

    names = zipfile.ZipFile(built).namelist()

    assert top_level(names) == SHIPPED
    assert [name for name in names if "__pycache__" in name or name.startswith("tests/")] == []
    assert "rules/schedules/uk_local_government.yaml" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_a_stray_top_level_folder_in_a_wheel_is_named() -> None:
    names = ["rules/__init__.py", "helpers/__init__.py", "records_retention-1.dist-info/RECORD"]

    assert top_level(names) - SHIPPED == {"helpers"}
