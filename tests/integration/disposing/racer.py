"""Works on a share while it is disposed of, as fast as it can, and remembers everything it wrote there.

A script, not a test. Usage: `racer.py SHARE FILES SEED`; ends when its input does, and then prints one JSON list of
every text that must still be found somewhere, because nobody approved its destruction.
"""

import fcntl
import json
import os
import random
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Racer:
    """Somebody who edits, replaces, links, moves and saves whatever is about to be destroyed."""

    def __init__(self, share: Path, files: int, seed: int) -> None:
        self.share = share
        self.files = files
        self.chance = random.Random(seed)  # noqa: S311  # not for secrets
        self.kept = share / "kept"
        self.precious: list[str] = []
        self.deeds: tuple[Callable[[Path], None], ...] = (
            self.edit,
            self.replace,
            self.move_and_save_anew,
            self.link_elsewhere,
            self.point_at_the_canary,
            self.swap_the_folder,
            self.keep_open_and_write,
        )

    def act(self) -> None:
        with suppress(OSError):  # the file is gone, taken or a link by now
            self.chance.choice(self.deeds)(self._any())

    def _any(self) -> Path:
        return self.share / "Invoices" / f"invoice {self.chance.randrange(self.files)}.txt"

    def edit(self, target: Path) -> None:
        with self._open(target) as file:
            os.write(file, self._words().encode())

    def keep_open_and_write(self, target: Path) -> None:
        """Write a little later into a file that was opened before it went into quarantine."""
        with self._open(target) as file:
            for _ in range(self.chance.randrange(4)):
                with suppress(FileNotFoundError, FileExistsError):
                    self.link_elsewhere(self._any())
            os.write(file, self._words().encode())

    def replace(self, target: Path) -> None:
        new = self.kept / f"new {self.chance.random()}"
        new.write_text(self._words())
        if target.is_file() and not target.is_symlink():
            target.rename(self.kept / f"old {self.chance.random()}")
        os.link(new, target)
        new.unlink()

    def move_and_save_anew(self, target: Path) -> None:
        target.rename(self.kept / f"moved {self.chance.random()}")
        with target.open("x") as file:
            file.write(self._words())

    def link_elsewhere(self, target: Path) -> None:
        os.link(target, self.kept / f"link {self.chance.random()}", follow_symlinks=False)

    def point_at_the_canary(self, target: Path) -> None:
        target.rename(self.kept / f"away {self.chance.random()}")
        target.symlink_to(self.share / "canary.txt")

    def swap_the_folder(self, target: Path) -> None:
        away = self.share / "Invoices moved away"
        target.parent.rename(away)
        try:
            target.parent.symlink_to(self.share / "Precious")
            target.parent.unlink()
        finally:
            away.rename(target.parent)

    @contextmanager
    def _open(self, target: Path) -> Iterator[int]:
        file = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
        try:
            yield file
        finally:
            os.close(file)

    def _words(self) -> str:
        self.precious.append(f"<precious {len(self.precious)} {self.chance.random()}>")
        return self.precious[-1]


def are_leases_given(folder: Path) -> bool:
    """Tell whether this file system says who has a file open; without, nobody can know of a late writer."""
    probe = folder / "probe"
    probe.touch()
    with probe.open() as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError:
            return False
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True


def main() -> None:
    racer = Racer(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    racer.kept.mkdir()
    if not are_leases_given(racer.kept):
        racer.deeds = tuple(deed for deed in racer.deeds if deed not in (racer.edit, racer.keep_open_and_write))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], 0)[0]:
        racer.act()
        time.sleep(racer.chance.uniform(0, 0.005))  # or nothing would be left to dispose of
    sys.stdout.write(json.dumps(racer.precious))


if __name__ == "__main__":
    main()
