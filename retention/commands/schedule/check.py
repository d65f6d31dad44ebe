"""`retention schedule check` and `test`: what is wrong with a schedule, and what its examples come to."""

from collections.abc import Sequence

import click

from retention.clock import SystemClock, civil_date
from retention.commands.rendering import say, tell, write_json
from retention.domain.naming import shown
from retention.errors import ExitCode
from retention.services.schedules.checking import SHIPPED, advise_on, try_examples

_MOST_REASONS = 6


@click.command("check")
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@click.option("--strict", is_flag=True, help="End with 3 when there is a warning.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(*, file: str | None, strict: bool, as_json: bool) -> int:
    """Check a schedule file, or the shipped schedule.

    Every fault is told with its file, line and what to write instead (exit code 2). Of a schedule without
    faults, all advice is told: statutes of a wrong year, cues that two classes share or that can never speak,
    clauses that change nothing, text and clock that disagree, an expired schedule.
    """
    checked = advise_on(file, as_of=civil_date(SystemClock().now()))
    warnings = [one for one in checked.advice if one.weight == "warning"]
    name = file or SHIPPED
    if as_json:
        advice = [
            {
                "line": one.place.line,
                "weight": str(one.weight),
                "disposal_class": one.class_id or None,
                "what": one.what,
                "instead": one.instead,
            }
            for one in checked.advice
        ]
        write_json({"file": file, "schedule_version": checked.schedule.schedule_version, "advice": advice})
    else:
        for one in checked.advice:
            say(shown(f"{name}:{one.place.line}: {one.weight}: {one.what}; {one.instead}"))
        wrong = f"{len(warnings)} warnings, {len(checked.advice) - len(warnings)} other remarks"
        found = wrong if checked.advice else "nothing wrong"
        say(shown(f"{name}: {len(checked.schedule.classes)} classes, {found}."))
        say(f"Version {checked.schedule.schedule_version}.")
    return ExitCode.SOME_SKIPPED if strict and warnings else ExitCode.DONE


@click.command("test")
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@click.option("--class", "only", multiple=True, metavar="CLASS", help="Only the examples of this class; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def test(*, file: str | None, only: Sequence[str], as_json: bool) -> int:
    """Run the examples that a schedule carries: each a file, and what must be made of it.

    FILE is a schedule; without it the shipped schedule is tried. Ends with 3 when an example comes out otherwise
    than it says, and tells why.
    """
    results = list(try_examples(file, only=only))
    failed = [one for one in results if one.faults]
    if as_json:
        told = [
            {
                "disposal_class": one.class_id,
                "path": one.example.path,
                "found": one.found,
                "faults": list(one.faults),
                "reasons": list(one.reasons),
            }
            for one in failed
        ]
        write_json({"file": file, "examples": len(results), "failed": told})
        return ExitCode.SOME_SKIPPED if failed else ExitCode.DONE
    for one in failed:
        say(shown(f"{one.class_id}: {one.example.path}: {'; '.join(one.faults)}"))
        for reason in one.reasons[:_MOST_REASONS]:
            say(shown(f"    {reason}"))
    say(f"{len(results)} examples, {len(failed)} came out otherwise than they say.")
    if not results:
        tell("An example says which class a file must get: see docs/schedule-format.md.")
    return ExitCode.SOME_SKIPPED if failed else ExitCode.DONE
