"""The certificate says what the log says, to people and to programs, and never more than it can keep."""

import csv
import io
import json
import os
import re
import resource
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import update

from disposal_log import DisposalLog, EntryType, VerifierKey, verify_envelope, verify_log
from disposal_log.formats.proofs import LogProof
from retention.domain.holds import HoldScope
from retention.errors import CatalogueDamagedError, DiskFullError, InvalidInputError
from retention.services import recording
from retention.services.certifying import IssuedCertificate, issue_certificate, save_certificate
from retention.services.certifying.item_list import COLUMNS, MOST_IN_ANNEX, items_csv
from retention.services.certifying.printing import render_pdf
from retention.services.certifying.wording import EXPIRED, FINAL, PROVISIONAL, STATUS_WORDS
from retention.store.schema import batch_item, schedule
from tests.integration.disposing.world import RITA, World, build_world, record

PAGE_WIDTH, MARGIN, OVERHANG = 595.3, 70.8, 4  # points: A4, 25 mm, and what a full stop may hang over
NEVER_SAID = ("15713", "secure shred", "securely shred")
FORMULA = "=cmd|calc.txt"
HEBREW = "\u05e9\u05dc\u05d5\u05dd.txt"
TURNED_ROUND = "letter \u202efdp.exe"
TWO_LINES = "two\nlines.txt"
ODD_NAMES = (FORMULA, HEBREW, TURNED_ROUND, TWO_LINES, "\U0001f600.txt", "W" * 200, "Ł'ódź café.txt")


def issue(world: World, batch_id: str, *, is_provisional: bool = False) -> IssuedCertificate:
    with world.catalogue() as catalogue, world.log() as log:
        return issue_certificate(
            catalogue,
            log,
            batch_id,
            person=RITA,
            at=world.clock.now(),
            backup_days=90,
            is_provisional=is_provisional,
        )


@dataclass(frozen=True, slots=True)
class Certified:
    """A batch that was certified, and what nobody may touch any more."""

    world: World
    certificate: IssuedCertificate

    @property
    def facts(self) -> Any:  # noqa: ANN401  # a JSON object, read field by field
        return self.certificate.facts


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """Dispose of files with hostile names, one twin of which is kept, one held, one left out."""
    world = build_world(tmp_path_factory.mktemp("office"), files=4)
    folder = world.share / ("a folder of " + "W" * 200) / ("b" * 200)
    folder.mkdir(parents=True)
    odd = [world.share / "Invoices" / name for name in ODD_NAMES] + [folder / "deep.txt"]
    for place in odd:
        place.write_text(f"content of {len(place.name)} and {os.fsencode(place.name)!r}")
        os.utime(place, (1.2e9, 1.2e9))
    twin = world.share / "Invoices" / "twin of 3.txt"
    twin.write_text(world.file(3).read_text())
    os.utime(twin, (1.3e9, 1.3e9))
    with world.catalogue() as catalogue:
        record(world, catalogue, [*odd, twin])
    proposed = world.propose()
    left_out = [item.number for item in proposed.items if item.path.endswith("twin of 3.txt")]
    batch = world.approve(proposed, left_out)
    world.hold(HoldScope(path="Invoices/invoice 2.txt"))
    world.dispose(batch.batch_id)
    return Certified(world, issue(world, batch.batch_id))


def test_the_sums_are_told_by_outcome_by_class_and_by_bytes(certified: Certified) -> None:
    facts = certified.facts
    (one,) = facts["classes"]

    assert facts["counts"] == {"destroyed": 11, "excluded": 1, "held": 1, "changed": 0, "missing": 0, "failed": 0}
    assert facts["results"] == {"destroyed": 11, "excluded": 1, "held": 1}
    assert sum(facts["counts"].values()) == sum(one["counts"].values()) == facts["items_proposed"] == 13
    assert sum(facts["bytes_of_results"].values()) == sum(one["bytes"].values()) == facts["bytes_proposed"]
    assert facts["methods"] == [{"method": "unlink", "assurance": "L1", "items": 11}]


def test_the_class_comes_with_title_authority_and_the_rule_of_the_day(certified: Certified) -> None:
    (one,) = certified.facts["classes"]

    assert (one["id"], one["title"]) == ("FIN-01", "Financial transactions and accounting working papers")
    assert any("Act" in authority for authority in one["authority"])
    assert one["rule"]["schedule"] == certified.facts["schedule"]
    assert len(one["rule"]["digest"]) == 64


def test_the_days_of_the_records_are_those_of_what_was_destroyed(certified: Certified) -> None:
    assert certified.facts["records"] == {"earliest": "2008-01-10", "latest": "2011-03-13", "of": "last change"}


def test_copies_that_are_left_are_named_with_the_day_until_which(certified: Certified) -> None:
    elsewhere, backups = certified.facts["residual_copies"]

    assert (elsewhere["kind"], elsewhere["items"]) == ("elsewhere", 1)
    assert "1 known copies" in elsewhere["words"]
    assert (backups["kind"], backups["items"], backups["until"]) == ("backups", 11, "2026-05-31")


def test_no_name_and_no_path_is_signed(certified: Certified) -> None:
    signed = json.dumps(certified.certificate.statement)

    assert not [word for word in ("Rees", "Owusu", "Invoices", "txt", "claim 12") if word in signed]
    assert certified.facts["approvals"] == [
        {"ref": "ian", "role": "IAO", "at": "2026-03-02T12:00:00.000000Z", "entry": 3}
    ]
    assert certified.certificate.account.names == {"rita": "Rita Rees", "ian": "Ian Owusu"}


def test_the_signature_is_that_of_the_log_and_the_log_extends_the_checkpoint(certified: Certified) -> None:
    key = _key(certified.world)
    envelope = certified.certificate.envelope.encode()

    assert verify_envelope(envelope, [key]) == certified.certificate.statement
    assert verify_log(certified.world.workspace.log, seen=envelope).exit_code == 0


def test_the_proof_shows_the_end_of_the_batch_to_whoever_has_nothing_but_it(certified: Certified) -> None:
    proof = LogProof.parse(certified.certificate.proof or b"")
    line = proof.extra or b""

    proof.verify(line, [VerifierKey.parse(_key(certified.world))])

    closing = json.loads(line)
    assert (closing["type"], closing["seq"]) == (EntryType.BATCH_CLOSED, certified.facts["log"]["closing_entry"])
    assert closing["counts"] == certified.facts["results"]


def test_the_code_that_signed_is_named_by_its_digest(certified: Certified) -> None:
    software = certified.facts["software"]

    assert software["name"] == "records-retention"
    assert re.fullmatch(r"[0-9a-f]{64}", software["code_sha256"])


def test_the_list_gives_every_name_exactly_and_none_as_a_formula(certified: Certified) -> None:
    rows = _rows(certified.certificate)
    told = {row["path"]: row["path_base64"] for row in rows}

    assert [int(row["item"]) for row in rows] == list(range(13))
    assert told[f"Invoices/{HEBREW}"] == told[f"Invoices/{TWO_LINES}"] == ""
    assert not [value for row in rows for value in row.values() if value.startswith(("=", "+", "-", "@"))]
    assert {row["result"] for row in rows} == {"destroyed", "excluded", "held"}


def test_a_redacted_place_is_called_redacted_and_looked_up_nowhere(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2)
    batch = world.approved()
    world.dispose(batch.batch_id)
    with world.log() as log:
        redaction = _redact(log, world, ["path", "proposer_name"])

    again = issue(world, batch.batch_id)

    notes = {(row["path"], row["note"]) for row in _rows(again)}
    assert notes == {("", f"path redacted by entry {redaction}")}
    assert "rita" not in again.account.names


def test_a_list_changed_in_the_catalogue_is_not_certified(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2)
    batch = world.approved()
    world.dispose(batch.batch_id)
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.execute(update(batch_item).values(modified_ns=1))
    with pytest.raises(CatalogueDamagedError, match="is not the list in the destruction log"):
        issue(world, batch.batch_id)

    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.execute(update(batch_item).values(modified_ns=int(1.3e18)))
        version = batch.proposal.schedule_version
        body = {"schedule": version, "digest": "0" * 64}
        recording.note(tx, recording.drafted(EntryType.POLICY_SET, at=world.clock.now(), actor=None, body=body))
        assert tx.connection.execute(schedule.select()).first() is not None
    with pytest.raises(CatalogueDamagedError, match="is not the one that the destruction log says was published"):
        issue(world, batch.batch_id)


# --- the page that people read ---


@pytest.fixture(scope="module")
def page(certified: Certified) -> Iterator[pypdfium2.PdfDocument]:
    """Print the certificate."""
    pytest.importorskip("typst", reason="typst is not installed")
    document = pypdfium2.PdfDocument(render_pdf(certified.certificate))
    yield document
    document.close()


def text_of(document: pypdfium2.PdfDocument) -> str:
    pages = [document[number].get_textpage().get_text_range() for number in range(len(document))]
    return re.sub(r"\s+", " ", " ".join(pages))


def test_the_first_page_says_what_it_proves_and_what_it_does_not(page: pypdfium2.PdfDocument) -> None:
    first = re.sub(r"\s+", " ", page[0].get_textpage().get_text_range())

    for words in (
        "Certificate of destruction",
        "What this certificate proves",
        "What it does not prove",
        "11 (",
        "Ian Owusu",
    ):
        assert words in first
    assert "can no longer be read" in first


def test_the_page_is_archivable_and_made_to_be_listened_to(page: pypdfium2.PdfDocument, certified: Certified) -> None:
    words = render_pdf(certified.certificate)

    assert b"<pdfaid:part>3</pdfaid:part>" in words
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in words
    assert b"<pdfuaid:part>1</pdfuaid:part>" in words
    assert page.get_metadata_value("Title") == "Certificate of destruction C-B-0001"
    assert pypdfium2.raw.FPDFCatalog_IsTagged(page)
    assert [entry.get_title() for entry in page.get_toc()][:2] == [
        "What this certificate proves",
        "What it does not prove",
    ]
    for number in range(len(page)):
        tree = pypdfium2.raw.FPDF_StructTree_GetForPage(page[number])
        assert pypdfium2.raw.FPDF_StructTree_CountChildren(tree) > 0
        pypdfium2.raw.FPDF_StructTree_Close(tree)
    assert words == render_pdf(certified.certificate)


def test_the_signed_statement_and_the_list_are_inside_the_page(
    page: pypdfium2.PdfDocument, certified: Certified
) -> None:
    inside = {
        attached.get_name(): bytes(attached.get_data())
        for attached in (page.get_attachment(number) for number in range(page.count_attachments()))
    }

    assert inside["certificate.dsse.json"] == certified.certificate.envelope.encode()
    assert inside["items.csv"] == items_csv(certified.certificate.account).encode()


def test_no_name_runs_over_the_margin_turns_the_line_round_or_hides(page: pypdfium2.PdfDocument) -> None:
    annex = text_of(page)

    assert "\u202e" not in annex
    assert "\\u{202e}fdp.exe" in annex
    assert "\\u{05e9}\\u{05dc}\\u{05d5}\\u{05dd}.txt" in annex
    assert "two\\nlines.txt" in annex
    assert "characters left out here]" in annex
    for number in range(len(page)):
        text = page[number].get_textpage()
        for rectangle in range(text.count_rects()):
            left, _bottom, right, _top = text.get_rect(rectangle)
            assert MARGIN - OVERHANG < left <= right < PAGE_WIDTH - MARGIN + OVERHANG


def test_nothing_that_cannot_be_kept_is_claimed_in_any_form(certified: Certified, page: pypdfium2.PdfDocument) -> None:
    forms = [
        json.dumps(certified.certificate.statement),
        items_csv(certified.certificate.account),
        (certified.certificate.proof or b"").decode(),
        text_of(page),
        " ".join(STATUS_WORDS[status] for status in (PROVISIONAL, FINAL, EXPIRED)),
    ]

    for form in forms:
        assert not [words for words in NEVER_SAID if words in form.lower()]


def test_a_long_list_is_cut_in_print_and_whole_in_the_attachment(certified: Certified) -> None:
    pytest.importorskip("typst", reason="typst is not installed")
    items = MOST_IN_ANNEX + 30
    end = certified.certificate.account.ends[0]._replace(path="x" * 10_000)
    account = replace(certified.certificate.account, ends=dict.fromkeys(range(items), end))
    made = replace(certified.certificate, account=account)

    document = pypdfium2.PdfDocument(render_pdf(made))

    words = text_of(document)
    assert f"The first {MOST_IN_ANNEX} of {items} items." in words
    assert words.count("[9,600 characters left out here]") == MOST_IN_ANNEX
    assert sum("x" * 10_000 in row for row in items_csv(account).splitlines()) == items
    document.close()


# --- the files ---


def test_a_file_that_is_there_is_never_changed(certified: Certified, tmp_path: Path) -> None:
    first = save_certificate(certified.certificate, tmp_path)
    kept = {file: file.read_bytes() for file in first}

    again = save_certificate(certified.certificate, tmp_path)

    assert {file: file.read_bytes() for file in again} == kept
    assert [file.name for file in first if file.suffix != ".pdf"] == ["C-B-0001.dsse.json", "C-B-0001.tlog-proof"]
    first[0].write_bytes(b"something else")
    with pytest.raises(InvalidInputError, match="could not be written"):
        save_certificate(certified.certificate, tmp_path)
    assert first[0].read_bytes() == b"something else"


def test_a_disk_that_was_full_leaves_no_half_certificate_that_stands_in_the_way(
    certified: Certified, tmp_path: Path
) -> None:
    name = f"{certified.certificate.certificate_id}.dsse.json"
    whole = certified.certificate.envelope.encode()
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) // 2, room[1]))
    try:
        with pytest.raises(DiskFullError, match="issued and in the log"):
            save_certificate(certified.certificate, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, room)
        signal.signal(signal.SIGXFSZ, before)

    assert list(tmp_path.iterdir()) == []
    (tmp_path / name).write_bytes(whole[:1000])  # the power failed while it was written
    save_certificate(certified.certificate, tmp_path)
    assert (tmp_path / name).read_bytes() == whole


def test_an_earlier_proof_of_the_same_entry_stays(certified: Certified, tmp_path: Path) -> None:
    save_certificate(certified.certificate, tmp_path)
    proof = tmp_path / "C-B-0001.tlog-proof"
    first = proof.read_bytes()
    with certified.world.log() as log:
        log.append(
            [recording.drafted(EntryType.INCIDENT, at=certified.world.clock.now(), actor=None, body={"kind": "x"})]
        )

    later = issue(certified.world, certified.certificate.batch_id)
    save_certificate(later, tmp_path)

    assert later.envelope == certified.certificate.envelope
    assert later.proof != certified.certificate.proof
    assert proof.read_bytes() == first


def _rows(certificate: IssuedCertificate) -> list[dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(items_csv(certificate.account), newline="")))
    assert set(rows[0]) == set(COLUMNS)
    return rows


def _redact(log: DisposalLog, world: World, names: list[str]) -> int:
    body = {"ground": "UK GDPR article 17", "authority": "data protection officer"}
    draft = recording.drafted(EntryType.REDACTION, at=world.clock.now(), actor=RITA.person_id, body=body)
    log.redact(draft, first=0, last=log.size - 1, names=names)
    return log.size - 1


def _key(world: World) -> str:
    with world.log() as log:
        return log.vkey
