"""Asking a file server over SMB 2 and 3: open for reading, list, query, read, close, and nothing else.

There is no message in this module that could change a file: folders and files are opened only where they exist,
with the rights to read, so that as links, or by recall from an archive, nothing else is opened either.
"""

import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from scanners.errors import SourceUnavailableError
from scanners.shares.errors import SmbMissingError

# The libraries' own logs hold messages that prove the password, and the names of files.
_QUIET = ("smbprotocol", "spnego")

_READ_ATTRIBUTES, _READ_CONTROL, _READ_CONTENT, _LIST = 0x80, 0x20000, 0x1, 0x1
_SHARE_ALL = 0x7  # others may go on reading, writing and deleting
_OPEN_EXISTING = 0x1
_FOLDER_ONLY, _FILE_ONLY, _AS_LINK, _NO_RECALL = 0x1, 0x40, 0x200000, 0x400000
_IMPERSONATE = 2
_RELATED = b"\xff" * 16  # [MS-SMB2] 3.2.4.1.4: what the first message of this compound opened
_LISTING_CLASS, _BASIC, _STANDARD, _NUMBER, _STREAMS = 38, 4, 5, 6, 22  # [MS-FSCC] 2.4
_VOLUME = 1  # 2.5.9 FileFsVolumeInformation
_FILE_INFO, _VOLUME_INFO, _SECURITY_INFO = 1, 2, 3
_OWNER_ONLY = 1
_CREDIT_BYTES = 65_536
_ANSWER_BYTES = 65_536
_MAX_READ_BYTES = 1 << 20
_NO_MORE = 0x80000006
_NO_SUCH_FILE = 0xC000000F
_END_OF_FILE = 0xC0000011
NO_ANSWER, NOT_UNDERSTOOD = 0, -1


@dataclass(frozen=True, slots=True, kw_only=True)
class SmbLogin:
    r"""Which share is meant, and who asks. Without a user the ticket of the one who is logged on is used.

    Args:
        server: Name or address of the file server.
        share: Name of the share on it.
        folder: A folder below the share, with "/" between parts; empty for all of it.
        user: Such as "DOMAIN\\name" or "name@domain".
        password: Never shown and never logged.
        port: 445 nearly everywhere.
        timeout_seconds: How long the server may be silent.
        is_encrypted: Whether to insist on encryption; the server may insist by itself.
    """

    server: str
    share: str
    folder: str = ""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    port: int = 445
    timeout_seconds: int = 60
    is_encrypted: bool = False

    @property
    def root(self) -> str:
        r"""The share as people write it, `\\server\share\folder`."""
        return "\\".join(("", "", self.server, self.share, *filter(None, self.folder.split("/"))))


class SmbFailure(Exception):  # noqa: N818  carried between two modules of this room only
    """The server refused one request; `status` is the NTSTATUS, or one of those above that no server sends."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Wire:
    """One connection to one share.

    Raises:
        SmbMissingError: The library is not installed.
        SourceUnavailableError: The server or share cannot be reached, or refuses this account.
    """

    def __init__(self, login: SmbLogin) -> None:
        self._login = login
        self._messages = _library()
        for name in _QUIET:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._connection: Any = self._messages.Connection(uuid.uuid4(), login.server, login.port, require_signing=True)
        try:
            self._connect()
        except Exception as error:  # the library and those below it raise very different ones
            self.close()
            raise SourceUnavailableError(root=login.root, detail=_words(error)) from error

    def _connect(self) -> None:
        login, library = self._login, self._messages
        self._connection.connect(timeout=login.timeout_seconds)
        session = library.Session(
            self._connection, username=login.user, password=login.password, require_encryption=login.is_encrypted
        )
        session.connect()
        tree = library.TreeConnect(session, f"\\\\{login.server}\\{login.share}")
        tree.connect()
        # Paths are those of this server: a link of a distributed file system is a link, and is not followed.
        tree.is_dfs_share = False
        self._session_id, self._tree_id = session.session_id, tree.tree_connect_id

    def close(self) -> None:
        """Let go of the server."""
        with suppress(Exception):  # it may have gone first
            self._connection.disconnect(close=True, timeout=5)

    def listing(self, path: str) -> Iterator[bytes]:
        """Yield the server's answers about what lies in a folder.

        Raises:
            SmbFailure: It cannot be opened or listed.
        """
        with self._opened(path, access=_LIST | _READ_ATTRIBUTES, options=_FOLDER_ONLY | _AS_LINK) as handle:
            while True:
                query = self._messages.SMB2QueryDirectoryRequest()
                query["file_information_class"] = _LISTING_CLASS
                query["file_id"] = handle
                query["output_buffer_length"] = _ANSWER_BYTES
                query["buffer"] = "*".encode("utf-16-le")
                try:
                    answer = self._ask(query)
                except SmbFailure as failure:
                    if failure.status in (_NO_MORE, _NO_SUCH_FILE):
                        return
                    raise
                yield self._unpacked("SMB2QueryDirectoryResponse", answer)["buffer"].get_value()

    def facts(self, path: str, *, with_owner: bool) -> tuple[bytes, bytes, bytes, bytes | None]:
        """Return the server's answers about one file in one journey; nothing of its content is opened.

        Raises:
            SmbFailure: It cannot be opened, or this account may not ask for the owner.
        """
        access = _READ_ATTRIBUTES | (_READ_CONTROL if with_owner else 0)
        queries = [self._query(_FILE_INFO, kind) for kind in (_BASIC, _STANDARD, _STREAMS)]
        if with_owner:
            queries.append(self._query(_SECURITY_INFO, 0, additional=_OWNER_ONLY))
        answers = self._compound(path, access=access, queries=queries)
        basic, standard, streams = answers[:3]
        return basic, standard, streams, answers[3] if with_owner else None

    def state(self, path: str) -> tuple[bytes, bytes]:
        """Return what tells whether a file is still as it was, for less than its `facts` cost.

        Raises:
            SmbFailure: It cannot be opened.
        """
        queries = [self._query(_FILE_INFO, kind) for kind in (_BASIC, _STANDARD)]
        basic, standard = self._compound(path, access=_READ_ATTRIBUTES, queries=queries)
        return basic, standard

    def root_numbers(self) -> tuple[int, int]:
        """Return the number of the volume behind the share, and that of the folder that is its root.

        Raises:
            SmbFailure: The share cannot be opened.
        """
        queries = [self._query(_VOLUME_INFO, _VOLUME), self._query(_FILE_INFO, _NUMBER)]
        volume, folder = self._compound("", access=_READ_ATTRIBUTES, queries=queries)
        return int.from_bytes(volume[8:12], "little"), int.from_bytes(folder[:8], "little")

    def content(self, path: str, *, size_bytes: int) -> Iterator[bytes]:
        """Yield the content of a file in portions of up to a mebibyte, until there are at least `size_bytes`.

        Raises:
            SmbFailure: It cannot be opened or read.
        """
        options = _FILE_ONLY | _AS_LINK | _NO_RECALL
        with self._opened(path, access=_READ_CONTENT | _READ_ATTRIBUTES, options=options) as handle:
            offset = 0
            while offset < size_bytes and (portion := self._read(handle, offset)):
                yield portion
                offset += len(portion)

    def _read(self, handle: bytes, offset: int) -> bytes:
        window = self._connection.sequence_window
        credits_left = max(1, window["high"] - window["low"])
        length = min(_MAX_READ_BYTES, self._connection.max_read_size, credits_left * _CREDIT_BYTES)
        read = self._messages.SMB2ReadRequest()
        read["length"] = length
        read["offset"] = offset
        read["file_id"] = handle
        read["padding"] = b"\x50"
        try:
            answer = self._ask(read, credit_count=_MAX_READ_BYTES // _CREDIT_BYTES)
        except SmbFailure as failure:
            if failure.status == _END_OF_FILE:
                return b""
            raise
        portion: bytes = self._unpacked("SMB2ReadResponse", answer)["buffer"].get_value()
        return portion

    @contextmanager
    def _opened(self, path: str, *, access: int, options: int) -> Iterator[bytes]:
        answer = self._ask(self._open(path, access=access, options=options))
        handle = self._unpacked("SMB2CreateResponse", answer)["file_id"].get_value()
        try:
            yield handle
        finally:
            with suppress(SmbFailure):  # the server closes it at the latest when the connection ends
                self._ask(self._close(handle))

    def _compound(self, path: str, *, access: int, queries: Sequence[Any]) -> list[bytes]:
        messages = [self._open(path, access=access, options=_AS_LINK | _NO_RECALL), *queries, self._close(_RELATED)]
        try:
            requests = self._connection.send_compound(messages, self._session_id, self._tree_id, related=True)
        except Exception as error:
            raise self._failure(error) from error
        answers: list[bytes] = []
        failures: list[SmbFailure] = []
        for request in requests:  # every answer must be taken, also after a failure
            try:
                answers.append(self._received(request))
            except SmbFailure as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
        return [self._unpacked("SMB2QueryInfoResponse", answer)["buffer"].get_value() for answer in answers[1:-1]]

    def _open(self, path: str, *, access: int, options: int) -> Any:  # noqa: ANN401  the library has no types
        create = self._messages.SMB2CreateRequest()
        create["impersonation_level"] = _IMPERSONATE
        create["desired_access"] = access
        create["share_access"] = _SHARE_ALL
        create["create_disposition"] = _OPEN_EXISTING
        create["create_options"] = options
        create["buffer_path"] = self._name(path) or b"\0\0"
        return create

    def _query(self, kind: int, information: int, *, additional: int = 0) -> Any:  # noqa: ANN401  as above
        query = self._messages.SMB2QueryInfoRequest()
        query["info_type"] = kind
        query["file_info_class"] = information
        query["additional_information"] = additional
        query["output_buffer_length"] = _ANSWER_BYTES
        query["file_id"] = _RELATED
        return query

    def _close(self, handle: bytes) -> Any:  # noqa: ANN401  as above
        close = self._messages.SMB2CloseRequest()
        close["file_id"] = handle
        return close

    def _ask(self, message: Any, *, credit_count: int | None = None) -> bytes:  # noqa: ANN401  as above
        try:
            request = self._connection.send(message, self._session_id, self._tree_id, credit_request=credit_count)
        except Exception as error:
            raise self._failure(error) from error
        return self._received(request)

    def _received(self, request: Any) -> bytes:  # noqa: ANN401  as above
        try:
            # A link in the middle of a path must not lead anywhere, so the library must not resolve it.
            response = self._connection.receive(request, timeout=self._login.timeout_seconds, resolve_symlinks=False)
        except Exception as error:
            raise self._failure(error) from error
        answer: bytes = response["data"].get_value()
        return answer

    def _unpacked(self, kind: str, answer: bytes) -> Any:  # noqa: ANN401  as above
        response = getattr(self._messages, kind)()
        try:
            response.unpack(answer)
        except Exception as error:
            raise SmbFailure(NOT_UNDERSTOOD, "the server's answer cannot be understood") from error
        return response

    def _failure(self, error: Exception) -> SmbFailure:
        return SmbFailure(int(getattr(error, "status", 0) or NO_ANSWER), _words(error))

    def _name(self, path: str) -> bytes:
        below = "/".join(filter(None, (self._login.folder, path)))
        units = below.replace("/", "\\").encode("utf-8", "surrogateescape").decode("utf-8", "surrogatepass")
        return units.encode("utf-16-le", "surrogatepass")


class _Messages:
    """The parts of the library that are used; it knows nothing of types."""

    def __init__(self, *modules: Any) -> None:  # noqa: ANN401  as above
        self._modules = modules

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  as above
        for module in self._modules:
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(name)


def _library() -> _Messages:
    try:
        from smbprotocol import connection, open, session, tree  # noqa: A004, PLC0415  an extra
    except ImportError as error:
        raise SmbMissingError from error
    return _Messages(open, connection, session, tree)


_REFUSALS = {
    0xC000006D: "the user name or the password is not right",
    0xC0000022: "this account may not use it",
    0xC00000CC: "there is no share of this name on the server",
    0xC0000071: "the password has expired",
    0xC0000072: "the account is disabled",
    0xC0000234: "the account is locked",
}


def _words(error: Exception) -> str:
    """Return what a failure says, in one line; no library puts a password into its messages."""
    known = _REFUSALS.get(getattr(error, "status", 0))
    if known:
        return known
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300].rstrip(".")
