"""What every architecture check reads: the text of every module we ship."""

from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
ROOMS = ("retention", "scanners", "rules", "disposal_log")


@pytest.fixture(scope="session")
def checkout() -> Path:
    return CHECKOUT


@pytest.fixture(scope="session")
def sources() -> dict[str, str]:
    """Return the text of every shipped module under its path ("retention/errors.py")."""
    modules = [
        CHECKOUT / "cli.py",
        *(path for room in ROOMS for path in sorted((CHECKOUT / room).rglob("*.py"))),
    ]
    return {path.relative_to(CHECKOUT).as_posix(): path.read_text(encoding="utf-8") for path in modules}
