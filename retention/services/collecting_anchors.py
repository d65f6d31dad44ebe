"""Collecting anchors: asking the witnesses and the timestamping authority that the settings name.

One of them failing does not keep the others from being asked. A witness that knows another history, or a longer
log, is no failure: it is what witnesses are for, and everything stops.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from disposal_log import DisposalLog
from disposal_log.errors import (
    HistoryConflictError,
    ProofInvalidError,
    TimestampInvalidError,
    WitnessError,
)
from disposal_log.files import anchors as anchor_files
from disposal_log.files import checkpoint_list, layout
from disposal_log.files.reading import iterate_lines
from disposal_log.formats.anchoring import Anchor, AnchorKind, AnchorLedger, Requirement
from disposal_log.formats.checkpoints import Checkpoint, claimed_checkpoint
from disposal_log.formats.cosignatures import Cosignature, with_lines
from disposal_log.formats.entries import decode_entry
from disposal_log.formats.policy import PolicyWitness
from disposal_log.formats.seen import read_printed, root_words
from disposal_log.formats.timestamps import check_token
from disposal_log.tree.merkle import verify_consistency
from disposal_log.witnessing.asking import (
    WitnessAheadError,
    answers_in,
    ask_by_http,
    cosigned_by,
    put_request,
    read_cosignature,
)
from disposal_log.witnessing.requests import CONFLICT, AddCheckpoint, Answer
from disposal_log.witnessing.timestamps import stamp
from retention.domain.people import Person, PersonId, Role
from retention.errors import InvalidInputError, LogDamagedError, RefusedByPolicyError
from retention.services.anchoring import WantedRule, keep_rule, receipt_body, record_receipts, wanted_rule
from retention.services.workspace import Settings, Workspace

DROP_FOLDER = "witnessing"
_RECEIPT = b'"type":"anchor.receipt"'
_KINDS = (_RECEIPT, b'"type":"witness.set"', b'"type":"log.open"')


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorReport:
    """What came of asking.

    Attributes:
        size: How many entries the checkpoint covers that was shown.
        words: Its root in twelve words.
        requirement: Whose word a purge needs.
        received: Who has seen how much, newly on record.
        waiting: What somebody else must do first.
        troubles: Who could not be asked, and why.
    """

    size: int
    words: tuple[str, ...]
    requirement: Requirement
    received: tuple[str, ...]
    waiting: tuple[str, ...]
    troubles: tuple[str, ...]


def collect_anchors(
    log: DisposalLog, workspace: Workspace, settings: Settings, *, by: PersonId | None, at: datetime
) -> AnchorReport:
    """Show the log as it is now to everybody whom the settings name, and keep what they say.

    Raises:
        InvalidInputError: The settings are contradictory, or name a file that cannot be used.
        LogDamagedError: A witness knows another history of this log, or a longer log: it was rolled back.
        disposal_log.LogError: The log cannot be read or written.
    """
    wanted = wanted_rule(settings, workspace.folder)
    ledger, told = read_ledger(log, workspace.log)
    if keep_rule(log, ledger, wanted, log_folder=workspace.log, by=by, at=at):
        told = log.size
    round_ = _Round(log, workspace, ledger, wanted, told=told)
    for witness in wanted.policy.witnesses:
        round_.ask(witness)
    round_.stamp()
    record_receipts(log, round_.bodies, by=by, at=at)
    return round_.report()


def read_ledger(log: DisposalLog, folder: Path) -> tuple[AnchorLedger, int]:
    """Read what the log says of its anchors, skimming over everything else in it.

    Returns:
        The ledger, and how many entries must be seen to have seen everything but receipts.

    Raises:
        disposal_log.LogError: An entry is missing or malformed.
    """
    ledger, told = AnchorLedger(accepts=HoldingTokens(folder, origin=log.origin)), 0
    for seq, line in iterate_lines(folder, start=0, size=log.size):
        if any(kind in line for kind in _KINDS):
            ledger.observe(seq, decode_entry(line, seq=seq))
        if _RECEIPT not in line:
            told = seq + 1
    return ledger, told


class HoldingTokens:
    """Looks at the token of a timestamp as it is kept beside the log."""

    def __init__(self, folder: Path, *, origin: str) -> None:
        self._folder = folder
        self._origin = origin

    def __call__(self, anchor: Anchor) -> bool:
        """Tell whether it is there and holds."""
        kept = anchor_files.read_token(self._folder, size=anchor.size, digest=anchor.digest, roots=anchor.roots)
        if kept is None:
            return False
        text = Checkpoint(origin=self._origin, size=anchor.size, root=anchor.root).text()
        try:
            found = check_token(kept[0], text, kept[1])
        except TimestampInvalidError:
            return False
        return found.at == anchor.at


def keep_copy(log: DisposalLog, workspace: Workspace, line: str, *, person: Person, at: datetime) -> int:
    """Put on record that `person` keeps a copy of the checkpoint in `line`: a size and twelve words.

    Raises:
        InvalidInputError: It is no such line.
        RefusedByPolicyError: The person has no part in this, or the words are not those of this log.
    """
    printed = read_printed(line)
    if printed is None:
        raise InvalidInputError(
            what=f"{line!r} is not the line of a printed checkpoint: a number and twelve words",
            not_done="Nothing was recorded.",
            next_step="Copy the line from the page or certificate that is kept outside.",
        )
    if not person.has(Role.IAO, Role.AUDITOR):
        raise RefusedByPolicyError(
            what=f"{person.person_id} is neither an information asset owner nor an auditor",
            not_done="Nothing was recorded.",
            next_step="Let an owner or auditor, who does not destroy, keep the copy and say so.",
        )
    root = _root_at(log, workspace.log, printed.size)
    if root is None or not printed.is_of(root):
        raise RefusedByPolicyError(
            what=f"those are not the words of this log at {printed.size} entries",
            not_done="Nothing was recorded.",
            next_step="Read the line again. If it was printed by this log, the log was changed: verify it.",
        )
    body = receipt_body(AnchorKind.CERTIFICATE, size=printed.size, root=root, by=person.person_id, at=at)
    record_receipts(log, [body], by=person.person_id, at=at)
    return printed.size


class _Round:
    """One round of asking, and what came back so far."""

    def __init__(
        self, log: DisposalLog, workspace: Workspace, ledger: AnchorLedger, wanted: WantedRule, *, told: int
    ) -> None:
        self._told = told
        self._log = log
        self._workspace = workspace
        self._ledger = ledger
        self._wanted = wanted
        self._note = log.checkpoint_note
        self._checkpoint = claimed_checkpoint(self._note)
        self.bodies: list[Mapping[str, Any]] = []
        self._received: list[str] = []
        self._waiting: list[str] = []
        self._troubles: list[str] = []

    def ask(self, witness: PolicyWitness) -> None:
        """Ask one witness, by the way that its address says, unless it has seen all there is to tell."""
        if self._ledger.known_size(AnchorKind.WITNESS, witness.key.key_id) >= self._told:
            return
        try:
            folder = drop_folder(witness.url, workspace=self._workspace.folder)
            if folder is None:
                self._ask_by_http(witness)
            else:
                self._ask_through(folder, witness)
        except (HistoryConflictError, WitnessAheadError) as error:
            # its own words say what was seen; nothing more is asked, and nothing is destroyed on such a log
            raise LogDamagedError(
                what=str(error),
                not_done="Nothing was recorded and nothing was destroyed.",
                next_step="Stop disposing. Keep the log and the witness's folder as they are, and verify the log with "
                "--seen and the checkpoint that the witness has kept.",
            ) from error
        except WitnessError as error:
            self._troubles.append(str(error))

    def stamp(self) -> None:
        """Have the checkpoint timestamped, if the settings say where."""
        if not self._wanted.timestamp_urls or self._ledger.newest_size(AnchorKind.TIMESTAMP) >= self._told:
            return
        try:
            made = stamp(self._checkpoint.text(), urls=self._wanted.timestamp_urls, chain=self._wanted.chain)
        except TimestampInvalidError as error:
            self._troubles.append(str(error))
            return
        self._troubles += made.troubles
        size, root = self._checkpoint.size, self._checkpoint.root
        digest, roots = anchor_files.store_token(
            self._workspace.log, size=size, token=made.token, chain=self._wanted.chain
        )
        body = receipt_body(AnchorKind.TIMESTAMP, size=size, root=root, by=made.authority, at=made.at)
        self.bodies.append({**body, "digest": digest, "roots": roots})
        self._received.append(f"{made.authority} has stamped {size} entries at {made.at:%Y-%m-%d %H:%M:%S} UTC")

    def report(self) -> AnchorReport:
        """Say what came of it."""
        return AnchorReport(
            size=self._checkpoint.size,
            words=root_words(self._checkpoint.root),
            requirement=self._wanted.requirement,
            received=tuple(self._received),
            waiting=tuple(self._waiting),
            troubles=tuple(self._troubles),
        )

    def _ask_by_http(self, witness: PolicyWitness) -> None:
        by_http = ask_by_http(witness.url or "", witness=witness.key.key_id)

        def ask(request: AddCheckpoint) -> Answer:
            answer = by_http(request)
            self._note_loss(witness, answer.known_size())
            return answer

        cosignature = cosigned_by(
            witness.key,
            note=self._note,
            known_size=self._known_size(witness),
            prove=self._log.consistency_proof,
            ask=ask,
        )
        self._keep(witness, self._note, cosignature)

    def _note_loss(self, witness: PolicyWitness, told: int | None) -> None:
        """Say when a witness remembers less than it has signed: it could be shown another history unnoticed."""
        known = self._known_size(witness)
        if told is not None and told < known:
            self._troubles.append(
                f"{witness.name} has signed {known} entries and remembers {told}: its folder was put back from an "
                "older copy, and whoever keeps it should find out by whom"
            )

    def _ask_through(self, folder: Path, witness: PolicyWitness) -> None:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            reason = f"cannot be asked through {folder}: {error.strerror}"
            raise WitnessError(witness=witness.key.key_id, reason=reason) from error
        known = self._known_size(witness)
        for request, answer in answers_in(folder, witness=witness.key):
            told = answer.known_size() if answer.status == CONFLICT else None
            if told is None and request.checkpoint.size > self._log.size:
                # the witness has signed it, so it was shown by this log: which was longer then
                read_cosignature(witness.key, note=request.note, answer=answer)
                told = request.checkpoint.size
            if told is not None and told > self._log.size:
                raise WitnessAheadError(witness=witness.key.key_id, known_size=told, size=self._log.size)
            size = self._own_size(request, witness)
            if told is not None and told != size:
                known = max(known, told)
            elif size > self._known_size(witness):
                self._keep(witness, request.note, read_cosignature(witness.key, note=request.note, answer=answer))
                known = max(known, size)
        if known < self._told:
            self._put_request(folder, witness, known)

    def _put_request(self, folder: Path, witness: PolicyWitness, known: int) -> None:
        request = AddCheckpoint(old_size=known, proof=self._log.consistency_proof(known), note=self._note)
        path = put_request(folder, request, witness=witness.key)
        self._waiting.append(
            f"{witness.name}: take {path} to this witness; there: retention log witness sign DIR {path.name}. "
            "Put the answer beside it, then run `retention log anchor` again"
        )

    def _own_size(self, request: AddCheckpoint, witness: PolicyWitness) -> int:
        """Believe a request in a shared folder only when it shows this very log, whoever left it there."""
        found = request.checkpoint
        try:
            verify_consistency(
                old_size=found.size,
                size=self._log.size,
                path=self._log.consistency_proof(found.size),
                old_root=found.root,
                root=self._log.root,
            )
        except ProofInvalidError as error:
            reason = f"has answered a request that is not of this log ({error.reason})"
            raise WitnessError(witness=witness.key.key_id, reason=reason) from error
        return found.size

    def _keep(self, witness: PolicyWitness, note: bytes, cosignature: Cosignature) -> None:
        checkpoint = claimed_checkpoint(note)
        if note != self._note:  # out of a shared folder: only what the witness signed is taken from there
            note = f"{checkpoint.text()}\n".encode()
        anchor_files.store_note(
            self._workspace.log, size=checkpoint.size, name=witness.name, note=with_lines(note, [cosignature])
        )
        self.bodies.append(
            receipt_body(
                AnchorKind.WITNESS,
                size=checkpoint.size,
                root=checkpoint.root,
                by=witness.key.key_id,
                at=cosignature.at,
                cosignature=cosignature.body,
            )
        )
        self._received.append(
            f"{witness.name} has cosigned {checkpoint.size} entries at {cosignature.at:%Y-%m-%d %H:%M:%S} UTC"
        )

    def _known_size(self, witness: PolicyWitness) -> int:
        by = witness.key.key_id
        # also what it signed under an earlier rule: it has not forgotten
        sizes = [each.size for each in self._ledger.anchors if (each.kind, each.by) == (AnchorKind.WITNESS, by)]
        return max(sizes, default=0)


def drop_folder(url: str | None, *, workspace: Path) -> Path | None:
    """Return the folder through which a witness is asked, or None when its address is one of the web."""
    if url is None:
        return workspace / DROP_FOLDER
    place = urlsplit(url)
    if place.scheme in ("http", "https"):
        return None
    return workspace / (unquote(place.path) if place.scheme == "file" else url)


def _root_at(log: DisposalLog, folder: Path, size: int) -> bytes | None:
    """Return the root that this log had at an older size, if it signed a checkpoint there."""
    if size == log.size:
        return log.root
    for found in _recorded(folder):
        if found.size == size:
            return found.root
    return None


def _recorded(folder: Path) -> Iterator[Checkpoint]:
    path = folder / layout.CHECKPOINT_LIST_FILE
    for line in checkpoint_list.read_lines(path, length=checkpoint_list.list_length(path)):
        yield claimed_checkpoint(checkpoint_list.note_in_line(line.rstrip(b"\n")))
