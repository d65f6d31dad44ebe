"""Turning what an examiner says about a file into what the catalogue keeps of it."""

from retention import __version__
from retention.domain.records import NOTHING_SAID, CopyState, FileFacts
from retention.store import contents, ledger
from retention.store.contents import ContentRead, KnownContent
from retention.store.landing import Sighting
from retention.store.ledger import FoundEntry, LedgerBatch
from scanners import FileObservation, FoundFile, Problem, UnreadableEntry
from scanners.crawling import file_facts
from scanners.examination import ContentSeenBefore
from scanners.identification.media_types import name_mismatch
from scanners.observation import ProblemKind

Row = FileObservation | UnreadableEntry | ContentSeenBefore

_STUCK = "not_examined"


def found_file(entry: FoundEntry) -> FoundFile:
    """Return the file as the scanners know it."""
    return FoundFile(
        path=entry.path,
        size_bytes=entry.size_bytes,
        modified_ns=entry.modified_ns,
        inode=entry.inode,
        device=entry.device,
        link_count=entry.link_count,
    )


def noted(batch: LedgerBatch) -> list[Sighting]:
    """Return what is known without looking at a file: entries that were skipped or unreadable when crawled."""
    return [
        Sighting(path=entry.path, state=entry.state, finding=entry.reason, detail=entry.detail) for entry in batch.noted
    ]


def sighting(
    entry: FoundEntry, row: Row, known: dict[str, KnownContent], *, told: file_facts.FileFacts = file_facts.NOTHING_SAID
) -> Sighting:
    """Return what one file of a batch came to.

    Args:
        entry: The file.
        row: What the examiner says of it.
        known: The contents that were not to be read again.
        told: What its file system says of it.
    """
    if row.path != entry.path:
        message = f"the examiner answered for {row.path!r} when asked for {entry.path!r}"
        raise RuntimeError(message)
    facts = FileFacts(*told)
    match row:
        case UnreadableEntry():
            return _seen(entry, CopyState.UNREADABLE, finding=row.reason, detail=row.detail, facts=facts)
        case ContentSeenBefore():
            before = known[row.sha256]
            stated = [
                Problem(kind=ProblemKind(kind), detail=detail)
                for kind, detail in before.problems
                if kind != ProblemKind.EXTENSION_MISMATCH  # that was about the name of another copy
            ]
            problems = (*stated, *([row.mismatch] if row.mismatch else ()))
            return _seen(entry, CopyState.PRESENT, problems=problems, same_as=row.sha256, facts=facts)
        case FileObservation():
            return _seen(entry, CopyState.PRESENT, problems=row.problems, content=content_of(row), facts=facts)


def content_of(row: FileObservation) -> ContentRead:
    """Return what the catalogue keeps of a content, compressed: done in a worker, so that what waits is small.

    What is amiss with the name of this copy is no part of it: others with better names have the same content.
    """
    mismatch = name_mismatch(row.path, row.media_type)
    problems = [problem for problem in row.problems if problem != mismatch]
    return ContentRead(
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        media_type=row.media_type,
        text_read=row.text_read,
        is_unread=any(problem.kind.hides_content for problem in problems),
        words=contents.compressed(row.text),
        properties=row.properties,
        problems=[(problem.kind, problem.detail) for problem in problems],
        members=contents.packed_members(
            [
                (
                    member.path,
                    member.kind,
                    member.size_bytes,
                    member.media_type,
                    member.modified,
                    member.is_encrypted,
                )
                for member in row.members
            ]
        ),
        member_count=row.member_count,
        read_by=__version__,
    )


def not_examined(batch: LedgerBatch, error: Exception) -> list[Sighting]:
    """Return sightings that say that a batch could not be examined: unread, and so kept."""
    detail = f"its batch failed {ledger.MAX_TRIES} times, the last time with: {error!r}"
    return noted(batch) + [_seen(entry, CopyState.UNREADABLE, finding=_STUCK, detail=detail) for entry in batch.found]


def _seen(
    entry: FoundEntry,
    state: CopyState,
    *,
    finding: str = "",
    detail: str = "",
    problems: tuple[Problem, ...] = (),
    content: ContentRead | None = None,
    same_as: str | None = None,
    facts: FileFacts = NOTHING_SAID,
) -> Sighting:
    if problems:
        finding = next((problem.kind for problem in problems if problem.kind.hides_content), "")
        detail = "; ".join(problem.detail for problem in problems)
    return Sighting(
        path=entry.path,
        state=state,
        finding=finding,
        detail=detail,
        size_bytes=entry.size_bytes,
        modified_ns=entry.modified_ns,
        inode=entry.inode,
        device=entry.device,
        link_count=entry.link_count,
        changed_ns=entry.changed_ns,
        content=content,
        same_as=same_as,
        facts=facts,
    )
