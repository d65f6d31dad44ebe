"""Makes the auditor's bundle: a folder for a stick, which proves itself without us, our program or a network.

It is built under another name and gets its own when it is whole: a bundle that somebody holds is never half one.
"""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from disposal_log.bundling import names
from disposal_log.bundling.choosing import Audience, Choice, Chooser
from disposal_log.bundling.copying import LogHead, copy_log, read_head, write_file
from disposal_log.bundling.disclosed import DisclosureWriter
from disposal_log.bundling.manifest import manifest_text
from disposal_log.bundling.page import page_text
from disposal_log.bundling.readme import Contents, readme_text
from disposal_log.bundling.standalone import verifier_bytes
from disposal_log.bundling.tiles import export_tiles
from disposal_log.errors import BundleRefusedError
from disposal_log.files.durable import creating, publish_folder
from disposal_log.files.sidecar import SidecarReader
from disposal_log.formats.canonical import JSON
from disposal_log.formats.certificates import CERTIFICATE_TYPE
from disposal_log.formats.checkpoints import SignedCheckpoint

INCOMPLETE = ".incomplete"
_BATCH = 500
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A certificate or proof as a file.

    Attributes:
        name: Its name in the bundle.
        content: What is in it.
        is_outdated: Whether it may print values that were redacted since; then nobody gets it.
    """

    name: str
    content: bytes
    is_outdated: bool = False


def export_bundle(
    log: Path,
    target: Path,
    choice: Choice,
    *,
    sidecar: Path | None = None,
    papers: Iterable[Paper] = (),
    with_tiles: bool = False,
) -> Contents:
    """Make a bundle in `target`, which must not exist or be empty.

    The log may be appended to meanwhile; the bundle ends at the checkpoint that was the newest at the start.
    Memory stays flat. A run that was stopped leaves `target` as it was, and beside it a folder whose name ends in
    `.incomplete`.

    Args:
        log: The log.
        target: The folder to make.
        choice: For whom, and what may be disclosed.
        sidecar: The directory of the disclosed values; without one, none can be disclosed.
        papers: Certificates and proofs. Only an auditor gets files for people, for these list paths.
        with_tiles: Whether to add the log in the form of C2SP tlog-tiles.

    Returns:
        What is in the bundle and what was left out, in figures.

    Raises:
        BundleRefusedError: `target` is not empty, or an unfinished bundle is in the way.
        LogCorruptError: The log is not the one that its checkpoint signs.
        SidecarError: The disclosed values cannot be read.
        LogError: A part of the log is missing or cannot be read.
        OSError: The bundle cannot be written.
    """
    unfinished = target.with_name(target.name + INCOMPLETE)
    _require_free(target, unfinished)
    unfinished.mkdir(parents=True)
    contents = _fill(log, unfinished, choice, sidecar=sidecar, papers=papers, with_tiles=with_tiles)
    publish_folder(unfinished, target)
    return contents


def _require_free(target: Path, unfinished: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BundleRefusedError(path=target, reason="is there already and not empty")
    if unfinished.exists():
        raise BundleRefusedError(path=unfinished, reason="is what an export that was stopped left behind; remove it")


def _fill(
    log: Path, place: Path, choice: Choice, *, sidecar: Path | None, papers: Iterable[Paper], with_tiles: bool
) -> Contents:
    head = read_head(log)
    counts = _copy_with_values(log, place, head, choice, sidecar)
    kept, left = _write_papers(place, choice, papers)
    if with_tiles:
        signed = SignedCheckpoint(checkpoint=head.checkpoint, note=head.note, signed_by=())
        export_tiles(place / names.LOG, place / names.TILES, signed=signed)
    contents = Contents(
        choice=choice,
        origin=head.checkpoint.origin,
        entries=head.checkpoint.size,
        disclosed=counts.disclosed,
        withheld=counts.withheld,
        absent=counts.absent,
        papers=kept,
        papers_left_out=left,
        recovery_files=_count(log / "recovery"),
        has_tiles=with_tiles,
    )
    write_file(place / names.POLICY, head.policy)
    write_file(place / names.PROGRAM, verifier_bytes())
    write_file(place / names.PAGE, page_text().encode("utf-8"))
    write_file(place / names.README, readme_text(contents).encode("utf-8"))
    write_file(place / names.MANIFEST, manifest_text(place).encode("utf-8"))
    return contents


def _copy_with_values(log: Path, place: Path, head: LogHead, choice: Choice, sidecar: Path | None) -> DisclosureWriter:
    chooser = Chooser(choice)
    reader = None if sidecar is None else SidecarReader(sidecar)
    texts: dict[int, dict[str, str]] = {}

    def observe(seq: int, entry: dict[str, JSON]) -> None:
        chooser.observe(entry)
        if reader is not None and seq % _BATCH == 0:
            texts.clear()
            texts.update(reader.of(seq, seq + _BATCH))
        writer.add(seq, entry, texts.get(seq, {}))

    try:
        with creating(place / names.DISCLOSURES) as file:
            writer = DisclosureWriter(file, chooser.is_chosen)
            copy_log(log, place / names.LOG, head, observe=observe)
            writer.finish()
    finally:
        if reader is not None:
            reader.close()
    return writer


def _write_papers(place: Path, choice: Choice, papers: Iterable[Paper]) -> tuple[int, int]:
    folder = place / names.CERTIFICATES
    kept = left = 0
    for paper in papers:
        if not _may_go(paper, choice.audience):
            left += 1
            continue
        folder.mkdir(exist_ok=True)
        write_file(folder / paper.name, paper.content)
        kept += 1
    return kept, left


def _may_go(paper: Paper, audience: Audience) -> bool:
    """Whether a paper names nobody: the signed statements of today do not, pages and older ones may."""
    if paper.is_outdated or not _PLAIN_NAME.fullmatch(paper.name):
        return False  # a name out of an entry may not lead out of the bundle
    if audience is Audience.AUDITOR or paper.name.endswith(names.PROOF_SUFFIX):
        return True
    return paper.name.endswith(names.ENVELOPE_SUFFIX) and _predicate_type(paper.content) == CERTIFICATE_TYPE


def _predicate_type(envelope: bytes) -> object:
    try:
        statement = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
        return statement["predicateType"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _count(folder: Path) -> int:
    return sum(path.is_file() for path in folder.iterdir()) if folder.is_dir() else 0
