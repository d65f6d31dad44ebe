"""`retention source import`: what another system exported, as a claim about records that lie elsewhere."""

import click

from retention.assembly import Engine
from retention.commands.rendering import meter, say, write_json
from retention.commands.session import Session, pass_session
from retention.domain.assets import Source, SourceKind
from retention.errors import ExitCode, InvalidInputError
from retention.services.appraising.appraising import appraise_copies
from retention.services.importing import ExportOptions, OpenedExport, import_export, open_for_import, register_export
from retention.services.listing import list_sources
from retention.services.registering import register_asset


@click.command("import")
@click.argument("export", metavar="EXPORT", type=click.Path())
@click.option("--asset", "asset_id", help="The information asset that the records belong to.")
@click.option("--title", help="The asset's title, when it is new.")
@click.option("--owner", "owner_id", metavar="PERSON", help="The asset's owner (IAO), when it is new.")
@click.option("--name", "source_id", help="A short name for the records; otherwise made from the path.")
@click.option("--into", metavar="NAME", help="Read a newer export of records that were imported before.")
@click.option("--zone", help="The time zone of moments that state none, such as Europe/London.")
@click.option("--columns", metavar="FILE", help="What the columns mean, as --print-columns writes it.")
@click.option("--labels", metavar="FILE", help="The tenant's retention labels, as JSON.")
@click.option("--site", help="Where a folder without metadata was downloaded from.")
@click.option("--dry-run", is_flag=True, help="Say what would be made of it, and keep nothing.")
@click.option("--print-columns", is_flag=True, help="Print what each column is taken for, to be corrected.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def import_(  # noqa: PLR0913  # one argument for each option
    session: Session,
    *,
    export: str,
    asset_id: str | None,
    title: str | None,
    owner_id: str | None,
    source_id: str | None,
    into: str | None,
    zone: str | None,
    columns: str | None,
    labels: str | None,
    site: str | None,
    dry_run: bool,
    print_columns: bool,
    as_json: bool,
) -> int:
    """Import what another system exported: an inventory, a content package, or a folder with its metadata.

    An export is a claim about records that lie elsewhere. They are listed, classified and dated, and nothing is
    ever removed there. What is missing in the export is unknown, and what may be protected is protected.
    Leaves with 3 when rows were refused, or content that came with the export could not be read.
    """
    with session.engine() as engine:
        opened = open_for_import(export, ExportOptions(zone=zone, columns=columns, labels=labels, site=site))
        if print_columns:
            say(opened.columns_text().rstrip())
            return ExitCode.DONE
        if dry_run:
            opened.look_through()
            _tell_account(opened, {}, as_json=as_json)
            return ExitCode.SOME_SKIPPED if opened.refused_rows else ExitCode.DONE
        person = session.acting_person(engine)
        source = _import_source(
            engine, export, asset_id=asset_id, title=title, owner_id=owner_id, name=source_id, into=into
        )
        with meter() as bar:
            summary = import_export(
                engine.catalogue,
                opened,
                source,
                person=person,
                at=engine.now,
                clock=engine.clock,
                on_progress=lambda told: bar.show(f"{source.source_id}: records", told.done_records, None),
            )
            appraise_copies(
                engine.catalogue,
                engine.schedule(),
                on_progress=lambda told: bar.show("comparing with the schedule", told.done, told.total),
            )
    _tell_account(opened, {"source": source.source_id, **summary.to_json()}, as_json=as_json)
    return ExitCode.SOME_SKIPPED if summary.refused_rows or summary.contents_unread else ExitCode.DONE


def imported_source(engine: Engine, name: str) -> Source:
    """Return the source that an export was imported as.

    Raises:
        InvalidInputError: There is none of that name.
    """
    exports = [one for one, _asset in list_sources(engine.catalogue) if one.kind is SourceKind.EXPORT]
    found = next((one for one in exports if one.source_id == name), None)
    if found is None:
        raise InvalidInputError(
            what=f"no export was imported as {name!r}",
            not_done="Nothing was done.",
            next_step="See them with: retention source list",
        )
    return found


def _import_source(
    engine: Engine,
    export: str,
    *,
    asset_id: str | None,
    title: str | None,
    owner_id: str | None,
    name: str | None,
    into: str | None,
) -> Source:
    if into is not None:
        return imported_source(engine, into)
    if asset_id is None:
        raise click.UsageError("Name the information asset with --asset, or an earlier import with --into.")
    if owner_id is not None:
        register_asset(engine.catalogue, asset_id=asset_id, title=title or asset_id, owner_id=owner_id)
    return register_export(engine.catalogue, path=export, asset_id=asset_id, source_id=name, at=engine.now)


def _tell_account(opened: OpenedExport, figures: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        write_json({**figures, "account": opened.to_json()})
        return
    for line in opened.in_words():
        say(line)
    if figures:
        say(
            f"{figures['source']}: {figures['records']} records, {figures['listed']} listed, "
            f"{figures['protected']} of them protected where they lie. Next: retention report"
        )
