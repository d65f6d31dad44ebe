"""Two classes that fit: which contradictions keep a file, and what is said of one that stands out from its folder."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from rules import Appraisal, appraise, parse_schedule
from tests.unit.rules.files import SeenFile
from tests.unit.rules.schedules import a_class, a_schedule

OLD = datetime(2010, 5, 5, 12, tzinfo=UTC)
ELECTION = SeenFile(
    path="Elections/Marked registers/Polling station invoices/x.pdf", text="invoice total", modified_at=OLD
)
ONE_YEAR = "{trigger: record_date, period: P1Y}"


def duty(kind: str = "exact") -> str:
    return a_class("ELE-01", clock=ONE_YEAR, folders='["marked register[s]", elections]').replace("limitation", kind)


def invoices(*, weak: bool = True) -> str:
    cues = {"folders": "[polling station invoice*]"} if weak else {"folders": "[polling station invoice*, marked*]"}
    return a_class("FIN-01", **cues)


def ruled(*classes: str, answers: Mapping[str, bool] | None = None, file: SeenFile = ELECTION) -> Appraisal:
    return appraise(parse_schedule(a_schedule(*classes), name="ours.yaml"), file, answers=answers)


def test_a_duty_to_destroy_before_another_fitting_class_lets_go_is_left_to_a_person() -> None:
    appraisal = ruled(duty(), invoices())

    assert appraisal.classification.class_id == "ELE-01"
    assert "max_before_min_conflict" in appraisal.flags
    assert appraisal.due is not None
    assert appraisal.due.latest is None
    assert any("ELE-01 wants it gone by 2011-05-05, and FIN-01" in reason for reason in appraisal.reasons)


def test_a_person_resolves_the_contradiction_by_saying_that_the_other_class_does_not_apply() -> None:
    (question,) = ruled(duty(), invoices()).asked

    appraisal = ruled(duty(), invoices(), answers={question.key: False})

    assert appraisal.due is not None
    assert appraisal.due.latest == date(2011, 5, 5)
    assert "max_before_min_conflict" not in appraisal.flags


def test_saying_that_the_other_class_applies_resolves_nothing() -> None:
    (question,) = ruled(duty(), invoices()).asked

    assert "max_before_min_conflict" in ruled(duty(), invoices(), answers={question.key: True}).flags


def test_a_maximum_of_the_class_that_came_second_counts_as_well() -> None:
    first = a_class("FIN-01", folders='["marked register[s]", elections]')
    second = a_class("ELE-01", clock=ONE_YEAR, folders="[polling station invoice*]").replace("limitation", "maximum")

    assert "max_before_min_conflict" in ruled(first, second).flags


def test_two_minimums_do_not_contradict_each_other() -> None:
    assert "max_before_min_conflict" not in ruled(duty("guidance"), invoices()).flags


def test_a_maximum_later_than_the_other_classs_minimum_contradicts_nothing() -> None:
    long = duty().replace("P1Y", "P20Y")

    assert "max_before_min_conflict" not in ruled(long, invoices()).flags


def test_a_permanent_class_contradicts_every_deadline() -> None:
    permanent = a_class("ARC-01", clock="{trigger: none}", action="permanent", folders="[polling station invoice*]")

    assert "max_before_min_conflict" in ruled(duty(), permanent).flags


def test_a_class_that_gives_way_or_is_only_described_contradicts_nothing() -> None:
    giving_way = a_class("ROT-01", "    gives_way: yes", folders="[polling station invoice*]")
    described = a_class("ARC-01", "    descriptive: yes", folders="[polling station invoice*]")

    for other in (giving_way, described):
        assert "max_before_min_conflict" not in ruled(duty(), other).flags


def test_a_record_that_became_the_class_that_came_second_does_not_contradict_itself() -> None:
    becoming = duty().replace(
        "    cues:", "    clauses: [{when: paid, fact: paid, combine: becomes, becomes: FIN-01}]\n    cues:"
    )

    made = ruled(becoming, invoices(), answers={"paid": True})

    assert made.disposal_class is not None
    assert made.disposal_class.id == "FIN-01"
    assert "max_before_min_conflict" not in made.flags


def test_a_file_that_says_nothing_takes_its_class_and_its_date_from_its_case_folder() -> None:
    folder = a_class("HOU-01", folders="[tenancy files]")

    appraisal = ruled(folder, file=SeenFile(path="Tenancy files/2009-10/12 High Street/IMG_0012.jpg"))

    assert appraisal.classification.class_id == "HOU-01"
    assert appraisal.due is not None
    assert appraisal.due.latest == date(2016, 3, 31)
    assert "stands_out" not in appraisal.flags


def test_a_file_that_stands_out_from_its_folder_says_so() -> None:
    folder = a_class("HOU-01", folders="[tenancy files]")
    words = a_class("FIN-01", names="[purchase invoice]", phrases="[invoice number, tax point]")
    file = SeenFile(path="Tenancy files/purchase invoice.pdf", text="Invoice number 7. Tax point", modified_at=OLD)

    appraisal = ruled(folder, words, file=file)

    assert appraisal.classification.class_id == "FIN-01"
    assert "stands_out" in appraisal.flags
    assert "it stands out from its folder, which speaks for HOU-01" in appraisal.reasons


def test_a_folder_that_outweighs_a_files_own_words_says_so() -> None:
    folder = a_class("HOU-01", folders='["tenancy file[s]", housing]')
    words = a_class("FIN-01", names="[invoice]")
    file = SeenFile(path="Housing/Tenancy files/invoice.pdf", modified_at=OLD)

    appraisal = ruled(folder, words, file=file)

    assert "its own words speak for FIN-01, and its folder for HOU-01" in appraisal.reasons
