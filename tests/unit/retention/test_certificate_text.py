"""What a certificate prints and lists: no character hides, none is lost, and no cell is a formula."""

import base64
import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log import Result
from retention.services.certifying.account import BatchAccount, ItemEnd
from retention.services.certifying.installed import PACKAGES, code_digest, digest_below
from retention.services.certifying.item_list import items_csv
from retention.services.certifying.residual import residual_copies
from retention.services.certifying.shown_text import IN_THE_FONTS, LONGEST, printed
from retention.services.certifying.wording import ASSURANCE, DOES_NOT_PROVE, PROVES, STATUS_WORDS
from retention.store.certificates import CopiesElsewhere

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MAY_BREAK = "\u200b"
ANY_NAME = st.text(
    st.characters(exclude_categories=()), max_size=40
)  # surrogates too: names that are not UTF-8 carry them


def end_of(path: str | bytes | None, *, result: Result = Result.DESTROYED) -> ItemEnd:
    return ItemEnd(
        seq=4,
        result=result,
        size_bytes=1,
        reason="-as approved",
        method="unlink",
        assurance="L1",
        was_quarantined=True,
        path=path,
        sha256="0" * 64,
    )


def row_of(path: str | bytes | None) -> dict[str, str]:
    account = BatchAccount(
        "B-1", ends={0: end_of(path)}, redactions=[(9, [{"first": 0, "last": 3, "names": ["path"]}])]
    )
    (row,) = csv.DictReader(io.StringIO(items_csv(account), newline=""))
    return dict(row)


@pytest.mark.parametrize("sign", [*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20", "\ufeff="])
def test_no_name_is_a_formula_for_a_spreadsheet_of_another_country_either(sign: str) -> None:
    name = f"{sign}cmd|calc"

    row = row_of(name)

    assert row["path"].startswith("'")
    assert base64.b64decode(row["path_base64"]).decode() == name


@given(ANY_NAME)
def test_every_character_that_is_printed_is_in_the_fonts_and_none_is_lost(name: str) -> None:
    words = printed(name, longest=10_000)

    assert set(words) <= IN_THE_FONTS | {MAY_BREAK}
    assert len(words.replace(MAY_BREAK, "")) >= len(name)
    assert not [run for run in re.split(r"[\s/\u200b-]", words) if len(run) > 24]


def test_a_name_is_left_as_it_is_when_it_fits() -> None:
    assert printed("Finance/Café and Łódź, 2014-15.pdf") == "Finance/Café and Łódź, 2014-15.pdf"


def test_a_long_name_is_cut_in_the_middle_and_says_by_how_much() -> None:
    words = printed("a" * 10_000 + "/end.txt")

    assert "[9,608 characters left out here]" in words
    assert words.replace(MAY_BREAK, "").endswith("a/end.txt")
    assert len(words.replace(MAY_BREAK, "")) < LONGEST + 50


def test_every_letter_that_is_not_spelt_out_is_in_the_fonts() -> None:
    typst = pytest.importorskip("typst", reason="typst is not installed")
    every = "".join(sorted(IN_THE_FONTS))
    source = '#set text(font: sys.inputs.font, fallback: false)\n#set document(title: "x")\n#sys.inputs.words'

    for font in ("Libertinus Serif", "DejaVu Sans Mono"):
        # level A refuses a letter that the font lacks
        made = typst.compile(
            source.encode(),
            format="pdf",
            ignore_system_fonts=True,
            pdf_standards=["a-3a"],
            sys_inputs={"font": font, "words": every},
        )
        assert made.startswith(b"%PDF-")


@given(st.one_of(ANY_NAME.filter(lambda name: "\0" not in name), st.binary(min_size=1, max_size=30)))
def test_the_list_has_the_exact_name_in_one_of_two_columns(name: str | bytes) -> None:
    row = row_of(name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass"))
    exact = base64.b64decode(row["path_base64"]) if row["path_base64"] else row["path"].encode()

    assert exact == (name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass"))
    assert not row["path"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["reason"] == "'-as approved"


def test_a_value_that_is_gone_is_missed_in_words() -> None:
    assert row_of(None)["note"] == "path no longer kept"


def test_the_digest_of_the_code_changes_with_any_of_its_files(tmp_path: Path) -> None:
    for package in PACKAGES:
        (tmp_path / package / "__pycache__").mkdir(parents=True)
        (tmp_path / package / "__init__.py").write_text("x = 1\n")
    before = digest_below(tmp_path)

    (tmp_path / "rules" / "__pycache__" / "x.pyc").write_bytes(b"compiled")
    assert digest_below(tmp_path) == before
    (tmp_path / "rules" / "__init__.py").write_text("x = 2\n")

    assert digest_below(tmp_path) != before
    assert re.fullmatch(r"[0-9a-f]{64}", code_digest())


def test_the_words_of_a_certificate_claim_no_standard_of_destruction() -> None:
    words = json.dumps([PROVES, DOES_NOT_PROVE, dict(ASSURANCE), dict(STATUS_WORDS)]).lower()

    assert "15713" not in words
    assert "secure shred" not in words
    assert list(ASSURANCE) == ["L0", "L1", "L2", "L3", "L4", "L5"]


def test_every_kind_of_copy_that_is_left_is_named_on_its_own() -> None:
    ends = {
        0: end_of("a"),
        1: end_of("b", result=Result.NAME_REMOVED),
        2: end_of("c", result=Result.FAILED),
        3: end_of("d", result=Result.FAILED)._replace(was_quarantined=False),
        4: end_of("e", result=Result.QUARANTINED),
    }
    account = BatchAccount("B-1", ends=ends, restorable_until=NOON, last_destroyed_at=NOON)

    blocks = residual_copies(account, CopiesElsewhere(items=1, copies=3, size_bytes=7), backup_days=None)

    assert [(block.kind, block.items, block.until) for block in blocks] == [
        ("quarantine", 1, NOON.date()),
        ("other names", 1, None),
        ("left in quarantine", 1, None),
        ("elsewhere", 1, None),
        ("backups", 2, None),
    ]
    assert "nobody has said how long" in blocks[-1].words


def test_what_destroyed_nothing_leaves_nothing_in_backups() -> None:
    account = BatchAccount("B-1", ends={0: end_of("a", result=Result.HELD)})

    assert residual_copies(account, CopiesElsewhere(items=0, copies=0, size_bytes=0), backup_days=90) == ()
