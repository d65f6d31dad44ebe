"""`retention users`: the register of people."""

from pathlib import Path

import click

from retention.commands.rendering import say, write_json, write_table
from retention.commands.session import Session, pass_session
from retention.domain.people import Person, Role
from retention.errors import InvalidInputError
from retention.services.listing import list_people
from retention.services.registering import register_person, set_password


@click.group("users")
def command() -> None:
    """Register people and what they may do.

    Whoever may write to the workspace may register people: protect the folder accordingly (SECURITY.md).
    """


@command.command("add")
@click.argument("person_id", metavar="ID")
@click.option("--name", required=True, help="The person's name, as certificates will print it.")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice([str(role) for role in Role]), help="May be repeated."
)
@click.option("--os-user", metavar="ACCOUNT", help="The operating-system account they work under.")
@click.option("--set-password-file", metavar="FILE", type=click.Path(dir_okay=False), help="Their password for --as.")
@pass_session
def add(
    session: Session,
    *,
    person_id: str,
    name: str,
    roles: tuple[str, ...],
    os_user: str | None,
    set_password_file: str | None,
) -> None:
    """Register a person under a short ID that never changes."""
    password = None if set_password_file is None else _password_in(set_password_file)
    with session.engine() as engine:
        register_person(
            engine.catalogue,
            person_id=person_id,
            name=name,
            roles=map(Role, roles),
            os_user=os_user,
            password=password,
        )
    say(f"Registered {person_id}: {name}, {', '.join(sorted(roles)) or 'no role'}.")


@command.command("password")
@click.argument("person_id", metavar="ID")
@click.option("--set-password-file", metavar="FILE", type=click.Path(dir_okay=False), help="Otherwise it is asked for.")
@pass_session
def password(session: Session, *, person_id: str, set_password_file: str | None) -> None:
    """Set a person's password."""
    with session.engine() as engine:
        if set_password_file is not None:
            words = _password_in(set_password_file)
        elif session.may_ask:
            words = click.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
        else:
            raise InvalidInputError(
                what="no password was given, and nothing may be asked here",
                not_done="No password was set.",
                next_step="Give it with --set-password-file.",
            )
        set_password(engine.catalogue, person_id, words)
    say(f"Password of {person_id} set.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def list_(session: Session, *, as_json: bool) -> None:
    """List everybody who is registered."""
    with session.engine() as engine:
        found = list_people(engine.catalogue)
    if as_json:
        write_json({"people": [_as_json(person) for person in found]})
        return
    rows = [(one.person_id, one.name, " ".join(sorted(one.roles)), one.os_user or "") for one in found]
    write_table("People", ("ID", "Name", "Roles", "Account"), rows)


def _as_json(person: Person) -> dict[str, object]:
    return {
        "person": person.person_id,
        "name": person.name,
        "roles": sorted(person.roles),
        "os_user": person.os_user,
    }


def _password_in(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            what=f"the password file {file} cannot be read",
            not_done="Nobody was registered and no password was set.",
            next_step="Give a text file with the password as its first line.",
        ) from error
