"""Questions once for each case, and versions of the schedule, as two people would work with them."""

import json
import os
from pathlib import Path

import pytest

from tests.e2e.test_bad_input import steering
from tests.e2e.test_faults import Office, assert_refused
from tests.integration.services.small_schedule import schedule_text

TENANCIES = b"Housing/Tenancy files/"
ODD_CASES = (b"\xff\xfe \x1b[31m\n%_ [x]", "ŷ → 😀 \u202etxt".encode(), b"'; DROP TABLE attestation; --", b"-rf")
CASE = "Housing/Tenancy files/12 High Street"
ANSWERS = {"case_closed": ("--on", "2012-02-29"), "arrears_outstanding": ("--no",), "was_eviction": ("--no",)}


class Housing(Office):
    """Tenancy files, most of them of tenants with odd names, under a small schedule of the council's own."""

    def words(self, *words: str, who: str | None) -> list[str]:
        front = ["--workspace", str(self.workspace)] if words[0] == "schedule" else []
        return [*front, *super().words(*words, who=who)]

    def fill_share(self) -> None:
        for case in (b"12 High Street", *ODD_CASES):
            for name in (b"agreement.txt", b"Letters/2009/arrears.txt"):
                place = os.path.join(os.fsencode(self.share), TENANCIES + case + b"/" + name)  # noqa: PTH118  # bytes
                os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
                with open(place, "wb") as file:  # noqa: PTH123
                    file.write(case + name)
                os.utime(place, (1.3e9, 1.3e9))

    def file(self, name: str, text: str) -> str:
        (self.place / name).write_text(text)
        return str(self.place / name)

    def questions(self, case: str) -> dict[str, str]:
        """Return the names of the questions about a case, by what they ask for."""
        found = json.loads(self.done("events", "questions", "--json"))["questions"]
        named = {one["path"]: one["path"] for one in found}
        return {one["key"]: one["question"] for one in found if named[one["path"]] == case}


@pytest.fixture(scope="module")
def housing(tmp_path_factory: pytest.TempPathFactory) -> Housing:
    office = Housing(tmp_path_factory.mktemp("housing"))
    office.open_up()
    office.done("schedule", "publish", office.file("first.yaml", schedule_text("1")), "--yes", who="rita")
    office.done("scan")
    return office


def test_one_answer_for_a_case_makes_all_its_papers_due_and_stands_in_the_log(housing: Housing) -> None:
    questions = housing.questions(CASE)
    assert set(questions) == set(ANSWERS)
    for key, answer in ANSWERS.items():
        told = housing.done("events", "answer", questions[key], *answer, "--basis", "tenancy register", who="ian")
        assert "2 files lie where it is about" in told
        assert "2 files were compared" in told

    assert json.loads(housing.done("report", "--json"))["queues"]["eligible"]["items"] == 2
    told = housing.done("explain", f"fin:{CASE}/Letters/2009/arrears.txt")
    assert "attested by ian on 20" in told
    assert "tenancy register" in told
    assert housing.questions(CASE) == {}
    assert "event.attested" in housing.done("log", "show")
    housing.done("log", "verify")

    statement = json.loads(housing.done("events", "list", "--json"))["statements"][0]["statement"]
    withdrawn = housing.done("events", "withdraw", statement, "--reason", "another tenant", who="rita")
    assert f"Statement {statement} is withdrawn" in withdrawn
    assert json.loads(housing.done("report", "--json"))["queues"]["eligible"]["items"] == 0
    assert "case_closed" in housing.questions(CASE)
    assert "withdrawn by rita: another tenant" in housing.done("explain", f"fin:{CASE}/agreement.txt")
    housing.done("log", "verify")


def test_cases_of_any_name_are_asked_about_and_answered(housing: Housing) -> None:
    told = json.loads(housing.done("events", "questions", "--json", "--limit", "1000"))
    assert not steering(housing.done("events", "questions"))
    for case in ODD_CASES:
        place = os.fsdecode(TENANCIES + case)
        made = housing.done(
            "events", "add", "--path", f"fin:{place}", "--event", "case_closed", "--on", "2012-01-01",
            "--basis", "register", who="rita",
        )  # fmt: skip
        assert "2 files were compared with the schedule again" in made
        explained = housing.done("explain", f"{housing.share}/{place}/agreement.txt")
        assert "attested by rita" in explained
        assert not steering(made + explained)
    assert not steering(housing.done("events", "list") + housing.done("events", "list", "--json"))
    after = json.loads(housing.done("events", "questions", "--json", "--limit", "1000"))
    assert after["total"] == told["total"] - len(ODD_CASES)
    housing.done("log", "verify")


def test_a_list_of_many_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    office = Housing(tmp_path)
    office.open_up()
    office.done("schedule", "publish", office.file("first.yaml", schedule_text("1")), "--yes", who="rita")
    office.done("scan")
    head = "\ufeffPath,Key,Answer,Basis,Note\r\n"
    good = f'"fin:{CASE}",case_closed,2012-02-29,"register, page 3",x\r\n"fin:{CASE}",was_eviction,No,register,\r\n'
    bad = f'"fin:{CASE}",case_closed,2012-02-29,,\nfin:nowhere,case_closed,2012-02-29,x,\n'

    assert_refused(
        office.run("events", "import", office.file("bad.csv", head + good + bad), who="rita"),
        2, "row 4: a statement needs a basis", "row 5: there is no known file", "Nothing was stated",
    )  # fmt: skip
    for name, text, told in (
        ("day", head + 'fin:x,case_closed,29/02/2012,"x"\n', "row 2: '29/02/2012' is neither a day"),
        ("columns", "path,key\n", "the column 'answer' is missing"),
        ("empty", "", "the column 'path' is missing"),
        ("quotes", head + '"fin:x,case_closed\n', "line"),
        ("nul", head + "fin:\0,case_closed,yes,x\n", "Nothing was stated"),
    ):
        assert_refused(office.run("events", "import", office.file(name, text), who="rita"), 2, told)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert_refused(office.run("events", "import", str(tmp_path / "bytes"), who="rita"), 2, "not text in UTF-8")
    assert json.loads(office.done("events", "list", "--json"))["statements"] == []

    told = office.done("events", "import", office.file("good.csv", head + good), who="rita")

    assert "2 statements are recorded, 0 replace older ones" in told
    assert set(office.questions(CASE)) == {"arrears_outstanding"}
    again = office.done("events", "import", office.file("good.csv", head + good), who="ian")
    assert "2 replace older ones" in again
    office.done("log", "verify")


ADD = ("events", "add", "--path", f"fin:{CASE}")
REFUSED: dict[str, tuple[tuple[str, ...], int, str]] = {
    "no such question": (("events", "answer", "Q-0", "--yes", "--basis", "x"), 1, "no open question"),
    "a question that is not text": (("events", "answer", "\udcff", "--yes", "--basis", "x"), 1, "no open question"),
    "yes and no": (("events", "answer", "Q-0", "--yes", "--no", "--basis", "x"), 2, "contradict"),
    "neither event nor fact": ((*ADD, "--yes", "--basis", "x"), 2, "one event or one fact"),
    "both": ((*ADD, "--event", "a", "--fact", "b", "--yes", "--basis", "x"), 2, "one event or one fact"),
    "no answer": ((*ADD, "--event", "case_closed", "--basis", "x"), 2, "either a day"),
    "no basis": ((*ADD, "--event", "case_closed", "--on", "2012-01-01", "--basis", " "), 2, "needs a basis"),
    "tomorrow": ((*ADD, "--event", "case_closed", "--on", "9999-01-01", "--basis", "x"), 2, "still to come"),
    "an unknown event": ((*ADD, "--event", "\x1b", "--on", "2012-01-01", "--basis", "x"), 2, "asks for"),
    "a whole root": (("events", "add", "--path", "fin:", "--fact", "was_eviction", "--no", "--basis", "x"), 2, "root"),
    "nowhere": (("events", "add", "--path", "/x", "--fact", "was_eviction", "--no", "--basis", "x"), 1, "no place"),
    "no such statement": (("events", "withdraw", "A-9999", "--reason", "x"), 1, "no statement"),
    "no reason": (("events", "withdraw", "A-9999", "--reason", ""), 2, "for a reason"),
    "no such version": (("schedule", "compare", "nothing@1"), 1, "nothing@1"),
    "no schedule": (("schedule", "publish", "nowhere.yaml", "--yes"), 2, "not a file"),
    "a folder": (("schedule", "preview", "/"), 2, "directory"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_meant_changes_nothing(housing: Housing, fault: str) -> None:
    words, code, told = REFUSED[fault]

    ended = housing.run(*words, who="rita")

    assert ended.returncode == code, ended.stderr
    assert told in ended.stderr


def test_nothing_asked_can_be_told_by_the_exit_code(housing: Housing) -> None:
    words = ("events", "questions", "--asset", "none", "--fail-if-empty")

    assert housing.run(*words).returncode == 4


def test_a_new_version_is_compared_tried_published_and_applied(tmp_path: Path) -> None:
    office = Housing(tmp_path)
    office.open_up()
    office.done("scan")
    first = office.file("first.yaml", schedule_text("1"))
    template = office.file("template.yaml", schedule_text("1", status="template"))
    second = office.file("second.yaml", schedule_text("2", period="P3Y"))

    assert_refused(office.run("schedule", "publish", template, "--yes", who="rita"), 6, "nobody has adopted it")
    assert_refused(office.run("schedule", "publish", first, "--yes", who="ian"), 6, "ian may not publish")
    assert_refused(office.run("schedule", "publish", first, who="rita"), 2, "must be confirmed", "add --yes")
    assert len(json.loads(office.done("schedule", "versions", "--json"))["versions"]) == 1

    preview = json.loads(office.done("schedule", "preview", first, "--json"))
    assert preview["assets"][0]["files"] == 2 * (1 + len(ODD_CASES))
    assert not steering(office.done("schedule", "preview", first, "--samples", "100"))
    published = office.done("schedule", "publish", first, "--yes", who="rita")
    assert "small@1" in published
    assert "10 files were compared with it" in published
    compared = office.done("schedule", "compare", second)
    assert "6 years after case closed -> 3 years after case closed (CAN BE DUE EARLIER" in compared
    assert json.loads(office.done("schedule", "compare", first, second, "--json"))["can_be_earlier"] is True
    assert office.done("schedule", "compare", "small@1", first).endswith("Both say the same.\n")
    assert_refused(office.run("schedule", "publish", first, "--yes", who="rita"), 1, "is in force already")
    dropping = office.file("dropping.yaml", schedule_text("3").replace("TEN-01", "TEN-02"))
    refused = office.run("schedule", "publish", dropping, "--yes", who="rita")
    assert_refused(refused, 6, "drops classes that are in use: TEN-01 (has records)", "Retire them instead")
    office.done("schedule", "publish", second, "--yes", who="rita")
    versions = office.done("schedule", "versions")
    assert versions.count("replaced") == 2
    told = office.done("log", "show")
    assert told.count("policy.set") == 3
    office.done("log", "verify")
