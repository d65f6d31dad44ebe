"""A command loads what it needs: somebody waits for it every time."""

import subprocess
import sys

NOT_FOR_A_REPORT = {"sqlalchemy.orm", "alembic", "rich", "yaml", "disposal_log", "rules.importing", "rules.checking"}


def test_a_report_loads_nothing_that_it_does_not_need() -> None:
    program = "import retention.commands.report, sys; print(*sys.modules)"

    printed = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)

    loaded = set(printed.stdout.split())
    assert "retention.store.records" in loaded
    assert not loaded & NOT_FOR_A_REPORT
