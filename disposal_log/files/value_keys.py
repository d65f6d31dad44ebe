"""The keys that seal the disclosed values: one for each batch, in a small file of its own.

Stands below `sidecar`. To destroy a key is to write zeros over it where it stands: every value it sealed is gone with
it, also from backups of the values. So this file must not be in those backups. A line is never moved or removed:

    16 hexadecimal digits of its number, a space, SHA-256 of what it is for, a space, the key, a newline
"""

import os
import re
import secrets
from collections.abc import Container, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from disposal_log.errors import SidecarError
from disposal_log.files.durable import fsync_directory, write_all
from disposal_log.formats.canonical import JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disposal_log.signing.reviewed_aead import Sealer

VALUE_KEYS_FILE = "value-keys.txt"
_SECRET_AT = 16 + 1 + 64 + 1
_LINE_BYTES = _SECRET_AT + 64 + 1
_LINE = re.compile(rb"([0-9a-f]{16}) ([0-9a-f]{64}) ([0-9a-f]{64})\n")
_DESTROYED = b"0" * 64
_MOST_NAMES = 1_000
_NUMBER_BITS = 63  # what fits into a column of SQLite


@cache
def can_open() -> bool:
    """Whether the library that opens values is on this machine."""
    try:
        return find_spec("cryptography.hazmat.primitives.ciphers.aead") is not None
    except ModuleNotFoundError:
        return False


def scope_of(body: Mapping[str, JSON], at: datetime) -> str:
    """Say whose key seals the values of an entry: its batch's; for an entry of no batch, its month's."""
    batch = body.get("batch")
    return f"batch {batch}" if isinstance(batch, str) else f"month {at.astimezone(UTC):%Y-%m}"


class ValueKeys:
    """The keys in one sidecar. Numbers are random, so that a file put back from a backup never gives one twice."""

    def __init__(self, directory: Path) -> None:
        """Read the keys, if there is a file of them.

        Raises:
            SidecarError: if it cannot be read.
        """
        self._path = directory / VALUE_KEYS_FILE
        self._read()

    @property
    def is_there(self) -> bool:
        """Whether there is a file of keys, be it empty."""
        return self._path.exists()

    def make_file(self) -> None:
        """Make an empty file when there is none.

        Raises:
            SidecarError: if the disk refuses.
        """
        with self._our_errors():
            self._open_to_write()

    def for_scope(self, scope: str) -> "tuple[int, Sealer]":
        """Give the number and the key for what belongs to `scope`; a new one is durable before it is given.

        Raises:
            OSError: if a new one cannot be stored.
        """
        known = self._by_name.get(scope)
        if known is not None:
            return known
        digest = sha256(scope.encode("utf-8", "surrogatepass")).hexdigest().encode("ascii")
        number = self._by_scope.get(digest)
        if number is None:
            number = self._add(digest, secrets.token_bytes(32))
        sealer = self.sealer(number)
        if sealer is None:  # pragma: no cover  # it was just found or made
            raise RuntimeError(scope)
        if len(self._by_name) >= _MOST_NAMES:
            self._by_name.clear()
        self._by_name[scope] = (number, sealer)
        return number, sealer

    def sealer(self, number: int) -> "Sealer | None":
        """Give the key of that number; None when it was destroyed or is not here."""
        known = self._sealers.get(number)
        if known is None and number in self._secrets:
            from disposal_log.signing.reviewed_aead import Sealer  # noqa: PLC0415  # a verifier may have to do without

            known = self._sealers[number] = Sealer(self._secrets[number])
        return known

    def refresh(self) -> None:
        """Read the file again: a writer may have made keys meanwhile.

        Raises:
            SidecarError: if it cannot be read.
        """
        self._read()

    def destroy_all_but(self, used: Container[int]) -> frozenset[int]:
        """Write zeros over every key whose number is not in `used`, flush, and give their numbers.

        Raises:
            SidecarError: if the disk refuses; it can be tried again.
        """
        doomed = frozenset(number for number in self._secrets if number not in used)
        if not doomed:
            return doomed
        with self._our_errors():
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
            try:
                for number in doomed:
                    os.pwrite(descriptor, _DESTROYED, self._places[number] + _SECRET_AT)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._read()
        return doomed

    def _add(self, digest: bytes, secret: bytes) -> int:
        number = secrets.randbits(_NUMBER_BITS)
        descriptor = self._open_to_write(keep_open=True)
        try:
            # what a crash left of a line that nothing was sealed with yet is written over
            os.ftruncate(descriptor, self._end)
            os.lseek(descriptor, self._end, os.SEEK_SET)
            write_all(descriptor, b"%016x %s %s\n" % (number, digest, secret.hex().encode("ascii")))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._by_scope[digest] = number
        self._secrets[number] = secret
        self._places[number] = self._end
        self._end += _LINE_BYTES
        return number

    def _open_to_write(self, *, keep_open: bool = False) -> int:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if self._end == 0:  # its name may not have lasted yet, whoever made it
                fsync_directory(self._path.parent)
        except OSError:
            os.close(descriptor)
            raise
        if not keep_open:
            os.close(descriptor)
        return descriptor

    def _read(self) -> None:
        self._by_scope: dict[bytes, int] = {}
        self._secrets: dict[int, bytes] = {}
        self._sealers: dict[int, Sealer] = {}
        self._by_name: dict[str, tuple[int, Sealer]] = {}  # asked for millions of times by a disposal
        self._places: dict[int, int] = {}
        with self._our_errors():
            try:
                content = self._path.read_bytes()
            except FileNotFoundError:
                content = b""
        self._end = len(content) - len(content) % _LINE_BYTES
        for place in range(0, self._end, _LINE_BYTES):
            found = _LINE.fullmatch(content, place, place + _LINE_BYTES)
            if found is None or found[3] == _DESTROYED:
                continue
            number = int(found[1], 16)
            self._by_scope[found[2]] = number
            self._secrets[number] = bytes.fromhex(found[3].decode("ascii"))
            self._places[number] = place

    @contextmanager
    def _our_errors(self) -> "Iterator[None]":
        try:
            yield
        except OSError as error:
            raise SidecarError(path=self._path, reason=error.strerror or str(error)) from error
