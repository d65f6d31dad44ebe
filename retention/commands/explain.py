"""`retention explain`: everything a decision about one file rests on."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from retention.commands.rendering import say, write_json
from retention.commands.session import Session, pass_session
from retention.domain.naming import shown
from retention.services.explaining import explain
from retention.services.listing import hold_register, list_sources
from retention.services.reaching import is_address


@click.command("explain")
@click.argument("path", type=click.Path())
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Ask for another day than today.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def command(session: Session, *, path: str, as_of: datetime | None, as_json: bool) -> None:
    """Explain one file: PATH on the disk, SOURCE:PATH below a registered root, or smb://server/share/path."""
    with session.engine() as engine:
        names = {source.source_id for source, _asset in list_sources(engine.catalogue)}
        is_named = is_address(path) or path.partition(":")[0] in names
        wanted = path if is_named else os.path.abspath(path)  # noqa: PTH100  # keeps odd bytes
        day = engine.today if as_of is None else as_of.date()
        told = explain(engine.catalogue, wanted, hold_register(engine.catalogue), as_of=day).to_json()
    if as_json:
        write_json(told)
        return
    for line in _in_words(told):
        say(shown(line))


def _in_words(told: Mapping[str, Any]) -> Sequence[str]:
    answer = told["eligibility"]
    lines = [f"{told['source']}:{told['path']}", ""]
    lines += [f"Format: {told['format_id']}"] if told["format_id"] else []
    lines.append(f"Class: {told['disposal_class'] or 'none'} ({told['state'] or 'not compared with the schedule yet'})")
    lines += [
        f"  because of {cue['kind']} {cue['text']!r} in {cue['where']}, weight {cue['weight']}" for cue in told["cues"]
    ]
    if told["runner_up"]:
        lines.append(f"  next best: {told['runner_up'].get('class_id')}, weight {told['runner_up'].get('weight')}")
    for name, words in (("trigger", "Clock starts"), ("due", "Period ends")):
        if told[name]:
            lines.append(f"{words}: between {_bound(told[name], 'earliest')} and {_bound(told[name], 'latest')}")
    if told["trigger"]:
        lines += [f"  evidence: {one['text']!r} in {one['where']}" for one in told["trigger"]["evidence"]]
    lines.append(f"On {answer['as_of']}: {answer['state'].replace('_', ' ')} (queue {answer['queue']}), because")
    lines += [f"  - {reason}" for reason in answer["reasons"]]
    case = told["case"]
    lines += [f"Case: {case['path']}"] if case is not None and case["path"] != told["path"] else []
    lines += _statements_in_words(told["statements"])
    lines += [f"Held by {hold['hold']}: {hold['kind']}, {hold['reason']}" for hold in told["holds"]]
    lines += [f"Same content: {copy['source']}:{copy['path']} ({copy['state']})" for copy in told["copies"]]
    if told["successor"]:
        later = told["successor"]["path"]
        lines.append(f"By its name a later version lies beside it: {later}. Whether that was approved, no name tells.")
    lines += _claim_in_words(told["claim"])
    lines += _file_in_words(told)
    lines.append(f"Schedule: {told['schedule_version'] or 'none applied yet'}")
    return lines


def _statements_in_words(statements: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    lines = []
    for one in statements:
        answer = one["on"] or ("yes" if one["holds"] else "no")
        ended = "" if one["state"] == "active" else f"; {one['state']} by {one['ended_by']}: {one['ended_reason']}"
        lines.append(
            f"{one['statement']} says {one['key'].replace('_', ' ')}: {answer}, attested by {one['stated_by']} on "
            f"{one['stated_at'][:10]}: {one['basis']}{ended}"
        )
    return lines


def _file_in_words(told: Mapping[str, Any]) -> Sequence[str]:
    stated = (
        # a copy is younger than its record, so nobody shall take this for the date of one
        ("it belongs to", told["file_owner"]),
        ("it was put there on", (told["file_created_at"] or "")[:10]),
        ("it is marked", ", ".join(told["file_attributes"] or ())),
    )
    words = "; ".join(f"{name} {value}" for name, value in stated if value)
    return (f"The file system says: {words}",) if words else ()


def _bound(interval: Mapping[str, Any], name: str) -> str:
    return str(interval[name] or "an unknown day")


def _claim_in_words(claim: Mapping[str, Any] | None) -> Sequence[str]:
    if claim is None:
        return ()
    stated = {
        "created": claim.get("created", {}).get("raw"),
        "by": claim.get("created_by"),
        "modified": claim.get("modified", {}).get("raw"),
        "by ": claim.get("modified_by"),
        "version": claim.get("version_label"),
        "label": claim.get("label", {}).get("name"),
        "checked out to": claim.get("checked_out_to"),
    }
    words = ", ".join(f"{name.strip()} {value}" for name, value in stated.items() if value)
    evidence = claim["evidence"]
    return (
        f"An export says: it lies at {claim['original_location']}" + (f"; {words}" if words else ""),
        f"  in {evidence['file']}, {evidence['place']}",
        *(f"  odd: {anomaly}" for anomaly in claim.get("anomalies", ())),
    )
