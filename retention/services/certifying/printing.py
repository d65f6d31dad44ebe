"""The certificate as people file it: a PDF/A-3 that a screen reader can read, with the signed statement inside.

Typst sets it (docs/adr/0014-certificate-pdf.md): fonts come with its wheel, nothing is fetched, and the same
certificate gives the same bytes, dated with the day it was issued.
"""

import importlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from disposal_log.formats.checkpoints import Checkpoint, claimed_checkpoint
from disposal_log.formats.seen import printed_line, root_words
from retention.domain.batches import ItemState
from retention.domain.reconciliation import FINAL_STATES
from retention.services.certifying.issuing import IssuedCertificate
from retention.services.certifying.item_list import MOST_IN_ANNEX, AnnexRow, annex_rows, items_csv
from retention.services.certifying.shown_text import LONGEST_UNBROKEN_PATH, printed
from retention.services.certifying.wording import ASSURANCE, PHASE_WORDS, PROVISIONAL, STATE_WORDS, STATUS_WORDS

STANDARDS = ("a-3a", "ua-1")  # ISO 19005-3 level A, with ISO 14289-1 for readers who listen
ITEMS_FILE, STATEMENT_FILE = "items.csv", "certificate.dsse.json"
_TEMPLATE = Path(__file__).with_name("certificate.typ")
_STATES = (ItemState.QUARANTINED, *FINAL_STATES)
_QUIET_ZONE = 4  # ISO/IEC 18004: modules left white on each side

NOT_ADVICE = (
    "This is a record of what was done with files. It sanitises no medium and replaces no certificate of a contractor "
    "who destroyed one."
)
HOW_TO_CHECK = (
    f"The signed statement is attached to this document as {STATEMENT_FILE}, and the list of all items as "
    f"{ITEMS_FILE}. The log can be checked with Python alone, and no other software of ours:"
)
COMMAND = f"python3 verify.pyz verify LOG --seen {STATEMENT_FILE} --key KEY"
HOW_TO_COMPARE = (
    "Take the key from what the organisation published, and compare its twelve words with those below. This document "
    "and the list are not signed: what they say can be checked against the statement and the log."
)
RESIDUAL_WORDS = (
    "Snapshots, replicas, synchronised and printed copies and e-mail attachments were not asked about. The last column "
    "has the last day on which a copy is to be expected, or is sure to be restorable."
)
QR_CAPTION = (
    "The code holds the name of the log, the number of its entries and the twelve words of their root, as printed "
    "above. Keep this page away from the computer that keeps the log. Should the log be rewritten or cut short, it "
    "will not agree with them any more, and the verifier says so."
)
_DIGEST_CHARACTERS = 64
_PROSE = 2_000  # characters of an authority or a summary before it is cut


def render_pdf(certificate: IssuedCertificate) -> bytes:
    """Return the document; the list and the signed statement are attached to it.

    Raises:
        ImportError: Typst is not installed.
    """
    typst = importlib.import_module("typst")  # eighty megabytes, for the one command that prints
    inputs = {
        "facts": json.dumps(_page(certificate)),
        "items": items_csv(certificate.account),
        "statement": certificate.envelope,
    }
    made = typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        pdf_standards=list(STANDARDS),
        sys_inputs=inputs,
        timestamp=int(datetime.fromisoformat(certificate.facts["issued"]).timestamp()),
    )
    if not isinstance(made, bytes):
        message = "typst gave no document"
        raise TypeError(message)
    return made


def _page(certificate: IssuedCertificate) -> dict[str, Any]:
    facts, account = certificate.facts, certificate.account
    status = str(facts["status"])
    return {
        "title": printed(f"{_heading(status)} {certificate.certificate_id}"),
        "heading": _heading(status),
        "author": printed(facts["log"]["origin"]),
        "keywords": ["certificate of destruction", printed(certificate.batch_id), status],
        "id": printed(certificate.certificate_id),
        "issued": _moment(facts["issued"]),
        "status": status,
        "is_provisional": status == PROVISIONAL,
        "status_words": STATUS_WORDS[status],
        "origin": printed(facts["log"]["origin"]),
        "summary": _summary(facts),
        "front": _front(certificate),
        "proves": [_sentence(words) for words in facts["proves"]],
        "does_not_prove": [_sentence(words) for words in facts["does_not_prove"]],
        "not_advice": NOT_ADVICE,
        "classes": [_class(one) for one in facts["classes"]],
        "decided": _decided(certificate),
        "methods": _methods(facts),
        "residual": [_residual(block) for block in facts["residual_copies"]],
        "residual_words": RESIDUAL_WORDS,
        "how_to_check": HOW_TO_CHECK,
        "command": COMMAND,
        "how_to_compare": HOW_TO_COMPARE,
        "check": _check(facts),
        "qr": _qr(f"{facts['log']['origin']}\n{printed_line(_checkpoint(facts))}\n"),
        "qr_words": "QR code with the name of the log, the number of its entries and the twelve words of its root",
        "qr_caption": QR_CAPTION,
        "annex_words": _annex_words(len(account.ends)),
        "annex": [
            (f"{row.number:,}", str(row.end.result), f"{row.end.size_bytes:,}", _place(row), row.is_path)
            for row in annex_rows(account)
        ],
        "attached": [
            {
                "name": STATEMENT_FILE,
                "input": "statement",
                "relationship": "source",
                "type": "application/json",
                "description": "The signed statement: a DSSE envelope",
            },
            {
                "name": ITEMS_FILE,
                "input": "items",
                "relationship": "supplement",
                "type": "text/csv",
                "description": "Every item of the batch, with its outcome",
            },
        ],
    }


def _heading(status: str) -> str:
    return f"{'Provisional certificate' if status == PROVISIONAL else 'Certificate'} of destruction"


def _summary(facts: Mapping[str, Any]) -> str:
    counts, sizes = facts["counts"], facts["bytes"]
    is_provisional = facts["status"] == PROVISIONAL
    state = ItemState.QUARANTINED if is_provisional else ItemState.DESTROYED
    done = "lie in quarantine" if is_provisional else "were destroyed"
    words = (
        f"Of {facts['items_proposed']:,} files ({facts['bytes_proposed']:,} bytes) of batch {facts['batch']}, "
        f"{counts[state]:,} ({sizes[state]:,} bytes) {done}. They belonged to the information asset {facts['asset']}"
    )
    if span := facts["records"]:
        words += f", and were last changed between {_day(span['earliest'])} and {_day(span['latest'])}"
    return printed(words, longest=_PROSE) + "."


def _front(certificate: IssuedCertificate) -> list[Sequence[str]]:
    facts = certificate.facts
    classes = "; ".join(f"{one['id']} {one['title']}".strip() for one in facts["classes"])
    decided = _decided(certificate)
    return [
        ("Disposal class", printed(classes, longest=_PROSE)),
        *(row for row in decided if row[0] in ("Proposed by", "Approved by", "Closed")),
    ]


def _place(row: AnnexRow) -> str:
    return printed(row.place, unbroken=LONGEST_UNBROKEN_PATH)


def _exact(digest: str) -> str:
    return printed(digest, unbroken=_DIGEST_CHARACTERS)


def _class(one: Mapping[str, Any]) -> dict[str, Any]:
    counts, sizes = one["counts"], one["bytes"]
    authority = "; ".join(one["authority"]) or "none is named in the schedule"
    rule = one["rule"]
    return {
        "title": printed(f"{one['id']}: {one['title']}" if one["title"] else one["id"]),
        "rows": [
            ("Legal authority", printed(authority, longest=_PROSE)),
            ("Rule", printed(f"class {one['id']} of schedule {rule['schedule']}")),
            ("Digest of the schedule", _exact(rule["digest"]), "exact"),
        ],
        "outcomes": [
            (STATE_WORDS[state], f"{counts.get(state, 0):,}", f"{sizes.get(state, 0):,}")
            for state in _STATES
            if state is not ItemState.QUARANTINED or counts.get(state)
        ],
        "total": ("Proposed", f"{sum(counts.values()):,}", f"{sum(sizes.values()):,}"),
    }


def _decided(certificate: IssuedCertificate) -> list[Sequence[str]]:
    facts, names = certificate.facts, certificate.account.names
    rows: list[Sequence[str]] = [
        ("Proposed by", _who(names, facts["proposed_by"]["ref"], facts["proposed_at"])),
        *(
            ("Approved by", _who(names, one["ref"], one["at"], f"as {one['role']} (entry {one['entry']:,})"))
            for one in facts["approvals"]
        ),
        *((f"Holds asked before {_phase(one['phase'])}", _hold(one)) for one in facts["hold_checks"]),
    ]
    if "closed_at" in facts:
        rows.append(("Closed", _moment(facts["closed_at"])))
    if told := facts.get("backups_expired"):
        rows.append(("Backups stated to have expired by", _who(names, told["ref"], told["at"])))
    if "replaces" in facts:
        rows.append(("Replaces", printed(f"certificate {facts['replaces']}, which stays on record")))
    return rows


def _who(names: Mapping[str, str], ref: str, at: str, *more: str) -> str:
    name = names.get(ref)
    who = f"{name} ({ref})" if name else f"{ref} (the name is no longer kept)"
    return printed(", ".join((who, *more, _moment(at))))


def _phase(word: str) -> str:
    return printed(PHASE_WORDS.get(word, word))


def _hold(check: Mapping[str, Any]) -> str:
    held = f"{check['held']:,} of the items held" if check["held"] else "none of the items was held"
    return printed(f"{_moment(check['at'])}: {held} (hold register, version {check['register_version']})")


def _methods(facts: Mapping[str, Any]) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [
        (
            f"Assurance {one['assurance']}",
            printed(f"{_items(one['items'])} by {one['method']}: {ASSURANCE[one['assurance']]}"),
        )
        for one in facts["methods"]
    ]
    software = facts["software"]
    return [
        *(rows or [("Destroyed", "Nothing has been destroyed.")]),
        ("Seen from outside", printed(facts["anchoring"]["words"] or "not stated", longest=_PROSE)),
        ("Software", printed(f"{software['name']} {software['version']}")),
        ("Digest of its code", _exact(software["code_sha256"]), "exact"),
    ]


def _residual(block: Mapping[str, Any]) -> Sequence[str]:
    until = _day(block["until"]) if "until" in block else "not known"
    words = f"{str(block['kind']).capitalize()}: {block['words']}"
    return printed(words), f"{block['items']:,}", f"{block['bytes']:,}", until


def _check(facts: Mapping[str, Any]) -> list[Sequence[str]]:
    log, checkpoint = facts["log"], _checkpoint(facts)
    return [
        ("Log", printed(checkpoint.origin)),
        ("Entries about this batch", f"{log['first_entry']:,} to {log['last_entry']:,}"),
        ("Words of the key", printed(" ".join(log["key_words"]))),
        ("Entries in the log", f"{checkpoint.size:,}"),
        ("Their root", _exact(checkpoint.root.hex()), "exact"),
        ("Words of the root", printed(" ".join(root_words(checkpoint.root)))),
        ("Manifest of the approved list", _exact(facts["manifest"]), "exact"),
    ]


def _checkpoint(facts: Mapping[str, Any]) -> Checkpoint:
    return claimed_checkpoint(str(facts["checkpoint"]).encode())


def _annex_words(items: int) -> str:
    if items <= MOST_IN_ANNEX:
        return f"All {_items(items)} of the batch. The attached file {ITEMS_FILE} lists them too, with their digests."
    return (
        f"The first {MOST_IN_ANNEX} of {items:,} items. The attached file {ITEMS_FILE} lists all of them, with their "
        "digests."
    )


def _qr(words: str) -> str:
    """Return a QR code (ISO/IEC 18004) as a drawing."""
    from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel  # noqa: PLC0415  # loads slowly

    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(words)
    code.make()
    modules: list[list[bool]] = code.modules
    side = len(modules)
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules) for x, is_dark in enumerate(row) if is_dark)
    whole = side + 2 * _QUIET_ZONE
    box = f"{-_QUIET_ZONE} {-_QUIET_ZONE} {whole} {whole}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><path d="{dark}"/></svg>'


def _items(count: int) -> str:
    return f"{count:,} item" if count == 1 else f"{count:,} items"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}.".replace("'", "\u2019")


def _moment(written: str) -> str:
    """Return an instant as people write it; the signed statement keeps the microseconds."""
    instant = datetime.fromisoformat(written).astimezone(UTC)
    return f"{instant.day} {instant:%B %Y, %H:%M:%S} UTC"


def _day(written: str) -> str:
    day = datetime.fromisoformat(written)
    return f"{day.day} {day:%B %Y}"
