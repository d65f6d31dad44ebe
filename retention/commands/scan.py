"""`retention scan`: look at everything below the registered roots, and change nothing there."""

import time
from collections import Counter
from collections.abc import Sequence

import click

from retention.assembly import Engine
from retention.commands.rendering import Meter, meter, say, size_in_words, tell, write_json
from retention.commands.session import Session, pass_session
from retention.commands.share_login import ShareLogins, login_option
from retention.domain.assets import Source, SourceKind
from retention.domain.naming import shown
from retention.errors import ExitCode, InvalidInputError
from retention.services.listing import list_sources
from retention.services.naming_formats import FormatsNamed, check_pronom, name_formats
from retention.services.reaching import RemoteShare
from retention.services.reporting import count_unread
from retention.services.scanning import Sampling, ScanSummary, scan_source
from retention.services.schedules.applying import appraise_waiting


@click.command("scan")
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option(
    "--verify",
    "verify_percent",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    default=0.0,
    help="Of the files that seem unchanged, read so many of a hundred again, drawn anew each time.",
)
@click.option("--pronom", is_flag=True, help="Name the formats after PRONOM too; needs the extra `pronom`.")
@login_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def command(  # one argument for each option
    session: Session,
    *,
    names: tuple[str, ...],
    verify_percent: float,
    pronom: bool,
    login_file: str | None,
    as_json: bool,
) -> int:
    """Crawl, identify, hash, read, classify and date what lies below the registered roots (default: all).

    Nothing on a share is changed. Safe to interrupt: run it again and it goes on. What did not change since the
    last scan is not read again; --verify reads a sample of it. Leaves with 3 when some files could not be read,
    or their content not be examined (see `retention report unreadable`), when the content of a file changed
    although its size and its modification time did not, or when PRONOM could not be asked for a file.
    """
    started_seconds = time.monotonic()
    with session.engine() as engine:
        sources = _chosen(engine, names)
        logins = ShareLogins(session, login_file)
        shares = {source.source_id: logins.share_of(source) for source in sources}  # whoever is asked is asked first
        if pronom:
            check_pronom()
        with meter() as bar:
            summaries = [
                _scan(engine, source, shares[source.source_id], Sampling(verify_percent), bar) for source in sources
            ]
            appraised = _appraise(engine, bar)
            formats = _name_formats(engine, sources, bar) if pronom else None
        unread = count_unread(engine.catalogue, [source.source_id for source in sources])
    seconds = time.monotonic() - started_seconds
    if as_json:
        named = {} if formats is None else {"formats": formats.to_json()}
        write_json({**_as_json(summaries), "appraised": appraised, **named, "seconds": round(seconds, 3)})
    else:
        for summary in summaries:
            _print(summary)
        if formats is not None:
            say(f"{formats.named} formats named after PRONOM, {formats.unknown} that it does not know")
        say(f"{appraised} files compared with the schedule. All in {seconds:.1f} seconds. Next: retention report")
    for summary in summaries:
        if not summary.is_complete:
            tell(f"{summary.scan.source_id}: some files could not be examined at all; see report unreadable")
        _tell_of_silent_changes(summary)
    if unread:
        tell(f"{unread} could not be read, or their content not be examined: retention report unreadable")
    if formats is not None:
        _tell_of_not_asked(formats)
    is_well = not unread and not any(summary.counts.changed_silently for summary in summaries)
    is_well = is_well and (formats is None or not formats.not_asked)
    return ExitCode.DONE if is_well else ExitCode.SOME_SKIPPED


def _tell_of_silent_changes(summary: ScanSummary) -> None:
    if not (count := summary.counts.changed_silently):
        return
    named = ", ".join(shown(path) for path in summary.changed_silently)
    more = "" if count == len(summary.changed_silently) else f" and {count - len(summary.changed_silently)} more"
    tell(
        f"{summary.scan.source_id}: the content of {count} files changed although their size and modification time "
        f"did not. They may be damaged, or somebody set the time back: {named}{more}. Nothing was done about them. "
        "Compare them with a backup."
    )


def _tell_of_not_asked(formats: FormatsNamed) -> None:
    for place, reason in formats.reasons:
        tell(f"{shown(place)}: PRONOM could not be asked: {shown(reason)}")
    if more := formats.not_asked - len(formats.reasons):
        tell(f"{more} more could not be asked for")


def _chosen(engine: Engine, names: Sequence[str]) -> list[Source]:
    known = {
        source.source_id: source
        for source, _asset in list_sources(engine.catalogue)
        if source.kind is not SourceKind.EXPORT  # what an export tells of is not read here, but imported
    }
    if unknown := [name for name in names if name not in known]:
        raise InvalidInputError(
            what=f"there is no registered root {unknown[0]!r}",
            not_done="Nothing was scanned.",
            next_step="See them with: retention source list",
        )
    if not known:
        raise InvalidInputError(
            what="no root is registered",
            not_done="Nothing was scanned.",
            next_step="Register one: retention source add PATH --asset ID --owner PERSON",
        )
    return [source for name, source in known.items() if not names or name in names]


def _scan(engine: Engine, source: Source, share: RemoteShare | None, verify: Sampling, bar: Meter) -> ScanSummary:
    return scan_source(
        engine.catalogue,
        source,
        at=engine.now,
        clock=engine.clock,
        workers=engine.settings.workers,
        seconds_per_file=engine.settings.seconds_per_file,
        verify=verify,
        remote=share,
        on_progress=lambda told: bar.show(f"{source.source_id}: {told.phase}", told.done_files, told.total_files),
    )


def _appraise(engine: Engine, bar: Meter) -> int:
    return appraise_waiting(
        engine.catalogue,
        workers=engine.settings.workers,
        on_progress=lambda told: bar.show("comparing with the schedule", told.done, told.total),
    )


def _name_formats(engine: Engine, sources: Sequence[Source], bar: Meter) -> FormatsNamed:
    return name_formats(
        engine.catalogue,
        [source for source in sources if source.kind is SourceKind.SHARE],  # it opens files by their place on the disk
        seconds_per_file=engine.settings.seconds_per_file,
        on_progress=lambda told: bar.show("naming formats", told.done, told.total),
    )


def _as_json(summaries: Sequence[ScanSummary]) -> dict[str, object]:
    if len(summaries) == 1:
        return summaries[0].to_json()
    skipped: Counter[str] = Counter()
    for one in summaries:
        skipped.update(one.counts.skipped)
    return {
        "scan_id": " ".join(one.scan.scan_id for one in summaries),
        "files": sum(one.scan.files for one in summaries),
        "bytes": sum(one.scan.size_bytes for one in summaries),
        "folders": sum(one.scan.folders for one in summaries),
        "examined": sum(one.counts.examined for one in summaries),
        "unchanged": sum(one.counts.unchanged for one in summaries),
        "verified": sum(one.counts.verified for one in summaries),
        "changed_silently": sum(one.counts.changed_silently for one in summaries),
        "moved": sum(one.counts.moved for one in summaries),
        "unreadable": sum(one.counts.unreadable for one in summaries),
        "skipped": dict(skipped),
        "unreadable_folders": sum(one.counts.unreadable_folders for one in summaries),
        "peak_rss_bytes": max(one.peak_rss_bytes for one in summaries),
        "sources": [one.to_json() for one in summaries],
    }


def _print(summary: ScanSummary) -> None:
    counts = summary.counts
    skipped = ", ".join(f"{count} {reason}" for reason, count in counts.skipped.items()) or "none"
    say(
        f"{summary.scan.source_id}: {summary.scan.files} files in {summary.scan.folders} folders, "
        f"{size_in_words(summary.scan.size_bytes)}"
    )
    verified = f" ({counts.verified} of them read again)" if counts.verified else ""
    moved = f" ({counts.moved} of them moved here from elsewhere on it)" if counts.moved else ""
    say(
        f"  examined {counts.examined}{moved}, unchanged {counts.unchanged}{verified}, unreadable {counts.unreadable}, "
        f"skipped {sum(counts.skipped.values())} ({skipped}); folders that could not be listed: "
        f"{counts.unreadable_folders}"
    )
