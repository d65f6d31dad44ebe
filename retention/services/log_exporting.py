"""The auditor's bundle: the log with its verifiers, certificates and chosen values, in a folder that proves itself."""

import errno
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from disposal_log import LogReader
from disposal_log.bundling.choosing import Audience, Choice
from disposal_log.bundling.exporting import INCOMPLETE, Paper, export_bundle
from disposal_log.bundling.readme import Contents
from disposal_log.errors import BundleRefusedError
from disposal_log.formats.entries import EntryType
from retention.errors import DiskFullError, InvalidInputError, RetentionError
from retention.services.log_access import our_errors
from retention.services.workspace import Workspace
from retention.store import certificates
from retention.store.catalogue import Catalogue

AUDIENCES = tuple(str(each) for each in Audience)
_BESIDE = (".pdf", ".tlog-proof")
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
    """What the log says of a certificate."""

    certificate_id: str
    batch_id: str
    digest: str


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
        InvalidInputError: The folder is not empty or cannot be written, or the public is to be told values.
        DiskFullError: There is no room.
        LogDamagedError: The log is not the one that was signed.
        LogUnavailableError: The log or its disclosed values cannot be read.
    """
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
        contents = _exported(workspace, target, choice, found, with_tiles=with_tiles)
    return Exported(
        entries=contents.entries,
        disclosed=contents.disclosed,
        withheld=contents.withheld,
        absent=contents.absent,
        certificate_files=contents.papers,
        certificate_files_left_out=contents.papers_left_out,
        certificates_not_found=len(issued) - len(found),
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
    with LogReader(log) as reader:
        return tuple(
            _Issued(
                certificate_id=str(stored.entry["certificate"]),
                batch_id=str(stored.entry["batch"]),
                digest=str(stored.entry["digest"]),
            )
            for stored in reader.entries()
            if stored.entry["type"] == EntryType.CERTIFICATE_ISSUED
        )


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
                yield Paper(name=path.name, content=path.read_bytes())
