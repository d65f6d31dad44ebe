"""Backups that have expired: a named person says so, the log keeps it, and the certificate is issued again.

Nobody can see a backup from here. What is certified is the statement, who made it and when; and it is refused while
the days that were named before are still to come.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from disposal_log import DisposalLog, EntryType
from retention.domain.people import Person, Role
from retention.errors import RefusedByPolicyError
from retention.services import recording
from retention.services.certifying.account import BatchAccount, read_account
from retention.services.certifying.issuing import IssuedCertificate, check_kept, issue_certificate
from retention.services.certifying.wording import FINAL
from retention.store import assets, batches, certificates
from retention.store.catalogue import Catalogue


def expire_backups(
    catalogue: Catalogue,
    log: DisposalLog,
    batch_id: str,
    *,
    person: Person,
    at: datetime,
    backup_days: int | None,
) -> IssuedCertificate:
    """Record that the backups of a batch have expired, once, and issue its certificate again.

    Killed between the two, the next call goes on from there.

    Raises:
        UnknownThingError: There is no such batch.
        RefusedByPolicyError: `person` answers neither for the records nor for the asset; the batch has no final
            certificate, or nothing of it was destroyed; or a copy is left until a day that has not come, or until a
            day that nobody has named.
        LogDamagedError: See `issue_certificate`.
        CatalogueDamagedError: See `issue_certificate`.
    """
    with catalogue.reading() as tx:
        batch = batches.summary(tx, batch_id)
        owner_id = assets.asset(tx, batch.asset_id).owner_id
        kept = certificates.envelopes_of(tx, batch_id)
    if not (person.has(Role.RECORDS_MANAGER) or (person.person_id == owner_id and person.has(Role.IAO))):
        raise RefusedByPolicyError(
            what=f"{person.person_id} may not state that the backups of batch {batch_id} have expired",
            not_done="Nothing was recorded and no certificate was issued.",
            next_step=f"Ask a records manager, or {owner_id}, who owns the asset.",
        )
    recording.deliver(catalogue, log)
    account = read_account(log, batch_id)
    if not account.backups_expired:
        check_kept(account, kept)
        until = _check_expired(account, kept, backup_days=backup_days, on=at.astimezone(UTC).date())
        _record(catalogue, log, account, person=person, at=at, until=until)
    return issue_certificate(catalogue, log, batch_id, person=person, at=at, backup_days=backup_days)


def _check_expired(account: BatchAccount, kept: Mapping[str, str], *, backup_days: int | None, on: date) -> date:
    """Return the last day on which a copy was to be expected."""
    named = [day for name in kept for day in _days_named(kept[name])]
    if not any(one.status == FINAL for one in account.issued):
        raise _refused(account, "has no final certificate", f"Issue one: retention certificate {account.batch_id}")
    if account.last_destroyed_at is None:
        raise _refused(account, "destroyed nothing", "There is nothing of it in any backup to wait for.")
    if backup_days is not None:
        named.append(account.last_destroyed_at.astimezone(UTC).date() + timedelta(days=backup_days))
    if not named:
        raise _refused(
            account,
            "may be in backups of which nobody has said how long they are kept",
            "Say so in retention.toml: [certificates] backup_days",
        )
    if (until := max(named)) > on:
        raise _refused(account, f"has copies until {until}", f"State it again on {until} or later.")
    return until


def _days_named(envelope: str) -> list[date]:
    """Return the days until which a certificate said that copies are left; a later setting does not take them back."""
    told: Any = json.loads(base64.b64decode(json.loads(envelope)["payload"]))["predicate"].get("residual_copies")
    blocks = told if isinstance(told, list) else []
    return [date.fromisoformat(block["until"]) for block in blocks if "until" in block]


def _record(
    catalogue: Catalogue, log: DisposalLog, account: BatchAccount, *, person: Person, at: datetime, until: date
) -> None:
    body = {
        "batch": account.batch_id,
        "certificate": account.issued[-1].certificate_id,
        "until": until.isoformat(),
        "stated_by": person.person_id,
    }
    draft = recording.drafted(
        EntryType.BACKUP_EXPIRED,
        at=at,
        actor=person.person_id,
        body=body,
        disclosures={"stated_by_name": person.name},
    )
    with catalogue.transaction() as tx:
        recording.note(tx, draft)
    recording.deliver(catalogue, log)


def _refused(account: BatchAccount, words: str, next_step: str) -> RefusedByPolicyError:
    return RefusedByPolicyError(
        what=f"batch {account.batch_id} {words}",
        not_done="Nothing was recorded and no certificate was issued.",
        next_step=next_step,
    )
