"""The command line: a table of names, each command loaded only when it runs.

Loading SQLAlchemy takes a third of a second; `retention --version` must not pay for it.
"""

import sys
from collections.abc import Sequence

from retention.commands.streams import finish_output, prepare_streams

INTERRUPTED = "Interrupted. What was finished is kept; run the same command again to go on."

COMMANDS = {
    "init": "Make a workspace: settings, catalogue, destruction log with its keys, schedule.",
    "demo": "Build a sample drive and run the whole cycle on it, narrating each step.",
    "look": "A first look at a folder: which files in it are equal. Needs no workspace.",
    "users": "Register people and what they may do.",
    "source": "Register roots, each with its information asset and owner.",
    "scan": "Crawl, identify, hash, read, classify and date; resumable.",
    "watch": "Keep the catalogue up to date with what happens on the roots, until stopped.",
    "report": "Say what is there: summary, duplicates, overdue, and every queue.",
    "explain": "Explain one file: class, dates, arithmetic, holds, eligibility, copies.",
    "schedule": "Check, test, compare, try and publish retention schedules.",
    "events": "Ask once for each case what no file can tell, and record what people say.",
    "hold": "Place, lift and list disposal holds.",
    "propose": "Make batches of what is surely due; a plan unless --save is given.",
    "batch": "List and show batches.",
    "decide": "Approve a batch, or keep it; needs somebody other than its proposer.",
    "dispose": "Dispose of an approved batch; a plan unless --destroy is given.",
    "certificate": "Issue the certificate of destruction of a closed batch.",
    "log": "Verify, show, export and keep the destruction log.",
    "db": "Check and upgrade the catalogue.",
    "doctor": "Check this installation and workspace.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see docs/exit-codes.md)."""
    prepare_streams()
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        sys.stderr.write(f"retention: {INTERRUPTED}\n")
        code = 1
    return finish_output(code)


def _run(words: Sequence[str]) -> int:
    if words == ["--version"]:
        from retention import __version__  # noqa: PLC0415  # nothing else is needed

        sys.stdout.write(f"retention {__version__}\n")
        return 0
    from retention.commands.front import run  # noqa: PLC0415  # click is not needed to tell the version

    return run(words)
