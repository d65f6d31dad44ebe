"""The list of a batch's items, as a CSV file for a spreadsheet and as rows for the annex of the printed page.

Places and digests come from the log's disclosures, each proven by its commitment. One that was redacted, or is no
longer kept, is named as such and not looked up elsewhere.
"""

import base64
import csv
import io
import os
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from retention.domain.naming import path_fields
from retention.services.certifying.account import BatchAccount, ItemEnd

COLUMNS = ("item", "result", "reason", "bytes", "entry", "sha256", "path", "path_base64", "note")
MOST_IN_ANNEX = 200
# also the full-width signs that some spreadsheets take for the plain ones, and a mark that others skip
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufeff")


class AnnexRow(NamedTuple):
    """One item in the annex; `place` is its path, or why that is not told."""

    number: int
    end: ItemEnd
    place: str
    is_path: bool


def items_csv(account: BatchAccount) -> str:
    """Return every item as CSV (RFC 4180), with a header line.

    A name that a spreadsheet would take for a formula gets an apostrophe in front, as does a name that begins with one
    or is not text in UTF-8; then `path_base64` has its exact bytes.
    """
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for number in sorted(account.ends):
        end = account.ends[number]
        place, exact, note = _place_fields(account, end)
        row = (number, end.result, _harmless(end.reason), end.size_bytes, end.seq, end.sha256 or "", place, exact, note)
        rows.writerow(row)
    return out.getvalue()


def annex_rows(account: BatchAccount) -> Iterator[AnnexRow]:
    """Yield the first items, by number."""
    for number in islice(sorted(account.ends), MOST_IN_ANNEX):
        end = account.ends[number]
        place = _path(end)
        words = _why_not(account, end, "path") if place is None else place
        yield AnnexRow(number=number, end=end, place=words, is_path=place is not None)


def _place_fields(account: BatchAccount, end: ItemEnd) -> tuple[str, str, str]:
    path = _path(end)
    notes = [] if end.sha256 is not None else [_why_not(account, end, "sha256")]
    if path is None:
        return "", "", "; ".join([_why_not(account, end, "path"), *notes])
    fields = path_fields(path)
    place, exact = _harmless(fields["path"]), fields.get("path_b64", "")
    if place != fields["path"]:
        exact = base64.b64encode(os.fsencode(path)).decode("ascii")
    return place, exact, "; ".join(notes)


def _path(end: ItemEnd) -> str | None:
    return os.fsdecode(end.path) if isinstance(end.path, bytes) else end.path


def _why_not(account: BatchAccount, end: ItemEnd, name: str) -> str:
    by = account.redacted_by(end.seq, name)
    return f"{name} no longer kept" if by is None else f"{name} redacted by entry {by}"


def _harmless(words: str) -> str:
    return f"'{words}" if words.startswith((*_STARTS_A_FORMULA, "'")) else words
