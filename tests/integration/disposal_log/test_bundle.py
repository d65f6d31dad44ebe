"""The auditor's bundle: what goes into it, what stays out, and what a verifier says to it."""

import json
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from disposal_log import (
    JSON,
    DisposalLog,
    EntryDraft,
    EntryType,
    LogCorruptError,
    Verdict,
    VerificationReport,
    sign_statement,
    statement,
)
from disposal_log.__main__ import main
from disposal_log.bundling.checking import verify_bundle
from disposal_log.bundling.choosing import Audience, Choice
from disposal_log.bundling.exporting import Paper, export_bundle
from disposal_log.bundling.manifest import manifest_text
from disposal_log.bundling.readme import Contents
from disposal_log.errors import BundleRefusedError
from disposal_log.formats.canonical import canonical
from tests.integration.disposal_log.office import ENGINE, NOON, Office, draft, lawful_story, tell

EVERYTHING = Choice(audience=Audience.AUDITOR)


def export(office: Office, choice: Choice = EVERYTHING, *, papers: tuple[Paper, ...] = ()) -> tuple[Path, Contents]:
    target = office.folder / f"bundle-{choice.audience}"
    contents = export_bundle(office.log, target, choice, sidecar=office.sidecar, papers=papers)
    return target, contents


def disclosed(bundle: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (bundle / "disclosures.jsonl").read_bytes().splitlines()]


def renew_manifest(bundle: Path) -> None:
    (bundle / "MANIFEST.txt").write_text(manifest_text(bundle))


def problems(report: VerificationReport) -> str:
    return "\n".join(map(str, report.problems))


def test_a_bundle_proves_itself_without_us(full_office: Office) -> None:
    with full_office.open() as log:
        keys, seen = log.vkeys, log.checkpoint_note
    bundle, contents = export(full_office)

    report = verify_bundle(bundle, trusted_keys=keys, seen=seen)

    assert (report.verdict, report.problems, report.warnings) == (Verdict.VERIFIED, (), ())
    assert (report.size, report.disclosed, report.withheld, report.missing) == (15, 13, 0, 0)
    assert (contents.disclosed, contents.withheld, contents.absent) == (13, 0, 0)
    names = sorted(path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file())
    assert names == [
        "MANIFEST.txt",
        "README.txt",
        "VERIFY.html",
        "disclosures.jsonl",
        "log/checkpoint",
        "log/checkpoints.jsonl",
        "log/entries/00000.jsonl",
        "log/hashes/00000.bin",
        "log/origin.txt",
        "log/policy.txt",
        "policy.txt",
        "verify.pyz",
    ]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in bundle.rglob("*") if path.is_file()}
    assert modes == {0o644}, "whoever gets the stick can read everything on it"
    assert (full_office.entries / "00000.jsonl").read_bytes() == (bundle / "log/entries/00000.jsonl").read_bytes()


def test_the_readme_is_one_page_and_says_in_figures_what_was_left_out(full_office: Office) -> None:
    bundle, _ = export(full_office, Choice(audience=Audience.FOI, fields=frozenset({"sha256"})))

    words = " ".join((bundle / "README.txt").read_text().split())
    assert len((bundle / "README.txt").read_text().splitlines()) <= 80
    assert "6 are in disclosures.jsonl, 7 were withheld, and 0 no longer exist" in words
    assert "Chosen were: field sha256." in words
    assert "Get the log's public key from somewhere else than this folder" in words


@pytest.mark.parametrize(
    ("choice", "shown", "withheld"),
    [
        (Choice(audience=Audience.AUDITOR), 26, 0),
        (Choice(audience=Audience.AUDITOR, batches=frozenset({"B-1"})), 13, 13),
        (Choice(audience=Audience.AUDITOR, assets=frozenset({"A-1"})), 26, 0),
        (Choice(audience=Audience.FOI), 0, 26),
        (Choice(audience=Audience.FOI, batches=frozenset({"B-2"}), fields=frozenset({"path"})), 6, 20),
        (Choice(audience=Audience.PUBLIC), 0, 26),
        (Choice(audience=Audience.PUBLIC, batches=frozenset({"B-2"})), 0, 26),
    ],
)
def test_only_chosen_values_leave_the_house(office: Office, choice: Choice, shown: int, withheld: int) -> None:
    with office.create() as log:
        tell(log, [*lawful_story("B-1"), *lawful_story("B-2")])
    bundle, contents = export(office, choice)

    report = verify_bundle(bundle)

    assert (contents.disclosed, contents.withheld) == (shown, withheld)
    assert (report.exit_code, report.disclosed, report.withheld, report.missing) == (0, shown, withheld, 0)
    if not shown:
        assert "Rita" not in (bundle / "disclosures.jsonl").read_text()
        assert not any("text" in line for line in disclosed(bundle))


def test_withheld_redacted_and_missing_are_three_different_things(full_office: Office) -> None:
    import sqlite3  # noqa: PLC0415  # what somebody uses who deletes without a word

    with full_office.open() as log:
        body = draft(EntryType.REDACTION, {"ground": "art 17", "authority": "IAO"})
        log.redact(body, first=5, last=5, names=["path"])
    with sqlite3.connect(full_office.sidecar / "disclosures.db") as database:
        database.execute("DELETE FROM sealed WHERE seq = 6 AND name = 'path'")
    database.close()
    bundle, contents = export(full_office, Choice(audience=Audience.FOI, fields=frozenset({"sha256"})))

    report = verify_bundle(bundle)

    assert contents.absent == 2
    assert (report.disclosed, report.withheld, report.redacted, report.missing) == (6, 5, 1, 1)
    assert "6 shown, 5 withheld, 1 redacted by entry 15, 1 missing unexplained" in report.to_text()
    assert any("1 committed values are missing unexplained" in warning for warning in report.warnings)


def certified(office: Office) -> tuple[Paper, ...]:
    """Close a batch and issue its certificate, as a signed file that an entry tells of."""
    story = lawful_story()
    with office.create() as log:
        tell(log, story[:-1])
        facts: dict[str, JSON] = {"certificate": "C-B-1", "batch": "B-1", "items_proposed": 3}
        facts["results"] = {"destroyed": 3}
        predicate = {**facts, "checkpoint": log.checkpoint_note.decode()}
        made = sign_statement(log, statement(subject="B-1", sha256="ab" * 32, predicate=predicate))
        envelope = canonical(made)
        log.append([_issued(envelope)])
    return (Paper(name="C-B-1.dsse.json", content=envelope), Paper(name="C-B-1.pdf", content=b"%PDF"))


def _issued(envelope: bytes) -> EntryDraft:
    from hashlib import sha256  # noqa: PLC0415  # used here alone

    body = {"certificate": "C-B-1", "batch": "B-1", "digest": sha256(envelope).hexdigest(), "status": "final"}
    return draft(EntryType.CERTIFICATE_ISSUED, {**body, "counts": {"destroyed": 3}}, actor=ENGINE)


def test_a_certificate_goes_with_the_log_but_pages_with_paths_go_to_auditors_alone(office: Office) -> None:
    papers = certified(office)

    bundle, contents = export(office, papers=papers)
    assert (contents.papers, contents.papers_left_out) == (2, 0)
    report = verify_bundle(bundle)
    assert report.exit_code == 0
    assert "1 certificates for people" in report.not_checked[0]

    bundle, contents = export(office, Choice(audience=Audience.PUBLIC), papers=papers)
    assert (contents.papers, contents.papers_left_out) == (1, 1)
    assert verify_bundle(bundle).exit_code == 0
    assert "1 files of certificates were left out" in (bundle / "README.txt").read_text()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"", b"\n", "no entry of the log says that it was issued"),
        (b'"sig":"', b'"sig":"AAAA', "none of the known keys has signed it"),
        (b'"payload":"', b'"payload":"!', "malformed"),
    ],
)
def test_a_certificate_that_was_not_issued_is_found(office: Office, old: bytes, new: bytes, words: str) -> None:
    bundle, _ = export(office, papers=certified(office))
    path = bundle / "certificates/C-B-1.dsse.json"
    path.write_bytes(path.read_bytes().replace(old, new, 1) if old else path.read_bytes() + new)
    renew_manifest(bundle)

    report = verify_bundle(bundle)
    assert report.verdict is Verdict.FAILED
    assert words in problems(report)


def test_a_certificate_that_is_lacking_is_missed(office: Office) -> None:
    papers = certified(office)
    with office.open() as log:
        log.append([_issued(b"another")])
    bundle, _ = export(office, papers=papers)

    assert "1 of 2 certificates that the log says were issued are not here" in verify_bundle(bundle).to_text()


def _change(path: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def change(bundle: Path) -> None:
        place = bundle / path
        place.write_bytes(place.read_bytes().replace(old, new, 1))

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_change("README.txt", b"DESTRUCTION", b"Destruction"), "README.txt is not the file that MANIFEST.txt lists"),
        (lambda bundle: (bundle / "verify.pyz").unlink(), "verify.pyz is missing, which MANIFEST.txt lists"),
        (lambda bundle: (bundle / "MANIFEST.txt").unlink(), "MANIFEST.txt is missing"),
        (_change("MANIFEST.txt", b"  README.txt", b"  ../README.txt"), "MANIFEST.txt, line 1: it is malformed"),
        (_change("MANIFEST.txt", b"\n", b""), "is missing, which MANIFEST.txt lists"),
        (_change("policy.txt", b"log ", b"log  "), "policy.txt: it is not that of the log"),
    ],
)
def test_what_lies_beside_the_log_is_compared_too(
    full_office: Office, change: Callable[[Path], None], words: str
) -> None:
    bundle, _ = export(full_office)
    change(bundle)

    report = verify_bundle(bundle)
    assert (report.verdict, report.first_broken_entry) == (Verdict.FAILED, None)
    assert words in problems(report)


def test_a_file_that_nobody_listed_is_a_warning(full_office: Office) -> None:
    bundle, _ = export(full_office)
    (bundle / "Thumbs.db").write_bytes(b"")

    report = verify_bundle(bundle)
    assert report.exit_code == 0
    assert "1 files are not listed in MANIFEST.txt" in report.to_text()


@pytest.mark.parametrize(
    ("line", "entry", "words"),
    [
        (b'{"name":"path","seq":0,"text":"WyJhIl0"}', 0, "to which it does not commit"),
        (b'{"name":"owner","seq":5,"text":"x"}', 5, "to which it does not commit"),
        (b'{"name":"path","seq":5,"text":"x"}', 5, "is not the value that was committed to"),
        (b'{"name":"path","seq":99,"text":"x"}', None, "tells of entry 99, and the log has 15"),
        (b'{"first":3,"last":2,"names":["path"]}', None, "line 1: it is malformed"),
        (b'{"first":0,"last":9,"names":[]}', None, "line 1: it is malformed"),
        (b'{"name":"path","seq":true,"text":"x"}', None, "line 1: it is malformed"),
        (b'{"name": "path","seq":5,"text":"x"}', None, "line 1: the same value is spelled differently"),
        (b"[]", None, "line 1: it neither discloses"),
        (b"\xff", None, "line 1: not UTF-8"),
    ],
)
def test_a_value_that_the_log_did_not_commit_to_is_found(
    full_office: Office, line: bytes, entry: int | None, words: str
) -> None:
    bundle, _ = export(full_office)
    (bundle / "disclosures.jsonl").write_bytes(line + b"\n")
    renew_manifest(bundle)

    report = verify_bundle(bundle)
    assert (report.verdict, report.first_broken_entry) == (Verdict.FAILED, entry)
    assert words in problems(report)


def test_values_out_of_order_or_cut_off_are_found(full_office: Office) -> None:
    bundle, _ = export(full_office)
    path = bundle / "disclosures.jsonl"
    good = path.read_bytes()
    lines = good.splitlines(keepends=True)
    for content, words in (
        (b"".join([lines[1], lines[0], *lines[2:]]), "line 2: it is out of order"),
        (b"".join([lines[0], lines[0]]), "line 2: it is out of order"),
        (good[:-1], "it does not end in a newline"),
    ):
        path.write_bytes(content)
        renew_manifest(bundle)
        assert words in problems(verify_bundle(bundle))


def test_a_bundle_is_never_made_where_something_is(full_office: Office) -> None:
    target = full_office.folder / "bundle"
    target.mkdir()
    (target / "thesis.doc").write_text("mine")

    with pytest.raises(BundleRefusedError, match="is there already and not empty"):
        export_bundle(full_office.log, target, EVERYTHING)
    assert [path.name for path in target.iterdir()] == ["thesis.doc"]

    (target / "thesis.doc").unlink()
    export_bundle(full_office.log, target, EVERYTHING)
    assert verify_bundle(target).exit_code == 0


def test_a_damaged_log_makes_no_bundle_and_a_stopped_export_says_so(full_office: Office) -> None:
    full_office.put_lines(full_office.lines()[:-1])
    target = full_office.folder / "bundle"

    with pytest.raises(LogCorruptError):
        export_bundle(full_office.log, target, EVERYTHING)
    assert not target.exists(), "nobody may take half a bundle for a whole one"
    with pytest.raises(BundleRefusedError, match="an export that was stopped left behind"):
        export_bundle(full_office.log, target, EVERYTHING)


def test_a_bundle_made_beside_a_writer_ends_at_one_checkpoint(office: Office) -> None:
    with office.create() as log:
        tell(log, lawful_story("B-0"))
        has_ended = threading.Event()
        writer = threading.Thread(target=_write, args=(log, has_ended))
        writer.start()
        try:
            for number in range(5):
                target = office.folder / f"b{number}"
                contents = export_bundle(office.log, target, EVERYTHING, sidecar=office.sidecar)
                report = verify_bundle(target)
                assert report.exit_code == 0, report.to_text()
                assert (report.size, report.missing) == (contents.entries, 0)
                assert not any("list of checkpoints" in warning for warning in report.warnings)
        finally:
            has_ended.set()
            writer.join()


def _write(log: DisposalLog, has_ended: threading.Event) -> None:
    number = 0
    while not has_ended.is_set():
        number += 1
        tell(log, lawful_story(f"B-{number}"))


def test_a_double_click_on_the_verifier_judges_the_folder_it_lies_in(full_office: Office) -> None:
    bundle, _ = export(full_office)

    ended = subprocess.run(
        [sys.executable, "-I", "-S", str(bundle / "verify.pyz")], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout.splitlines()[0]) == (0, "VERIFIED WITH WARNINGS"), ended.stderr
    assert "13 shown, 0 withheld" in ended.stdout
    assert sorted(path.name for path in bundle.iterdir() if path.is_dir()) == ["log"], "nothing was written"


def test_the_command_line_takes_a_bundle_as_it_takes_a_log(
    full_office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    with full_office.open() as log:
        words = [word for key in log.vkeys for word in ("--key", key)]
    bundle, _ = export(full_office)
    assert main(["verify", str(bundle), *words]) == 0
    shutil.copy(bundle / "README.txt", bundle / "disclosures.jsonl")
    assert main(["verify", str(bundle), *words]) == 5
    assert "disclosures.jsonl is not the file that MANIFEST.txt lists" in capsys.readouterr().out
    assert main(["show", str(bundle), "--type", "hold.check"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_the_page_is_not_carried_inside_the_program_and_the_program_is_whole(full_office: Office) -> None:
    bundle, _ = export(full_office)

    names = zipfile.ZipFile(bundle / "verify.pyz").namelist()
    assert "disposal_log/bundling/checking.py" in names
    assert not [name for name in names if not name.endswith(".py")]


def test_a_bundle_without_its_values_says_that_none_were_given(full_office: Office) -> None:
    target = full_office.folder / "bundle"
    export_bundle(full_office.log, target, EVERYTHING)
    report = verify_bundle(target)
    assert (report.disclosed, report.withheld, report.missing) == (0, 0, 13)

    (target / "disclosures.jsonl").unlink()
    renew_manifest(target)
    report = verify_bundle(target)
    assert (report.exit_code, report.withheld) == (0, 13)
    assert "the disclosed values" in report.not_checked[0]


def test_a_folder_that_holds_no_log_cannot_be_judged(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "MANIFEST.txt").write_text("")

    assert verify_bundle(tmp_path).verdict is Verdict.CANNOT_SAY


def test_the_time_of_the_export_is_nowhere_so_that_two_bundles_are_alike(full_office: Office) -> None:
    one, _ = export(full_office)
    other = full_office.folder / "other"
    export_bundle(full_office.log, other, EVERYTHING, sidecar=full_office.sidecar)

    assert (one / "MANIFEST.txt").read_bytes() == (other / "MANIFEST.txt").read_bytes()
    assert NOON.isoformat()[:10] not in (one / "README.txt").read_text()


def test_what_lies_or_is_linked_beside_the_anchors_leaves_the_house_in_no_bundle(full_office: Office) -> None:
    folder = full_office.log / "anchors"
    folder.mkdir(exist_ok=True)
    (folder / "list of names.csv").write_text("Rita Rees")
    (folder / "12.w1.note").symlink_to(next(iter(full_office.keys.glob("*.key"))))
    (folder / "7.w1.note").write_text("seen")

    bundle, _ = export(full_office, Choice(audience=Audience.PUBLIC))

    assert [path.name for path in (bundle / "log/anchors").iterdir()] == ["7.w1.note"]
