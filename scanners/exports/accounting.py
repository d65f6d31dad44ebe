"""Saying in words what became of an import: what was mapped, what was refused, what was lost, what stays unknown."""

from collections import Counter
from collections.abc import Iterator

from scanners.exports.reading import ColumnUse, ExportReader, ImportAccount

_MAX_NAMED = 40


def account_lines(reader: ExportReader) -> Iterator[str]:
    """Yield the account of an import, line by line; complete once its records were all taken."""
    description, account = reader.description, reader.account
    tool = f", made by {description.tool}" if description.tool else ""
    yield f"Form: {description.form}{tool}"
    for file in description.control_files:
        yield f"File: {_plain(file.path)} ({file.size_bytes} bytes, SHA-256 {file.sha256})"
    yield from (f"By design: {limit}" for limit in description.limits)
    yield from (f"Note: {note}" for note in account.notes)
    yield from _mapping(account)
    if account.unknown_targets:
        yield f"Unknown for every record, as no column states it: {', '.join(account.unknown_targets)}"
    yield from _counted("Dropped", account.dropped)
    yield from _counted("Refused", account.refused_rows)
    yield from _counted("Odd", account.anomalies)
    refused = account.refused_rows.total()
    yield f"Rows read: {account.rows} = {account.records} records + {refused} refused"


def balances(account: ImportAccount) -> bool:
    """Tell whether every row that was read became a record or was refused with a reason."""
    return account.rows == account.records + account.refused_rows.total()


def _mapping(account: ImportAccount) -> Iterator[str]:
    used = [use for use in account.columns if use.target and not use.refused]
    refused = [use for use in account.columns if use.refused]
    raw = [_plain(use.column) for use in account.columns if not use.target and not use.refused]
    yield from (f"Column: {_plain(use.column)} -> {use.target}" for use in used)
    yield from (_refusal(use) for use in refused)
    if raw:
        more = f" and {len(raw) - _MAX_NAMED} more" if len(raw) > _MAX_NAMED else ""
        yield f"Kept as they stand: {', '.join(raw[:_MAX_NAMED])}{more}"


def _refusal(use: ColumnUse) -> str:
    target = f" -> {use.target}" if use.target else ""
    return f"Column not used: {_plain(use.column)}{target} ({use.refused})"


def _counted(heading: str, counter: Counter[str]) -> Iterator[str]:
    for words, count in sorted(counter.items(), key=lambda one: (-one[1], one[0])):
        yield f"{heading}: {count} x {_plain(words)}"


def _plain(text: str) -> str:
    """Return text from strangers on one line and without what could steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
