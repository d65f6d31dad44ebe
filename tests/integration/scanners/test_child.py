"""The child's own steps, taken in this process where a debugger and a coverage count can follow them."""

import hashlib
import os
import resource
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanners import ExaminationLimits, FileUnreadableError, FoundFile, ProblemKind
from scanners.examination.answers import RowAnswer, row_answer
from scanners.examination.child import _Child, extract, main
from scanners.examination.fingerprint import fingerprint
from scanners.examination.frames import Frame, FrameKind, Unpacker
from scanners.examination.slip import Phase, Slip
from scanners.opening import FileOpener
from scanners.text import ContentReading

Lister = Callable[[Path], list[FoundFile]]
LIMITS = ExaminationLimits(max_text_source_bytes=1 << 20)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


class Conversation:
    """A child whose answers are read back from where they gather."""

    def __init__(self, root: Path) -> None:
        self.slip = Slip.made()
        self._opener = FileOpener(str(root))

    def child(self, *, extractor: Callable[..., ContentReading] = extract) -> _Child:
        return _Child(replies=-1, slip=self.slip, limits=LIMITS, extractor=extractor)

    def about(self, found: FoundFile, *, extractor: Callable[..., ContentReading] = extract) -> list[Frame]:
        self.child(extractor=extractor)._look_at(7, found, self._opener)
        unpacker = Unpacker()
        unpacker.feed(self.slip.part(0, self.slip.gathered().length))
        answers = []
        while (frame := unpacker.next()) is not None:
            answers.append(frame)
        return answers

    def row(self, found: FoundFile, *, extractor: Callable[..., ContentReading] = extract) -> RowAnswer:
        ((kind, number, payload),) = self.about(found, extractor=extractor)
        assert (kind, number) == (FrameKind.ROW, 7)
        return row_answer(payload, limit_chars=20_000)

    def close(self) -> None:
        self._opener.close()
        self.slip.close()


@pytest.fixture
def conversation(share: Path) -> Iterator[Conversation]:
    """Return a child that can be asked about the files of the share, and take its limit off this process again."""
    before = resource.getrlimit(resource.RLIMIT_CPU)
    asked = Conversation(share)
    yield asked
    asked.close()
    resource.setrlimit(resource.RLIMIT_CPU, before)


def test_the_digest_is_noted_before_the_content_is_looked_into(
    share: Path, files_of: Lister, conversation: Conversation
) -> None:
    noted: list[tuple[int, bytes, bytes]] = []

    def look(_media_type: str, content: bytes, _limit_chars: int) -> ContentReading:
        assert conversation.slip.standing().phase == Phase.CONTENT
        noted.append((conversation.slip.standing().number, *conversation.slip.read()))
        return ContentReading(text=content.decode(), is_read=True)

    (share / "a.txt").write_text("words")

    row = conversation.row(files_of(share)[0], extractor=look)

    assert noted == [(7, hashlib.sha256(b"words").digest(), b"text/plain")]
    assert row.read.sha256 == hashlib.sha256(b"words").hexdigest()
    assert row.content is not None
    assert (row.content.text, row.content.text_read) == ("words", True)


def test_libmagic_is_asked_only_after_the_digest_is_noted(
    share: Path, files_of: Lister, conversation: Conversation
) -> None:
    (share / "picture.fits").write_bytes(b"SIMPLE  =                    T" + b" " * 3_000)

    row = conversation.row(files_of(share)[0])

    assert conversation.slip.read()[1] in (b"application/octet-stream", row.read.media_type.encode())
    assert row.read.media_type != "application/octet-stream"


def test_a_reader_without_memory_leaves_the_child_worn_and_the_file_named(
    share: Path, files_of: Lister, conversation: Conversation
) -> None:
    def greedy(*_: object) -> ContentReading:
        raise MemoryError

    (share / "a.txt").write_text("words")

    content = conversation.row(files_of(share)[0], extractor=greedy).content

    assert content is not None
    assert [problem.detail for problem in content.problems] == ["reading it took more memory than a file may use"]


def test_a_large_document_is_not_given_to_a_reader_that_needs_all_of_it(
    share: Path, files_of: Lister, conversation: Conversation
) -> None:
    (share / "a.pdf").write_bytes(b"%PDF-1.7" + bytes(2 << 20))

    content = conversation.row(files_of(share)[0]).content

    assert content is not None
    assert [(problem.kind, problem.detail) for problem in content.problems] == [
        (ProblemKind.TOO_LARGE, "larger than 1 MiB, so its text was not read")
    ]


def test_a_large_document_is_read_where_it_lies(share: Path, files_of: Lister, conversation: Conversation) -> None:
    with zipfile.ZipFile(share / "a.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document xmlns:w='w'><w:t>Minutes</w:t></w:document>")
        archive.writestr("word/media/photo.bin", os.urandom(2 << 20))
    before = open_files()

    content = conversation.row(files_of(share)[0]).content

    assert content is not None
    assert (content.text, content.problems) == ("Minutes", ())
    assert open_files() <= before + 1  # the folder stays open for the next file, the file does not


def test_a_large_document_that_was_touched_while_it_was_read_is_not_vouched_for(share: Path, files_of: Lister) -> None:
    (share / "a.zip").write_bytes(os.urandom(2 << 20))
    (found,) = files_of(share)
    with FileOpener(str(share)) as opener:
        seen = fingerprint(opener, found, limits=LIMITS, on_progress=lambda: None)
    assert seen.parts().at(5, 10) == (share / "a.zip").read_bytes()[5:15]
    seen.check_untouched(found)

    (share / "a.zip").write_bytes(b"other")

    with pytest.raises(FileUnreadableError, match="changed while it was read"):
        seen.check_untouched(found)
    seen.close()


def test_a_file_that_is_gone_gets_one_answer(share: Path, files_of: Lister, conversation: Conversation) -> None:
    (share / "a.txt").write_text("words")
    (found,) = files_of(share)
    (share / "a.txt").unlink()

    assert conversation.about(found) == [(FrameKind.UNREADABLE, 7, b"vanished\nit is no longer there")]


@pytest.mark.parametrize("size_bytes", [0, 5, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_every_size_gives_the_digest_of_its_bytes_and_signs_of_life(
    share: Path, files_of: Lister, size_bytes: int
) -> None:
    content = os.urandom(size_bytes)
    (share / "a").write_bytes(content)
    signs: list[int] = []

    with FileOpener(str(share)) as opener:
        seen = fingerprint(opener, files_of(share)[0], limits=LIMITS, on_progress=lambda: signs.append(1))
    seen.close()

    assert seen.sha256 == hashlib.sha256(content).hexdigest()
    assert seen.is_whole == (size_bytes <= 1 << 20)
    assert seen.content == content[: 1 << 20]
    assert len(signs) == -(-size_bytes // (1 << 20))


def test_a_check_of_the_tools_says_what_it_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert "libmagic" in capsys.readouterr().out
