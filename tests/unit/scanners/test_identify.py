"""Types are told from bytes, so that a wrong name neither hides a record nor sends it to the wrong reader."""

import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import LibmagicMissingError, identify, libmagic_version
from scanners.identification import libmagic as loading
from scanners.identification.media_types import name_mismatch
from scanners.source import MemorySource

Builder = Callable[..., bytes]
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def type_of(content: bytes, name: str = "file") -> str:
    return identify(content[:65536], content, name)


def test_office_files_are_told_apart_by_their_content_and_not_by_their_name(
    docx: Builder, xlsx: Builder, pdf: Builder
) -> None:
    assert type_of(docx(), "wrong.zip") == WORD
    assert type_of(xlsx(), "wrong.docx") == EXCEL
    assert type_of(pdf("page"), "wrong.txt") == "application/pdf"


def test_a_word_document_that_was_cut_off_is_not_taken_for_an_archive_without_text(docx: Builder) -> None:
    assert type_of(docx()[:-40]) == WORD


def test_one_odd_byte_of_an_old_terminal_does_not_hide_a_text() -> None:
    assert type_of(b"Minutes of the committee\x7f\nApologies\n") == "text/plain"


def test_an_archive_that_merely_holds_a_document_is_an_archive(archive: Builder, docx: Builder) -> None:
    assert type_of(archive({"letter.docx": docx(), "notes.txt": "x"})) == "application/zip"


def test_open_document_states_its_own_type(archive: Builder) -> None:
    content = archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}, packing=0)

    assert type_of(content) == "application/vnd.oasis.opendocument.text"


def test_a_stated_type_that_is_no_type_is_not_believed(archive: Builder) -> None:
    assert type_of(archive({"mimetype": "<script>\n", "a": "b"}, packing=0)) == "application/zip"


@pytest.mark.parametrize(
    ("stream", "media_type"),
    [
        ("WordDocument", "application/msword"),
        ("Workbook", "application/vnd.ms-excel"),
        ("PowerPoint Document", "application/vnd.ms-powerpoint"),
        ("__properties_version1.0", "application/vnd.ms-outlook"),
        ("EncryptedPackage", "application/x-encrypted-ooxml"),
    ],
)
def test_old_office_files_are_told_apart_by_their_directory(
    compound_file: Builder, stream: str, media_type: str
) -> None:
    content = compound_file("\x05SummaryInformation", "One", "Two", "Three", "Four", stream)

    assert type_of(content) == media_type


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (b"", "empty.docx", "inode/x-empty"),
        (b"Dear Sir,\n", "letter", "text/plain"),
        (b"a,b\n1,2\n", "table.CSV", "text/csv"),
        ("Conseil communal, \xe9t\xe9".encode("cp1252"), "notes.txt", "text/plain"),
        ("\ufeffnotes".encode("utf-16-le"), "notes.txt", "text/plain"),
        (b"<!DOCTYPE html><p>x", "page", "text/html"),
        (b"<?xml version='1.0'?><html/>", "page.xml", "text/html"),
        (b"<?xml version='1.0'?><r/>", "r", "application/xml"),
        (b"{\\rtf1 x}", "letter.doc", "application/rtf"),
        (b"\xff\xd8\xff\xe0", "photo.jpg", "image/jpeg"),
        (b'{"a": 1}', "a.json", "application/json"),
        (b"BEGIN:VCALENDAR", "x", "text/calendar"),
        (b"BEGIN:VCARD", "x", "text/vcard"),
        (b"<note>x</note>", "x.xml", "application/xml"),
        (b"<note>x</note>", "x.htm", "text/html"),
        (b"RIFF\0\0\0\0WAVEfmt ", "x.wav", "audio/x-wav"),
        (b"\0\0\0\x18ftypheic", "x.heic", "image/heic"),
        (bytes(257) + b"ustar", "x.tar", "application/x-tar"),
        (b"Received: x\nFrom: a@b.c\nSubject: x\n\nhello", "m", "message/rfc822"),
        (b"From a@b.c Mon\nMessage-ID: <1>\nFrom: a@b.c\n\nhello", "m", "application/mbox"),
    ],
)
def test_common_types_are_known(content: bytes, name: str, media_type: str) -> None:
    assert type_of(content, name) == media_type


def test_a_memo_that_begins_like_an_e_mail_is_still_read_as_text() -> None:
    assert type_of(b"From: The Clerk\nTo: All members\nSubject: Parking\n\nPlease note", "memo.txt") == "text/plain"


def test_rarer_types_are_left_to_libmagic() -> None:
    assert type_of(b"MZ" + bytes(200), "setup.exe") == "application/x-dosexec"


def test_libmagic_comes_from_the_wheel_and_tells_its_version() -> None:
    assert libmagic_version().startswith("5.")


def test_a_missing_libmagic_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "magic", None)
    loading._loaded.cache_clear()

    with pytest.raises(LibmagicMissingError, match="Install the packages python-magic and pylibmagic"):
        libmagic_version()

    loading._loaded.cache_clear()


@given(st.binary(max_size=600), st.sampled_from(["", "a.csv", "b.xml", "c.eml", "d.json"]))
def test_no_bytes_make_identification_fail(content: bytes, name: str) -> None:
    assert "/" in type_of(content, name)


@given(st.sampled_from([b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]), st.binary(max_size=1500))
def test_no_damaged_office_file_makes_identification_fail(signature: bytes, rest: bytes) -> None:
    assert "/" in type_of(signature + rest)


@given(st.data())
def test_no_changed_byte_of_an_old_office_file_makes_identification_fail(
    compound_file: Builder, data: st.DataObject
) -> None:
    content = bytearray(compound_file("WordDocument", "1Table"))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))

    assert "/" in type_of(bytes(content))


def test_a_source_gives_nothing_outside_its_bounds() -> None:
    source = MemorySource(b"abc")

    assert (source.at(-1, 2), source.at(2, 5), source.at(9, 1)) == (b"", b"c", b"")


def test_a_name_that_promises_another_type_is_noted_in_plain_words() -> None:
    problem = name_mismatch("Finance/invoice.pdf", WORD)

    assert problem is not None
    assert problem.detail == "named .pdf but its content is a Word document"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.docx", WORD),
        ("a.docx", "application/x-encrypted-ooxml"),
        ("a.txt", "inode/x-empty"),
        ("a.bin", "application/octet-stream"),
        ("a.txt", "text/html"),
        ("no_ending", WORD),
        ("a.unheard-of", WORD),
    ],
)
def test_no_alarm_is_raised_where_the_name_promises_nothing_else(name: str, media_type: str) -> None:
    assert name_mismatch(name, media_type) is None


@pytest.mark.parametrize("name", ["a/report.docx", "b.PDF", "sums.xlsx"])
@pytest.mark.parametrize("media_type", ["application/octet-stream", "inode/x-empty"])
def test_a_document_that_lost_its_content_is_not_taken_for_one_that_says_nothing(name: str, media_type: str) -> None:
    found = name_mismatch(name, media_type)

    assert found is not None
    assert found.kind.hides_content


@pytest.mark.parametrize("name", ["~$report.docx", "._b.pdf", "tape.bin", "note.txt"])
def test_residue_and_files_we_do_not_read_are_not_called_damaged(name: str) -> None:
    assert name_mismatch(name, "application/octet-stream") is None
