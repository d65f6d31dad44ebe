"""`retention scan`: look at everything below the registered roots, and change nothing there."""

import time
from collections import Counter
from collections.abc import Sequence

import click

from retention.assembly import Engine
from retention.commands.rendering import Meter, meter, say, size_in_words, tell, write_json
from retention.commands.session import Session, pass_session
from retention.domain.assets import Source
from retention.errors import ExitCode, InvalidInputError
from retention.services.appraising import appraise_copies
from retention.services.listing import list_sources
from retention.services.reporting import count_unread
from retention.services.scanning import ScanSummary, scan_source
from retention.services.schedules import schedule_in_force


@click.command("scan")
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def command(session: Session, *, names: tuple[str, ...], as_json: bool) -> int:
    """Crawl, identify, hash, read, classify and date what lies below the registered roots (default: all).

    Nothing on a share is changed. Safe to interrupt: run it again and it goes on. Leaves with 3 when some
    files could not be read, or their content not be examined; see `retention report unreadable`.
    """
    started_seconds = time.monotonic()
    with session.engine() as engine:
        sources = _chosen(engine, names)
        with meter() as bar:
            summaries = [_scan(engine, source, bar) for source in sources]
            appraised = _appraise(engine, bar)
        unread = count_unread(engine.catalogue, [source.source_id for source in sources])
    seconds = time.monotonic() - started_seconds
    if as_json:
        write_json({**_as_json(summaries), "appraised": appraised, "seconds": round(seconds, 3)})
    else:
        for summary in summaries:
            _print(summary)
        say(f"{appraised} files compared with the schedule. All in {seconds:.1f} seconds. Next: retention report")
    for summary in summaries:
        if not summary.is_complete:
            tell(f"{summary.scan.source_id}: some files could not be examined at all; see report unreadable")
    if unread:
        tell(f"{unread} could not be read, or their content not be examined: retention report unreadable")
    return ExitCode.SOME_SKIPPED if unread else ExitCode.DONE


def _chosen(engine: Engine, names: Sequence[str]) -> list[Source]:
    known = {source.source_id: source for source, _asset in list_sources(engine.catalogue)}
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


def _scan(engine: Engine, source: Source, bar: Meter) -> ScanSummary:
    return scan_source(
        engine.catalogue,
        source,
        at=engine.now,
        clock=engine.clock,
        workers=engine.settings.workers,
        seconds_per_file=engine.settings.seconds_per_file,
        on_progress=lambda told: bar.show(f"{source.source_id}: {told.phase}", told.done_files, told.total_files),
    )


def _appraise(engine: Engine, bar: Meter) -> int:
    return appraise_copies(
        engine.catalogue,
        schedule_in_force(engine.catalogue),
        on_progress=lambda told: bar.show("comparing with the schedule", told.done, told.total),
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
    say(
        f"  examined {counts.examined}, unchanged {counts.unchanged}, unreadable {counts.unreadable}, "
        f"skipped {sum(counts.skipped.values())} ({skipped}); folders that could not be listed: "
        f"{counts.unreadable_folders}"
    )
