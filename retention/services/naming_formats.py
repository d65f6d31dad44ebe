"""Naming formats: PRONOM is asked once for every content that a scan found, in a process of its own.

An inventory for a transfer to an archive; no decision rests on it. What is named is not asked again, so a run that
is killed goes on where it stopped.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice

from retention.domain.assets import Source
from retention.errors import InvalidInputError, RetentionError
from retention.services.crawling import RootWatch
from retention.store import contents
from retention.store.catalogue import Catalogue
from retention.store.contents import UnnamedContent
from scanners.identification.pronom import PronomMissingError
from scanners.identification.pronom_naming import (
    FormatNamed,
    FormatNamer,
    FormatNotAsked,
    NamingLimits,
    PronomUnavailableError,
)

_CHUNK = 500
_TOLD = 20

NamerOpener = Callable[[], AbstractContextManager[FormatNamer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingProgress:
    """How many contents were gone through, of how many."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatsNamed:
    """What naming came to: contents that were named, that PRONOM does not know, and that it was not asked for.

    `reasons` says of the first of the last kind where each lies and why.
    """

    pronom_version: str
    named: int
    unknown: int
    not_asked: int
    reasons: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, object]:
        """Return the figures as one object."""
        return {
            "pronom_version": self.pronom_version,
            "named": self.named,
            "unknown": self.unknown,
            "not_asked": self.not_asked,
        }


def check_pronom(*, open_namer: NamerOpener = FormatNamer) -> None:
    """Prove that PRONOM can be asked, before anything else is done.

    Raises:
        InvalidInputError: The extra that is asked for is not installed.
        RetentionError: It is installed and does not run here.
    """
    with _our_errors(not_done="Nothing was scanned."), open_namer():
        pass


def name_formats(
    catalogue: Catalogue,
    sources: Sequence[Source],
    *,
    seconds_per_file: float,
    on_progress: Callable[[NamingProgress], None],
    open_namer: NamerOpener | None = None,
) -> FormatsNamed:
    """Ask PRONOM for every present content of `sources` that it was not asked for; read-only on the shares.

    A content is named by the first of its files that can be read; each chunk of 500 is one transaction.

    Args:
        catalogue: Where the contents are known, and their identifiers kept.
        sources: The roots whose files are looked at.
        seconds_per_file: A file that takes longer stays unnamed.
        on_progress: Told how far it is.
        open_namer: What asks, in place of `FormatNamer`.

    Raises:
        InvalidInputError: The extra that is asked for is not installed.
        RetentionError: It is installed and does not run here; what was named stays named.
        SourceVanishedError: The root of a source cannot be reached.
    """
    opener = open_namer or partial(FormatNamer, NamingLimits(seconds_per_file=seconds_per_file))
    with _our_errors(not_done="The formats that were not named yet stay unnamed."), opener() as namer:
        naming = _Naming(catalogue, namer, on_progress)
        naming.count(sources)
        for source in sources:
            naming.go_through(source)
        return naming.told()


class _Naming:
    """One run over some sources; a file that broke the child is remembered by its digest, for it has copies."""

    def __init__(self, catalogue: Catalogue, namer: FormatNamer, on_progress: Callable[[NamingProgress], None]) -> None:
        self._catalogue = catalogue
        self._namer = namer
        self._on_progress = on_progress
        self._total = 0
        self._named = 0
        self._unknown = 0
        self._breaking: set[str] = set()
        self._not_asked: dict[str, tuple[str, str]] = {}

    def count(self, sources: Sequence[Source]) -> None:
        """Ask how much there is to do; a content in two sources counts twice until it is named in one."""
        with self._catalogue.reading() as tx:
            version = self._namer.pronom_version
            self._total = sum(contents.count_unnamed(tx, source.source_id, version=version) for source in sources)

    def go_through(self, source: Source) -> None:
        """Name what lies below one root."""
        watch = RootWatch(source)
        after = ""
        while True:
            with self._catalogue.reading() as tx:
                chunk = contents.unnamed(
                    tx, source.source_id, version=self._namer.pronom_version, after=after, limit=_CHUNK
                )
            if not chunk:
                return
            format_ids = self._ask(source, chunk)
            watch.check()
            with self._catalogue.transaction() as tx:
                contents.put_formats(tx, format_ids, version=self._namer.pronom_version)
            after = chunk[-1].path
            self._on_progress(
                NamingProgress(done=self._named + self._unknown + len(self._not_asked), total=self._total)
            )

    def told(self) -> FormatsNamed:
        """Return what it came to."""
        return FormatsNamed(
            pronom_version=self._namer.pronom_version,
            named=self._named,
            unknown=self._unknown,
            not_asked=len(self._not_asked),
            reasons=tuple(islice(self._not_asked.values(), _TOLD)),
        )

    def _ask(self, source: Source, chunk: Sequence[UnnamedContent]) -> dict[str, str]:
        format_ids: dict[str, str] = {}
        for one in chunk:
            if one.sha256 in format_ids or one.sha256 in self._breaking:
                continue
            match self._namer.name(source.root, one):
                case FormatNamed(format_id=format_id):
                    format_ids[one.sha256] = format_id
                    self._not_asked.pop(one.sha256, None)
                case FormatNotAsked(detail=detail, broke_the_child=is_breaking):
                    self._not_asked.setdefault(one.sha256, (f"{source.source_id}:{one.path}", detail))
                    if is_breaking:
                        self._breaking.add(one.sha256)
        known = sum(1 for format_id in format_ids.values() if format_id)
        self._named += known
        self._unknown += len(format_ids) - known
        return format_ids


@contextmanager
def _our_errors(*, not_done: str) -> Iterator[None]:
    try:
        yield
    except PronomMissingError as error:
        raise InvalidInputError(what=error.what, not_done=not_done, next_step=error.next_step) from error
    except PronomUnavailableError as error:
        raise RetentionError(what=error.what, not_done=not_done, next_step=error.next_step) from error
