"""E-mails: header, text and attachments as a reader would see them, and hostile ones that cost next to nothing."""

import base64
import struct
import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.observation import MemberKind
from scanners.text import read_content
from scanners.text.reading import ContentReading

HEAD = b"From: Jane Doe <jane@example.gov.uk>\r\nTo: bob@example.org\r\nSubject: Arrears\r\nMIME-Version: 1.0\r\n"
PGP = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n"


def read(content: bytes, *, limit: int = 20_000) -> ContentReading:
    return read_content("message/rfc822", content, limit_chars=limit)


def kinds(reading: ContentReading) -> list[ProblemKind]:
    return [problem.kind for problem in reading.problems]


def lines(reading: ContentReading) -> list[str]:
    return [line for line in reading.text.split("\n") if line]


def multipart(kind: str, *parts: bytes, boundary: bytes = b"b1", head: bytes = HEAD) -> bytes:
    inside = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        head
        + b"Content-Type: multipart/" + kind.encode() + b'; boundary="' + boundary + b'"\r\n\r\npreamble\r\n'
        + inside + b"--" + boundary + b"--\r\nepilogue"
    )  # fmt: skip


def part(body: bytes, media_type: str = "text/plain", *fields: str) -> bytes:
    header = "".join(f"{field}\r\n" for field in (f"Content-Type: {media_type}", *fields))
    return header.encode() + b"\r\n" + body


def test_header_and_text_are_what_a_reader_would_see() -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Zoë Grove <zoe@example.gov.uk>"
    message["To"] = "Łukasz <l@example.org>, b@example.org"
    message["Cc"] = "c@example.org"
    message["Subject"] = "Überfällig: rent " * 8
    message["Date"] = "Sun, 31 Mar 2019 10:00:00 +0100"
    message["Message-ID"] = "<1@example.org>"
    message.set_content("Déar tenant\nyou owe £40")

    reading = read(bytes(message))

    assert reading.properties == {
        "from": "Zoë Grove <zoe@example.gov.uk>",
        "to": "Łukasz <l@example.org>, b@example.org",
        "cc": "c@example.org",
        "subject": ("Überfällig: rent " * 8).strip(),
        "message_id": "<1@example.org>",
        "sent_at": "2019-03-31T10:00:00+01:00",
    }
    assert lines(reading)[-2:] == ["Déar tenant", "you owe £40"]
    assert reading.text.startswith("Subject: Überfällig")
    assert reading.is_read


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("=?utf-8?B?w4lsYW4=?=", "Élan"),
        ("=?ISO-8859-1?Q?Caf=E9_noir?=", "Café noir"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=A9t=C3=A9?=", "été"),
        ("=?iso-2022-jp?B?GyRCJF4bKEI=?=", "ま"),
        ("=?utf-8?B?not base64!?= left", "left"),
        ("=?no-such-set?Q?abc?=", "abc"),
        ("=?utf-8*en?Q?tagged?= plain", "tagged plain"),
        ("half =?utf-8?Q?open", "half =?utf-8?Q?open"),
    ],
)
def test_words_in_other_alphabets_are_put_into_letters(field: str, words: str) -> None:
    reading = read(f"Subject: {field}\r\nFrom: a@b\r\n\r\n".encode())

    assert words in reading.properties["subject"]


@pytest.mark.parametrize(
    ("stated", "sent_at"),
    [
        ("Mon, 03 Feb 2014 10:00:00 +0000", "2014-02-03T10:00:00+00:00"),
        ("3 Feb 2014 10:00 GMT", "2014-02-03T10:00:00+00:00"),
        ("Mon, 03 Feb 2014 10:00:00 -0000", "2014-02-03T10:00:00+00:00"),
        ("Mon, 03 Feb 2014 10:00:00", "2014-02-03T10:00:00"),
        ("Fri, 03 Feb 95 10:00:00 EST (Eastern)", "1995-02-03T10:00:00-05:00"),
        ("Sat, 31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59+00:00"),
        ("Thu, 31 Feb 2014 10:00:00 +0000", None),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("Mon, 03 Feb 2014 25:00:00 +0000", None),
        ("Mon, 03 Feb 0000 10:00:00 +0000", None),
        ("Mon, 03 Feb 99999999999 10:00:00 +0000", None),
        ("Mon, 03 Feb 2014 10:00:00 +9999", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_as_exact_as_stated_and_impossible_ones_are_none(stated: str, sent_at: str | None) -> None:
    assert read(f"Date: {stated}\r\nFrom: a@b\r\n\r\nx".encode()).properties.get("sent_at") == sent_at


@pytest.mark.parametrize(("received", "is_believed"), [("5 Feb 2014", True), ("5 Feb 2019", False), ("no date", True)])
def test_a_clock_that_stood_wrong_does_not_make_a_message_look_old(received: str, *, is_believed: bool) -> None:
    trail = f"Received: by mx; {received} 10:00:00 +0000\r\n"

    reading = read(f"{trail}Date: Mon, 03 Feb 2014 10:00:00 +0000\r\nFrom: a@b\r\n\r\nx".encode())

    assert ("sent_at" in reading.properties) is is_believed
    assert ("stated_date" in reading.properties) is not is_believed


def test_of_two_renderings_the_plain_one_is_read() -> None:
    page = part(b"<p>The same words as a page</p>", "text/html")

    assert lines(read(multipart("alternative", part(b"The same words"), page)))[-1] == "The same words"


def test_a_plain_part_that_says_nothing_does_not_hide_the_page_beside_it() -> None:
    page = part(b"<p>" + b"The tenancy ends on 31 March. " * 40 + b"</p>", "text/html")

    reading = read(multipart("alternative", part(b"This needs a program that shows HTML."), page))

    assert "The tenancy ends" in reading.text


def test_attachments_are_members_with_name_type_size_and_date() -> None:
    attached = part(
        base64.encodebytes(b"x" * 100),
        "application/pdf; name=old.pdf",
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment; filename*=utf-8''Pr%C3%BCfung%20%E2%82%AC.pdf;"
        '\r\n modification-date="Mon, 03 Feb 2014 10:00:00 +0000"',
    )

    reading = read(multipart("mixed", part(b"See attached"), attached))

    (member,) = reading.members
    assert (member.path, member.kind, member.media_type) == ("Prüfung €.pdf", MemberKind.ATTACHMENT, "application/pdf")
    assert (member.size_bytes, member.modified) == (100, "2014-02-03T10:00:00+00:00")
    assert "Attachment: Prüfung €.pdf" in reading.text


def test_text_that_is_attached_is_a_member_and_not_part_of_the_message() -> None:
    attached = part(b"minutes inside", "text/plain", 'Content-Disposition: attachment; filename="minutes.txt"')

    reading = read(multipart("mixed", part(b"Hello"), attached))

    assert "minutes inside" not in reading.text
    assert [member.path for member in reading.members] == ["minutes.txt"]


def test_a_message_that_is_nothing_but_a_named_text_is_read() -> None:
    reading = read(HEAD + b"Content-Type: text/plain; name=letter.txt\r\n\r\nDear tenant")

    assert lines(reading)[-1] == "Dear tenant"
    assert reading.members == ()


def test_a_forwarded_message_is_a_member_and_its_attachments_are_below_it() -> None:
    inner = multipart(
        "mixed",
        part(b"Original words"),
        part(b"x", "image/png", 'Content-Disposition: attachment; filename="map.png"'),
        boundary=b"inner",
        head=b"Subject: Site visit\r\nDate: Mon, 03 Feb 2014 10:00:00 +0000\r\n",
    )

    reading = read(multipart("mixed", part(b"FYI"), part(inner, "message/rfc822")))

    assert [(member.path, member.kind) for member in reading.members] == [
        ("Site visit.eml", MemberKind.MESSAGE),
        ("Site visit.eml!/map.png", MemberKind.ATTACHMENT),
    ]
    assert reading.members[0].modified == "2014-02-03T10:00:00+00:00"
    assert "Original words" in reading.text
    assert reading.properties["subject"] == "Arrears"


def test_a_name_cannot_pretend_to_be_a_level() -> None:
    attached = part(b"x", "application/pdf", 'Content-Disposition: attachment; filename="a.eml!/b.pdf"')

    assert read(multipart("mixed", attached)).members[0].path == "a.eml!_b.pdf"


def test_an_attachment_from_before_mime_is_listed_and_its_letters_are_no_text() -> None:
    body = b"See below\r\nbegin 644 plan.doc\r\nM" + b"1" * 60 + b"\r\n`\r\nend\r\nRegards"

    reading = read(HEAD + b"\r\n" + body)

    assert [member.path for member in reading.members] == ["plan.doc"]
    assert "1111" not in reading.text
    assert reading.text.endswith("Regards")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("quoted-printable", b"Caf=E9 =\r\nnoir"),
        ("base64", base64.b64encode(b"Caf\xe9 noir")),
        ("BASE64", base64.b64encode(b"Caf\xe9 noir").rstrip(b"=")),
        ("8bit", b"Caf\xe9 noir"),
        ("no-such", b"Caf\xe9 noir"),
    ],
)
def test_every_transfer_encoding_gives_the_same_words(encoding: str, body: bytes) -> None:
    fields = f"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"

    assert lines(read(HEAD + fields.encode() + body))[-1] == "Café noir"


@pytest.mark.parametrize("name", ["koi8-r", "windows-1251", "utf-8", "iso-2022-jp", "utf-7"])
def test_the_declared_alphabet_is_used(name: str) -> None:
    text = "Ж" if "jp" not in name else "日本"
    content = HEAD + f"Content-Type: text/plain; charset={name}\r\n\r\n".encode() + text.encode(name)

    assert lines(read(content))[-1] == text


@pytest.mark.parametrize("name", ["rot13", "hex", "idna", "unicode_escape", "zlib", "x" * 500])
def test_a_message_cannot_choose_a_codec_that_is_no_alphabet(name: str) -> None:
    content = HEAD + f"Content-Type: text/plain; charset={name}\r\n\r\ncafé".encode()

    assert lines(read(content))[-1] == "café"


ENVELOPE = bytes.fromhex("3082000006092a864886f70d010703") + b"\0" * 40
INNER = b"Content-Type: text/plain\r\n\r\nSigned words"
DATA = bytes.fromhex("06092a864886f70d010701")
SIGNED = (
    bytes.fromhex("3082000006092a864886f70d010702a082")
    + DATA + b"\xa0" + bytes([len(INNER) + 2]) + b"\x04" + bytes([len(INNER)]) + INNER + b"certificates"
)  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        multipart(
            "encrypted; protocol=x", part(b"Version: 1", "application/pgp-encrypted"), part(PGP, "application/x")
        ),
        HEAD + b"\r\n" + PGP,
        HEAD + b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\n" + ENVELOPE,
        HEAD + b"Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data\r\n\r\nx",
    ],
)
def test_a_locked_message_is_said_to_be_locked_and_keeps_its_header(content: bytes) -> None:
    reading = read(content)

    assert kinds(reading) == [ProblemKind.ENCRYPTED]
    assert reading.properties["subject"] == "Arrears"
    assert not reading.is_read


@pytest.mark.parametrize("pieces", [False, True])
def test_the_words_inside_a_signature_are_read(*, pieces: bool) -> None:
    signed = SIGNED
    if pieces:  # written without knowing its length, X.690 8.7
        signed = (
            bytes.fromhex("06092a864886f70d010701a0802480")
            + b"\x04\x08"
            + INNER[:8]
            + b"\x04"
            + bytes([len(INNER) - 8])
            + INNER[8:]
            + b"\0\0" * 3
        )
    content = HEAD + b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"

    reading = read(content + base64.encodebytes(signed))

    assert lines(reading)[-1] == "Signed words"
    assert reading.is_read


@pytest.mark.parametrize("tail", [b"=", b"=" * 5000, b"Q", b"QQ=Q=Q", b"====Q", b"\xff\xff=", b"Q===Q==="])
def test_a_body_whose_base64_is_cut_off_or_padded_without_end_keeps_its_words(tail: bytes) -> None:
    head = HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"

    reading = read(head + base64.b64encode(b"Words that were sent long ago") + tail)

    assert not kinds(reading)
    assert "Words that were sent long ag" in reading.text


def a_parcel(*attributes: tuple[int, int, int, bytes]) -> bytes:
    """Return a winmail.dat of attributes: level, number, kind and content, [MS-OXTNEF] 2.1.3.1."""
    rows = b"".join(
        struct.pack("<B2HL", level, number, kind, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)
        for level, number, kind, content in attributes
    )
    return b"\x78\x9f\x3e\x22\x01\x00" + rows


PARCEL = a_parcel(
    (1, 0x800C, 2, b"Words in the parcel\0"),
    (2, 0x9002, 6, b"\0" * 14),
    (2, 0x8010, 1, b"plan.doc\0"),
    (2, 0x800F, 6, b"content"),
)


def test_what_outlook_packed_into_a_parcel_is_listed_below_it() -> None:
    parcel = part(
        base64.encodebytes(PARCEL), 'application/ms-tnef; name="winmail.dat"', "Content-Transfer-Encoding: base64"
    )

    with_words = read(multipart("mixed", part(b"Words outside"), parcel))
    without = read(multipart("mixed", parcel))

    assert [member.path for member in with_words.members] == ["winmail.dat", "winmail.dat!/plan.doc"]
    assert "Words in the parcel" not in with_words.text
    assert "Words in the parcel" in without.text


def test_a_damaged_parcel_costs_only_itself() -> None:
    reading = read(multipart("mixed", part(b"Words outside"), part(b"no parcel", "application/ms-tnef")))

    assert "Words outside" in reading.text
    assert kinds(reading) == [ProblemKind.TRUNCATED_TEXT]


def test_attachments_after_a_very_long_text_are_listed_all_the_same() -> None:
    attached = part(b"x", "application/pdf", 'Content-Disposition: attachment; filename="late.pdf"')

    reading = read(multipart("mixed", part(b"word " * 50_000), attached), limit=100)

    assert kinds(reading) == [ProblemKind.TRUNCATED_TEXT]
    assert [member.path for member in reading.members] == ["late.pdf"]


def test_a_multipart_without_its_boundary_is_read_as_text() -> None:
    assert lines(read(HEAD + b"Content-Type: multipart/mixed\r\n\r\nJust words"))[-1] == "Just words"


def test_a_message_that_was_cut_off_keeps_what_there_is() -> None:
    whole = multipart("mixed", part(b"First words"), part(b"Second words"))

    assert "First words" in read(whole[: whole.index(b"Second") + 3]).text


def test_two_thousand_nested_parts_are_named_and_cost_no_time() -> None:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth) for depth in range(2000)
    )
    began_at = time.perf_counter()

    reading = read(HEAD + nested + b"\r\n" + b"word\r\n" * 20_000)

    assert kinds(reading) == [ProblemKind.BROKEN]
    assert "nested" in reading.problems[0].detail
    assert time.perf_counter() - began_at < 2


def test_messages_inside_messages_without_end_are_named() -> None:
    nested = b"Content-Type: message/rfc822\r\n\r\nSubject: again\r\n" * 2000

    assert kinds(read(HEAD + nested)) == [ProblemKind.BROKEN]


def test_a_digest_of_two_thousand_parts_is_counted_in_full() -> None:
    attached = part(b"x", "image/png", 'Content-Disposition: attachment; filename="a.png"')

    reading = read(multipart("mixed", *[attached] * 2000))

    assert reading.member_count == 2000
    assert len(reading.members) == 1000


def test_more_parts_than_anybody_sends_are_named() -> None:
    assert ProblemKind.TOO_LARGE in kinds(read(multipart("mixed", *[b"\r\nx"] * 20_000)))


@pytest.mark.parametrize(
    "hostile",
    [
        b"X-A: b\r\n" * 100_000,
        b"X: a\r\n" + b" folded\r\n" * 100_000,
        b"To: " + b"a@b.c, " * 100_000 + b"\r\n",
        b"Subject: " + b"=?utf-8?Q?a?= " * 50_000 + b"\r\n",
        b"Subject: " + b"=?" * 400_000 + b"\r\n",
        b"Content-Type: multipart/mixed; boundary=" + b"x;" * 200_000 + b"\r\n",
        b"Content-Type: text/plain" + b'; a="b' * 100_000 + b"\r\n",
        b"Content-Disposition: attachment; " + b"".join(b"filename*%d=a; " % n for n in range(50_000)) + b"\r\n",
        b"Date: " + b"1" * 500_000 + b"\r\n",
        b"Date: " + b"(" * 500_000 + b"\r\n",
    ],
)
def test_a_hostile_header_costs_no_time(hostile: bytes) -> None:
    began_at = time.perf_counter()
    reading = read(b"From: a@b\r\n" + hostile + b"\r\nwords")

    assert time.perf_counter() - began_at < 2
    assert all(len(value) <= 1000 for value in reading.properties.values())


@pytest.mark.parametrize("line", [b"--b1x\r\n", b"--b1 \t \r\n", b"\n--b1 x", b"begin 644 a\r\n", b"--b1--\r\n"])
def test_a_hostile_body_costs_no_time(line: bytes) -> None:
    began_at = time.perf_counter()
    read(HEAD + b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n" + line * (600_000 // len(line)))

    assert time.perf_counter() - began_at < 5


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail(content: bytes) -> None:
    assert set(kinds(read(content))) <= {ProblemKind.ENCRYPTED}


LINES = st.sampled_from(
    [b"--b1", b"--b1--", b"--b2", b"", b"Content-Type: multipart/mixed; boundary=b1", b"Subject: =?utf-8?B?4oKs?=",
     b"Content-Type: multipart/alternative; boundary=b2", b"Content-Type: text/html", b"<p>page", b"words",
     b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: base64", b"YWJj", b"From x 10:00",
     b"Content-Type: application/pkcs7-mime", b"Content-Disposition: attachment; filename*0*=utf-16''%ff",
     b"begin 644 x", b"end", b"Date: Mon, 03 Feb 2014 10:00:00 +0000", b" folded", b"\xff\xfe\x00=", b"charset=\xff"]
)  # fmt: skip


@given(st.lists(LINES, max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_no_order_of_lines_makes_the_reader_fail(stated: list[bytes], end: bytes) -> None:
    assert set(kinds(read(end.join(stated)))) <= {ProblemKind.ENCRYPTED, ProblemKind.BROKEN}
