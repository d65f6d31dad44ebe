"""The child's own steps, taken in this process where a debugger and a coverage count can follow them."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scanners import ExaminationLimits, FoundFile
from scanners.examination.child import _Child, extract, main
from scanners.examination.fingerprint import fingerprint
from scanners.examination.frames import Unpacker
from scanners.opening import FileOpener
from scanners.text import ContentReading

Lister = Callable[[Path], list[FoundFile]]
LIMITS = ExaminationLimits(max_text_source_bytes=1 << 20)


class Conversation:
    """A child whose answers are read back through a pipe."""

    def __init__(self, root: Path) -> None:
        self._answers, self._replies = os.pipe()
        os.set_blocking(self._answers, False)
        self._opener = FileOpener(str(root))

    def about(self, found: FoundFile, *, extractor: Callable[..., ContentReading] = extract) -> list[dict[str, Any]]:
        child = _Child(replies=self._replies, limits=LIMITS, extractor=extractor)
        child._look_at(7, found, self._opener)
        unpacker = Unpacker()
        unpacker.feed(os.read(self._answers, 1 << 16))
        answers = []
        while (frame := unpacker.next()) is not None:
            answers.append(frame)
        return answers

    def close(self) -> None:
        self._opener.close()
        os.close(self._answers)
        os.close(self._replies)


@pytest.fixture
def conversation(share: Path) -> Iterator[Conversation]:
    """Return a child that can be asked about the files of the share."""
    asked = Conversation(share)
    yield asked
    asked.close()


def test_the_digest_is_sent_before_the_content_is_looked_into(
    share: Path, files_of: Lister, conversation: Conversation
) -> None:
    (share / "a.txt").write_text("words")

    read, content = conversation.about(files_of(share)[0])

    assert (read["kind"], read["number"], read["media_type"]) == ("read", 7, "text/plain")
    assert read["sha256"] == hashlib.sha256(b"words").hexdigest()
    assert (content["kind"], content["text"], content["text_read"]) == ("content", "words", True)


def test_libmagic_is_asked_only_after_the_digest_is_sent(
    share: Path, files_of: Lister, conversation: Conversation
) -> None:
    (share / "setup.exe").write_bytes(b"MZ" + bytes(200))

    read, content = conversation.about(files_of(share)[0])

    assert read["media_type"] == "application/octet-stream"
    assert content["media_type"] == "application/x-dosexec"


def test_a_reader_without_memory_leaves_the_child_worn_and_the_file_named(
    share: Path, files_of: Lister, conversation: Conversation
) -> None:
    def greedy(*_: object) -> ContentReading:
        raise MemoryError

    (share / "a.txt").write_text("words")

    _, content = conversation.about(files_of(share)[0], extractor=greedy)

    assert content["problems"] == [["memory", "reading it took more memory than a file may use"]]


def test_a_large_document_is_not_given_to_its_reader(share: Path, files_of: Lister, conversation: Conversation) -> None:
    (share / "a.pdf").write_bytes(b"%PDF-1.7" + bytes(2 << 20))

    _, content = conversation.about(files_of(share)[0])

    assert content["problems"] == [["too_large", "larger than 1 MiB, so its text was not read"]]


def test_a_file_that_is_gone_gets_one_answer(share: Path, files_of: Lister, conversation: Conversation) -> None:
    (share / "a.txt").write_text("words")
    (found,) = files_of(share)
    (share / "a.txt").unlink()

    assert conversation.about(found) == [
        {"kind": "unreadable", "number": 7, "reason": "vanished", "detail": "it is no longer there"}
    ]


@pytest.mark.parametrize("size_bytes", [0, 5, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_every_size_gives_the_digest_of_its_bytes_and_signs_of_life(
    share: Path, files_of: Lister, size_bytes: int
) -> None:
    content = os.urandom(size_bytes)
    (share / "a").write_bytes(content)
    signs: list[int] = []

    with FileOpener(str(share)) as opener:
        seen = fingerprint(opener, files_of(share)[0], limits=LIMITS, on_progress=lambda: signs.append(1))

    assert seen.sha256 == hashlib.sha256(content).hexdigest()
    assert seen.is_whole == (size_bytes <= 1 << 20)
    assert seen.content == content[: 1 << 20]
    assert len(signs) == -(-size_bytes // (1 << 20))


def test_a_check_of_the_tools_says_what_it_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert "libmagic" in capsys.readouterr().out
