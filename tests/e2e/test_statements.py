"""What people say of a case must not destroy what they did not speak of: whole runs on a share, up to the files."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from tests.e2e.test_faults import DISPOSE, Office
from tests.integration.services.small_schedule import schedule_text

TENANCIES = "Housing/Tenancy files/"
ANSWERS = {"case_closed": ("--on", "2001-01-01"), "arrears_outstanding": ("--no",), "was_eviction": ("--no",)}


class Housing(Office):
    """Tenancy files under a small schedule of the council's own."""

    def words(self, *words: str, who: str | None) -> list[str]:
        front = ["--workspace", str(self.workspace)] if words[0] == "schedule" else []
        return [*front, *super().words(*words, who=who)]

    def fill_share(self) -> None:
        self.share.mkdir(parents=True)

    def put(self, path: str, text: str, *, at: float = 1.3e9) -> Path:
        file = self.share / TENANCIES / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, (at, at))
        return file

    def answer_everything(self) -> None:
        """Scan, and say of every case that is asked about that it was closed long ago, with nothing outstanding."""
        self.done("scan")
        for one in json.loads(self.done("events", "questions", "--json", "--limit", "1000"))["questions"]:
            answer = ANSWERS[one["key"]]
            self.done("events", "answer", one["question"], *answer, "--basis", "register", who="ian")

    def eligible(self) -> int:
        return int(json.loads(self.done("report", "--json"))["queues"]["eligible"]["items"])


@pytest.fixture
def housing(tmp_path: Path) -> Housing:
    office = Housing(tmp_path)
    office.open_up()
    (tmp_path / "schedule.yaml").write_text(schedule_text("1"))
    office.done("schedule", "publish", str(tmp_path / "schedule.yaml"), "--yes", who="rita")
    return office


def test_nothing_is_destroyed_after_the_answer_it_rested_on_was_corrected(housing: Housing) -> None:
    paper = housing.put("Smith J/agreement.txt", "agreement")
    housing.answer_everything()
    housing.propose()
    housing.approve()

    place = ("--path", f"fin:{TENANCIES}Smith J")
    for said in (("--event", "case_closed", "--on", "2024-06-01"), ("--fact", "arrears_outstanding", "--yes")):
        housing.done("events", "add", *place, *said, "--basis", "reopened", who="rita")
    housing.run(*DISPOSE, who="rita")

    assert paper.exists()
    assert housing.eligible() == 0
    told = housing.done("explain", f"fin:{TENANCIES}Smith J/agreement.txt")
    assert "said otherwise later: case closed: 2001-01-01" in told


def test_a_paper_put_into_an_answered_case_later_is_not_destroyed_with_it(housing: Housing) -> None:
    old = housing.put("Smith J/agreement.txt", "agreement")
    housing.answer_everything()
    housing.propose()
    housing.approve()
    new = housing.put("Smith J/complaint.txt", "a complaint of this week", at=time.time())
    housing.done("scan")

    housing.run(*DISPOSE, who="rita")

    assert new.exists()
    assert old.exists()  # a case goes as a whole
    assert "was made before this file was there" in housing.done("events", "questions", "--json")
    assert "the file was not there yet" in housing.done("explain", f"fin:{TENANCIES}Smith J/complaint.txt")


def test_an_answer_about_one_loose_file_destroys_no_other_and_a_folder_used_again_is_asked_about_again(
    housing: Housing,
) -> None:
    housing.put("Smith.txt", "Smith")
    housing.put("Unit 4/agreement.txt", "the tenant before")
    housing.answer_everything()
    assert housing.eligible() == 2

    housing.put("Patel.txt", "Patel", at=time.time())
    shutil.rmtree(housing.share / TENANCIES / "Unit 4")
    housing.done("scan")
    assert housing.eligible() == 1
    housing.put("Unit 4/agreement.txt", "another tenant, under the old name", at=time.time())
    housing.put("Unit 4/letter.txt", "another tenant", at=time.time())
    housing.done("scan")

    assert housing.eligible() == 1
    housing.propose()
    housing.approve()
    housing.done(*DISPOSE, who="rita")
    assert {Path(path).name for path in housing.files()} == {"Patel.txt", "agreement.txt", "letter.txt"}
