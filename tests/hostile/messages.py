"""Messages of thousands of parts, of impossible days, and parcels that hold themselves."""

import base64
import struct
from collections.abc import Iterator
from datetime import UTC, datetime

from tests.hostile.case import ANYTHING_SAID, BROKEN, ENCRYPTED, READ, TOO_LARGE, UNREAD_TYPE, Case, Content, a_file
from tests.unit.scanners.legacy.building_compound import Tree, a_compound_file
from tests.unit.scanners.legacy.building_messages import (
    a_message,
    a_msg,
    a_winmail,
    an_attachment,
    an_attribute,
    an_inner_message,
    mapi_properties,
    packed_rtf,
)

GROUP = "messages"
_ANSWERS = (READ, BROKEN, TOO_LARGE)
_FROM = b"From: Jane Doe <jane@example.gov.uk>\r\nTo: bob@example.org\r\nSubject: Arrears\r\n"
_HEAD = _FROM + b"Date: Mon, 3 Feb 2014 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
_SENT = datetime(2019, 3, 29, tzinfo=UTC)
_DAYS = (
    "Mon, 31 Feb 2014 10:00:00 +0000",
    "Mon, 3 Feb 2014 25:61:61 +0000",
    "Mon, 3 Feb 2014 10:00:00 +9999",
    "Mon, 3 Feb 99999999999999 10:00:00 +0000",
    "Mon, 3 Feb -1 10:00:00 +0000",
    "Mon, 0 Feb 0000 00:00:00 -0000",
    "Sun, 6 Nov 1994 08:49:37 " + "+" * 100_000,
    "yesterday",
    "",
    "9" * 5000,
    "(" * 3000,
    "3 Feb 2014 10:00:00 " + "(a" * 20_000,
    "\udcff\udcfe",
    "Mon, 3 Feb 2014 10:00:00.99999999999999999 +0000",
)


def _nested_parts(levels: int) -> bytes:
    content = _HEAD
    for level in range(levels):
        content += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
    return content + b"Content-Type: text/plain\r\n\r\nWords in the middle\r\n"


def _nested_messages(levels: int) -> bytes:
    return (_HEAD + b"Content-Type: message/rfc822\r\n\r\n") * levels + _HEAD + b"\r\nWords\r\n"


def _one_boundary(levels: int) -> bytes:
    return _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * levels + b"\r\nWords"


def _many_parts(parts: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n"
    return _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * parts + b"--b--\r\n"


def _alternatives() -> bytes:
    boundaries = b"".join(b"--" + b"b" * length + b"\r\n" for length in range(1, 2000))
    return _HEAD + b'Content-Type: multipart/mixed; boundary="' + b"b" * 2000 + b'"\r\n\r\n' + boundaries * 3


def _in_base64(content: bytes, media_type: str) -> bytes:
    stated = f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
    return _HEAD + stated + base64.encodebytes(content)


def _boxes() -> dict[str, Content]:
    line = b"From jane@example.org Mon Feb  3 10:00:00 2014\n"
    message = line + _HEAD.replace(b"\r\n", b"\n") + b"\nWords\n\n"
    return {
        "box of 5,000 messages": message * 5_000,
        "box of one message without an end": lambda: message + b"x" * 5_000_000,
        "box of first lines": line * 50_000,
        "box of messages in messages": line + _nested_messages(300),
    }


def _mails() -> dict[str, Content]:
    return {
        "2,000 parts in each other": _nested_parts(2000),
        "2,000 messages in each other": _nested_messages(2000),
        "2,000 parts with one boundary": _one_boundary(2000),
        "12,000 parts beside each other": lambda: _many_parts(12_000),
        "boundary of 2,000 letters": _alternatives(),
        "boundary without an end": _HEAD + b'Content-Type: multipart/mixed; boundary="' + b"b" * 1_000_000,
        "boundary of nothing": _HEAD + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n--\r\nWords',
        "a header of 5 MB": lambda: _FROM + b"X-A: " + b"y" * (5 << 20) + b"\r\n\r\nWords",
        "a header of 100,000 lines": _FROM + b"Received: from\r\n by\r\n" * 50_000 + b"\r\nWords",
        "a subject of words in words": _FROM.replace(b"Arrears", b"=?utf-8?b?" + b"=?utf-8?q?" * 20_000) + b"\r\nx",
        "a subject in no known letters": _FROM.replace(b"Arrears", b"=?klingon?b?////?= =?x?y?z?=") + b"\r\nx",
        "addresses in groups in groups": _HEAD + b"Cc: " + b"a:" * 30_000 + b"\r\n\r\nx",
        "addresses in brackets": _HEAD + b"Cc: " + b"<" * 30_000 + b"\r\n\r\nx",
        "addresses in remarks": _HEAD + b"Cc: " + b"(" * 30_000 + b"\r\n\r\nx",
        "a parameter in 5,000 pieces": _HEAD
        + b"Content-Type: application/pdf"
        + b"".join(b";\r\n name*%d*=%%41" % number for number in range(5000))
        + b"\r\n\r\nx",
        "a file name that climbs": _many_parts(1).replace(b"a.txt", b'"../../../etc/\x1b[2Jpasswd\xff"'),
        "half of base64": _in_base64(b"x" * 999, "text/plain")[:-300] + b"=" * 5000,
        "uuencode without an end": _HEAD
        + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n"
        + b"\x7f" * 90_000,
        "quoted without an end": _HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=" * 500_000,
        "letters that are none": _HEAD + b"Content-Type: text/plain; charset=\xff\xfeklingon\r\n\r\nWords",
        "letters of the rot": _HEAD + b"Content-Type: text/plain; charset=rot13\r\n\r\nWords",
        "letters that are packed": _HEAD + b"Content-Type: text/plain; charset=zlib_codec\r\n\r\nWords",
        "letters that are undefined": _HEAD + b"Content-Type: text/plain; charset=undefined\r\n\r\nWords",
        "letters of names of hosts": _HEAD + b"Content-Type: text/plain; charset=idna\r\n\r\n" + b"a" * 90_000,
        "parcel of nothing": _in_base64(b"\x78\x9f\x3e\x22" + b"\xff" * 900, "application/ms-tnef"),
        "signature without a message": _in_base64(b"0\x80" * 5000, "application/pkcs7-mime"),
        "signature of 2^64 bytes": _in_base64(b"0\x88" + b"\xff" * 900, "application/pkcs7-mime"),
        "nothing but headers": _HEAD,
        "headers with zeros": _HEAD.replace(b"Arrears", b"\0\0\0") + b"\r\n" + bytes(5000),
        "a page that fetches": _HEAD + b'Content-Type: text/html\r\n\r\n<img src="http://127.0.0.1:1/x"><p>Words',
        "a body kept elsewhere": _HEAD
        + b'Content-Type: message/external-body; access-type=URL; URL="http://127.0.0.1:1/"\r\n\r\n\r\n',
        "a part of a part": _HEAD + b"Content-Type: message/partial; id=1; number=1; total=99999\r\n\r\n" + _HEAD,
    }


def _deep_message(levels: int) -> bytes:
    message: Tree = a_message({0x0037: "In the middle", 0x1000: "Words"}, is_inner=True)
    for level in range(levels):
        within = an_attachment({0x3705: 5, 0x3001: f"level {level}"}, message=message)
        message = a_message({0x0037: f"Level {level}"}, attachments=[within], is_inner=level + 1 < levels)
    return a_compound_file(message)


def _deep_parcel(levels: int) -> bytes:
    parcel = a_winmail(an_attribute(0x9003, mapi_properties({0x0037: "Words"})))
    for _ in range(levels):
        inner = an_attribute(0x9005, an_inner_message(parcel), level=2)
        parcel = a_winmail(an_attribute(0x9002, bytes(14), level=2), inner)
    return parcel


def _outlook() -> dict[str, Content]:
    bomb = struct.pack("<2L4sL", 5000, 2**31 - 1, b"LZFu", 0) + b"\xff" * 5000
    return {
        "150 messages in each other": lambda: _deep_message(150),
        "message of 3,000 recipients": lambda: a_msg(
            {0x0037: "All"}, recipients=[{0x3001: f"p{one}"} for one in range(3000)]
        ),
        "message of 1,500 files": lambda: a_msg(
            {0x0037: "x"}, attachments=[an_attachment({0x3001: "a"}) for _ in range(1500)]
        ),
        "words packed by 400,000": a_msg({0x0037: "Bomb", 0x1009: bomb}),
        "words packed wrongly": a_msg({0x0037: "Bomb", 0x1009: packed_rtf(b"{\\rtf1 x}")[:-9] + b"\xff" * 9}),
        "subject of 3 MB": lambda: a_msg({0x0037: "s" * 1_500_000, 0x1000: "Words"}),
        "sent before all calendars": a_msg({0x0037: "x", 0x0039: datetime(1601, 1, 1, tzinfo=UTC)}),
        "letters that are none": a_msg({0x0037: "x", 0x3FDE: 99_999, 0x1013: b"<p>\xff\xfe"}),
        "properties cut off": a_compound_file({**a_message({0x0037: "x"}), "__properties_version1.0": bytes(37)}),
        "no properties": a_compound_file({"__substg1.0_0037001F": b"x\0", "__nameid_version1.0": {}}),
    }


def _parcels() -> dict[str, Content]:
    return {
        "60 parcels in each other": lambda: _deep_parcel(60),
        "parcel of 5,000 files": lambda: a_winmail(*[an_attribute(0x9002, bytes(14), level=2)] * 5_000),
        "parcel that claims 4 GB": a_winmail(struct.pack("<B2HL", 1, 0x9003, 6, 0xFFFFFFFF) + b"x" * 90),
        "parcel of 2^32 properties": a_winmail(an_attribute(0x9003, b"\xff" * 4000)),
        "parcel of 2^32 rows": a_winmail(an_attribute(0x9004, struct.pack("<L", 0xFFFFFFFF) + bytes(4000))),
        "parcel with a false sum": a_winmail(an_attribute(0x9003, mapi_properties({0x0037: "x"}), checksum=1)),
        "parcel of nothing": a_winmail(),
    }


def cases() -> Iterator[Case]:
    for number, day in enumerate(_DAYS):
        dated = _FROM + b"Date: " + day.encode("utf-8", "surrogateescape") + b"\r\n\r\nWords\r\n"
        yield a_file(GROUP, f"impossible day {number}", "day.eml", dated, *_ANSWERS)
    for name, content in _mails().items():
        yield a_file(GROUP, f"mail, {name}", "mail.eml", content, *_ANSWERS, UNREAD_TYPE)
    yield a_file(
        GROUP, "mail that is sealed", "sealed.eml", _HEAD + b"\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQ\r\n"
        b"-----END PGP MESSAGE-----\r\n", ENCRYPTED
    )  # fmt: skip
    for name, content in _boxes().items():
        yield a_file(GROUP, name, "box.mbox", content, *_ANSWERS)
    for name, content in _outlook().items():
        yield a_file(GROUP, f"outlook, {name}", "note.msg", content, *ANYTHING_SAID)
    for name, content in _parcels().items():
        yield a_file(GROUP, name, "winmail.dat", content, *_ANSWERS)
