"""Contents that lie in several files here: how many, and what would be gained, without counting them anew.

What is kept of a content is right unless it is noted as changed; those are counted while they are asked for.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, insert, select, text, tuple_, update

from retention.domain.records import CopyState
from retention.store.catalogue import Transaction
from retention.store.in_bulk import TOGETHER, BulkRead, BulkWrite, parts
from retention.store.records import is_on_share
from retention.store.schema import changed_content, duplicate, duplicate_total, record_copy


@dataclass(frozen=True, slots=True)
class DuplicateTotal:
    """How many contents lie in several files, how many files are more than needed, and how many bytes these have."""

    groups: int = 0
    spare_files: int = 0
    spare_bytes: int = 0

    def plus(self, other: "DuplicateTotal") -> "DuplicateTotal":
        """Return both together."""
        return DuplicateTotal(
            self.groups + other.groups, self.spare_files + other.spare_files, self.spare_bytes + other.spare_bytes
        )

    def minus(self, other: "DuplicateTotal") -> "DuplicateTotal":
        """Return what is left without the other."""
        return DuplicateTotal(
            self.groups - other.groups, self.spare_files - other.spare_files, self.spare_bytes - other.spare_bytes
        )


def total(tx: Transaction) -> DuplicateTotal:
    """Return all groups of files with the same content together; names of one file count as one."""
    found = _kept_total(tx)
    changed = list(tx.connection.execute(select(changed_content.c.sha256).distinct()).scalars())
    for part in parts(changed):
        found = found.plus(_of(_counted(tx, part))).minus(_of(_kept(tx, part)))
    return found


def is_settled(tx: Transaction) -> bool:
    """Tell whether no content has changed since it was counted."""
    return not tx.connection.execute(select(exists(select(changed_content.c.sha256)))).scalar_one()


def settle(tx: Transaction) -> int:
    """Count the files of some contents that changed, and keep the counts; return how many contents."""
    if not tx.is_sqlite:  # SQLite has one writer at a time anyway
        tx.connection.execute(text("LOCK TABLE duplicate_total IN SHARE ROW EXCLUSIVE MODE"))
    # Only the notes that are seen here are taken away: whoever changes a content meanwhile makes a note of their own.
    notes = tx.connection.execute(
        select(changed_content.c.sha256, changed_content.c.made_by)
        .order_by(changed_content.c.sha256, changed_content.c.made_by)
        .limit(TOGETHER)
    ).all()
    if not notes:
        return 0
    note = tuple_(changed_content.c.sha256, changed_content.c.made_by)
    tx.connection.execute(delete(changed_content).where(note.in_([tuple(row) for row in notes])))
    digests = sorted({row.sha256 for row in notes})
    before, now = list(_kept(tx, digests)), list(_counted(tx, digests))
    tx.connection.execute(delete(duplicate).where(duplicate.c.sha256.in_([one.sha256 for one in before])))
    _KEEP.run(tx, [(one.sha256, one.files, one.size_bytes) for one in now])
    together = _kept_total(tx).plus(_of(now)).minus(_of(before))
    tx.connection.execute(
        update(duplicate_total).values(
            groups=together.groups, spare_files=together.spare_files, spare_bytes=together.spare_bytes
        )
    )
    return len(digests)


@dataclass(frozen=True, slots=True)
class _Group:
    sha256: str
    files: int
    size_bytes: int


def _of(groups: "Iterator[_Group] | Sequence[_Group]") -> DuplicateTotal:
    count = files = size_bytes = 0
    for group in groups:
        count += 1
        files += group.files - 1
        size_bytes += (group.files - 1) * group.size_bytes
    return DuplicateTotal(count, files, size_bytes)


def _kept_total(tx: Transaction) -> DuplicateTotal:
    columns = (duplicate_total.c.groups, duplicate_total.c.spare_files, duplicate_total.c.spare_bytes)
    return DuplicateTotal(*map(int, tx.connection.execute(select(*columns)).one()))


def _kept(tx: Transaction, digests: Sequence[str]) -> Iterator[_Group]:
    for row in _KEPT.rows(tx, digests):
        yield _Group(row.sha256, row.files, row.size_bytes)


def _counted(tx: Transaction, digests: Sequence[str]) -> Iterator[_Group]:
    files: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    sizes: dict[str, int] = {}
    for row in _FILES.rows(tx, digests):
        files[row.sha256].add((row.device, row.inode))
        sizes[row.sha256] = row.size_bytes
    for digest, known in files.items():
        if len(known) > 1:
            yield _Group(digest, len(known), sizes[digest])


_KEPT = BulkRead(
    duplicate.c.sha256,
    lambda is_one: select(duplicate.c.sha256, duplicate.c.files, duplicate.c.size_bytes).where(is_one),
)
_FILES = BulkRead(
    record_copy.c.sha256,
    lambda is_one: select(
        record_copy.c.sha256, record_copy.c.size_bytes, record_copy.c.device, record_copy.c.inode
    ).where(is_one, record_copy.c.state == CopyState.PRESENT, is_on_share()),
)
_KEEP = BulkWrite(insert(duplicate), ("sha256", "files", "size_bytes"))
