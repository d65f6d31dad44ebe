"""The tables of sums that are kept, so that nobody counts a million copies anew to ask how many there are.

What is kept is what a recount would come to, but for the parts and contents that are noted as changed since. The
database notes them itself, by triggers (see the migration 0010): whoever changes a copy, and however, nothing is
forgotten.
"""

from sqlalchemy import BigInteger, Boolean, Index, Text, UniqueConstraint

from retention.store.declaring import Serial, column, table

COPIES_IN_PART = 256  # the migration's triggers say so too: another size needs another migration

tally_kind = table(
    "tally_kind",
    column("kind_id", Serial, primary_key=True, autoincrement=True),
    column("facet", Text),  # queue, media or seen
    column("words", Text),  # all that makes copies of this kind alike, as JSON
    column("may_be_due", Boolean),  # whether copies of it are eligible once both their days have passed
    UniqueConstraint("facet", "words"),
)
"""In which ways copies are alike."""

tally = table(
    "tally",
    column("kind_id", BigInteger, primary_key=True, autoincrement=False),
    column("due_latest", Text, primary_key=True),  # empty where there is none
    column("due_earliest", Text, primary_key=True),
    column("part", BigInteger, primary_key=True, autoincrement=False),
    column("copies", BigInteger),
    column("size_bytes", BigInteger),
    Index("ix_tally_part", "part"),
    sqlite_with_rowid=False,
)
"""How many copies of one kind, with the same days, there are among some hundred copies with following numbers."""

changed_part = table(
    "changed_part",
    column("part", BigInteger, primary_key=True, autoincrement=False),
    column("made_by", BigInteger, primary_key=True, autoincrement=False, server_default="0"),  # which transaction
    sqlite_with_rowid=False,
)
"""A part of the copies that must be counted again. Every transaction notes for itself, so that none waits."""

duplicate = table(
    "duplicate",
    column("sha256", Text, primary_key=True),
    column("files", BigInteger),
    column("size_bytes", BigInteger),  # of each
    sqlite_with_rowid=False,
)
"""A content that lies in several files on shares here; names of one file count once."""

duplicate_total = table(
    "duplicate_total",
    column("total_id", BigInteger, primary_key=True, autoincrement=False),
    column("groups", BigInteger),
    column("spare_files", BigInteger),
    column("spare_bytes", BigInteger),
)
"""One row: all of `duplicate` together."""

changed_content = table(
    "changed_content",
    column("sha256", Text, primary_key=True),
    column("made_by", BigInteger, primary_key=True, autoincrement=False, server_default="0"),
    sqlite_with_rowid=False,
)
"""A content whose files must be counted again."""
