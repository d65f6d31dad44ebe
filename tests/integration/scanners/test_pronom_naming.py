"""A file may hang, crash or deceive what asks PRONOM: it costs that file its identifier, and nobody else theirs."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanners import FoundFile
from scanners.identification import pronom_naming
from scanners.identification.pronom import PronomMissingError
from scanners.identification.pronom_naming import (
    FormatNamed,
    FormatNamer,
    FormatNotAsked,
    NamingLimits,
    PronomUnavailableError,
)

HOSTILE = (sys.executable, "-P", str(Path(__file__).with_name("hostile_pronom_child.py")))

needs_pygfried = pytest.mark.skipif(
    importlib.util.find_spec("pygfried") is None, reason="the optional package pygfried is not installed"
)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    root = tmp_path / "share"
    root.mkdir()
    return root


def found(root: Path, name: str) -> FoundFile:
    seen = (root / name).lstat()
    return FoundFile(
        path=name,
        size_bytes=seen.st_size,
        modified_ns=seen.st_mtime_ns,
        inode=seen.st_ino,
        device=seen.st_dev,
        link_count=1,
    )


def ask(
    root: Path, *names: str, seconds: float = 20.0, command: Sequence[str] = HOSTILE
) -> list[FormatNamed | FormatNotAsked]:
    files = [found(root, name) for name in names]
    with FormatNamer(NamingLimits(seconds_per_file=seconds), command=command) as namer:
        return [namer.name(str(root), file) for file in files]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("SEGFAULT", "crashed"),
        ("EXIT", "crashed"),
        ("KILL", "crashed"),
        ("RAISE", "crashed"),
        ("SLEEP", "too long"),
        ("INVENT", "no sound program"),
        ("SHOUT", "no sound program"),
        ("STEER", "no sound program"),
    ],
)
def test_what_a_file_does_costs_that_file_alone(share: Path, content: str, words: str) -> None:
    (share / "before").write_text("four")
    (share / "evil").write_text(content)
    (share / "after").write_text("seven77")

    before, evil, after = ask(share, "before", "evil", "after", seconds=2.0)

    assert before == FormatNamed(path="before", format_id="fmt/4")
    assert after == FormatNamed(path="after", format_id="fmt/7")
    assert isinstance(evil, FormatNotAsked)
    assert evil.broke_the_child
    assert words in evil.detail


@pytest.mark.parametrize(
    "said",
    [
        b"[]\n",
        b"{}\n",
        b"7\n",
        b"\xff\xfe\n",
        b"[" * 3000 + b"\n",
        b'[1, "named", 5]\n',
        b'[1, "named", "fmt/0"]\n',
        b'[1, "ready", "fmt/1"]\n',
        b'[2, "named", "fmt/1"]\n',
        b'[1, "named", "fmt/1"',
    ],
)
def test_nothing_unsound_from_the_pipe_becomes_an_identifier(share: Path, said: bytes) -> None:
    (share / "evil").write_text("four")
    script = f'import os\nos.write(1, b\'["ready", "V1"]\\n\')\ninput()\nos.write(1, {said!r})'

    (answer,) = ask(share, "evil", command=(sys.executable, "-S", "-c", script))

    assert isinstance(answer, FormatNotAsked)
    assert answer.broke_the_child


def test_a_file_that_eats_memory_is_let_go_before_the_machine_has_none(share: Path) -> None:
    (share / "evil").write_text("EAT")
    (share / "after").write_text("four")

    with FormatNamer(NamingLimits(memory_bytes=1 << 30), command=HOSTILE) as namer:
        evil, after = (namer.name(str(share), found(share, name)) for name in ("evil", "after"))

    assert isinstance(evil, FormatNotAsked)
    assert "memory" in evil.detail
    assert after == FormatNamed(path="after", format_id="fmt/4")


def test_a_library_that_prints_breaks_no_answer(share: Path) -> None:
    (share / "loud").write_text("PRINT")

    assert ask(share, "loud") == [FormatNamed(path="loud", format_id="fmt/5")]


def test_a_link_in_the_place_of_a_file_is_not_followed(share: Path, tmp_path: Path) -> None:
    (share / "a").write_text("four")
    file = found(share, "a")
    (share / "a").rename(tmp_path / "elsewhere")
    (share / "a").symlink_to(tmp_path / "elsewhere")

    with FormatNamer(command=HOSTILE) as namer:
        answer = namer.name(str(share), file)

    assert isinstance(answer, FormatNotAsked)
    assert "link" in answer.detail


def test_another_content_never_gives_its_format_to_the_one_that_was_scanned(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (share / "changed").write_text("four")
    file = found(share, "changed")
    (share / "changed").write_text("longer")
    (share / "growing").write_text("GROW")
    monkeypatch.setenv("GROWING", str(share / "growing"))

    with FormatNamer(command=HOSTILE) as namer:
        answers = [namer.name(str(share), one) for one in (file, found(share, "growing"))]

    assert [one.detail for one in answers if isinstance(one, FormatNotAsked)] == [
        "it was changed after the scan",
        "it was changed while it was read",
    ]


def test_what_cannot_be_opened_is_said_and_the_child_goes_on(share: Path) -> None:
    (share / "gone").write_text("four")
    gone = found(share, "gone")
    (share / "gone").unlink()
    (share / "here").write_text("four")

    with FormatNamer(command=HOSTILE) as namer:
        nowhere = namer.name(str(share / "no such root"), gone)
        missing = namer.name(str(share), gone)
        here = namer.name(str(share), found(share, "here"))

    assert isinstance(nowhere, FormatNotAsked)
    assert isinstance(missing, FormatNotAsked)
    assert not nowhere.broke_the_child
    assert "no longer there" in missing.detail
    assert here == FormatNamed(path="here", format_id="fmt/4")


def test_a_name_that_is_no_text_is_asked_about_all_the_same(share: Path) -> None:
    odd = os.fsdecode(b"caf\xe9\n.txt")
    (share / odd).write_text("four")

    assert ask(share, odd) == [FormatNamed(path=odd, format_id="fmt/4")]


def test_looking_leaves_the_time_of_last_use_as_it_was(share: Path) -> None:
    (share / "a").write_text("four")
    os.utime(share / "a", (1, 2))

    ask(share, "a")

    assert (share / "a").stat().st_atime == 1


def test_a_larger_file_is_given_as_it_is(share: Path) -> None:
    with (share / "large").open("wb") as file:
        file.truncate((32 << 20) + 1)

    assert ask(share, "large") == [FormatNamed(path="large", format_id="fmt/100")]


def test_a_child_that_was_used_long_enough_is_replaced(share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pronom_naming, "_FILES_PER_CHILD", 1)
    (share / "a").write_text("four")

    assert ask(share, "a", "a") == [FormatNamed(path="a", format_id="fmt/4")] * 2


def test_a_child_that_does_not_start_is_nobody_elses_fault() -> None:
    for command in (("/no/such/program",), (sys.executable, "-c", "pass"), (sys.executable, "-c", "print('[1]')")):
        with pytest.raises(PronomUnavailableError, match="could not be started"):
            FormatNamer(command=command)


def test_the_absent_package_is_told_before_any_file_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRONOM_ABSENT", "1")

    with pytest.raises(PronomMissingError, match="extra `pronom`"):
        FormatNamer(command=HOSTILE)


def test_no_child_outlives_a_scan_that_was_killed(share: Path) -> None:
    (share / "evil").write_text("SLEEP")
    script = f"""
import sys
from scanners import FoundFile
from scanners.identification.pronom_naming import FormatNamer
namer = FormatNamer(command={HOSTILE!r})
print(namer._child._process.pid, flush=True)
namer.name({str(share)!r}, {found(share, "evil")!r})
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as scan:
        assert scan.stdout is not None
        child = int(scan.stdout.readline())
        scan.send_signal(signal.SIGKILL)
        scan.wait()

    assert _ends(child)


def _ends(process_id: int) -> bool:
    for _ in range(100):
        try:
            status = Path(f"/proc/{process_id}/stat").read_text()
        except FileNotFoundError:
            return True
        if status.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@needs_pygfried
def test_the_real_package_names_a_pdf_and_admits_what_it_does_not_know(share: Path) -> None:
    (share / "minutes.pdf").write_bytes(b"%PDF-1.4\n%%EOF")
    (share / "strange").write_bytes(b"\xfe\x01\x02 nobody's format")
    (share / "empty").write_bytes(b"")
    (share / "cut.zip").write_bytes(b"PK\3\4" + bytes(100))

    with FormatNamer() as namer:
        named = [namer.name(str(share), found(share, name)) for name in ("minutes.pdf", "strange", "empty", "cut.zip")]
        assert "DROID_SignatureFile" in namer.pronom_version

    assert [one.format_id for one in named if isinstance(one, FormatNamed)] == ["fmt/18", "", "", ""]


@needs_pygfried
def test_too_little_memory_for_the_runtime_is_no_fault_of_a_file() -> None:
    with pytest.raises(PronomUnavailableError, match="address space"):
        FormatNamer(NamingLimits(memory_bytes=512 << 20))
