"""No file, however broken, hostile or huge, gives anything but a schedule or our error."""

import io
import json
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import (
    IMPORT_FORMS,
    ImportDefaults,
    ImportedSchedule,
    ScheduleError,
    Trigger,
    export_schedule,
    import_schedule,
    parse_schedule,
)
from rules.importing.reading import xml_tree
from rules.importing.reading.bounds import MOST_BYTES
from tests.unit.rules.importing.importing import imported, refused
from tests.unit.rules.importing.samples import (
    PROCESSES,
    alfresco,
    disposal,
    dutch,
    dutch_result,
    esd,
    grs,
    grs_row,
    nsw,
    nsw_class,
    purview,
    step,
    vitam,
)

LABEL = "Bills,,,FALSE,KeepAndDelete,2192,EventAgeInDays,,FIN-01,,,,Statute,Act,,UK,FALSE,Contract expiry"
SMALL = imported(grs(grs_row(), grs_row("GRS 2", kind="Event_Age", event="Final action"))).schedule
SAMPLES = {
    "nara": grs(grs_row(), grs_row("GRS 2", kind="Event_Age", event="Final action", years="4-7", superseded="GRS 1")),
    "purview": purview(LABEL),
    "vitam": vitam("A-1,AppraisalRule,x,\N{LATIN CAPITAL LETTER E WITH ACUTE} partir,5,Year", "H-1,HoldRule,x,y,,"),
    "dutch": dutch(dutch_result(), dutch_result(2, waardering="blijvend_bewaren", generiek_resultaat=1)),
    "alfresco": alfresco(step("cutoff", "fyend|1", events=("superseded",), combine="and"), step("destroy", "year|3")),
    "nsw": nsw(nsw_class("1.1", disposal("10", "action completed", "Destroy"), disposal("1", "x", "Transfer", "c"))),
    "esd": esd("90,Housing,Advice,Who,No,Yes,Yes,Act,No,End of the tenancy,6,0,,urn:90"),
    "statements": b"Ref,Record,Retention,Action\n1,Trees,6 years after case closed,Destroy\n2,x,As for Trees,\n",
    "labels": b"Trees\n- Retention period: 6 years\n- Action: Delete\n",
    "pipes": b"Ref | Record | Retention |\n---|---|---|\n1 | Trees | Permanent |\n",
    "list": b"6 years after case closed\nPermanent\nCurrent year plus 6\n",
    "table": export_schedule(SMALL, form="csv").content,
    "yaml": export_schedule(SMALL, form="yaml").content,
}


def outcome(content: bytes, form: str | None = None) -> ImportedSchedule | None:
    """Import, and hold what came of it to what every import promises."""
    told = ImportDefaults(default_start=Trigger.RECORD_DATE)
    try:
        result = import_schedule(content, name="theirs", defaults=told, form=form, beside=(PROCESSES,))
    except ScheduleError:
        return None
    text = export_schedule(result.schedule, form="yaml").content.decode()
    assert parse_schedule(text, name="again") == result.schedule
    for row in result.rows:
        entry = result.schedule.by_id.get(row.class_id)
        assert (entry is None) == (row.state is None)
        assert entry is None or entry.state is row.state
    return result


@st.composite
def mutated(draw: st.DrawFn, content: bytes) -> bytes:
    """Return a file with a few bytes of it changed, doubled or gone."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(changed)))
        end = draw(st.integers(start, min(len(changed), start + 12)))
        piece = draw(
            st.one_of(
                st.binary(max_size=4),
                st.sampled_from(
                    [b",", b'"', b"\n", b"<", b"0", b"-", b"\\", b"\x00", b"\xff", b"999999", b"{", b"[", b"|", b"=A1"]
                ),
                st.just(bytes(changed[start:end]) * 2),
            )
        )
        changed[start:end] = piece
    return bytes(changed)


@pytest.mark.parametrize("form", sorted(SAMPLES))
def test_every_sample_is_recognised_and_read(form: str) -> None:
    result = outcome(SAMPLES[form], form if form == "list" else None)

    assert result is not None
    assert result.form == form


def test_every_form_has_a_sample() -> None:
    assert set(SAMPLES) | {"openzaak"} == set(IMPORT_FORMS)


@pytest.mark.parametrize("form", sorted(SAMPLES))
@given(data=st.data())
@settings(max_examples=25)
def test_a_damaged_file_is_read_or_refused(form: str, data: st.DataObject) -> None:
    content = data.draw(mutated(SAMPLES[form]))

    outcome(content)
    outcome(content, form)


@given(content=st.binary(max_size=200), form=st.sampled_from([None, *IMPORT_FORMS]))
@settings(max_examples=60)
def test_arbitrary_bytes_are_read_or_refused(content: bytes, form: str | None) -> None:
    outcome(content, form)


@given(text=st.text(max_size=200), form=st.sampled_from(["list", "labels", "pipes", "statements"]))
@settings(max_examples=60)
def test_arbitrary_text_is_read_or_refused(text: str, form: str) -> None:
    outcome(text.encode("utf-8", errors="replace"), form)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["P7Y", "vernietigen"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    fields=st.dictionaries(st.sampled_from(["waardering", "bewaartermijn", "procestermijn", "nummer", "naam"]), values),
    pk=values,
)
def test_json_of_the_wrong_shapes_is_read_or_refused(fields: dict[str, object], pk: object) -> None:
    record = {"model": "selectielijst.resultaat", "pk": pk, "fields": fields}
    outcome(json.dumps([record, record, 3, None]).encode())
    outcome(json.dumps({"results": [fields | {"archiefnominatie": "vernietigen"}, 1]}).encode())


def repacked(change: Callable[[str, bytes], bytes]) -> bytes:
    """Return a workbook of ours with its parts changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(export_schedule(SMALL, form="xlsx").content)) as old,
        zipfile.ZipFile(out, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


@given(data=st.data())
@settings(max_examples=40)
def test_a_damaged_workbook_is_read_or_refused(data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet2.xml"]))
    content = repacked(lambda name, old: data.draw(mutated(old)) if name == part else old)

    outcome(content)
    outcome(data.draw(mutated(content)))


def test_a_workbook_that_unpacks_without_end_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 65_000_000)

    assert "the workbook unpacks to more than 64000000 bytes" in refused(out.getvalue())


def test_a_workbook_with_a_document_type_is_refused() -> None:
    declared = repacked(
        lambda name, old: old.replace(b"<workbook", b"<!DOCTYPE x><workbook") if name == "xl/workbook.xml" else old
    )

    assert "the file declares a document type" in refused(declared)


def test_a_package_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")

    assert "this is a ZIP file, but no workbook" in refused(out.getvalue())


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b" \n ", "the file is empty"),
        (b"a,b\x00c", "the file is no text"),
        (b"\xff\xfe\x00", "the file is no text"),
        (b"x" * (MOST_BYTES + 1), "the file is larger than"),
        (b"[" * 200_000, "the file is nested too deeply"),
        (b'[{"a": "\\ud800"}]', "half a character"),
        (b"[" + b"9" * 100_000 + b"]", "this is not JSON that can be read"),
        (b"{", "this is not JSON"),
        (b"<a>" * 500, "larger or deeper than a schedule can be"),
        (b'<?xml version="1.0" encoding="moon"?><a/>', "this is not XML"),
        (b"<a><b></a>", "this is not XML"),
        (b'Record,Retention\n"6 years', "row 2: this is no CSV"),
        (b"Record,Retention\n" + b"x,Permanent\n" * 5_001, "there are more than 5000 rows"),
        (b"Trees\nRetention: 6 years\n" * 25_001, "there are more than 50000 lines"),
        (b"Record,Retention\n" + b"," * 300, "row 2 has more than 200 cells"),
        (b"Record,Retention\n" + b"x" * 100_001, "row 2, column 1 is longer than 100000 characters"),
    ],
)
def test_what_is_too_much_or_broken_is_refused_in_words(content: bytes, what: str) -> None:
    assert what in refused(content)


def test_a_document_of_too_many_elements_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "MOST_ELEMENTS", 100)

    assert "larger or deeper than a schedule can be" in refused(b"<a>" + b"<b/>" * 101 + b"</a>")


def test_a_document_of_too_many_rules_is_refused_before_they_are_read() -> None:
    authority = nsw("<Class/>" * 5_001)

    assert "there are more than 5000 rules" in refused(authority)


def test_a_file_beside_it_is_bounded_too() -> None:
    with pytest.raises(ScheduleError, match="the file is larger than"):
        import_schedule(SAMPLES["dutch"], name="x", beside=(b"x" * (MOST_BYTES + 1),))
    with pytest.raises(ScheduleError, match="this is not JSON"):
        import_schedule(SAMPLES["dutch"], name="x", beside=(b"{",))


def test_a_form_that_nobody_knows_is_refused_with_those_that_are() -> None:
    with pytest.raises(ScheduleError, match="'word' is no form that can be imported; write one of yaml, table, nara"):
        import_schedule(b"x", name="x", form="word")


def test_a_file_named_with_the_wrong_form_is_refused() -> None:
    for form in IMPORT_FORMS:
        if form != "list":
            assert refused(b"Bench | x\nTree,y\n", form=form), form
