"""Left-overs are recognised by their names, and a document that somebody has open is not taken for a left one."""

from datetime import UTC, datetime, timedelta

import pytest

from scanners.crawling import ResidueKind, document_beside, documents_locked_by, is_fresh, residue_of

NOON = datetime(2024, 6, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Thumbs.db", ResidueKind.LITTER),
        ("THUMBS.DB", ResidueKind.LITTER),
        ("desktop.ini", ResidueKind.LITTER),
        (".DS_Store", ResidueKind.LITTER),
        ("._Minutes.docx", ResidueKind.LITTER),
        ("~$Minutes.docx", ResidueKind.LOCK),
        (".~lock.Budget.ods#", ResidueKind.LOCK),
        ("cases.laccdb", ResidueKind.LOCK),
        ("CASES.LDB", ResidueKind.LOCK),
        ("~WRL0001.tmp", ResidueKind.TEMPORARY),
        ("ppt1A.tmp", ResidueKind.TEMPORARY),
        ("drawing.bak", ResidueKind.BACKUP),
    ],
)
def test_what_a_program_left_behind_is_recognised(name: str, kind: ResidueKind) -> None:
    residue = residue_of(name)

    assert residue is not None
    assert residue.kind is kind
    assert residue.detail


@pytest.mark.parametrize(
    "name", ["Minutes.docx", "Thumbs.db.docx", "tmp", "bak", ".", "._", "~$", "contacts.db", ".htaccess", "a.tmpl", ""]
)
def test_no_record_is_taken_for_a_left_over(name: str) -> None:
    assert residue_of(name) is None


def test_word_s_own_leftovers_are_told_from_other_temporary_files() -> None:
    word, other = residue_of("~WRL0033.tmp"), residue_of("~x.tmp")

    assert word is not None
    assert other is not None
    assert "Word" in word.detail
    assert "Word" not in other.detail


@pytest.mark.parametrize(
    ("lock", "document"),
    [
        ("~$Budget 2024.xlsx", "Budget 2024.xlsx"),
        ("~$Slides.pptx", "Slides.pptx"),
        ("~$nutes of June.docx", "Minutes of June.docx"),
        ("~$inutes.doc", "Minutes.doc"),
        ("~$Plan.docx", "Plan.docx"),
        (".~lock.Budget.ods#", "Budget.ods"),
        ("cases.laccdb", "Cases.accdb"),
        ("cases.ldb", "cases.mdb"),
    ],
)
def test_a_lock_names_the_document_that_is_open(lock: str, document: str) -> None:
    assert documents_locked_by(lock, [lock, document, "Other.docx", "Other.mdb"]) == (document,)


def test_when_two_documents_may_be_meant_both_count_as_open() -> None:
    assert documents_locked_by("~$nutes of June.docx", ["Minutes of June.docx", "minutes of June.docx"]) == (
        "Minutes of June.docx",
        "minutes of June.docx",
    )


@pytest.mark.parametrize("name", ["Minutes.docx", "x.tmp", "~$", "orphan.ldb"])
def test_what_is_no_lock_locks_nothing(name: str) -> None:
    assert documents_locked_by(name, [name, "Minutes.docx", "Other.mdb"]) == ()


def test_what_a_mac_keeps_belongs_to_the_file_of_that_name() -> None:
    assert document_beside("._Minutes.docx") == "Minutes.docx"
    assert document_beside("Minutes.docx") is None
    assert document_beside("._") is None


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (1, True), (3, False), (-1, True)])
def test_a_lock_of_today_means_that_somebody_works_there(age: int, *, fresh: bool) -> None:
    assert is_fresh(modified_at=NOON - timedelta(days=age), as_of=NOON) is fresh
