"""`retention watch`: keep the catalogue up to date with what happens on the registered roots."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from retention.assembly import Engine
from retention.commands.rendering import tell, write_json_lines
from retention.commands.session import Session, pass_session
from retention.domain.assets import Source, SourceKind
from retention.domain.naming import shown
from retention.errors import ExitCode, InvalidInputError
from retention.services.listing import list_sources
from retention.services.watching import WatchNews, WatchSettings, watch_sources


@click.command("watch")
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option(
    "--interval",
    "interval_seconds",
    metavar="SECONDS",
    type=click.FloatRange(1),
    default=600.0,
    show_default=True,
    help="Look through a root so often when the system does not tell of all changes on it: on a network share, or "
    "when it has more folders than the system watches.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for everything that happens.")
@pass_session
def command(session: Session, *, names: tuple[str, ...], interval_seconds: float, as_json: bool) -> int:
    """Scan what changes below the registered roots (default: all) soon after it does, until stopped.

    Begins with a scan of everything, so it may be stopped and started at any time, and scans everything again when
    events were lost, when a root that went away is back, and once a day. Nothing on a share is changed. A root that
    cannot be reached is waited for, and nothing on it counts as missing. Stop it with Ctrl-C or SIGTERM: it leaves
    with 0. One line for every scan goes to the standard error.
    """
    logging.getLogger("watchdog").setLevel(logging.ERROR)  # that events were lost is told in words of our own
    with session.engine() as engine, _stopped_by_signal() as stopping:
        watch_sources(
            engine.catalogue,
            _chosen(engine, names),
            clock=engine.clock,
            settings=WatchSettings(
                workers=engine.settings.workers,
                seconds_per_file=engine.settings.seconds_per_file,
                interval_seconds=interval_seconds,
            ),
            is_stopped=stopping.wait,
            tell=lambda news: _tell(news, as_json=as_json),
        )
    tell("stopped; what was finished is kept, and the next scan goes on from there")
    return ExitCode.DONE


@contextmanager
def _stopped_by_signal() -> Iterator[threading.Event]:
    """Give an event that is set by the signals that ask a program to end; a second one ends it at once."""
    stopping = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(_number: int, _frame: object) -> None:
        stopping.set()
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in before:
        signal.signal(number, stop)
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _chosen(engine: Engine, names: Sequence[str]) -> list[Source]:
    sources = list_sources(engine.catalogue)
    shares = {source.source_id: source for source, _asset in sources if source.kind is SourceKind.SHARE}
    if unknown := [name for name in names if name not in shares]:
        raise InvalidInputError(
            what=f"there is no registered root {unknown[0]!r} that could be watched",
            not_done="Nothing was scanned.",
            next_step="See them with: retention source list. An export is not watched, but imported anew.",
        )
    if not shares:
        raise InvalidInputError(
            what="no root is registered",
            not_done="Nothing was scanned.",
            next_step="Register one: retention source add PATH --asset ID --owner PERSON",
        )
    return [source for name, source in shares.items() if not names or name in names]


def _tell(news: WatchNews, *, as_json: bool) -> None:
    if as_json:
        write_json_lines([news.to_json()])
        sys.stdout.flush()
    tell(_line(news))
    sys.stderr.flush()


def _line(news: WatchNews) -> str:
    if (summary := news.summary) is None:
        return f"{news.source_id}: {news.event}: {shown(news.words)}"
    counts = summary.counts
    parts = (
        "everything" if summary.scan.scope is None else f"{len(summary.scan.scope)} folders",
        f"{summary.scan.files} files",
        f"{counts.examined} examined",
        f"{counts.moved} moved" if counts.moved else "",
        f"{counts.unreadable} unreadable" if counts.unreadable else "",
        f"{counts.changed_silently} changed although their time did not" if counts.changed_silently else "",
        f"{summary.seconds:.1f} seconds",
        f"because {shown(news.words)}" if news.words else "",
    )
    return f"{news.source_id}: scanned {', '.join(part for part in parts if part)}"
