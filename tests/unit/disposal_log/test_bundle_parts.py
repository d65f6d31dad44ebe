"""The parts of a bundle by themselves: foreign bytes raise our errors and no others, and nothing leaves unchosen."""

import io
import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.bundling.choosing import Audience, Choice, Chooser
from disposal_log.bundling.disclosed import DisclosedFile, DisclosureWriter
from disposal_log.bundling.manifest import manifest_faults, manifest_text
from disposal_log.bundling.page import page_text, verifier_script
from disposal_log.bundling.papers import Papers
from disposal_log.formats.canonical import JSON
from disposal_log.formats.disclosures import digest_of
from disposal_log.verifying.withholding import NamedSpan

NAMES = st.sampled_from(["path", "sha256", "owner"])
FRAGMENTS = st.sampled_from(
    [b'{"name":"path","seq":1,"text":"x"}\n', b'{"first":0,"last":1,"names":["a"]}\n', b"\n", b"0"]
)


def disclosed_file(content: bytes, size: int) -> tuple[dict[int, dict[str, str]], DisclosedFile, tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "disclosures.jsonl"
        path.write_bytes(content)
        file = DisclosedFile(path)
        found = file.of(0, size)
        faults = file.finish(size)
        file.close()
        return found, file, faults


@given(st.one_of(st.binary(max_size=200), st.lists(FRAGMENTS, max_size=6).map(b"".join)))
def test_whatever_lies_in_the_file_of_values_is_read_or_found_faulty(content: bytes) -> None:
    found, _, faults = disclosed_file(content, 3)

    assert all(isinstance(text, str) for texts in found.values() for text in texts.values())
    assert faults or content.count(b"\n") == len(content.splitlines())


@given(st.binary(max_size=300))
def test_whatever_lies_in_a_manifest_is_read_or_found_faulty(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder)
        (bundle / "README.txt").write_bytes(b"hello")
        (bundle / "MANIFEST.txt").write_bytes(manifest_text(bundle).encode() + content)

        faults, warnings = manifest_faults(bundle)

    assert faults or not content
    assert not warnings


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a//b", "./x", "log/checkpoint", "a\\b", "a/../../x", ""])
def test_a_manifest_never_leads_out_of_the_bundle(tmp_path: Path, path: str) -> None:
    (tmp_path / "MANIFEST.txt").write_text(f"{'0' * 64}  {path}\n")

    assert manifest_faults(tmp_path) == (("MANIFEST.txt, line 1: it is malformed",), ())


@given(st.binary(max_size=300), st.sampled_from(["x.dsse.json", "x.tlog-proof"]))
def test_whatever_lies_among_the_certificates_is_found_faulty(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "certificates").mkdir()
        (Path(folder) / "certificates" / name).write_bytes(content)

        assert Papers(Path(folder)).faults


@given(
    st.lists(
        st.dictionaries(NAMES, st.sampled_from(["chosen", "kept back", "gone", "spoilt"]), max_size=3),
        max_size=30,
    )
)
def test_what_is_written_of_each_value_is_what_is_read_of_it(entries: list[dict[str, str]]) -> None:
    file = io.BytesIO()
    writer = DisclosureWriter(file, lambda seq, _entry, name: entries[seq][name] == "chosen")
    for seq, fates in enumerate(entries):
        commitments: dict[str, JSON] = {name: digest_of(f"{name}{seq}") for name in fates}
        kept = {name: f"{name}{seq}" for name, fate in fates.items() if fate != "gone"}
        kept |= {name: "" for name, fate in fates.items() if fate == "spoilt"}
        writer.add(seq, {"sd": commitments} if commitments else {}, kept)
    writer.finish()

    found, read, faults = disclosed_file(file.getvalue(), len(entries))

    assert faults == ()
    for seq, fates in enumerate(entries):
        assert found.get(seq, {}) == {name: f"{name}{seq}" for name, fate in fates.items() if fate == "chosen"}
        for name, fate in fates.items():
            assert _is_in(read.left_out, seq, name) == (fate == "kept back"), (seq, name, fate)


def _is_in(spans: object, seq: int, name: str) -> bool:
    assert isinstance(spans, list)
    return any(isinstance(span, NamedSpan) and span.first <= seq <= span.last and name in span.names for span in spans)


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        (Choice(audience=Audience.AUDITOR), True),
        (Choice(audience=Audience.AUDITOR, assets=frozenset({"A-1"})), True),
        (Choice(audience=Audience.AUDITOR, assets=frozenset({"A-2"})), False),
        (Choice(audience=Audience.FOI), False),
        (Choice(audience=Audience.FOI, batches=frozenset({"B-1"})), True),
        (Choice(audience=Audience.FOI, batches=frozenset({"B-1"}), fields=frozenset({"sha256"})), False),
        (Choice(audience=Audience.PUBLIC, batches=frozenset({"B-1"})), False),
    ],
)
def test_a_value_that_nobody_chose_stays_in_the_house(choice: Choice, *, chosen: bool) -> None:
    chooser = Chooser(choice)
    chooser.observe({"type": "batch.proposed", "batch": "B-1", "asset": "A-1"})

    assert chooser.is_chosen(5, {"type": "item.outcome", "batch": "B-1"}, "path") is chosen


def test_the_page_is_one_file_that_may_run_nothing_but_itself() -> None:
    page = page_text()

    assert page == page_text()
    assert page.isascii() or page.encode("utf-8").decode() == page
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert not re.search(r"@[A-Z_]+@", page), "every part is in its place"
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)


def test_the_page_knows_the_tables_of_the_format() -> None:
    script = verifier_script()

    found = re.search(r"const TYPES_OF_THE_FORMAT = (\[.*?\]);", script, re.DOTALL)
    assert found is not None
    assert "batch.proposed" in json.loads(found[1])
