"""The families of types that fill an office share are told by their content, also the old and the odd ones."""

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.identification.identify import recognise
from scanners.identification.media_types import in_words, name_mismatch
from scanners.source import MemorySource

Builder = Callable[..., bytes]
OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."


def type_of(content: bytes, name: str = "file") -> str | None:
    return recognise(MemorySource(content), name)


@pytest.mark.parametrize(
    ("part", "media_type"),
    [
        (OOXML + "wordprocessingml.template.main+xml", OOXML + "wordprocessingml.template"),
        (
            "application/vnd.ms-word.document.macroEnabled.main+xml",
            "application/vnd.ms-word.document.macroEnabled.12",
        ),
        ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.12"),
        (
            "application/vnd.ms-excel.sheet.binary.macroEnabled.main",
            "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
        ),
        (OOXML + "presentationml.slideshow.main+xml", OOXML + "presentationml.slideshow"),
        ("application/vnd.ms-visio.drawing.main+xml", "application/vnd.ms-visio.drawing"),
        ("application/vnd.ms-visio.stencil.macroEnabled.main+xml", "application/vnd.ms-visio.stencil.macroEnabled.12"),
        ("application/vnd.ms-package.xps-fixeddocumentsequence+xml", "application/vnd.ms-xpsdocument"),
    ],
)
def test_every_kind_of_new_office_file_is_told_apart(archive: Builder, part: str, media_type: str) -> None:
    stated = f'<Types><Override PartName="/x" ContentType="{part}"/></Types>'

    assert type_of(archive({"[Content_Types].xml": stated, "x": ""})) == media_type


@pytest.mark.parametrize(
    ("parts", "name", "media_type"),
    [
        ({"content.xml": "", "mimetype": ODF + "text"}, "late.odt", ODF + "text"),
        (
            {
                "content.xml": "",
                "META-INF/manifest.xml": f'<m><e full-path="x" media-type="a/b"/>'
                f'<e media-type="{ODF}spreadsheet" full-path="/"/></m>',
            },
            "unstated.ods",
            ODF + "spreadsheet",
        ),
        ({"META-INF/container.xml": ""}, "book.epub", "application/epub+zip"),
        ({"FixedDocumentSequence.fdseq": ""}, "a.xps", "application/vnd.ms-xpsdocument"),
        ({"META-INF/MANIFEST.MF": ""}, "a.jar", "application/java-archive"),
        ({"Index/Document.iwa": ""}, "a.pages", "application/vnd.apple.pages"),
        ({"Index/Document.iwa": ""}, "a.zip", "application/zip"),
        ({"map.kml": ""}, "a.kmz", "application/vnd.google-earth.kmz"),
        ({"map.kml": ""}, "a.zip", "application/zip"),
    ],
)
def test_other_files_that_are_archives_inside_are_told_apart(
    archive: Builder, parts: dict[str, str], name: str, media_type: str
) -> None:
    assert type_of(archive(parts), name) == media_type


def test_an_open_document_that_was_cut_off_is_not_taken_for_an_archive(archive: Builder) -> None:
    content = archive({"mimetype": ODF + "text", "content.xml": "<x/>" * 99}, packing=0)

    assert type_of(content[:-60]) == ODF + "text"


@pytest.mark.parametrize(
    ("stream", "media_type"),
    [
        ("WORDDOCUMENT", "application/msword"),
        ("VisioDocument", "application/vnd.visio"),
        ("Quill", "application/x-mspublisher"),
        ("Props12", "application/vnd.ms-project"),
        ("MatOST", "application/vnd.ms-works"),
        ("Catalog", "application/x-thumbs-db"),
        ("StarWriterDocument", "application/vnd.stardivision.writer"),
        ("Unheard of", "application/x-ole-storage"),
    ],
)
def test_old_files_are_told_apart_by_what_their_program_keeps_in_them(
    compound_file: Builder, stream: str, media_type: str
) -> None:
    assert type_of(compound_file("\x05SummaryInformation", stream)) == media_type


@pytest.mark.parametrize(
    ("class_id", "media_type"),
    [
        ("00021201-0000-0000-00c0-000000000046", "application/x-mspublisher"),
        ("000c1084-0000-0000-c000-000000000046", "application/x-msi"),
        ("00020906-0000-0000-c000-000000000046", "application/msword"),
    ],
)
def test_old_files_without_a_telling_stream_are_told_by_their_class(
    compound_file: Builder, class_id: str, media_type: str
) -> None:
    content = bytearray(compound_file("Contents"))
    root = content.index("Root Entry".encode("utf-16-le"))
    content[root + 80 : root + 96] = UUID(class_id).bytes_le

    assert type_of(bytes(content)) == media_type


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"!BDN" + bytes(20), "application/vnd.ms-outlook-pst"),
        (b"\xcf\xad\x12\xfe" + bytes(20), "application/x-outlook-express"),
        (b"\x1a\0\0\4\0\0" + bytes(20), "application/vnd.lotus-notes"),
        (b"\x78\x9f\x3e\x22" + bytes(20), "application/vnd.ms-tnef"),
        (b"\0\1\0\0Standard ACE DB\0", "application/x-msaccess"),
        (b"\xdb\xa5\x2d\0" + bytes(200), "application/msword"),
        (b"\x31\xbe\0\0" + bytes(200), "application/msword"),
        (b"\x31\xbe\0\0" + bytes(92) + b"\2\0" + bytes(30), "application/x-mswrite"),
        (b"\xffWPC" + bytes(20), "application/vnd.wordperfect"),
        (b"\0\0\2\0\6\4\6\0", "application/vnd.lotus-1-2-3"),
        (b"\0\0\2\0\x20\x51\6\0", "application/x-quattro-pro"),
        (b"AC1015\0\0", "image/vnd.dwg"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "image/bmp"),
        (b"\1\0\0\0" + bytes(36) + b" EMF\0\0\1\0", "image/emf"),
        (bytes(0x8000) + b"\1CD001\1", "application/x-iso9660-image"),
        (b"MSCF\0\0\0\0" + bytes(30), "application/vnd.ms-cab-compressed"),
        (b"BZh91AY&SY" + bytes(9), "application/x-bzip2"),
        (b"\0\5\x16\0\0\2\0\0%PDF-1.4", "application/applefile"),
        (b"MZ\x90\0" + bytes(60), "application/x-dosexec"),
        (b"\x30\x82\1\2\x06\x09\x2a\x86\x48\x86\xf7\x0d\1\7\2\xa0", "application/pkcs7-mime"),
        (b"OggS" + bytes(24) + b"\1vorbis", "audio/ogg"),
        (b"II*\0\x10\0\0\0CR\2\0", "image/x-canon-cr2"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "image/x-eps"),
        (b"-----BEGIN PGP MESSAGE-----\n", "application/pgp-encrypted"),
        (b"[InternetShortcut]\r\nURL=http://x/\r\n", "application/x-mswinurl"),
    ],
)
def test_files_are_told_by_their_first_bytes(content: bytes, media_type: str) -> None:
    assert type_of(content) == media_type


@pytest.mark.parametrize(
    "words",
    [b"MZ Wallace, minutes of the meeting", b"ID3 is the third desk", b"BZhang wrote", b"AC1.2 is a room", b"BM"],
)
def test_words_that_begin_like_a_signature_are_words(words: bytes) -> None:
    assert type_of(words, "note.txt") == "text/plain"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_in_two_bytes_without_a_mark_is_text(encoding: str) -> None:
    assert type_of("Minutes of the meeting, and \u2018matters arising\u2019".encode(encoding), "a.txt") == "text/plain"


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (b"Return-Path: <a@b>\r\nReceived: from x\r\n by y\r\nSubject: x\r\n\r\n\x01\x02", "1", "message/rfc822"),
        (b"From  : John\r\nTo   : Mary\r\nMessage-ID : <1>\r\n\r\nhello", "1", "message/rfc822"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/mixed\n\nx", "1", "message/rfc822"),
        (b"Content-Type: image/jpeg\n\nx", "part.msg", "message/rfc822"),
        (b"Subject: x\n\nTEST", "short.eml", "message/rfc822"),
        (b"\xef\xbb\xbfFrom: a\nDate: x\nReceived: x\n\nx", "1", "message/rfc822"),
        (b"From a@b.c Wed Sep 11 21:52:08 2002\nReturn-Path: <x>\n\n\x01", "1", "application/mbox"),
        (b">From a@b.c Wed Sep 11 2002\nReceived: <x>\nTo: y\n\nz", "1", "message/rfc822"),
        (b"From the Clerk to all members\nSubject to approval\n", "memo.txt", "text/plain"),
        (b"Date: Monday\nSubject: Parking\n\nx", "memo.txt", "text/plain"),
        (b"Name: x\nCode: y\n", "list.txt", "text/plain"),
        (b"From: x\nTo: y\nSubject: z", "memo", "text/plain"),
    ],
)
def test_e_mails_are_known_by_their_header_whatever_follows_and_memos_stay_memos(
    content: bytes, name: str, media_type: str
) -> None:
    assert type_of(content, name) == media_type


@pytest.mark.parametrize(
    ("name", "media_type", "words"),
    [
        ("a.doc", "application/rtf", "named .doc but its content is a rich-text document"),
        ("a.doc", "application/x-ole-storage", "named .doc but its content is an old office file of unknown kind"),
        ("a.xls", "text/html", "named .xls but its content is a web page"),
        ("a.jpg", "application/zip", "named .jpg but its content is a ZIP archive"),
        ("a.txt", "application/x-dosexec", "named .txt but its content is a Windows program"),
        ("a.pst", "application/pdf", "named .pst but its content is a PDF"),
    ],
)
def test_a_name_that_misleads_is_worth_words(name: str, media_type: str, words: str) -> None:
    found = name_mismatch(name, media_type)

    assert found is not None
    assert found.detail == words


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.txt", "text/csv"),
        ("a.csv", "text/plain"),
        ("a.msg", "message/rfc822"),
        ("a.eml", "application/mbox"),
        ("a.log", "application/json"),
        ("a.txt", "message/rfc822"),
        ("a.txt", "application/x-mswinurl"),
        ("a.htm", "application/xml"),
    ],
)
def test_nobody_is_nagged_about_names_that_are_near_enough(name: str, media_type: str) -> None:
    assert name_mismatch(name, media_type) is None


def test_every_type_has_words_or_stands_for_itself() -> None:
    assert in_words("application/vnd.ms-outlook-pst") == "an Outlook data file"
    assert in_words("chemical/x-pdb") == "chemical/x-pdb"


@given(st.binary(min_size=1, max_size=200), st.integers(0, 70_000), st.sampled_from(["", "a.pages", "a.kmz", "a.eml"]))
def test_no_bytes_anywhere_make_recognition_fail(content: bytes, blank: int, name: str) -> None:
    found = type_of(bytes(blank) + content, name)

    assert found is None or "/" in found
