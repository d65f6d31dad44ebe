"""What the options in front of a command say: which workspace, who is acting, may questions be asked."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

import click

from retention.assembly import Engine, open_engine
from retention.domain.people import Person
from retention.errors import InvalidInputError
from retention.services.acting import person_by_password, person_of_account


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One call of the program."""

    workspace: str | None
    person: str | None
    password_file: str | None
    may_ask: bool

    def engine(self) -> Engine:
        """Open the workspace; raises what `open_engine` raises."""
        return open_engine(self.workspace)

    def acting_person(self, engine: Engine) -> Person:
        """Return who is acting: the person of --as, by password, or the one of the account.

        Raises:
            RefusedByPolicyError: Nobody registered is.
            InvalidInputError: The password cannot be had.
        """
        if self.person is None:
            return person_of_account(engine.catalogue, _account())
        return person_by_password(engine.catalogue, self.person, self._password())

    def _password(self) -> str:
        if self.password_file is not None:
            try:
                return Path(self.password_file).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                raise InvalidInputError(
                    what=f"the password file {self.password_file} cannot be read",
                    not_done="Nothing was done in anybody's name.",
                    next_step="Give a text file that only you can read, with the password as its first line.",
                ) from error
        if not self.may_ask:
            raise InvalidInputError(
                what=f"{self.person} must sign in, and nothing may be asked here",
                not_done="Nothing was done in anybody's name.",
                next_step="Give the password with --password-file.",
            )
        return str(click.prompt(f"Password of {self.person}", hide_input=True, err=True))


def _account() -> str:
    # not getpass.getuser(): that believes LOGNAME, which anybody may set to anybody's name
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under a number that has no name
        return str(os.getuid())


pass_session = click.make_pass_decorator(Session)
