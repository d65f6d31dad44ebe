"""Reads the Dutch municipalities' selection list (JSON): process types with results, and two terms in a row.

A result is kept for its process term (*procestermijn*) and then for its retention term (*bewaartermijn*). The list
comes as two files: results alone can be read, and the process types beside them give them their names.
"""

import re
from collections.abc import Iterator

from rules.importing.account import ImportDefaults
from rules.importing.entry import Draft, Entry, Understood, assumed_start, descriptive, stated_start
from rules.importing.forms.form import Form
from rules.importing.reading.json_values import Json
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import BEGINNING, refusal
from rules.model import Basis, Clock, DisposalAction, Level, Period, Trigger

_RESULT, _PROCESS = "selectielijst.resultaat", "selectielijst.procestype"
_MAPPING = (
    "proces_type, generiek_resultaat, nummer → id, as in 4.1.14",
    "naam, omschrijving → title",
    "procestype → function",
    "herkomst → authority",
    "waardering → action (blijvend_bewaren: permanent, vernietigen: destroy)",
    "procestermijn → start of the clock",
    "bewaartermijn → period",
    "toelichting → description and notes",
)
_KEEP, _DESTROY = "blijvend_bewaren", "vernietigen"
_PERIOD = re.compile(r"P(?:\d{1,3}Y)?(?:\d{1,4}M)?(?:\d{1,6}D)?", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)+", re.ASCII)
_JANUARY = (1, 1)


def _recognises(opened: Opened) -> bool:
    return opened.is_json and any(True for _ in _records(opened.json, _RESULT))


def _records(value: Json, model: str) -> Iterator[tuple[int, dict[str, Json]]]:
    """Yield each record of `model` with its place in the list, its key among its fields."""
    for number, record in enumerate(value if isinstance(value, list) else (), start=1):
        fields = record.get("fields") if isinstance(record, dict) else None
        if isinstance(record, dict) and isinstance(fields, dict) and record.get("model") == model:
            yield number, {**fields, "pk": record.get("pk")}


def _read(opened: Opened, defaults: ImportDefaults) -> Draft:
    everything = (opened.json, *opened.json_beside)
    processes = {_text(one, "pk"): one for value in everything for _, one in _records(value, _PROCESS)}
    results = [found for value in everything for found in _records(value, _RESULT)]
    generic = {_text(one, "pk"): _text(one, "nummer") for _, one in results}
    entries = tuple(_Result(one, number, processes, generic, opened.name).entry(defaults) for number, one in results)
    findings = () if processes else ("the process types are not beside the results, so functions are numbers only",)
    return Draft(
        entries=entries,
        mapping=_MAPPING,
        findings=findings,
        title="Selectielijst gemeenten",
        jurisdiction="Netherlands",
        financial_year_starts=_JANUARY,
    )


def _text(fields: dict[str, Json], key: str) -> str:
    value = fields.get(key)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


class _Result:
    """One result of a process type."""

    def __init__(
        self,
        fields: dict[str, Json],
        number: int,
        processes: dict[str, dict[str, Json]],
        generic: dict[str, str],
        file: str,
    ) -> None:
        self._fields = fields
        self._where = f"record {number}"
        self._process = processes.get(_text(fields, "proces_type"), {})
        self._file = file
        own = _text(fields, "generiek_resultaat")
        process = _text(self._process, "nummer") or _text(fields, "proces_type")
        parts = (process, generic.get(own, own), _text(fields, "nummer"))
        self._id = ".".join(part for part in parts if part)

    def entry(self, defaults: ImportDefaults) -> Entry:
        """Return the rule."""
        said = {key: _text(self._fields, key) for key in ("naam", "omschrijving", "toelichting", "herkomst")}
        function = _text(self._process, "naam") or f"Procestype {_text(self._fields, 'proces_type')}"
        title = ": ".join(part for part in (function, said["naam"], said["omschrijving"]) if part)
        is_gone = any("vervallen" in said[key].casefold() for key in ("omschrijving", "toelichting"))
        written = ("waardering", "procestermijn", "procestermijn_opmerking", "bewaartermijn")
        successor = _NUMBER.search(f"{said['omschrijving']} {said['toelichting']}") if is_gone else None
        return Entry(
            where=self._where,
            place=BEGINNING,
            id=self._id,
            title=title,
            function=function,
            description="\n".join(part for part in (said["omschrijving"], said["toelichting"]) if part),
            authority=(said["herkomst"],),
            basis=Basis.STATUTE if said["herkomst"].startswith("Wet") else Basis.BUSINESS_NEED,
            as_written="; ".join(f"{key}: {_text(self._fields, key)}" for key in written if _text(self._fields, key))
            or f"{said['omschrijving']} {said['toelichting']}",
            level=Level.CASE,
            understood=self._understood(defaults),
            retired=f"{said['omschrijving']} {said['toelichting']}".strip() if is_gone else "",
            successor=successor.group() if successor else "",
        )

    def _understood(self, defaults: ImportDefaults) -> Understood:
        value = _text(self._fields, "waardering")
        if value == _KEEP:
            return Understood(is_permanent=True)
        if not value:
            return descriptive("it is not said whether it is kept or destroyed")
        if value != _DESTROY:
            raise self._refusal(f"waardering {value!r} is unknown", f"write {_DESTROY} or {_KEEP}")
        written = _text(self._fields, "bewaartermijn")
        if not written:
            return descriptive("it is to be destroyed, but no period is stated")
        if _PERIOD.fullmatch(written) is None or written == "P":
            raise self._refusal(f"bewaartermijn {written!r} is no period", "write it as in P7Y")
        return self._timed(Period.parse(written), defaults)

    def _timed(self, period: Period, defaults: ImportDefaults) -> Understood:
        term = _text(self._fields, "procestermijn")
        remark = _text(self._fields, "procestermijn_opmerking")
        notes = (f"procestermijn_opmerking: {remark}",) if remark else ()
        clock = self._clock(term, period)
        if clock is None:
            assumed = assumed_start(defaults, period)
            if assumed is None:
                return descriptive("no process term is stated, so the period starts nowhere", notes=notes)
            clock, notes = assumed, (*notes, stated_start(assumed.trigger))
        if term == _MERGED:
            notes = (*notes, "the process term is part of the period, which is counted from the end of the process")
        return Understood(term=clock, action=DisposalAction.DESTROY, notes=notes)

    def _clock(self, term: str, period: Period) -> Clock | None:
        """Return the clock that starts where the process term ends; None when no process term is stated."""
        if term in ("nihil", _MERGED):
            return Clock(trigger=Trigger.CASE_CLOSED, subject="end of the process", period=period)
        thing = _text(self._process, "procesobject")
        about = f" ({thing})" if thing else ""
        events = {
            "": "",
            "bestaansduur_procesobject": f"end of the process object's life{about}",
            "ingeschatte_bestaansduur_procesobject": f"end of the process object's estimated life{about}",
            "vast_te_leggen_datum": "the date that was laid down for the end of the process term",
        }
        if term not in events:
            raise self._refusal(f"procestermijn {term!r} is unknown", f"write one of {', '.join(filter(None, events))}")
        event = events[term]
        return Clock(trigger=Trigger.NAMED_EVENT, subject=event, event=event, period=period) if event else None

    def _refusal(self, what: str, instead: str) -> Exception:
        return refusal(self._file, f"{self._where} ({self._id}): {what}", instead)


_MERGED = "samengevoegd_met_bewaartermijn"
FORM = Form(name="dutch", words="selection list of the Dutch municipalities (JSON)", recognises=_recognises, read=_read)
