"""Who may know whom: every contract of pyproject.toml holds, and each of them fires when it is broken."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
ROOMS = ("retention", "scanners", "rules", "disposal_log")

BREACHES = [
    ("floors", "retention/domain/people.py", "import retention.store"),
    ("floors", "retention/store/schema.py", "import retention.services"),
    ("floors", "retention/services/workspace.py", "import retention.assembly"),
    ("floors", "retention/helpers.py", "import json"),
    ("faces_apart", "retention/commands/__init__.py", "import retention.web"),
    ("faces_apart", "retention/web/__init__.py", "import retention.commands"),
    ("ground_apart", "retention/errors.py", "import retention.clock"),
    ("ground_apart", "retention/clock.py", "import rules"),
    ("leaves_apart", "rules/__init__.py", "import scanners"),
    ("leaves_apart", "disposal_log/__init__.py", "import rules"),
    ("leaves_below", "scanners/__init__.py", "import retention.errors"),
    ("leaves_below", "disposal_log/__init__.py", "import jinja2"),
    ("log_floors", "disposal_log/verifying/whole.py", "import disposal_log.writing.log"),
    ("only_log_signs", "retention/services/workspace.py", "import cryptography"),
    ("only_store_sql", "retention/services/workspace.py", "import sqlalchemy"),
    ("only_store_sql", "retention/commands/__init__.py", "import alembic"),
    ("only_store_sql", "rules/__init__.py", "import sqlalchemy"),
    ("only_faces_people", "retention/services/workspace.py", "import click"),
    ("only_faces_people", "disposal_log/__init__.py", "import rich"),
    ("only_faces_people", "retention/store/schema.py", "import flask"),
    ("faces_off_store", "retention/commands/__init__.py", "import retention.store"),
    ("faces_off_store", "retention/web/__init__.py", "import retention.store.schema"),
    ("services_only", "retention/commands/__init__.py", "import disposal_log"),
    ("services_only", "retention/web/__init__.py", "import rules"),
    ("pure_domain", "retention/domain/people.py", "import retention.clock"),
    ("pure_domain", "retention/domain/people.py", "import logging"),
    ("pure_domain", "retention/domain/people.py", "from pathlib import Path"),
    ("front_door", "retention/services/workspace.py", "import cli"),
    ("no_cycles", "retention/domain/people.py", "import retention.domain.batches"),
]


def contract_names() -> dict[str, str]:
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    return {found["id"]: found["name"] for found in settings["tool"]["importlinter"]["contracts"]}


def broken_contracts(folder: Path) -> set[str]:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))
    assert set(verdicts) == set(contract_names().values()), done.stdout + done.stderr
    return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copied")
    for room in ROOMS:
        shutil.copytree(CHECKOUT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("cli.py", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def broken_before(copied: Path) -> set[str]:
    return broken_contracts(copied)


@contextmanager
def breach(module: Path, line: str) -> Iterator[None]:
    before = module.read_text(encoding="utf-8") if module.exists() else None
    module.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        yield
    finally:
        if before is None:
            module.unlink()
        else:
            module.write_text(before, encoding="utf-8")


def test_every_contract_holds(broken_before: set[str]) -> None:
    assert broken_before == set()


@pytest.mark.parametrize(("contract", "module", "line"), BREACHES)
def test_a_forbidden_import_breaks_its_own_contract_and_no_other(
    copied: Path, broken_before: set[str], contract: str, module: str, line: str
) -> None:
    with breach(copied / module, line):
        broken = broken_contracts(copied)

    # what the checkout breaks anyway is told once, by the test above
    assert broken == broken_before | {contract_names()[contract]}


def test_no_contract_is_left_that_nobody_has_tried_to_break() -> None:
    assert {contract for contract, _, _ in BREACHES} == set(contract_names())
