"""`retention source`: registered roots, outside which nothing is ever touched."""

import click

from retention.commands.rendering import say, write_json, write_json_lines, write_table
from retention.commands.session import Session, pass_session
from retention.commands.share_login import ShareLogins, login_option
from retention.commands.source_import import import_, imported_source
from retention.domain.naming import path_fields, shown
from retention.errors import ExitCode
from retention.services.listing import list_sources
from retention.services.matching_exports import MatchCounts, possible_originals
from retention.services.reaching import ShareAddress, confirm_share, is_address, register_share
from retention.services.registering import confirm_root, register_asset, register_source


@click.group("source")
def command() -> None:
    """Register roots (shares, folders), each with its information asset and owner."""


@command.command("add")
@click.argument("root", metavar="PATH", type=click.Path(file_okay=False))
@click.option("--asset", "asset_id", required=True, help="The information asset that lives there.")
@click.option("--title", help="The asset's title, when it is new.")
@click.option("--owner", "owner_id", metavar="PERSON", help="The asset's owner (IAO), when it is new.")
@click.option("--name", "source_id", help="A short name for the root; otherwise made from its path.")
@click.option("--include", metavar="PATTERN", multiple=True, help="Scan only such paths, like `Finance/**`.")
@click.option("--exclude", metavar="PATTERN", multiple=True, help="Leave such paths out, like `*.tmp` or `Old/`.")
@login_option
@pass_session
def add(  # noqa: PLR0913  # one argument for each option
    session: Session,
    *,
    root: str,
    asset_id: str,
    title: str | None,
    owner_id: str | None,
    source_id: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    login_file: str | None,
) -> None:
    """Register PATH as the place of an information asset. Nothing there is changed.

    PATH is a folder, or a share that is not mounted: smb://server/share or smb://server/share/folder, which needs the
    extra `smb`. Such a share is scanned like a folder, and nothing on it can be disposed of from here.

    A pattern without "/" is a name at any depth, one with "/" a path below PATH; * stands for anything but "/",
    ** for any folders, ! before a pattern takes an earlier one back. What is left out is counted, not read.
    """
    with session.engine() as engine:
        address = ShareAddress.parse(root) if is_address(root) else None
        share = None if address is None else ShareLogins(session, login_file).share(address)
        if share is not None:
            share.numbers()  # a share that cannot be reached must not leave a new asset behind
        if owner_id is not None:
            register_asset(engine.catalogue, asset_id=asset_id, title=title or asset_id, owner_id=owner_id)
        if address is not None and share is not None:
            source = register_share(
                engine.catalogue,
                address,
                share,
                asset_id=asset_id,
                source_id=source_id,
                at=engine.now,
                include=include,
                exclude=exclude,
            )
        else:
            source = register_source(
                engine.catalogue,
                root=root,
                asset_id=asset_id,
                source_id=source_id,
                workspace=engine.workspace,
                at=engine.now,
                include=include,
                exclude=exclude,
            )
    say(f"Registered {shown(source.root)} as {source.source_id}, asset {asset_id}. Next: retention scan")


@command.command("match")
@click.argument("source_id", metavar="NAME")
@click.option("--jsonl", "as_lines", is_flag=True, help="Print one JSON object for each pair.")
@pass_session
def match(session: Session, *, source_id: str, as_lines: bool) -> int:
    """List files on the scanned shares that may be what the export NAME lists, by the hashes it states.

    A reason to compare the two, not a proof: the export is a claim, and SharePoint changes office files it is given.
    """
    counts = MatchCounts()
    with session.engine() as engine:
        pairs = possible_originals(engine.catalogue, imported_source(engine, source_id), counts)
        if as_lines:
            write_json_lines(pair.to_json() for pair in pairs)
        else:
            rows = [(pair.location, f"{pair.source_id}:{pair.path}", pair.basis) for pair in pairs]
            write_table("May be the same", ("In the export", "On a share", "Because"), rows)
            say(f"{counts.stated} hashes are stated; {len(rows)} pairs found.")
    return ExitCode.SOME_SKIPPED if counts.unreadable else ExitCode.DONE


@command.command("confirm")
@click.argument("source_id", metavar="NAME")
@login_option
@pass_session
def confirm(session: Session, *, source_id: str, login_file: str | None) -> None:
    """Say that you looked, and that the folder at a root is the right one although it has a new identity.

    Needed after a share was moved or restored, or on file servers that number folders anew at each mount.
    """
    with session.engine() as engine:
        known = {str(one.source_id): one for one, _asset in list_sources(engine.catalogue)}
        share = ShareLogins(session, login_file).share_of(known[source_id]) if source_id in known else None
        if share is None:
            source = confirm_root(engine.catalogue, source_id)
        else:
            source = confirm_share(engine.catalogue, source_id, share)
    say(f"{source.source_id} is {shown(source.root)} from now on.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def list_(session: Session, *, as_json: bool) -> None:
    """List the registered roots."""
    with session.engine() as engine:
        found = list_sources(engine.catalogue)
    if as_json:
        write_json(
            {
                "sources": [
                    {
                        "source": one.source_id,
                        **path_fields(one.root),
                        "kind": one.kind,
                        "asset": one.asset_id,
                        "owner": asset.owner_id,
                    }
                    for one, asset in found
                ]
            }
        )
        return
    rows = [(one.source_id, one.root, one.asset_id, asset.title, asset.owner_id) for one, asset in found]
    write_table("Registered roots", ("Name", "Path", "Asset", "Title", "Owner"), rows)


command.add_command(import_)
