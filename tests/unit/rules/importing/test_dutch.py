import json

import pytest

from rules import ClassState, DisposalAction, ImportDefaults, Level, Period, Then, Trigger, import_schedule
from tests.unit.rules.importing.importing import imported, only_class, refused
from tests.unit.rules.importing.samples import PROCESSES, dutch, dutch_result


def test_a_result_is_kept_from_the_end_of_its_process() -> None:
    entry = only_class(dutch(dutch_result()))

    assert (entry.id, entry.main_clock.trigger, entry.main_clock.period) == (
        "4.1",
        Trigger.CASE_CLOSED,
        Period(years=7),
    )
    assert (entry.action, entry.level) == (DisposalAction.DESTROY, Level.CASE)
    assert "bewaartermijn: P7Y" in entry.as_written


def test_the_process_types_beside_it_give_the_results_their_names() -> None:
    results = dutch(
        dutch_result(), dutch_result(2, generiek_resultaat=1, nummer=5, procestermijn="bestaansduur_procesobject")
    )

    result = import_schedule(results, name="r.json", beside=(PROCESSES,))

    first, second, _default = result.schedule.classes
    assert (first.id, first.function) == ("11.1", "Vergunning verlenen")
    assert (second.id, second.title) == ("11.1.5", "Vergunning verlenen: Verleend")
    assert second.main_clock.event == "end of the process object's life (De vergunning)"
    assert not any("not beside" in words for words in result.findings)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"waardering": "blijvend_bewaren", "bewaartermijn": None}, ClassState.PERMANENT),
        ({"waardering": ""}, ClassState.DESCRIPTIVE),
        ({"bewaartermijn": None}, ClassState.DESCRIPTIVE),
        ({"procestermijn": ""}, ClassState.DESCRIPTIVE),
        ({"procestermijn": "vast_te_leggen_datum"}, ClassState.NEEDS_EVENT),
        ({"procestermijn": "ingeschatte_bestaansduur_procesobject"}, ClassState.NEEDS_EVENT),
        ({"procestermijn": "samengevoegd_met_bewaartermijn"}, ClassState.NEEDS_EVENT),
        ({"omschrijving": "Vervallen", "waardering": "", "toelichting": "nu onder 4.2"}, ClassState.RETIRED),
    ],
)
def test_every_result_has_one_explicit_state(fields: dict[str, object], state: ClassState) -> None:
    result = imported(dutch(dutch_result(1, **fields), dutch_result(2)))

    assert result.rows[0].state is state
    assert result.schedule.classes[0].state is state


def test_a_withdrawn_result_names_the_one_that_took_over() -> None:
    withdrawn = dutch_result(1, omschrijving="Vervallen", waardering="", toelichting="Valt nu onder 4.2")
    gone = imported(dutch(withdrawn, dutch_result(2))).schedule.by_id["4.1"]

    assert gone.retired is not None
    assert gone.retired.successor == "4.2"


def test_a_missing_process_term_is_assumed_only_when_the_import_is_told() -> None:
    told = ImportDefaults(default_start=Trigger.CASE_CLOSED)

    assert only_class(dutch(dutch_result(procestermijn="")), defaults=told).main_clock.trigger is Trigger.CASE_CLOSED


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"waardering": "weggooien"}, "record 1 (4.1): waardering 'weggooien' is unknown"),
        ({"bewaartermijn": "7 jaar"}, "record 1 (4.1): bewaartermijn '7 jaar' is no period"),
        ({"bewaartermijn": "P"}, "record 1 (4.1): bewaartermijn 'P' is no period"),
        ({"procestermijn": "ooit"}, "record 1 (4.1): procestermijn 'ooit' is unknown"),
    ],
)
def test_a_word_that_the_list_does_not_know_is_refused(fields: dict[str, object], what: str) -> None:
    assert what in refused(dutch(dutch_result(1, **fields)))


def zaak(way: str, **derived: object) -> bytes:
    return json.dumps(
        {
            "results": [
                {
                    "identificatie": "Z-1",
                    "omschrijving": "Verleend",
                    "archiefnominatie": "vernietigen",
                    "archiefactietermijn": "P5Y",
                    "brondatumArchiefprocedure": {"afleidingswijze": way, **derived},
                }
            ]
        }
    ).encode()


@pytest.mark.parametrize(
    ("way", "key"),
    [
        ("afgehandeld", "case_closed"),
        ("ingangsdatum_besluit", "decision_date"),
        ("vervaldatum_besluit", "licence_expiry"),
        ("ander_datumkenmerk", "named_event:another date, kept in another register (einde)"),
        ("eigenschap", "named_event:the day in a property of the case (einde)"),
        ("gerelateerde_zaak", "named_event:the related case was handled (einde)"),
        ("hoofdzaak", "named_event:the main case was handled (einde)"),
        ("zaakobject", "named_event:the day in an attribute of the case's object (einde)"),
    ],
)
def test_eight_ways_to_derive_a_start_are_kept_apart(way: str, key: str) -> None:
    entry = only_class(zaak(way, datumkenmerk="einde"))

    assert (entry.main_clock.event_key, entry.main_clock.period) == (key, Period(years=5))


def test_the_ninth_way_is_two_terms_in_a_row() -> None:
    entry = only_class(zaak("termijn", procestermijn="P10Y"))

    assert isinstance(entry.clock, Then)
    assert (entry.main_clock.period, entry.clock.period) == (Period(years=10), Period(years=5))
    assert only_class(zaak("termijn")).state is ClassState.DESCRIPTIVE


def test_an_unknown_way_is_refused_and_none_at_all_is_descriptive() -> None:
    assert "record 1: afleidingswijze 'gok' is unknown; write one of afgehandeld" in refused(zaak("gok"))
    assert only_class(zaak("")).state is ClassState.DESCRIPTIVE


def test_a_result_type_says_what_becomes_of_it_or_is_descriptive() -> None:
    plain = json.loads(zaak("afgehandeld"))["results"][0]

    def state(**fields: object) -> ClassState:
        return only_class(json.dumps([plain | fields]).encode()).state

    assert state(archiefnominatie="blijvend_bewaren") is ClassState.PERMANENT
    assert state(archiefnominatie="") is ClassState.DESCRIPTIVE
    assert state(archiefactietermijn="") is ClassState.DESCRIPTIVE
    assert state(brondatumArchiefprocedure=None) is ClassState.DESCRIPTIVE
    assert "archiefnominatie 'weg' is unknown" in refused(json.dumps([plain | {"archiefnominatie": "weg"}]).encode())
    assert "archiefactietermijn '7' is no period" in refused(
        json.dumps([plain | {"archiefactietermijn": "7"}]).encode()
    )
