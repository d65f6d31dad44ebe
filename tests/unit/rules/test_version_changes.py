from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import (
    Appraisal,
    Classifier,
    DisposalClass,
    DisposalSchedule,
    Period,
    VersionChange,
    appraise,
    parse_schedule,
)
from rules.model import Clock
from tests.unit.rules.files import SeenFile
from tests.unit.rules.schedules import a_class, a_schedule

LAWYERS = """\
    clauses:
      - {when: it was settled in court, fact: in_court, combine: becomes, becomes: LEG-01, unknown: ask}"""
BEFORE = parse_schedule(
    a_schedule(
        a_class("FIN-01", folders="[invoices]", names="[invoice*]", phrases="[purchase order, tax point]"),
        a_class(
            "HOU-01", "    except: [model tenancy]", folders="[tenanc*]", phrases="[tenancy agreement, weekly rent]"
        ),
        a_class("HOU-02", LAWYERS, names="[repair*]", phrases="[repair order]"),
        a_class("LEG-01", folders="[court]", phrases="[order of the court]"),
        a_class("PAP-01", "    gives_way: yes", names="[draft]", extensions="[tmp]"),
    ),
    name="before",
)
WORDS = (
    "invoices", "invoice 7", "purchase order", "tax point", "tenancies", "tenancy agreement", "model", "weekly rent",
    "repair", "repair order", "order of the court", "court", "draft", "finance", "other things", "garden", "2012-13",
)  # fmt: skip
names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
files = st.builds(
    lambda folders, name, ending, text: SeenFile(path="/".join([*folders, name + ending]), text=text),
    st.lists(names, max_size=2),
    names,
    st.sampled_from((".docx", ".tmp", "")),
    st.lists(st.sampled_from(WORDS), max_size=8).map(". ".join),
)
EVENTS: tuple[dict[str, bool], ...] = ({}, {"in_court": True}, {"in_court": False})


def longer(entry: DisposalClass) -> DisposalClass:
    assert isinstance(entry.clock, Clock)
    return replace(entry, clock=replace(entry.clock, period=Period(years=9)))


CHANGES: dict[str, Callable[[DisposalClass], DisposalClass]] = {
    "a longer period": longer,
    "another title": lambda entry: replace(entry, title=entry.title + ", and more"),
    "a cue less": lambda entry: replace(entry, cues=replace(entry.cues, phrases=entry.cues.phrases[:1], folders=())),
    "a cue more": lambda entry: replace(entry, cues=replace(entry.cues, phrases=(*entry.cues.phrases, "garden"))),
    "a name more": lambda entry: replace(entry, cues=replace(entry.cues, names=(*entry.cues.names, "other things"))),
    "no exclusion": lambda entry: replace(entry, exclusions=()),
    "an exclusion": lambda entry: replace(entry, exclusions=("garden",)),
    "no longer giving way": lambda entry: replace(entry, gives_way=not entry.gives_way),
}


@st.composite
def later_versions(draw: st.DrawFn) -> DisposalSchedule:
    classes = list(BEFORE.classes)
    for _ in range(draw(st.integers(0, 2))):
        number = draw(st.integers(0, len(classes) - 1))
        classes[number] = CHANGES[draw(st.sampled_from(sorted(CHANGES)))](classes[number])
    if draw(st.booleans()):
        classes.append(replace(BEFORE.by_id["LEG-01"], id="NEW-01", cues=replace(classes[0].cues, phrases=("garden",))))
    if draw(st.booleans()):
        classes = [entry for entry in classes if entry.id != "PAP-01"]
    return replace(BEFORE, version="2", classes=tuple(classes))


def told(made: Appraisal) -> Appraisal:
    """Return an appraisal without the name of the version it was made under."""
    return replace(made, classification=replace(made.classification, schedule_version=""))


@given(later_versions(), files, st.sampled_from(EVENTS))
def test_a_file_that_a_new_version_does_not_concern_is_treated_as_before(
    after: DisposalSchedule, file: SeenFile, answers: dict[str, bool]
) -> None:
    before = appraise(Classifier(BEFORE), file, answers=answers)
    change = VersionChange(BEFORE, after)
    looked_at = file if change.reads_text else replace(file, text="")

    if not change.concerns(before.classification.seen, looked_at):
        assert told(appraise(Classifier(after), file, answers=answers)) == told(before)


def test_a_new_version_with_another_title_concerns_no_file() -> None:
    change = VersionChange(BEFORE, replace(BEFORE, version="2", title="Better", published_as="test-council@2"))

    assert not change.looks_at_files
    assert not change.concerns(("FIN-01", "HOU-01"), SeenFile(path="Invoices/invoice 7.docx"))


def test_a_longer_period_concerns_the_files_of_the_class_and_of_those_that_refer_to_it() -> None:
    after = replace(BEFORE, classes=tuple(longer(entry) if entry.id == "LEG-01" else entry for entry in BEFORE.classes))
    change = VersionChange(BEFORE, after)

    assert change.classes == {"LEG-01", "HOU-02"}
    assert not change.looks_at_files


@pytest.mark.parametrize(
    "field",
    [{"status": "adopted"}, {"generic_words": ("court",)}, {"default_class": "LEG-01"}],
    ids=lambda one: next(iter(one)),
)
def test_what_is_said_for_all_classes_concerns_every_file(field: dict[str, object]) -> None:
    assert VersionChange(BEFORE, replace(BEFORE, **field)).is_everything  # type: ignore[arg-type]  # of each its own


def test_a_new_phrase_is_looked_for_in_texts_and_a_longer_period_is_not() -> None:
    one, *others = BEFORE.classes
    assert one.id == "DEF-01"
    changed = [CHANGES["a cue more"](others[0]), *others[1:]]

    assert VersionChange(BEFORE, replace(BEFORE, classes=(one, *changed))).reads_text
    assert not VersionChange(BEFORE, replace(BEFORE, classes=(one, longer(others[0]), *others[1:]))).reads_text


def test_of_a_class_only_the_cues_that_it_did_not_have_are_looked_for_again() -> None:
    one, *others = BEFORE.classes
    changed = [CHANGES["a cue more"](others[0]), *others[1:]]
    change = VersionChange(BEFORE, replace(BEFORE, classes=(one, *changed)))

    assert not change.looks_beside_text
    assert not change.concerns((), SeenFile(path="Invoices/invoice 7.docx", text="purchase order"))
    assert change.concerns((), SeenFile(path="x.docx", text="the garden of a school"))


def test_without_an_exclusion_every_cue_of_the_class_is_looked_for_again() -> None:
    classes = [CHANGES["no exclusion"](entry) if entry.id == "HOU-01" else entry for entry in BEFORE.classes]
    change = VersionChange(BEFORE, replace(BEFORE, classes=tuple(classes)))

    assert change.concerns((), SeenFile(path="Tenancies/model tenancy.docx"))
