"""Which files on the shares may be what an export lists: by the hashes that the export states.

A reason to look, never to dispose of anything: an export is a claim, and QuickXorHash proves nothing.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from retention.domain.assets import Source, SourceKind
from retention.domain.naming import path_fields
from retention.domain.records import RecordCopy
from retention.errors import SourceVanishedError
from retention.store import assets, claims, records
from retention.store.catalogue import Catalogue
from scanners import FoundFile, SourceUnavailableError, UnreadableEntry
from scanners.duplicates import StatedContent, find_candidates

_SAME_SHA256 = "the SHA-256 that the export states is that of the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleOriginal:
    """A file on a share that may be a record of an export, and why."""

    location: str
    source_id: str
    path: str
    basis: str

    def to_json(self) -> dict[str, object]:
        """Return the line of the list."""
        return {
            "location": self.location,
            "source": self.source_id,
            **path_fields(self.path),
            "basis": self.basis,
        }


@dataclass(slots=True, kw_only=True)
class MatchCounts:
    """What was compared; complete once all candidates were taken."""

    stated: int = 0
    unreadable: int = 0


def possible_originals(catalogue: Catalogue, export: Source, counts: MatchCounts) -> Iterator[PossibleOriginal]:
    """Yield every file on a scanned share that may be a record of `export`; reads files of the stated sizes.

    Memory holds the hashes that the export states, and the files of one share at a time.

    Raises:
        SourceVanishedError: A share cannot be reached.
    """
    with catalogue.reading() as tx:
        sources = [source for source in assets.sources(tx) if source.kind is SourceKind.SHARE]
        with closing(claims.stated_hashes(tx, export.source_id)) as stated:
            hashes = tuple(stated)
    counts.stated = len(hashes)
    exact = {one.value: one.location for one in hashes if one.algorithm == "sha256"}
    quick = [
        StatedContent(key=one.location, quick_xor=one.value, size_bytes=one.size_bytes)
        for one in hashes
        if one.algorithm == "quickxor"
    ]
    for source in sources:
        copies = _present(catalogue, source)
        for copy in copies:
            if copy.sha256 in exact:
                yield _possible(source, exact[copy.sha256], copy.path, _SAME_SHA256)
        yield from _by_quick_xor(source, copies, quick, counts)


def _present(catalogue: Catalogue, source: Source) -> tuple[RecordCopy, ...]:
    with catalogue.reading() as tx, closing(records.appraised(tx, source_id=source.source_id)) as items:
        return tuple(item.copy for item in items if item.copy.is_present)


def _by_quick_xor(
    source: Source, copies: tuple[RecordCopy, ...], quick: list[StatedContent], counts: MatchCounts
) -> Iterator[PossibleOriginal]:
    files = (
        FoundFile(
            path=copy.path,
            size_bytes=copy.size_bytes,
            modified_ns=copy.modified_ns,
            inode=copy.inode,
            device=copy.device,
            link_count=copy.link_count,
        )
        for copy in copies
    )
    try:
        for found in find_candidates(source.root, files, quick) if quick else ():
            if isinstance(found, UnreadableEntry):
                counts.unreadable += 1
                continue
            yield _possible(source, found.key, found.file.path, found.basis)
    except SourceUnavailableError as error:
        raise SourceVanishedError(root=error.root, detail=error.detail) from error


def _possible(source: Source, location: str, path: str, basis: str) -> PossibleOriginal:
    return PossibleOriginal(location=location, source_id=source.source_id, path=path, basis=basis)
