"""The files of a certificate: the signed statement, the proof of the batch's end, and the printed page."""

import errno
from contextlib import suppress
from pathlib import Path

from disposal_log import ProofInvalidError
from disposal_log.files.durable import replace_durably, write_new
from disposal_log.formats.proofs import SUFFIX, LogProof
from retention.errors import DiskFullError, InvalidInputError, RetentionError
from retention.services.certifying.issuing import IssuedCertificate
from retention.services.certifying.printing import render_pdf

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def save_certificate(certificate: IssuedCertificate, folder: Path) -> tuple[Path, ...]:
    """Write the certificate's files into `folder`; a file that is there already is never changed.

    The signed statement comes first, then the page that people read. Without typst there is no page: the statement is
    the certificate, and the page can be printed from it later.

    Raises:
        InvalidInputError: The folder cannot be written to, or another file has one of the names.
        DiskFullError: There is no room.
    """
    name = certificate.certificate_id
    made = [(folder / f"{name}.dsse.json", certificate.envelope.encode())]
    with suppress(ImportError):
        made.append((folder / f"{name}.pdf", render_pdf(certificate)))
    if certificate.proof is not None and not _is_proof_of_the_same(folder / f"{name}{SUFFIX}", certificate.proof):
        made.append((folder / f"{name}{SUFFIX}", certificate.proof))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place, content in made:
            _write_new(place, content)
    except OSError as error:
        raise _not_written(folder, error) from error
    kept = [] if certificate.proof is None else [folder / f"{name}{SUFFIX}"]
    return tuple(dict.fromkeys([*(place for place, _content in made), *kept]))


def _not_written(folder: Path, error: OSError) -> RetentionError:
    is_full = error.errno in _FULL
    kind: type[RetentionError] = DiskFullError if is_full else InvalidInputError
    return kind(
        what=f"the certificate could not be written to {folder}: {error.strerror}",
        not_done="Nothing that was there was changed; the certificate itself is issued and in the log.",
        next_step="Make room, then run the same command again."
        if is_full
        else "Name an empty folder you may write to with --to.",
    )


def _is_proof_of_the_same(place: Path, proof: bytes) -> bool:
    """Tell whether an earlier proof of the same entry lies there: it was made at an earlier checkpoint, and holds."""
    try:
        there, wanted = LogProof.parse(place.read_bytes()), LogProof.parse(proof)
    except (OSError, ProofInvalidError):
        return False
    return (there.index, there.extra) == (wanted.index, wanted.extra)


def _write_new(place: Path, content: bytes) -> None:
    there = place.read_bytes() if place.is_file() else None
    if there == content:
        return
    if there is not None and content.startswith(there):
        replace_durably(place, content)  # the beginning of this very file: a run was cut off while it wrote
    else:
        write_new(place, content)
