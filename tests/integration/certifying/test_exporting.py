"""`retention log export`: a real disposal, its real certificate, and the bundle that an auditor takes away."""

import json
import shutil
from pathlib import Path

import pytest

from disposal_log import EntryType
from disposal_log.bundling.checking import verify_bundle
from retention.commands import main
from retention.errors import InvalidInputError
from retention.services import recording
from retention.services.certifying import issue_certificate, save_certificate
from retention.services.log_exporting import export_log
from tests.integration.disposing.world import RITA, World, build_world


@pytest.fixture(scope="module")
def disposed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Give a workspace with a batch that was disposed of and certified; the certificate was saved as files."""
    world = build_world(tmp_path_factory.mktemp("office"), files=3)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.dispose(batch.batch_id)
    with world.catalogue() as catalogue, world.log() as log:
        issued = issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=world.clock.now(), backup_days=90)
    save_certificate(issued, world.workspace.certificates)
    return world


def run(world: World, *words: str) -> int:
    return main(["--workspace", str(world.workspace.folder), *words])


def test_an_auditor_gets_a_bundle_that_verifies_with_its_certificate(
    disposed: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "stick"

    assert run(disposed, "log", "export", "--for", "auditor", str(bundle), "--tiles") == 0

    said = capsys.readouterr().out
    assert "0 withheld" in said
    report = verify_bundle(bundle)
    assert report.exit_code == 0, report.to_text()
    assert report.missing == 0
    assert not any("certificates that the log says" in warning for warning in report.warnings)
    assert (bundle / "tiles/checkpoint").read_bytes() == (bundle / "log/checkpoint").read_bytes()
    assert [path.suffixes for path in bundle.glob("certificates/*.json")] == [[".dsse", ".json"]]
    assert [path.name for path in bundle.glob("certificates/*.tlog-proof")]
    assert run(disposed, "log", "verify", "--log", str(bundle)) == 0
    (bundle / "README.txt").write_text("trust us")
    assert run(disposed, "log", "verify", "--log", str(bundle)) == 5


def test_the_public_gets_no_name_no_path_and_no_page(
    disposed: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "web"

    assert run(disposed, "log", "export", "--for", "public", str(bundle), "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["disclosed"], told["for"]) == (0, "public")
    everything = b"".join(path.read_bytes() for path in bundle.rglob("*") if path.is_file())
    for private in (b"Rita Rees", b"Ian Owusu", b"Invoices"):
        assert private not in everything
    assert not list(bundle.glob("certificates/*.pdf"))
    assert verify_bundle(bundle).exit_code == 0


def test_a_certificate_that_nobody_saved_comes_from_the_catalogue(disposed: World, tmp_path: Path) -> None:
    hidden = disposed.workspace.certificates.rename(tmp_path / "elsewhere")
    try:
        with disposed.catalogue() as catalogue:
            done = export_log(disposed.workspace, catalogue, tmp_path / "stick", audience="auditor")
    finally:
        shutil.move(hidden, disposed.workspace.certificates)

    assert (done.certificate_files, done.certificates_not_found) == (1, 0)
    assert verify_bundle(tmp_path / "stick").exit_code == 0


def test_a_bundle_is_refused_in_plain_words_where_it_may_not_be(
    disposed: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.doc").write_text("mine")
    (tmp_path / "file").write_text("")

    assert run(disposed, "log", "export", "--for", "auditor", str(tmp_path / "full")) == 2
    assert "Name a folder that is new or empty." in capsys.readouterr().err
    assert run(disposed, "log", "export", "--for", "auditor", str(tmp_path / "file" / "below")) == 2
    assert "could not be written" in capsys.readouterr().err
    with disposed.catalogue() as catalogue, pytest.raises(InvalidInputError, match="discloses no value at all"):
        export_log(disposed.workspace, catalogue, tmp_path / "x", audience="public", batches=["B-1"])
    assert run(disposed, "log", "export", "--for", "the press", str(tmp_path / "x")) == 2


@pytest.mark.parametrize("place", ["log/entries/00001.jsonl", "log/anchors/x", "keys/x", "certificates/x", "sidecar/x"])
def test_a_bundle_never_lands_among_the_entries_that_it_is_a_copy_of(disposed: World, place: str) -> None:
    target = disposed.workspace.folder / place

    assert run(disposed, "log", "export", "--for", "auditor", str(target)) == 2

    assert not target.exists()
    assert run(disposed, "log", "verify") == 0


@pytest.mark.parametrize(
    "words",
    [("--for", "foi", "--batch", "B-\udcff", "new"), ("--for", "public", "."), ("--for", "public", "/")],
)
def test_what_cannot_be_meant_is_refused_in_words_and_not_with_a_trace(
    disposed: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    (tmp_path / "something").touch()
    monkeypatch.chdir(tmp_path)

    assert run(disposed, "log", "export", *words) == 2

    assert "No bundle was made" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["something"]


def test_a_page_printed_before_a_redaction_does_not_carry_out_what_was_redacted(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    with world.catalogue() as catalogue, world.log() as log:
        issued = issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=world.clock.now())
    save_certificate(issued, world.workspace.certificates)
    (world.workspace.certificates / "C-B-0001.pdf").write_bytes(b"Invoices/0.txt")  # also where typst is lacking
    for count in (1, 0):
        target = tmp_path / f"bundle{count}"
        with world.catalogue() as catalogue:
            export_log(world.workspace, catalogue, target, audience="auditor")
        assert len(list(target.glob("certificates/*.pdf"))) == count
        if count:
            with world.log() as log:
                body = {"ground": "UK GDPR article 17", "authority": "data protection officer"}
                draft = recording.drafted(EntryType.REDACTION, at=world.clock.now(), actor=RITA.person_id, body=body)
                log.redact(draft, first=0, last=log.size - 1, names=["path"])
    assert list((tmp_path / "bundle0").glob("certificates/*.dsse.json"))
