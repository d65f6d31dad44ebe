"""`python -m disposal_log`: one line of verdict, documented exit codes, no tracebacks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from disposal_log.__main__ import main
from tests.integration.disposal_log.office import Office


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    status = main([str(word) for word in words])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_an_intact_log_ends_with_0_and_its_warnings_in_words(
    full_office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "verify", full_office.log)

    assert (status, err) == (0, "")
    assert out.startswith("VERIFIED WITH WARNINGS\n")
    assert "the key was found only inside the log" in out
    assert "nothing kept outside was compared" in out
    assert "not checked:" in out


def test_warnings_are_no_success_when_strict(full_office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "verify", full_office.log, "--strict")[0] == 3


@pytest.mark.parametrize("way", ["text", "file of keys", "policy"])
def test_a_key_may_be_given_as_text_or_file(full_office: Office, capsys: pytest.CaptureFixture[str], way: str) -> None:
    with full_office.open() as log:
        vkey, note = log.vkey, log.checkpoint_note
    keys, seen = full_office.folder / "keys.txt", full_office.folder / "seen"
    seen.write_bytes(note)
    keys.write_text(f"# from the policy document\n\n{vkey}\n")
    given = {"text": vkey, "file of keys": str(keys), "policy": str(full_office.log / "policy.txt")}[way]

    status, out, _ = run(
        capsys, "verify", full_office.log, "--key", given, "--seen", seen, "--sidecar", full_office.sidecar, "--strict"
    )
    assert (status, out.splitlines()[0]) == (0, "VERIFIED")


def test_programs_get_one_json_object(full_office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "verify", full_office.log, "--json")

    found = json.loads(out)
    assert (status, found["verdict"], found["size"]) == (0, "VERIFIED_WITH_WARNINGS", 15)
    assert len(found["root"]) == 64


def test_a_broken_log_ends_with_5_and_names_the_entry(full_office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    path = full_office.entries / "00000.jsonl"
    path.write_bytes(path.read_bytes().replace(b"FIN-07", b"FIN-08"))

    status, out, _ = run(capsys, "verify", full_office.log)
    assert (status, out.splitlines()[0]) == (5, "FAILED at entry 2")
    assert json.loads(run(capsys, "verify", full_office.log, "--json")[1])["first_broken_entry"] == 2


@pytest.mark.parametrize("case", ["nowhere", "empty", "a file", "no sidecar", "no seen", "bad seen", "bad key"])
def test_what_cannot_be_judged_ends_with_1_and_one_plain_message(
    full_office: Office, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    folder = full_office.folder
    (folder / "empty").mkdir()
    (folder / "file").write_text("x")
    words: dict[str, list[str | Path]] = {
        "nowhere": [folder / "nowhere"],
        "empty": [folder / "empty"],
        "a file": [folder / "file"],
        "no sidecar": [full_office.log, "--sidecar", folder / "empty"],
        "no seen": [full_office.log, "--seen", folder / "nowhere"],
        "bad seen": [full_office.log, "--seen", folder / "file"],
        "bad key": [full_office.log, "--key", "not a key"],
    }

    status, out, err = run(capsys, "verify", *words[case])
    assert status == 1
    assert "Traceback" not in out + err
    assert out.startswith("CANNOT SAY\n") or len(err.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_log_that_may_not_be_read_ends_with_1(full_office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    (full_office.entries / "00000.jsonl").chmod(0)

    assert run(capsys, "verify", full_office.log)[0] == 1


def test_a_log_is_found_inside_a_bundle(full_office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "verify", full_office.folder)[0] == 0
    assert len(run(capsys, "show", full_office.folder)[1].splitlines()) == 15


def test_wrong_usage_ends_with_2() -> None:
    for words in ([], ["verify"], ["verify", "a", "b"], ["burn", "a"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2


def test_the_story_of_one_item_is_shown(full_office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    def kinds(*words: str | Path) -> list[str]:
        return [line.split()[2] for line in run(capsys, "show", full_office.log, *words)[1].splitlines()]

    whole_batch = ["batch.proposed", "batch.decision", "batch.intent", "hold.check", "batch.intent"]
    assert sorted(kinds("--item", "B-1/1")) == sorted(
        [*whole_batch, "item.outcome", "item.outcome", "batch.closed", "certificate.issued"]
    )
    assert len(kinds("--item", "B-1/7")) == 5
    assert len(kinds("--item", "B-1")) == 13
    assert kinds("--item", "C-B-1") == ["certificate.issued"]
    assert kinds("--type", "hold.check") == ["hold.check"]
    assert kinds("--item", "nothing") == []
    path = "Finance/2018/B-1/Tŷ 1.pdf"
    assert kinds("--item", path) == []
    assert kinds("--item", path, "--sidecar", full_office.sidecar) == ["item.outcome"] * 2


def test_shown_entries_are_safe_to_print_and_easy_to_parse(
    full_office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, "show", full_office.log, "--sidecar", full_office.sidecar)
    assert out.isascii()
    assert "T\\u0177 1.pdf" in out
    _, out, _ = run(capsys, "show", full_office.log, "--sidecar", full_office.sidecar, "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert found[5]["disclosures"]["path"] == "Finance/2018/B-1/Tŷ 0.pdf"
    assert "disclosures" not in json.loads(run(capsys, "show", full_office.log, "--json")[1].splitlines()[0])


def test_showing_no_log_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "show", tmp_path)

    assert (status, out) == (1, "")
    assert "no disposal log" in err


def test_a_reader_that_stops_listening_causes_no_traceback(full_office: Office) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    ended = subprocess.run(
        [shell, "-c", f"{sys.executable} -m disposal_log show {full_office.log} | head -n 1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (len(ended.stdout.splitlines()), ended.stderr) == (1, "")
