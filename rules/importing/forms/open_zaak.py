"""Reads result types of Open Zaak (JSON): a retention term, and one of nine ways to derive where it starts.

A start that only another register knows (a property, an object, a related case) is an event in words, which a person
attests: it is never guessed.
"""

import re
from collections.abc import Iterator

from rules.importing.account import ImportDefaults
from rules.importing.entry import Draft, Entry, Understood, descriptive
from rules.importing.forms.form import Form
from rules.importing.reading.json_values import Json
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import BEGINNING, refusal
from rules.model import Clock, DisposalAction, Level, Period, Term, Then, Trigger

_MAPPING = (
    "identificatie, uuid → id",
    "omschrijving → title",
    "toelichting → description",
    "zaaktype → function",
    "selectielijstklasse → authority",
    "archiefnominatie → action (blijvend_bewaren: permanent, vernietigen: destroy)",
    "archiefactietermijn → period",
    "brondatumArchiefprocedure.afleidingswijze, procestermijn → start of the clock",
)
_KEEP, _DESTROY = "blijvend_bewaren", "vernietigen"
_DERIVED, _TERM = "brondatumArchiefprocedure", "termijn"
_KNOWN = {
    "afgehandeld": (Trigger.CASE_CLOSED, "the case was handled"),
    "ingangsdatum_besluit": (Trigger.DECISION_DATE, "the decision takes effect"),
    "vervaldatum_besluit": (Trigger.LICENCE_EXPIRY, "the decision expires"),
    _TERM: (Trigger.CASE_CLOSED, "the case was handled"),
}
_NAMED = {
    "ander_datumkenmerk": "another date, kept in another register",
    "eigenschap": "the day in a property of the case",
    "gerelateerde_zaak": "the related case was handled",
    "hoofdzaak": "the main case was handled",
    "zaakobject": "the day in an attribute of the case's object",
}
_PERIOD = re.compile(r"P(?=\d)(?:\d{1,3}Y)?(?:\d{1,4}M)?(?:\d{1,6}D)?", re.ASCII)
_JANUARY = (1, 1)


def _recognises(opened: Opened) -> bool:
    return opened.is_json and any("archiefnominatie" in fields for _, fields in _records(opened.json))


def _records(value: Json) -> Iterator[tuple[int, dict[str, Json]]]:
    """Yield the objects of a list, of a page of results, or the one that there is."""
    inner = value.get("results", [value]) if isinstance(value, dict) else value
    for number, record in enumerate(inner if isinstance(inner, list) else (), start=1):
        if isinstance(record, dict):
            yield number, record


def _read(opened: Opened, _defaults: ImportDefaults) -> Draft:
    entries = tuple(_entry(fields, f"record {number}", opened.name) for number, fields in _records(opened.json))
    return Draft(
        entries=entries,
        mapping=_MAPPING,
        title="Resultaattypen",
        jurisdiction="Netherlands",
        financial_year_starts=_JANUARY,
    )


def _text(fields: dict[str, Json], key: str) -> str:
    value = fields.get(key)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _entry(fields: dict[str, Json], where: str, file: str) -> Entry:
    derived = fields.get(_DERIVED)
    source = derived if isinstance(derived, dict) else {}
    said = {key: _text(fields, key) for key in ("archiefnominatie", "archiefactietermijn")}
    said |= {key: _text(source, key) for key in ("afleidingswijze", "datumkenmerk", "objecttype", "registratie")}
    said["procestermijn"] = _text(source, "procestermijn")
    return Entry(
        where=where,
        place=BEGINNING,
        id=_text(fields, "identificatie") or _text(fields, "uuid"),
        title=_text(fields, "omschrijving"),
        function=_text(fields, "zaaktype"),
        description=_text(fields, "toelichting"),
        authority=(_text(fields, "selectielijstklasse"),),
        as_written="; ".join(f"{key}: {words}" for key, words in said.items() if words),
        level=Level.CASE,
        understood=_understood(said, where, file),
    )


def _understood(said: dict[str, str], where: str, file: str) -> Understood:
    value = said["archiefnominatie"]
    if value == _KEEP:
        return Understood(is_permanent=True)
    if value not in (_DESTROY, ""):
        what = f"{where}: archiefnominatie {value!r} is unknown"
        raise refusal(file, what, f"write {_DESTROY} or {_KEEP}")
    if not value:
        return descriptive("it is not said whether it is kept or destroyed")
    period = _period(said, "archiefactietermijn", where, file)
    if period is None:
        return descriptive("it is to be destroyed, but no period is stated")
    return _timed(period, said, where, file)


def _timed(period: Period, said: dict[str, str], where: str, file: str) -> Understood:
    start = _start(said, where, file)
    if start is None:
        return descriptive("it is not said how the start of the period is derived")
    if said["afleidingswijze"] != _TERM:
        return Understood(term=_after(start, period), action=DisposalAction.DESTROY)
    process = _period(said, "procestermijn", where, file)
    if process is None:
        return descriptive("it starts at the end of a process term that is not stated")
    return Understood(term=Then(first=_after(start, process), period=period), action=DisposalAction.DESTROY)


def _start(said: dict[str, str], where: str, file: str) -> Clock | None:
    way = said["afleidingswijze"]
    if way in _KNOWN:
        trigger, subject = _KNOWN[way]
        return Clock(trigger=trigger, subject=subject, period=Period())
    if way in _NAMED:
        about = " ".join(filter(None, (said["datumkenmerk"], said["objecttype"], said["registratie"])))
        event = f"{_NAMED[way]}{f' ({about})' if about else ''}"
        return Clock(trigger=Trigger.NAMED_EVENT, subject=event, event=event, period=Period())
    if way:
        known = ", ".join((*_KNOWN, *_NAMED))
        raise refusal(file, f"{where}: afleidingswijze {way!r} is unknown", f"write one of {known}")
    return None


def _after(start: Clock, period: Period) -> Term:
    return Clock(trigger=start.trigger, subject=start.subject, event=start.event, period=period)


def _period(said: dict[str, str], key: str, where: str, file: str) -> Period | None:
    text = said[key]
    if text and _PERIOD.fullmatch(text) is None:
        raise refusal(file, f"{where}: {key} {text!r} is no period", "write it as in P7Y")
    return Period.parse(text) if text else None


FORM = Form(name="openzaak", words="result types of Open Zaak (JSON)", recognises=_recognises, read=_read)
