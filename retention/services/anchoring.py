"""Anchoring: having somebody outside see how far the log has come, before anything is destroyed for good.

The settings say whose word is asked for; every change of that is an entry of the log itself. What came back is
checked before it is believed, kept beside the log, and its receipt is an entry too.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from disposal_log import DisposalLog, EntryType
from disposal_log.errors import PolicyInvalidError
from disposal_log.files import anchors as anchor_files
from disposal_log.formats.anchoring import AnchorKind, AnchorLedger, AnchorRule, Requirement, read_rule
from disposal_log.formats.entries import spell_time
from disposal_log.formats.policy import Policy
from retention.domain.people import PersonId
from retention.errors import InvalidInputError
from retention.services import recording
from retention.services.workspace import Settings

_NOBODY_ASKED = (
    "Nobody outside this computer is asked before files are destroyed. Whoever holds this computer and the log's key "
    "could rewrite or roll back the log, and nobody who kept no certificate or checkpoint of it could tell."
)
PROMISES: Mapping[Requirement, str] = {
    Requirement.NONE: _NOBODY_ASKED,
    Requirement.CERTIFICATE: (
        "Before files are destroyed, somebody else than whoever proposed or destroys them says that they keep a copy "
        "of a checkpoint that covers the approval and the quarantine. It is their word and their sign-in alone."
    ),
    Requirement.TIMESTAMP: (
        "Before files are destroyed, a timestamping authority has stamped a checkpoint that covers the approval and "
        "the quarantine. That proves when they were recorded; it does not prove that no other history was stamped."
    ),
    Requirement.WITNESS: (
        "Before files are destroyed, the witnesses of the policy have cosigned a checkpoint that covers the approval "
        "and the quarantine. Not even the holder of the log's key can invent an approval afterwards, as long as those "
        "witnesses are in other hands."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRule:
    """What the settings ask for."""

    requirement: Requirement
    policy: Policy
    chain: bytes = b""
    timestamp_urls: tuple[str, ...] = ()

    @property
    def authorities(self) -> str:
        """Return the digest of the certificates of the timestamping authorities; empty for none."""
        return sha256(self.chain).hexdigest() if self.chain else ""

    def is_kept_by(self, rule: AnchorRule | None) -> bool:
        """Tell whether the newest rule in the log is this one."""
        if rule is None:
            return self.requirement is Requirement.NONE and not self.policy.witnesses and not self.chain
        said = (rule.requirement, _witnessing(rule.policy), rule.authorities)
        return said == (self.requirement, _witnessing(self.policy), self.authorities)

    def body(self) -> dict[str, Any]:
        """Return the fields of the entry."""
        body: dict[str, Any] = {"require": str(self.requirement), "policy": self.policy.text()}
        if self.chain:
            body["authorities"] = self.authorities
        return body


def requirement(settings: Settings) -> Requirement:
    """Return whose word is needed before anything is destroyed.

    Raises:
        InvalidInputError: The settings say something else than one of the four words.
    """
    try:
        return Requirement(settings.anchoring_require)
    except ValueError as error:
        words = ", ".join(f'"{each}"' for each in Requirement)
        raise _refused(f"[anchoring] require is {settings.anchoring_require!r}, and must be one of {words}") from error


def promise(settings: Settings) -> tuple[str, str]:
    """Return whose word is needed before anything is destroyed, and a sentence on what that proves and what not.

    Raises:
        InvalidInputError: As `requirement`.
    """
    needed = requirement(settings)
    return str(needed), PROMISES[needed]


def wanted_rule(settings: Settings, folder: Path) -> WantedRule:
    """Read what the settings ask for, with the files that they name in the workspace `folder`.

    Raises:
        InvalidInputError: A file is missing or malformed, or the requirement could never be met.
    """
    policy, chain = Policy(), b""
    if settings.anchoring_policy is not None:
        try:
            policy = Policy.parse(_read(folder, settings.anchoring_policy))
        except PolicyInvalidError as error:
            raise _refused(f"{settings.anchoring_policy}: {error.reason}") from error
        policy = Policy(witnesses=policy.witnesses, groups=policy.groups, quorum=policy.quorum)
    if settings.timestamp_chain is not None:
        chain = _read(folder, settings.timestamp_chain)
    urls = tuple(url for url in (settings.timestamp_url, settings.second_timestamp_url) if url)
    if urls and not chain:
        raise _refused("[anchoring] names a timestamping authority, and timestamp_chain does not name its certificates")
    wanted = WantedRule(requirement=requirement(settings), policy=policy, chain=chain, timestamp_urls=urls)
    try:
        read_rule(wanted.body(), seq=0)
    except PolicyInvalidError as error:
        raise _refused(f"[anchoring] is {error.reason}") from error
    return wanted


def keep_rule(
    log: DisposalLog,
    ledger: AnchorLedger,
    wanted: WantedRule,
    *,
    log_folder: Path,
    by: PersonId | None,
    at: datetime,
) -> bool:
    """Put the rule on record when it is not the newest one; tell whether it was.

    Raises:
        disposal_log.LogError: It could not be written.
    """
    if wanted.is_kept_by(ledger.rule):
        if ledger.rule is not None:  # a run may have been stopped between the entry and the file
            anchor_files.store_witnesses(log_folder, wanted.policy)
        return False
    body = wanted.body()
    (receipt,) = log.append([recording.drafted(EntryType.WITNESS_SET, at=at, actor=by, body=body)])
    ledger.observe(receipt.seq, {"type": str(EntryType.WITNESS_SET), **body})
    anchor_files.store_witnesses(log_folder, wanted.policy)
    return True


def receipt_body(
    kind: AnchorKind, *, size: int, root: bytes, by: str, at: datetime, cosignature: bytes = b""
) -> dict[str, Any]:
    """Return the fields of a receipt that every kind has, and those of a witness's."""
    body: dict[str, Any] = {"kind": str(kind), "size": size, "root": root.hex(), "by": by, "at": spell_time(at)}
    if cosignature:
        body["cosignature"] = base64.b64encode(cosignature).decode("ascii")
    return body


def record_receipts(
    log: DisposalLog, bodies: Iterable[Mapping[str, Any]], *, by: PersonId | None, at: datetime
) -> None:
    """Put receipts on record, all at once.

    Raises:
        disposal_log.LogError: They could not be written; what was received is asked for again.
    """
    drafts = [recording.drafted(EntryType.ANCHOR_RECEIPT, at=at, actor=by, body=body) for body in bodies]
    if drafts:
        log.append(drafts)


def _witnessing(policy: Policy) -> tuple[object, ...]:
    return (policy.witnesses, policy.groups, policy.quorum)


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise _refused(f"{folder / name}, named in [anchoring], cannot be read: {error.strerror}") from error


def _refused(words: str) -> InvalidInputError:
    return InvalidInputError(
        what=words,
        not_done="Nobody was asked and nothing was destroyed.",
        next_step="Correct retention.toml or that file; docs/witnessing.md shows both.",
    )
