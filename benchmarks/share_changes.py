"""Changes as people and programs make them on a share, drawn at random, of every kind there is."""

# Names are bytes here, of any kind, which pathlib does not take.
# ruff: noqa: PTH101, PTH102, PTH104, PTH105, PTH106, PTH108, PTH112, PTH114, PTH116, PTH118, PTH211

import os
import random
import shutil
from collections.abc import Callable
from contextlib import suppress

_NAMES = [
    *(
        b"minutes.txt",
        b"ledger.csv",
        b"letter",
        b"\xff\xfe.txt",
        b"new\nline",
        "Überblick".encode(),
        b"a",
        b"b",
        b"~$x",
    ),
    *(b"report.html", b"=cmd|' /C calc'!A0", b"a0"),
]
_FOLDERS = [b"finance", b"housing", b"a", b"b", b"\xe9", b"a0", b"with space"]
_WORDS = [b"paid", b"minutes", b"<html><p>words</p></html>", b"\0\1\2", b"x" * 3_000]
_MOST_FOLDERS = 60


class ShareChanges:
    """Changes the share below `root`, one thing at a time; the same seed does the same."""

    def __init__(self, root: str, seed: int) -> None:
        self._root = os.fsencode(root)
        self._chance = random.Random(seed)  # noqa: S311  # no secret
        self._folders: list[bytes] = [self._root]
        self._files: list[bytes] = []
        # Of a file with two names that was written through one which is then removed, the system tells the watcher
        # nothing in the folder of the other: that is left to the daily scan of everything.
        self._written: set[int] = set()
        self.done: dict[str, int] = {}
        self._kinds: list[tuple[int, Callable[[], None]]] = [
            (14, self._write),
            (10, self._append),
            (6, self._truncate),
            (6, self._overwrite_in_place),
            (10, self._rename_file),
            (6, self._replace_by_rename),
            (9, self._delete),
            (5, self._make_folder),
            (4, self._rename_folder),
            (1, self._remove_empty_folder),
            (1, self._remove_folder),
            (4, self._link),
            (2, self._symlink),
            (4, self._chmod),
            (2, self._touch),
            (1, self._leave_and_come_back),
        ]

    def make(self, count: int, *, between: Callable[[], None] = lambda: None) -> None:
        """Make so many changes."""
        weights = [weight for weight, _ in self._kinds]
        while count > 0:
            ((_, change),) = self._chance.choices(self._kinds, weights)
            try:
                change()
            except OSError:  # the name is taken, the folder is not empty, a folder would go into itself
                self._look_again()
                continue
            count -= 1
            self.done[change.__name__] = self.done.get(change.__name__, 0) + 1
            between()

    def settled(self) -> None:
        """Say that the watcher has seen everything so far."""
        self._written.clear()

    def _look_again(self) -> None:
        self._folders, self._files = [], []
        for folder, _, files in os.walk(self._root):
            self._folders.append(folder)
            self._files.extend(os.path.join(folder, name) for name in files)

    def _folder(self) -> bytes:
        return self._chance.choice(self._folders)

    def _file(self) -> bytes:
        if not self._files:
            self._write()
        return self._chance.choice(self._files)

    def _place(self) -> bytes:
        return os.path.join(self._folder(), self._chance.choice(_NAMES))

    def _words(self) -> bytes:
        return self._chance.choice(_WORDS) + b"%d" % self._chance.randrange(1_000_000)

    def _note_written(self, path: bytes) -> None:
        with suppress(OSError):
            found = os.stat(path)
            if found.st_nlink > 1:
                self._written.add(found.st_ino)

    def _is_free_to_go(self, path: bytes) -> bool:
        try:
            found = os.lstat(path)
        except OSError:
            return True
        return found.st_nlink == 1 or found.st_ino not in self._written

    def _open(self, path: bytes, flags: int) -> int:
        if os.path.islink(path) or os.path.isdir(path):
            raise FileExistsError
        return os.open(path, flags, 0o644)

    def _write(self) -> None:
        path = self._place()
        descriptor = self._open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        os.write(descriptor, self._words())
        os.close(descriptor)
        self._note_written(path)
        self._files.append(path)

    def _append(self) -> None:
        path = self._file()
        descriptor = self._open(path, os.O_APPEND | os.O_WRONLY)
        os.write(descriptor, self._words())
        os.close(descriptor)
        self._note_written(path)

    def _overwrite_in_place(self) -> None:
        """Change bytes and no size."""
        path = self._file()
        descriptor = self._open(path, os.O_WRONLY)
        os.pwrite(descriptor, b"%06d" % self._chance.randrange(1_000_000), 0)
        os.close(descriptor)
        self._note_written(path)

    def _truncate(self) -> None:
        path = self._file()
        descriptor = self._open(path, os.O_WRONLY)
        os.ftruncate(descriptor, self._chance.randrange(20))
        os.close(descriptor)
        self._note_written(path)

    def _rename_file(self) -> None:
        old, new = self._file(), self._place()
        if os.path.isdir(old) or os.path.lexists(new):
            raise FileExistsError
        os.rename(old, new)
        self._files.remove(old)
        self._files.append(new)

    def _replace_by_rename(self) -> None:
        """Save as office programs do: write beside it, then put it in its place."""
        path = self._file()
        if os.path.isdir(path) or not self._is_free_to_go(path):
            raise FileExistsError
        beside = path + b".tmp"
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        os.write(descriptor, self._words())
        os.close(descriptor)
        os.replace(beside, path)

    def _delete(self) -> None:
        path = self._file()
        if not self._is_free_to_go(path):
            raise FileExistsError
        os.unlink(path)
        self._files.remove(path)

    def _make_folder(self) -> None:
        path = os.path.join(self._folder(), self._chance.choice(_FOLDERS))
        os.mkdir(path)
        self._folders.append(path)

    def _rename_folder(self) -> None:
        old, new = self._folder(), os.path.join(self._folder(), self._chance.choice(_FOLDERS))
        if old == self._root:
            raise FileExistsError
        os.rename(old, new)
        self._look_again()

    def _remove_empty_folder(self) -> None:
        path = self._folder()
        if path == self._root:
            raise FileExistsError
        os.rmdir(path)
        self._look_again()

    def _remove_folder(self) -> None:
        path = self._folder()
        is_deep = path.count(b"/") > self._root.count(b"/") + 1
        if path == self._root or not (is_deep or len(self._folders) > _MOST_FOLDERS) or not self._all_free(path):
            raise FileExistsError
        shutil.rmtree(path)
        self._look_again()

    def _leave_and_come_back(self) -> None:
        """Move a folder out of the share and in again at another place."""
        path, new = self._folder(), os.path.join(self._folder(), self._chance.choice(_FOLDERS))
        if path == self._root or os.path.lexists(new) or (new + b"/").startswith(path + b"/"):
            raise FileExistsError
        outside = self._root + b" outside"
        os.rename(path, outside)
        os.rename(outside, new)
        self._look_again()

    def _all_free(self, top: bytes) -> bool:
        return all(
            self._is_free_to_go(os.path.join(folder, name)) for folder, _, files in os.walk(top) for name in files
        )

    def _link(self) -> None:
        old, new = self._file(), self._place()
        os.link(old, new, follow_symlinks=False)
        self._files.append(new)

    def _symlink(self) -> None:
        path = self._place()
        os.symlink(self._folder(), path)
        self._files.append(path)

    def _chmod(self) -> None:
        path = self._chance.choice([self._folder(), self._file()])
        if os.path.islink(path):
            raise FileExistsError
        os.chmod(path, self._chance.choice([0o700, 0o755, 0o777]))

    def _touch(self) -> None:
        at = self._chance.randrange(1_000_000_000)
        os.utime(self._file(), (at, at), follow_symlinks=False)
