"""What was read in the bytes with one digest: written once, whoever has it, and read again for copies."""

import json
import os
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, distinct, exists, func, not_, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import Insert

from retention.domain.records import CopyState
from retention.store.catalogue import Transaction
from retention.store.in_bulk import BulkRead, BulkWrite
from retention.store.ranges import loaded_inode
from retention.store.schema import content, record_copy

Member = tuple[str, str, int | None, str, str, bool]

_NAMES = (
    "sha256",
    "size_bytes",
    "media_type",
    "text_read",
    "is_unread",
    "words",
    "properties",
    "problems",
    "members",
    "member_count",
    "read_by",
)
_READ_AGAIN = _NAMES[2:]
_AS_KEPT = json.JSONEncoder(sort_keys=True)
_FORMAT_ID, _FORMAT_VERSION = "pronom_id", "pronom_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRead:
    """What was read in the bytes with one digest; `words` and `members` are compressed.

    `members` lists the first things found inside a container, `member_count` says how many there are. `read_by`
    is the version of this program that read it.
    """

    sha256: str
    size_bytes: int
    media_type: str
    text_read: bool
    is_unread: bool
    words: bytes | None
    properties: Mapping[str, str]
    problems: Sequence[tuple[str, str]]
    members: bytes | None = None
    member_count: int = 0
    read_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentMembers:
    """What lies inside a content: the first things by name, and how many there are in all."""

    listed: tuple[Member, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownContent:
    """What is known of a content whose words are kept, so that a copy of it need not be read."""

    sha256: str
    problems: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnnamedContent:
    """A content whose format PRONOM was not asked for, and one place where it lies."""

    sha256: str
    path: str
    size_bytes: int
    modified_ns: int
    inode: int


def compressed(text: str) -> bytes | None:
    """Return extracted text as it is kept; None when there is none."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1) if text else None


def decompressed(words: bytes | None) -> str:
    """Return the text that `compressed` kept."""
    return "" if words is None else zlib.decompress(words).decode("utf-8", "surrogatepass")


def packed_members(members: Sequence[Member]) -> bytes | None:
    """Return members as they are kept; None when there are none."""
    return zlib.compress(json.dumps(members, separators=(",", ":")).encode("ascii"), 1) if members else None


def members_of(tx: Transaction, sha256: str) -> ContentMembers:
    """Return what lies inside the content with this digest; nothing when it is unknown or no container.

    A member is its path inside, kind, claimed size, media type, stated modification time, and whether it is locked.
    """
    found = tx.connection.execute(
        select(content.c.members, content.c.member_count).where(content.c.sha256 == sha256)
    ).first()
    if found is None or found.members is None:
        return ContentMembers(listed=(), count=0 if found is None else found.member_count)
    listed = json.loads(zlib.decompress(found.members))
    return ContentMembers(listed=tuple(tuple(one) for one in listed), count=found.member_count)


def known_with_sizes(tx: Transaction, sizes: Collection[int], *, read_by: str, limit: int) -> dict[str, KnownContent]:
    """Return contents of these sizes whose words are kept, by digest; no more than `limit`, whichever they are.

    What another version of this program read is left out: this one may find more in it.
    """
    if not sizes:
        return {}
    found = islice(_KNOWN.rows(tx, sorted(sizes), reader=read_by), limit)
    return {
        sha256: KnownContent(sha256=sha256, problems=tuple((kind, detail) for kind, detail in json.loads(problems)))
        for sha256, problems in found
    }


def remembered(tx: Transaction, digests: Collection[str]) -> frozenset[str]:
    """Return those of `digests` whose words are kept at this moment."""
    return frozenset(sha256 for (sha256,) in _REMEMBERED.rows(tx, sorted(digests))) if digests else frozenset()


def put_contents(tx: Transaction, read: Iterable[ContentRead]) -> None:
    """Write contents that are new.

    One whose words were forgotten, could not be read then, or were read by another version is written again.
    """
    # always in the order of the digests, so that two writers never wait for each other
    contents = {one.sha256: one for one in read}
    _WRITE.run(tx, [_row(contents[digest]) for digest in sorted(contents)])


def format_of(tx: Transaction, sha256: str) -> str:
    """Return the PRONOM identifier of a content, such as "fmt/412"; empty when none is known."""
    properties = tx.connection.execute(select(content.c.properties).where(content.c.sha256 == sha256)).scalar()
    return str(json.loads(properties).get(_FORMAT_ID, "")) if properties else ""


def count_unnamed(tx: Transaction, source_id: str, *, version: str) -> int:
    """Return how many present contents of a source `unnamed` would give in all."""
    statement = _unnamed(select(func.count(distinct(content.c.sha256))), source_id, version)
    return int(tx.connection.execute(statement).scalar_one())


def unnamed(tx: Transaction, source_id: str, *, version: str, after: str, limit: int) -> tuple[UnnamedContent, ...]:
    """Return present copies of a source whose content has no PRONOM identifier, by path, greater than `after`.

    A content that PRONOM did not know is asked for again only when `version` is another release.
    """
    columns = (
        record_copy.c.sha256,
        record_copy.c.path,
        record_copy.c.size_bytes,
        record_copy.c.modified_ns,
        record_copy.c.inode,
    )
    later = _unnamed(select(*columns), source_id, version).where(record_copy.c.path > os.fsencode(after))
    return tuple(
        UnnamedContent(
            sha256=sha256,
            path=os.fsdecode(path),
            size_bytes=size_bytes,
            modified_ns=modified_ns,
            inode=loaded_inode(inode),
        )
        for sha256, path, size_bytes, modified_ns, inode in tx.connection.execute(
            later.order_by(record_copy.c.path).limit(limit)
        )
    )


def put_formats(tx: Transaction, format_ids: Mapping[str, str], *, version: str) -> None:
    """Keep the PRONOM identifier of each content, by digest; an empty one says that `version` knows none.

    A content whose last copy was destroyed meanwhile is left as it is: what is kept of it must not grow again.
    """
    rows = []
    for sha256, properties in _PRESENT.rows(tx, sorted(format_ids)):
        kept = {**json.loads(properties), _FORMAT_VERSION: version}
        if format_ids[sha256]:
            kept[_FORMAT_ID] = format_ids[sha256]
        rows.append((_AS_KEPT.encode(kept), sha256))
    _WRITE_PROPERTIES.run(tx, rows)


def _unnamed(statement: Select[Any], source_id: str, version: str) -> Select[Any]:
    return statement.join_from(record_copy, content, content.c.sha256 == record_copy.c.sha256).where(
        record_copy.c.source_id == source_id,
        record_copy.c.state == CopyState.PRESENT,
        not_(or_(_says(f'"{_FORMAT_ID}": '), _says(f'"{_FORMAT_VERSION}": {json.dumps(version)}'))),
    )


def _says(words: str) -> ColumnElement[bool]:
    # a quote within a value is kept with a backslash before it, so no value can look like a name and its value
    return content.c.properties.contains(words, autoescape=True)


def _row(read: ContentRead) -> tuple[Any, ...]:
    return (
        read.sha256,
        read.size_bytes,
        read.media_type,
        read.text_read,
        read.is_unread,
        read.words,
        _AS_KEPT.encode(dict(read.properties)) if read.properties else "{}",
        _AS_KEPT.encode([list(problem) for problem in read.problems]) if read.problems else "[]",
        read.members,
        read.member_count,
        read.read_by,
    )


def _writing_on_postgresql() -> Insert:
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # a twentieth of a second that SQLite can do without

    return postgresql.insert(content).on_conflict_do_update(**_ON_CONFLICT)


_NEW = content.alias("excluded").c  # what the database calls the row that found its place taken
_ON_CONFLICT: dict[str, Any] = {
    "index_elements": [content.c.sha256],
    "set_": {name: _NEW[name] for name in _READ_AGAIN},
    "where": _NEW.words.is_not(None) & (content.c.words.is_(None) | (content.c.read_by != _NEW.read_by)),
}
_WRITE = BulkWrite(
    sqlite.insert(content).on_conflict_do_update(**_ON_CONFLICT), _NAMES, on_postgresql=_writing_on_postgresql
)
_KNOWN = BulkRead(
    content.c.size_bytes,
    lambda is_one: select(content.c.sha256, content.c.problems).where(
        is_one, content.c.words.is_not(None), content.c.read_by == bindparam("reader")
    ),
)
_REMEMBERED = BulkRead(
    content.c.sha256, lambda is_one: select(content.c.sha256).where(is_one, content.c.words.is_not(None))
)
_PRESENT = BulkRead(
    content.c.sha256,
    lambda is_one: (
        select(content.c.sha256, content.c.properties)
        .where(
            is_one,
            exists().where(and_(record_copy.c.sha256 == content.c.sha256, record_copy.c.state == CopyState.PRESENT)),
        )
        .order_by(content.c.sha256)
        .with_for_update()  # a scan may be writing what it read in the same content again
    ),
)
_WRITE_PROPERTIES = BulkWrite(
    update(content).where(content.c.sha256 == bindparam("of_sha256")).values(properties=bindparam("new_properties")),
    ("new_properties", "of_sha256"),
)
