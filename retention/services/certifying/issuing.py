"""Issuing: read back what the log says of a batch, reconcile it, sign the statement.

proposed = destroyed + excluded + held + changed + missing + failed, by count and by bytes, or no certificate; before
the batch is closed, what is in quarantine counts too, and the certificate says that it is provisional.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from disposal_log import DisposalLog, EntryType, sign_statement
from disposal_log.formats.certificates import CERTIFICATE_TYPE
from disposal_log.formats.proofs import LogProof
from retention.domain.people import Person
from retention.errors import CatalogueDamagedError, RefusedByPolicyError
from retention.services import recording
from retention.services.certifying.account import BatchAccount, read_account
from retention.services.certifying.contents import class_entries, read_contents
from retention.services.certifying.residual import residual_copies
from retention.services.certifying.statement import predicate_of, statement_of
from retention.services.certifying.wording import EXPIRED, FINAL, PROVISIONAL
from retention.store import batches, certificates
from retention.store.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCertificate:
    """A signed certificate: the statement, the DSSE envelope around its exact bytes, and what stands beside it.

    `account` is what the log says of the batch, with the names and paths that are still kept; nothing of it is signed
    here, because each value can be checked against the log. `proof` is the C2SP tlog-proof of the entry that closed the
    batch, which it carries with it; None while the batch is open.
    """

    certificate_id: str
    batch_id: str
    statement: dict[str, Any]
    envelope: str
    account: BatchAccount = field(repr=False)
    proof: bytes | None = None

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return what the certificate states."""
        found: Mapping[str, Any] = self.statement["predicate"]
        return found


def issue_certificate(
    catalogue: Catalogue,
    log: DisposalLog,
    batch_id: str,
    *,
    person: Person,
    at: datetime,
    backup_days: int | None = None,
    is_provisional: bool = False,
) -> IssuedCertificate:
    """Issue the certificate of a batch as far as it has come, or return the one that says so already.

    Args:
        catalogue: Where the batch is known.
        log: Open for writing.
        batch_id: The batch.
        person: Who asks.
        at: When.
        backup_days: How long backups are kept, if anybody has said.
        is_provisional: Whether a certificate of a batch that still has items in quarantine will do.

    Raises:
        UnknownThingError: There is no such batch.
        RefusedByPolicyError: The batch is not closed yet; or, for a provisional one, not every item has an outcome.
        LogDamagedError: The log is not the one that was signed, tells an unlawful story, or its sums do not
            come out.
        CatalogueDamagedError: The certificate, the list or the schedule in the catalogue is not the one in the log.
    """
    with catalogue.reading() as tx:
        batches.summary(tx, batch_id)
        kept = certificates.envelopes_of(tx, batch_id)
    recording.deliver(catalogue, log)
    account = read_account(log, batch_id)
    _check_how_far(account, is_provisional=is_provisional)
    account.check()
    check_kept(account, kept)
    found = _last(account, kept)
    if found is None or not _says_it_already(found, account):
        found = _issue(catalogue, log, account, person=person, at=at, backup_days=backup_days)
    return replace(found, proof=_proof_of_closing(log, account))


def check_kept(account: BatchAccount, kept: Mapping[str, str]) -> None:
    """Raise unless every certificate in the catalogue is one that the log says was issued.

    Raises:
        CatalogueDamagedError: One is not.
    """
    issued = {one.certificate_id: one.digest for one in account.issued}
    if any(issued.get(name) != _digest(envelope) for name, envelope in kept.items()):
        raise CatalogueDamagedError(
            what="the certificate kept in the catalogue is not the one that the destruction log says was issued",
            not_done="It was not given out.",
            next_step="Look for the copy that was saved when it was issued; find out who changed the catalogue.",
        )


def status_of(account: BatchAccount) -> str:
    """Return how far the batch has come."""
    if not account.is_closed:
        return PROVISIONAL
    return EXPIRED if account.backups_expired else FINAL


def _check_how_far(account: BatchAccount, *, is_provisional: bool) -> None:
    if account.is_closed or (is_provisional and account.is_settled):
        return
    waiting = "" if is_provisional else ", or add --provisional for what lies in quarantine"
    raise RefusedByPolicyError(
        what=f"batch {account.batch_id} is not closed: not every item has "
        + ("an outcome" if is_provisional else "its final outcome"),
        not_done="No certificate was issued.",
        next_step=f"Run `retention dispose {account.batch_id}` to see what is left to do{waiting}.",
    )


def _issue(
    catalogue: Catalogue,
    log: DisposalLog,
    account: BatchAccount,
    *,
    person: Person,
    at: datetime,
    backup_days: int | None,
) -> IssuedCertificate:
    certificate_id, status = _next_name(account), status_of(account)
    with catalogue.reading() as tx:
        contents = read_contents(tx, account)
        classes = class_entries(tx, account, contents)
        elsewhere = certificates.copies_elsewhere(tx, account.batch_id)
    made = statement_of(
        account,
        predicate_of(
            account,
            log,
            certificate_id=certificate_id,
            status=status,
            contents=contents,
            classes=classes,
            residual=residual_copies(account, elsewhere, backup_days=backup_days),
            at=at,
        ),
    )
    envelope = json.dumps(sign_statement(log, made), sort_keys=True)
    with catalogue.transaction() as tx:
        certificates.add(tx, certificate_id=certificate_id, batch_id=account.batch_id, issued_at=at, envelope=envelope)
        body = {
            "certificate": certificate_id,
            "batch": account.batch_id,
            "digest": _digest(envelope),
            "status": status,
            "counts": account.per_result(),
        }
        recording.note(tx, recording.drafted(EntryType.CERTIFICATE_ISSUED, at=at, actor=person.person_id, body=body))
    recording.deliver(catalogue, log)
    return IssuedCertificate(
        certificate_id=certificate_id, batch_id=account.batch_id, statement=made, envelope=envelope, account=account
    )


def _proof_of_closing(log: DisposalLog, account: BatchAccount) -> bytes | None:
    if not account.is_closed:
        return None
    seq = int(account.closing["seq"])
    path = log.inclusion_proof(seq)
    return LogProof(index=seq, path=path, checkpoint=log.checkpoint_note, extra=account.closing_line).content()


def _next_name(account: BatchAccount) -> str:
    """Return a name that no certificate of the batch ever had: the log knows of those that a catalogue lost."""
    name = f"C-{account.batch_id}"
    return f"{name}-{len(account.issued) + 1}" if account.issued else name


def _last(account: BatchAccount, kept: Mapping[str, str]) -> IssuedCertificate | None:
    if not account.issued or account.issued[-1].certificate_id not in kept:
        return None
    envelope = kept[account.issued[-1].certificate_id]
    made = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    return IssuedCertificate(
        certificate_id=account.issued[-1].certificate_id,
        batch_id=account.batch_id,
        statement=made,
        envelope=envelope,
        account=account,
    )


def _says_it_already(last: IssuedCertificate, account: BatchAccount) -> bool:
    """Tell whether `last` says what a new one would: same form, same status, same outcomes."""
    facts = last.facts
    is_of_today = last.statement.get("predicateType") == CERTIFICATE_TYPE
    return is_of_today and facts["status"] == status_of(account) and facts["results"] == account.per_result()


def _digest(envelope: str) -> str:
    return hashlib.sha256(envelope.encode()).hexdigest()
