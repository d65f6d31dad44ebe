"""Scan, classify and report a real folder, and print one row of the table in `docs/performance.md`.

    python benchmarks/real_input.py FOLDER

Works on a workspace in a temporary folder; changes nothing in FOLDER. Ends with 1 when a file is in no state,
or in two: the sum of the queues must equal what `find` counts.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any


def retention(workspace: Path, *words: str) -> Any:  # noqa: ANN401  # whatever the JSON is
    """Run a command as a user would and return its JSON."""
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "retention", "--workspace", str(workspace), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode not in (0, 3):
        raise SystemExit(ended.stderr)
    return json.loads(ended.stdout) if "--json" in words else [json.loads(line) for line in ended.stdout.splitlines()]


def found_by_find(folder: Path) -> int:
    """Return how many entries that are no folders `find` counts."""
    printed = subprocess.run(["find", str(folder), "!", "-type", "d", "-printf", "x"], capture_output=True, check=True)
    return len(printed.stdout)


def main() -> int:
    """Measure one folder."""
    folder = Path(sys.argv[1]).resolve()
    with TemporaryDirectory() as place:
        workspace = Path(place)
        retention(workspace, "init", str(workspace), "--json")
        words = [sys.executable, "-P", "-m", "retention", "--workspace", str(workspace)]
        subprocess.run([*words, "users", "add", "owner", "--name", "Owner", "--role", "iao"], check=True, stdout=2)
        subprocess.run([*words, "source", "add", str(folder), "--asset", "A", "--owner", "owner"], check=True, stdout=2)
        started = monotonic()
        scan = retention(workspace, "scan", "--json")
        seconds = monotonic() - started
        again = retention(workspace, "scan", "--json")
        summary = retention(workspace, "report", "summary", "--json")
        groups = retention(workspace, "report", "duplicates", "--jsonl")
        unreadable = retention(workspace, "report", "unreadable", "--jsonl")
    queues = {name: queue["items"] for name, queue in summary["queues"].items() if queue["items"]}
    counted = found_by_find(folder)
    classified = sum(found["items"] for found in summary["classes"].values())
    figures = {
        "folder": str(folder),
        "files": scan["files"],
        "find": counted,
        "bytes": scan["bytes"],
        "types": len(summary["media_types"]),
        "skipped": scan["skipped"],
        "classified": classified,
        "queues": queues,
        "sum_of_queues": sum(queues.values()),
        "duplicate_groups": len(groups),
        "duplicate_copies": sum(len(group["members"]) - 1 for group in groups),
        "unreadable": dict(Counter(line["reason"] for line in unreadable)),
        "seconds": round(seconds, 1),
        "rescan_seconds": again["seconds"],
        "peak_rss_mb": round(scan["peak_rss_bytes"] / 1e6),
    }
    print(json.dumps(figures, indent=2))
    return 0 if scan["files"] == counted == figures["sum_of_queues"] else 1


if __name__ == "__main__":
    sys.exit(main())
