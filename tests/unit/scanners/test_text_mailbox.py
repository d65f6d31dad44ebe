"""Mailboxes: every message a member, one alone an e-mail, memory flat whatever the size."""

import tracemalloc
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.observation import MemberKind
from scanners.text import read_content
from scanners.text.mailbox import read_mailbox
from scanners.text.reading import ContentReading, Draft

LINE = b"From jane@example.org Mon Feb  3 10:00:00 2014\n"


def message(subject: str, *, body: bytes = b"words\n", day: int = 3) -> bytes:
    return f"From: a@b\nSubject: {subject}\nDate: {day} Feb 2014 10:00:00 +0000\n\n".encode() + body + b"\n"


def read(*messages: bytes) -> ContentReading:
    return read_content("application/mbox", b"".join(LINE + one for one in messages), limit_chars=20_000)


def test_every_message_is_a_member_under_its_date_and_subject() -> None:
    reading = read(message("Lease", day=4), message("Re: Lease", day=3), message("", day=31))

    assert [(member.path, member.kind) for member in reading.members] == [
        ("1 2014-02-04 Lease", MemberKind.MESSAGE),
        ("2 2014-02-03 Re: Lease", MemberKind.MESSAGE),
        ("3 no subject", MemberKind.MESSAGE),
    ]
    assert reading.properties == {
        "message_count": "3",
        "first_sent_at": "2014-02-03T10:00:00+00:00",
        "last_sent_at": "2014-02-04T10:00:00+00:00",
    }
    assert reading.text.count("words") == 3


def test_a_mailbox_as_a_whole_has_no_single_date_that_could_make_it_look_due() -> None:
    assert "sent_at" not in read(message("One"), message("Two")).properties


def test_one_message_alone_is_an_e_mail() -> None:
    reading = read(message("Lease"))

    assert reading.members == ()
    assert reading.properties["subject"] == "Lease"
    assert reading.properties["sent_at"] == "2014-02-03T10:00:00+00:00"


def test_a_sentence_that_begins_with_from_does_not_begin_a_message() -> None:
    reading = read(message("One", body=b"Dear all\n\nFrom April the fee is 40\n"), message("Two"))

    assert reading.properties["message_count"] == "2"


def test_attachments_are_listed_below_their_message() -> None:
    attached = b"Content-Type: application/pdf; name=map.pdf\n\nx"
    one = b"Subject: Map\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + attached + b"\n--b--\n\n"

    reading = read(one, message("Two"))

    assert [member.path for member in reading.members] == ["1 Map", "1 Map!/map.pdf", "2 2014-02-03 Two"]


def test_a_locked_message_among_others_is_marked_and_the_others_are_read() -> None:
    locked = message("Secret", body=b"-----BEGIN PGP MESSAGE-----\nhQ\n")

    reading = read(locked, message("Two"))

    assert [member.is_encrypted for member in reading.members] == [True, False]
    assert reading.is_read


def test_a_hostile_message_among_others_costs_only_itself() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(200))

    reading = read(message("One"), b"Subject: Bad\n" + nested + b"\n", message("Three"))

    assert [member.path[:1] for member in reading.members] == ["1", "2", "3"]
    assert reading.text.count("words") == 2


def test_a_file_that_begins_with_no_message_is_broken() -> None:
    reading = read_content("application/mbox", b"nothing of the kind", limit_chars=100)

    assert [problem.kind for problem in reading.problems] == [ProblemKind.BROKEN]


@dataclass(frozen=True)
class LongMailbox:
    """A mailbox of many messages that is nowhere in memory as a whole."""

    one: bytes
    count: int

    @property
    def size_bytes(self) -> int:
        return len(self.one) * self.count

    def at(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size_bytes)
        start = offset % len(self.one)
        repeated = self.one * ((max(0, end - offset) + start) // len(self.one) + 2)
        return repeated[start : start + max(0, end - offset)]


@pytest.mark.parametrize("body_bytes", [5, 50_000])
def test_memory_stays_flat_for_a_mailbox_of_any_size(body_bytes: int) -> None:
    one = LINE + message("Again", body=b"w" * body_bytes + b"\n")
    mailbox = LongMailbox(one=one, count=600 if body_bytes < 100 else 300)
    draft = Draft(limit_chars=1000)

    tracemalloc.start()
    read_mailbox(mailbox, draft)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert draft.member_count == mailbox.count
    assert peak_bytes < 8 << 20


@pytest.mark.parametrize("shift", range(-30, 31, 3))
def test_a_message_that_begins_where_a_portion_ends_is_found(shift: int) -> None:
    body = b"w" * ((1 << 20) - len(LINE) - 80 + shift) + b"\n"

    assert read(message("One", body=body), message("Two")).properties["message_count"] == "2"


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(rest: bytes) -> None:
    assert read_content("application/mbox", LINE + rest + b"\n\n" + LINE + rest, limit_chars=100).member_count >= 0
