"""The address of a share, as people write it and as the catalogue keeps it. It never holds who asks."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from retention.domain.naming import shown
from retention.errors import InvalidInputError

_SCHEME, _WINDOWS = "smb://", "\\\\"
_PORT, _LAST_PORT = 445, 65_535
_IMPOSSIBLE = frozenset('\0\n\r\t"*<>?|/\\')  # in the name of a folder on Windows; ":" stands before a hidden stream


def is_address(words: str) -> bool:
    r"""Tell whether somebody means a share on a server: `smb://server/share` or `\\server\share`."""
    return words.lower().startswith(_SCHEME) or words.startswith(_WINDOWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareAddress:
    """A folder on a share, `folder` empty for the whole share, "/" between its parts."""

    server: str
    share: str
    folder: str = ""
    port: int = _PORT

    @classmethod
    def parse(cls, words: str) -> Self:
        r"""Read an address as somebody wrote it; in one that begins with `smb://`, %20 is a space.

        Raises:
            InvalidInputError: It names no share, or it holds a user or a password.
        """
        if words.startswith(_WINDOWS):
            return cls._of_parts(words, words.removeprefix(_WINDOWS).split("\\"))
        rest = words[len(_SCHEME) :]
        if "@" in rest.partition("/")[0]:
            # not quoted: what stands there may be a password
            raise InvalidInputError(
                what="the address of the share holds a user, which has no place in it",
                not_done="Nothing was done.",
                next_step="Leave out what stands before the @; who asks is said with --login or when it is asked for.",
            )
        return cls._of_parts(words, [unquote(part, errors="surrogateescape") for part in rest.split("/")])

    @classmethod
    def of_root(cls, root: str) -> Self:
        """Return the address that the catalogue keeps as the root of a source."""
        return cls._of_parts(root, root.removeprefix(_SCHEME).split("/"))

    @property
    def root(self) -> str:
        """The address as the catalogue keeps it and people see it: every letter as it is."""
        port = "" if self.port == _PORT else f":{self.port}"
        return "/".join((f"{_SCHEME}{self.server}{port}", *filter(None, (self.share, self.folder))))

    @property
    def key(self) -> str:
        """The address in the form in which two are compared: servers and Windows shares know no capital letters."""
        return self.root.casefold()

    @classmethod
    def _of_parts(cls, words: str, parts: list[str]) -> Self:
        server, *path = [part for part in parts if part] or [""]
        host, colon, port = (server, "", "") if server.startswith("[") and server.endswith("]") else _split(server)
        is_odd = any(set(part) & _IMPOSSIBLE or part in (".", "..") for part in (host, *path)) or ":" in "".join(path)
        if not host or not path or is_odd:
            raise _no_address(words, "Write it like smb://server/share or smb://server/share/folder.")
        if colon and not (port.isdecimal() and port.isascii() and 0 < int(port) <= _LAST_PORT):
            raise _no_address(words, "After the name of the server comes a number, as in smb://server:445/share.")
        share, *folders = path
        return cls(server=host, share=share, folder="/".join(folders), port=int(port) if colon else _PORT)


def _split(server: str) -> tuple[str, str, str]:
    host, colon, port = server.rpartition(":")
    return (host, colon, port) if colon else (server, "", "")


def _no_address(words: str, next_step: str) -> InvalidInputError:
    return InvalidInputError(
        what=f"{shown(words)!r} is not the address of a share", not_done="Nothing was done.", next_step=next_step
    )
