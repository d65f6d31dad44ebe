"""Who asks a file server: from a file that only its owner can read, from the environment, or asked for.

A password is never an argument, which everybody on the machine could see, and it is kept nowhere.
"""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import click

from retention.commands.session import Session
from retention.domain.assets import Source, SourceKind
from retention.domain.naming import shown
from retention.errors import InvalidInputError
from retention.services.reaching import RemoteShare, ShareAddress, ShareLogin

USER, PASSWORD, FILE = "RETENTION_SMB_USER", "RETENTION_SMB_PASSWORD", "RETENTION_SMB_LOGIN"

_OPEN_TO_OTHERS = 0o077
_MAX_BYTES = 10_000
_NEXT = "Write a file with the lines username=, password= and, if there is one, domain=; then: chmod 600 FILE"

Function = TypeVar("Function", bound=Callable[..., object])


def login_option(function: Function) -> Function:
    """Add `--login FILE` to a command that reaches shares."""
    return click.option(
        "--login",
        "login_file",
        metavar="FILE",
        envvar=FILE,
        type=click.Path(),
        help="Who asks a share that is not mounted: a file of mode 0600 with username=, password= and domain=; "
        f"otherwise {USER} and {PASSWORD} in the environment, or it is asked for.",
    )(function)


class ShareLogins:
    """The logins of one command: somebody who is asked is asked once for each server."""

    def __init__(self, session: Session, login_file: str | None) -> None:
        self._session = session
        self._login_file = login_file
        self._password = os.environ.pop(PASSWORD, None)  # the processes that read files need not have it
        self._known: dict[tuple[str, int], ShareLogin] = {}

    def share(self, address: ShareAddress) -> RemoteShare:
        """Return the share with who asks for it.

        Raises:
            InvalidInputError: The file cannot be used, or half of a login is missing.
        """
        server = (address.server.casefold(), address.port)
        if server not in self._known:
            self._known[server] = self._login(address)
        return RemoteShare(address, self._known[server])

    def share_of(self, source: Source) -> RemoteShare | None:
        """Return the share that a source is; None for one that is no such share.

        Raises:
            InvalidInputError: As for `share`.
        """
        return self.share(ShareAddress.of_root(source.root)) if source.kind is SourceKind.REMOTE else None

    def _login(self, address: ShareAddress) -> ShareLogin:
        if self._login_file:
            return _of_file(self._login_file)
        user, password = os.environ.get(USER), self._password
        if user and password is not None:
            return ShareLogin(user=user, password=password)
        if user or password:
            raise InvalidInputError(
                what=f"{USER} and {PASSWORD} belong together, and only one of them is set",
                not_done="The share was not contacted.",
                next_step="Set both or neither.",
            )
        if not self._session.may_ask:
            return ShareLogin()  # the ticket of who is logged on, if there is one
        place = shown(f"{address.server}/{address.share}")
        user = click.prompt(f"User on {place} (empty: your ticket)", default="", show_default=False, err=True)
        if not user:
            return ShareLogin()
        return ShareLogin(user=user, password=click.prompt(f"Password of {shown(user)}", hide_input=True, err=True))


def _of_file(path: str) -> ShareLogin:
    """Read a file of the form that `mount.cifs` calls a credentials file."""
    lines = (line.partition("=") for line in _private_text(path).splitlines())
    stated = {name.strip().lower(): value for name, equals, value in lines if equals}
    user, password = stated.get("username", "").strip(), stated.get("password")
    if not user or password is None:
        raise _refused(path, "it names no username= or no password=")
    domain = stated.get("domain", "").strip()
    return ShareLogin(user=f"{domain}\\{user}" if domain else user, password=password)


def _private_text(path: str) -> str:
    with suppress(OSError, ValueError), Path(path).open("rb") as file:
        seen = os.fstat(file.fileno())
        if not stat.S_ISREG(seen.st_mode):
            raise _refused(path, "it is no file")
        if seen.st_mode & _OPEN_TO_OTHERS:
            raise _refused(path, "others may read it")
        if seen.st_uid not in (0, os.getuid()):
            raise _refused(path, "it belongs to somebody else")
        return file.read(_MAX_BYTES).decode("utf-8")
    raise _refused(path, "it is not there, may not be read, or is not text in UTF-8")


def _refused(path: str, reason: str) -> InvalidInputError:
    return InvalidInputError(
        what=f"the login in {shown(path)} is not used: {reason}",
        not_done="The share was not contacted.",
        next_step=_NEXT,
    )
