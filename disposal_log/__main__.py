"""The verifier's command line: `python -m disposal_log verify DIR`, without any other room of the product.

Stands above all others; uses the standard library alone, because an auditor's laptop has no more. As `verify.pyz`,
started without a word (or by a double click), it judges the bundle in which it lies.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from disposal_log.bundling.checking import log_in, verify_anything
from disposal_log.bundling.names import is_bundle
from disposal_log.errors import LogError
from disposal_log.files.reading import LogReader
from disposal_log.formats.canonical import JSON
from disposal_log.formats.disclosures import DisclosedValue
from disposal_log.formats.entries import StoredEntry
from disposal_log.verifying.reports import EXIT_CANNOT_SAY, EXIT_VERIFIED

ENVELOPE = frozenset({"v", "type", "id", "seq", "time", "actor", "sd"})
LINKS = ("id", "batch", "certificate", "hold")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status.

    0 verified (or shown), 1 cannot say, 2 wrong usage, 3 warnings under `--strict`, 5 failed.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    here = Path(sys.argv[0]).resolve().parent
    is_double_clicked = not words and arguments is None and is_bundle(here)
    chosen = _parser().parse_args(["verify", str(here)] if is_double_clicked else words)
    try:
        status = _verify(chosen) if chosen.command == "verify" else _show(chosen)
        sys.stdout.flush()
        if is_double_clicked and os.name == "nt":
            input("Press Enter to close this window. ")  # Windows closes it with the program
    except BrokenPipeError:
        # whoever read our words has gone; without this the interpreter would complain when it closes the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_CANNOT_SAY
    except (LogError, OSError, EOFError) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_CANNOT_SAY
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="disposal_log", description="Verify or show a disposal log, without the engine that wrote it."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="say whether a log or bundle is intact, and where it is not")
    verify.add_argument("directory", type=Path, metavar="DIR")
    verify.add_argument("--key", action="append", default=[], metavar="VKEY|FILE", help="a key from outside the log")
    verify.add_argument(
        "--seen",
        type=Path,
        metavar="CHECKPOINT",
        help="a checkpoint, certificate, printed line or timestamp kept elsewhere",
    )
    verify.add_argument("--sidecar", type=Path, metavar="DIR", help="the disclosed values")
    verify.add_argument("--json", action="store_true", help="one JSON object on standard output")
    verify.add_argument("--strict", action="store_true", help="exit 3 when there are warnings")
    show = commands.add_parser("show", help="print entries; to know whether they are intact, verify")
    show.add_argument("directory", type=Path, metavar="DIR")
    show.add_argument("--item", metavar="ID", help="an entry, batch, BATCH/ITEM, hold, certificate or disclosed path")
    show.add_argument("--type", metavar="TYPE", help="only entries of this type")
    show.add_argument("--sidecar", type=Path, metavar="DIR", help="the disclosed values")
    show.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def _verify(chosen: argparse.Namespace) -> int:
    report = verify_anything(
        chosen.directory,
        trusted_keys=[key for word in chosen.key for key in _keys_in(word)],
        sidecar=chosen.sidecar,
        seen=None if chosen.seen is None else chosen.seen.read_bytes(),
    )
    sys.stdout.write((report.to_json() if chosen.json else report.to_text()) + "\n")
    return report.strict_exit_code() if chosen.strict else report.exit_code


def _keys_in(word: str) -> Iterator[str]:
    """Take a key as it is, or read keys from a file: a policy, or one key a line."""
    path = Path(word)
    if not path.is_file():
        yield word
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        match line.split():
            case ["log", key, *_] | ["witness", _, key, *_]:
                yield key
            case [] | ["group" | "quorum", *_]:
                continue
            case [word, *_] if not word.startswith("#"):
                yield line.strip()
            case _:
                continue


def _show(chosen: argparse.Namespace) -> int:
    with LogReader(log_in(chosen.directory), sidecar_directory=chosen.sidecar) as reader:
        for stored in reader.entries():
            if chosen.type is not None and stored.entry["type"] != chosen.type:
                continue
            if chosen.item is None or _concerns(stored, chosen.item):
                sys.stdout.write((_as_json(stored) if chosen.json else _as_text(stored)) + "\n")
    return EXIT_VERIFIED


def _concerns(stored: StoredEntry, wanted: str) -> bool:
    entry = stored.entry
    if any(entry.get(name) == wanted for name in LINKS):
        return True
    if wanted in (stored.disclosures or {}).values():
        return True
    batch, slash, item = wanted.rpartition("/")
    if not slash or entry.get("batch") != batch or not item.isdecimal():
        return False
    # the story of one item is its own entries and those about its whole batch
    items = entry.get("items")
    if isinstance(items, list):
        return int(item) in items
    return entry.get("item", int(item)) == int(item)


def _as_text(stored: StoredEntry) -> str:
    entry = stored.entry
    actor = entry.get("actor")
    who = f"{actor.get('k')} {actor.get('ref')}" if isinstance(actor, dict) else "?"
    rest = {name: value for name, value in entry.items() if name not in ENVELOPE}
    parts = [f"{name}={_short(value)}" for name, value in rest.items()]
    parts += [f"{name}:{_short(_printable(value))}" for name, value in (stored.disclosures or {}).items()]
    return f"{stored.seq} {entry['time']} {entry['type']} by {who}  {' '.join(parts)}".rstrip()


def _as_json(stored: StoredEntry) -> str:
    found: dict[str, JSON] = {"entry": dict(stored.entry)}
    if stored.disclosures is not None:
        found["disclosures"] = {name: _printable(value) for name, value in stored.disclosures.items()}
    return json.dumps(found, ensure_ascii=True)


def _short(value: JSON) -> str:
    # ASCII only: a file name must not be able to move the cursor or forge a line on the auditor's screen
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _printable(value: DisclosedValue) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
