"""The auditor's bundle: the log with its verifiers, certificates and chosen values, in a folder that proves itself."""

import errno
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from disposal_log import LogReader
from disposal_log.bundling.choosing import Audience, Choice
from disposal_log.bundling.exporting import INCOMPLETE, Paper, export_bundle
from disposal_log.bundling.readme import Contents
from disposal_log.errors import BundleRefusedError
from disposal_log.formats.entries import EntryType
from retention.domain.naming import shown
from retention.errors import DiskFullError, InvalidInputError, RetentionError
from retention.services.log_access import our_errors
from retention.services.workspace import Workspace
from retention.store import certificates
from retention.store.catalogue import Catalogue

AUDIENCES = tuple(str(each) for each in Audience)
_PAGE = ".pdf"
_BESIDE = (_PAGE, ".tlog-proof")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What went into a bundle, and what was left out.

    Attributes:
        entries: Entries of the log.
        disclosed: Names, paths and digests in it.
        withheld: Those that exist and were left out.
        absent: Those that no longer exist here.
        certificate_files: Certificates and proofs, as files.
        certificate_files_left_out: Those that may name people or paths, left out.
        certificates_not_found: Certificates that the log says were issued and that are nowhere here.
    """

    entries: int
    disclosed: int
    withheld: int
    absent: int
    certificate_files: int
    certificate_files_left_out: int
    certificates_not_found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issued:
    """What the log says of a certificate; `is_redacted_since` of values that its page may print."""

    certificate_id: str
    batch_id: str
    digest: str
    is_redacted_since: bool


def export_log(
    workspace: Workspace,
    catalogue: Catalogue,
    target: Path,
    *,
    audience: str,
    assets: Sequence[str] = (),
    batches: Sequence[str] = (),
    fields: Sequence[str] = (),
    with_tiles: bool = False,
) -> Exported:
    """Make the bundle in `target`, which must not exist or be empty; others may write the log meanwhile.

    Args:
        workspace: Whose log.
        catalogue: Where certificates are found that were never saved as files.
        target: The folder to make.
        audience: One of `AUDIENCES`.
        assets: Disclose only values of these assets.
        batches: Disclose only values of these batches.
        fields: Disclose only values of these names, such as `path`.
        with_tiles: Whether to add the log in the form of C2SP tlog-tiles.

    Raises:
        InvalidInputError: The folder is not empty, cannot be written or is a part of the workspace's own; a word is
            no text; or the public is to be told values.
        DiskFullError: There is no room.
        LogDamagedError: The log is not the one that was signed.
        LogUnavailableError: The log or its disclosed values cannot be read.
    """
    place = Path(os.path.normpath(Path.cwd() / target))  # `.` has no name of its own
    _check_place(workspace, place)
    _check_words((*assets, *batches, *fields))
    choice = Choice(
        audience=Audience(audience),
        assets=frozenset(assets),
        batches=frozenset(batches),
        fields=frozenset(fields),
    )
    if choice.audience is Audience.PUBLIC and choice.is_narrowed:
        raise InvalidInputError(
            what="a bundle for the public discloses no value at all, so none can be chosen",
            not_done="No bundle was made.",
            next_step="Leave --asset, --batch and --field out, or make a bundle --for foi.",
        )
    with our_errors():
        issued = _issued(workspace.log)
        found = {one: content for one in issued if (content := _envelope(workspace, catalogue, one)) is not None}
        contents = _exported(workspace, place, choice, found, with_tiles=with_tiles)
    return Exported(
        entries=contents.entries,
        disclosed=contents.disclosed,
        withheld=contents.withheld,
        absent=contents.absent,
        certificate_files=contents.papers,
        certificate_files_left_out=contents.papers_left_out,
        certificates_not_found=len(issued) - len(found),
    )


def _check_place(workspace: Workspace, target: Path) -> None:
    """Keep a bundle out of the log: a file among its entries that nobody signed fails every verifier."""
    own = (workspace.log, workspace.sidecar, workspace.keys, workspace.certificates)
    real = target.resolve()
    if any(real.is_relative_to(folder.resolve()) for folder in own):
        raise InvalidInputError(
            what=f"{shown(str(target))} lies in a folder that belongs to the workspace",
            not_done="No bundle was made.",
            next_step="Name a folder elsewhere, on a stick for example.",
        )
    if not target.name:
        raise InvalidInputError(
            what=f"{target} is a whole disk and no folder",
            not_done="No bundle was made.",
            next_step="Name a folder that is new or empty.",
        )


def _check_words(words: Sequence[str]) -> None:
    for word in words:
        if shown(word) != word:
            raise InvalidInputError(
                what=f"no asset, batch or field is called {shown(word[:80])}",
                not_done="No bundle was made.",
                next_step="Copy its name from `retention batch list` or `retention log show`.",
            )


def _exported(
    workspace: Workspace, target: Path, choice: Choice, found: dict[_Issued, bytes], *, with_tiles: bool
) -> Contents:
    sidecar = workspace.sidecar if workspace.sidecar.is_dir() else None
    try:
        return export_bundle(
            workspace.log,
            target,
            choice,
            sidecar=sidecar,
            papers=_papers(workspace, found),
            with_tiles=with_tiles,
        )
    except BundleRefusedError as error:
        raise InvalidInputError(
            what=f"{error.path} {error.reason}",
            not_done="No bundle was made, and nothing was overwritten.",
            next_step="Name a folder that is new or empty.",
        ) from error
    except OSError as error:
        raise _not_written(target, error) from error


def _not_written(target: Path, error: OSError) -> RetentionError:
    unfinished = target.with_name(target.name + INCOMPLETE)
    kind: type[RetentionError] = DiskFullError if error.errno in _FULL else InvalidInputError
    return kind(
        what=f"the bundle could not be written to {target}: {error.strerror or error}",
        not_done=f"There is no bundle. What was written so far, if anything, is in {unfinished}.",
        next_step="Remove that folder, see that there is room and that you may write there, and run the command again.",
    )


def _issued(log: Path) -> tuple[_Issued, ...]:
    """Read which certificates the log says were issued."""
    issued: list[tuple[int, Mapping[str, object]]] = []
    first_of: dict[object, int] = {}
    redacted: list[tuple[int, int, int]] = []
    with LogReader(log) as reader:
        for stored in reader.entries():
            first_of.setdefault(stored.entry.get("batch"), stored.seq)
            if stored.entry["type"] == EntryType.CERTIFICATE_ISSUED:
                issued.append((stored.seq, stored.entry))
            elif stored.entry["type"] == EntryType.REDACTION:
                redacted += ((stored.seq, *span) for span in _spans(stored.entry.get("targets")))
    return tuple(
        _Issued(
            certificate_id=str(entry["certificate"]),
            batch_id=str(entry["batch"]),
            digest=str(entry["digest"]),
            is_redacted_since=any(
                by > seq and first <= seq and last >= first_of[entry["batch"]] for by, first, last in redacted
            ),
        )
        for seq, entry in issued
    )


def _spans(targets: object) -> Iterator[tuple[int, int]]:
    for target in targets if isinstance(targets, list) else ():
        match target:
            case {"first": int(first), "last": int(last)}:
                yield first, last
            case _:
                continue


def _envelope(workspace: Workspace, catalogue: Catalogue, one: _Issued) -> bytes | None:
    """Find the very bytes that the log says were issued, among the files or else in the catalogue."""
    try:
        content = (workspace.certificates / f"{one.certificate_id}.dsse.json").read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() == one.digest:
        return content
    with catalogue.reading() as tx:
        kept = certificates.envelopes_of(tx, one.batch_id).get(one.certificate_id, "")
    return kept.encode() if hashlib.sha256(kept.encode()).hexdigest() == one.digest else None


def _papers(workspace: Workspace, found: dict[_Issued, bytes]) -> Iterator[Paper]:
    for one, content in found.items():
        yield Paper(name=f"{one.certificate_id}.dsse.json", content=content)
        for suffix in _BESIDE:
            path = workspace.certificates / f"{one.certificate_id}{suffix}"
            if path.is_file():
                is_outdated = suffix == _PAGE and one.is_redacted_since
                yield Paper(name=path.name, content=path.read_bytes(), is_outdated=is_outdated)
