"""A share where every look is a journey: the same walk, many times sooner than one look after the other."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanners.crawling import Pace, crawl_folders, probe

PROGRAM = Path(__file__).parents[4] / "shared" / "tools" / "delayfs.c"
FILES = 400
DELAY_US = 2_000
NEAR = Pace(seconds_per_look=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FarShare:
    """A small share, and a way to put it behind a server that takes its time for everything."""

    here: Path
    program: Path

    @contextmanager
    def view(self) -> Iterator[str]:
        """Show the share with nothing of it remembered yet."""
        place = Path(tempfile.mkdtemp())
        options = "attr_timeout=5,entry_timeout=5,max_threads=64,max_idle_threads=64"
        environment = {**os.environ, "SRC": str(self.here), "DELAY_US": str(DELAY_US)}
        command = [str(self.program), str(place), "-o", options]
        if subprocess.run(command, env=environment, capture_output=True, check=False).returncode:
            pytest.skip("this sandbox mounts nothing")
        try:
            yield str(place)
        finally:
            subprocess.run(["fusermount3", "-u", place], check=True)
            place.rmdir()


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> FarShare:
    if not PROGRAM.exists():
        pytest.skip("the program that delays a file system is not beside this checkout")
    if not (shutil.which("gcc") and shutil.which("pkg-config") and shutil.which("fusermount3")):
        pytest.skip("no compiler, or no FUSE")
    place = tmp_path_factory.mktemp("far")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "fuse3"], capture_output=True, text=True, check=False)
    command = ["gcc", "-O2", str(PROGRAM), "-o", str(place / "delayfs"), *flags.stdout.split()]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("the headers of FUSE 3 are not installed")
    share = place / "share"
    for number in range(FILES):
        name = f"{number % 5}/{number % 7}/{number}" if number % 3 else f"flat/{number}"
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        (share / name).touch()
    return FarShare(here=share, program=place / "delayfs")


def timed(root: str, pace: Pace | None = None) -> tuple[list[str], float]:
    started = time.monotonic()
    paths = [entry.path for listing in crawl_folders(root, pace=pace) for entry in listing.entries]
    return paths, time.monotonic() - started


def test_a_far_share_is_known_by_how_long_a_look_takes(far: FarShare) -> None:
    with far.view() as root:
        pace = probe(root)

    assert pace.is_far
    assert pace.looks <= 40


def test_a_far_share_is_walked_many_looks_at_a_time_in_the_same_order(far: FarShare) -> None:
    with far.view() as root:
        one_by_one, long_seconds = timed(root, NEAR)
    with far.view() as root:
        together, seconds = timed(root)

    assert together == one_by_one == timed(str(far.here), NEAR)[0]
    assert seconds < long_seconds / 2  # some twenty times, but for a machine with other things to do
