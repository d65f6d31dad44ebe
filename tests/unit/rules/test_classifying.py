import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import Classifier, Outcome, parse_schedule, shipped_schedule
from tests.unit.rules.files import SeenFile
from tests.unit.rules.schedules import a_class, a_schedule

INVOICES = a_class(
    "FIN-01",
    "    except: [template]",
    folders="[invoices, finance]",
    names="[purchase order*]",
    phrases="[tax point, invoice number]",
)
TENANCIES = a_class("HOU-01", folders="[tenancies]", names="[tenancy agreement*]", phrases="[tenancy agreement]")
DRAFTS = a_class("TRN-01", "    gives_way: yes", folders="[working files]", names="[draft*]")
RESIDUE = a_class("ROT-01", "    gives_way: yes", residue='["^thumbs db"]', extensions="[tmp]")


def a_classifier(*classes: str) -> Classifier:
    return Classifier(
        parse_schedule(a_schedule(*(classes or (INVOICES, TENANCIES, DRAFTS, RESIDUE))), name="ours.yaml")
    )


def test_a_file_is_classified_with_every_cue_that_speaks_for_it() -> None:
    file = SeenFile(
        path="Finance/Invoices/2011-12/Purchase order 44.pdf", text="Invoice number: 7\nTax point: 1 May 2011"
    )

    classification = a_classifier().classify(file)

    assert (classification.outcome, classification.class_id) == (Outcome.CLASSIFIED, "FIN-01")
    assert {(cue.kind.value, cue.text) for cue in classification.cues} == {
        ("path", "Finance"),
        ("path", "Invoices"),
        ("name", "Purchase order"),
        ("phrase", "Invoice number"),
        ("phrase", "Tax point"),
    }
    assert {cue.where for cue in classification.cues} >= {"folder 'Finance/Invoices'", "text, character 1"}
    assert classification.reasons[0] == "class FIN-01 (Records of FIN-01)"
    assert 0 < classification.confidence < 1


def test_a_file_without_a_cue_is_kept_not_guessed() -> None:
    classification = a_classifier().classify(SeenFile(path="Misc/scan0001.pdf", text="lorem ipsum"))

    assert (classification.outcome, classification.class_id) == (Outcome.UNCLASSIFIED, None)
    assert "kept until a person classifies it" in classification.reasons


def test_a_generic_word_alone_classifies_nothing() -> None:
    classification = a_classifier().classify(SeenFile(path="Finance/notes.txt"))

    assert classification.outcome is Outcome.UNCLASSIFIED
    assert classification.runner_up is not None
    assert classification.runner_up.class_id == "FIN-01"


def test_one_phrase_alone_in_a_long_text_classifies_nothing() -> None:
    classification = a_classifier().classify(SeenFile(path="a.txt", text="see the tenancy agreement for details"))

    assert classification.outcome is Outcome.UNCLASSIFIED


def test_two_classes_that_fit_equally_well_are_a_persons_choice() -> None:
    classification = a_classifier().classify(SeenFile(path="Invoices/Tenancies/a.pdf"))

    assert (classification.outcome, classification.class_id) == (Outcome.CONFLICT, None)
    assert "kept until a person chooses" in classification.reasons[0]
    assert any("HOU-01" in reason for reason in classification.reasons)


def test_a_draft_in_an_invoice_folder_keeps_the_longer_rule() -> None:
    classification = a_classifier().classify(SeenFile(path="Finance/Invoices/Working files/draft of draft.docx"))

    assert classification.class_id == "FIN-01"
    assert any("gives way" in reason for reason in classification.reasons)


def test_residue_is_residue_in_any_folder() -> None:
    assert a_classifier().classify(SeenFile(path="Finance/Invoices/Thumbs.db")).class_id == "ROT-01"


def test_a_record_hidden_under_a_residues_name_is_not_rubbish() -> None:
    classification = a_classifier().classify(
        SeenFile(path="Finance/Thumbs.db", text="Invoice number 7, tax point today")
    )

    assert classification.outcome is Outcome.CONFLICT


def test_an_exclusion_in_the_path_removes_the_matches_in_the_path() -> None:
    assert a_classifier().classify(SeenFile(path="Finance/Invoices/template.docx")).outcome is Outcome.UNCLASSIFIED


def test_an_exclusion_in_the_text_removes_only_what_stands_on_its_line() -> None:
    same_line = SeenFile(path="Finance/a.docx", text="template with invoice number and tax point")
    elsewhere = SeenFile(path="Finance/a.docx", text="This is a template.\nInvoice number 7\nTax point 1 May")

    assert a_classifier().classify(same_line).outcome is Outcome.UNCLASSIFIED
    assert a_classifier().classify(elsewhere).class_id == "FIN-01"


def test_two_cues_that_see_the_same_word_are_one_argument() -> None:
    twice = a_class("FIN-01", folders='["invoice[s]", "invoices", "inv*"]')

    classification = a_classifier(twice).classify(SeenFile(path="Invoices/a.pdf"))

    assert [cue.weight for cue in classification.cues] == [1.5]


def test_a_long_text_that_repeats_itself_does_not_outweigh_the_folder_people_chose() -> None:
    file = SeenFile(path="Housing/Tenancies/Tenancy agreement.pdf", text="tax point. invoice number. " * 200)

    assert a_classifier().classify(file).class_id == "HOU-01"


def test_the_order_of_classes_never_matters() -> None:
    classes = [INVOICES, TENANCIES, DRAFTS, RESIDUE]
    files = [
        SeenFile(path="Invoices/Tenancies/a.pdf"),
        SeenFile(path="Finance/Invoices/draft.tmp", text="tax point"),
        SeenFile(path="Tenancies/Thumbs.db"),
        SeenFile(path="x"),
    ]
    expected = [a_classifier(*classes).classify(file).to_json() for file in files]

    for seed in range(8):
        shuffled = random.Random(seed).sample(classes, k=len(classes))  # noqa: S311 - an order, not a secret
        assert [a_classifier(*shuffled).classify(file).to_json() for file in files] == expected


SHIPPED = Classifier(shipped_schedule())
pieces = st.sampled_from(
    [
        "Finance",
        "Invoices",
        "2011-12",
        "LAC_Reviews",
        "draft",
        "Thumbs.db",
        "minutes",
        "Cabinet",
        "x.tmp",
        "HR",
        "\udcff",
        "İ",
        "%20",
    ]
)


@given(st.lists(pieces, min_size=1, max_size=6), st.lists(pieces, max_size=30))
def test_classification_is_the_same_every_time(path: list[str], words: list[str]) -> None:
    file = SeenFile(path="/".join(path), text=" ".join(words))

    assert SHIPPED.classify(file) == SHIPPED.classify(file)


@given(st.text(max_size=80), st.text(max_size=200), st.text(max_size=10))
def test_no_path_and_no_text_can_break_classification(path: str, text: str, media_type: str) -> None:
    classification = SHIPPED.classify(SeenFile(path=path, text=text, media_type=media_type))

    assert (classification.class_id is None) == (classification.outcome is not Outcome.CLASSIFIED)


@pytest.mark.parametrize(
    ("path", "text", "class_id"),
    [
        ("Finance/Accounts Payable/Invoices/2009-10/INV 4411.pdf", "", "FIN-01"),
        ("Children/LAC/Smith J/LAC review.docx", "", "CSC-01"),
        ("Housing/Tenancies/12 High Street/Tenancy_Agreement.pdf", "", "HOU-01"),
        ("Democratic Services/Cabinet/Minutes/2014-05-12 Cabinet minutes.pdf", "", "DEM-01"),
        ("HR/Recruitment/Post 12/Shortlist.xlsx", "", "HR-03"),
        ("ICT/Service Desk/Logs/access.log", "", "ICT-01"),
        ("Planning/Planning Applications/12-00345-FUL/Decision notice.pdf", "", "PLN-01"),
        ("Records/Retention schedule 2012.docx", "", "IG-03"),
    ],
)
def test_the_shipped_template_knows_what_councils_file(path: str, text: str, class_id: str) -> None:
    assert SHIPPED.classify(SeenFile(path=path, text=text)).class_id == class_id


@pytest.mark.parametrize(
    ("path", "not_class"),
    [
        ("Legal/Press releases/press release.docx", "PRP-02"),
        ("HR/Policies/Adoption leave.docx", "CSC-02"),
        ("Highways/Road adoption/adopted highway.docx", "CSC-02"),
        ("Finance/Financial planning applications/plan.docx", "PLN-01"),
    ],
)
def test_the_shipped_template_is_not_fooled_by_words_that_mean_something_else(path: str, not_class: str) -> None:
    assert SHIPPED.classify(SeenFile(path=path)).class_id != not_class
