"""The signed statement of a certificate: what was decided, what became of it, and what is left.

No person's name and no path is in it, only pseudonyms and figures: a certificate travels further than the log.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from disposal_log import DisposalLog, statement
from retention.services.anchoring import PROMISES
from retention.services.certifying.account import BatchAccount
from retention.services.certifying.contents import Contents
from retention.services.certifying.installed import software
from retention.services.certifying.residual import ResidualCopies
from retention.services.certifying.wording import DOES_NOT_PROVE, PROVES


def predicate_of(
    account: BatchAccount,
    log: DisposalLog,
    *,
    certificate_id: str,
    status: str,
    contents: Contents,
    classes: list[dict[str, Any]],
    residual: tuple[ResidualCopies, ...],
    at: datetime,
) -> dict[str, Any]:
    """Return everything the certificate states."""
    proposal, approval = account.proposal, account.approvals[-1]
    replaced = account.issued[-1].certificate_id if account.issued else None
    return {
        "certificate": certificate_id,
        "issued": at.isoformat(),
        "status": status,
        **({} if replaced is None else {"replaces": replaced}),
        "batch": account.batch_id,
        "asset": proposal["asset"],
        "class": proposal["class"],
        "schedule": proposal["schedule"],
        "classes": classes,
        "records": contents.span(),
        "proposed_by": {"ref": proposal["proposer"]},
        "proposed_at": proposal["time"],
        "approved_by": {"ref": approval["decider"], "role": approval["role"]},
        "approved_at": approval["time"],
        "approvals": [
            {"ref": one["decider"], "role": one["role"], "at": one["time"], "entry": one["seq"]}
            for one in account.approvals
        ],
        **({"closed_at": account.closing["time"]} if account.is_closed else {}),
        "hold_checks": [
            {"phase": one["phase"], "register_version": one["register_version"], "held": one["held"], "at": one["time"]}
            for one in account.hold_checks
        ],
        "items_proposed": proposal["items"],
        "bytes_proposed": proposal["bytes"],
        "counts": account.counts(),
        "bytes": account.sizes_bytes(),
        "results": account.per_result(),
        "bytes_of_results": account.bytes_per_result(),
        "methods": _methods(account),
        "anchoring": {"required": account.anchoring, "words": _anchoring_words(account.anchoring)},
        "residual_copies": [one.to_json() for one in residual],
        **_expiry(account),
        "manifest": proposal["manifest"],
        "checkpoint": log.checkpoint_note.decode("utf-8"),
        "log": {
            "origin": log.origin,
            "first_entry": account.first_seq,
            "last_entry": account.last_seq,
            **({"closing_entry": account.closing["seq"]} if account.is_closed else {}),
            "key_words": list(log.fingerprint_words),
        },
        "proves": list(PROVES),
        "does_not_prove": list(DOES_NOT_PROVE),
        "software": software(),
    }


def statement_of(account: BatchAccount, predicate: dict[str, Any]) -> dict[str, Any]:
    """Return the in-toto statement about the manifest of the batch."""
    return dict(statement(subject=account.batch_id, sha256=account.proposal["manifest"], predicate=predicate))


def _anchoring_words(required: str) -> str:
    return next((words for requirement, words in PROMISES.items() if requirement == required), "")


def _methods(account: BatchAccount) -> list[dict[str, Any]]:
    found = Counter((end.method, end.assurance) for end in account.ends.values() if end.method)
    return [
        {"method": method, "assurance": assurance, "items": items}
        for (method, assurance), items in sorted(found.items())
    ]


def _expiry(account: BatchAccount) -> dict[str, Any]:
    told = account.backups_expired
    if not told:
        return {}
    return {"backups_expired": {"ref": told["stated_by"], "at": told["time"], "entry": told["seq"]}}
