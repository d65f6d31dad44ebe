"""The sample drive on a real disk: it is what it claims to be, and it harms nothing that was there."""

import hashlib
import os
import stat
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pypdfium2
import pytest
from docx import Document
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from retention.services.sample_drive import (
    EARLIEST_AS_OF,
    PlantedItem,
    PlantedKind,
    SampleDrive,
    SampleDriveError,
    build_sample_drive,
)
from retention.services.sample_drive.building import plan_drive
from retention.services.sample_drive.plans import PlannedFile
from retention.services.sample_drive.setting import Chance, FinancialYear, Setting, in_words
from retention.services.sample_drive.writing import folders_of

AS_OF = date(2026, 10, 1)
NO_FILE = {PlantedKind.SYMBOLIC_LINK, PlantedKind.PIPE}
UNREADABLE = {PlantedKind.BROKEN, PlantedKind.ENCRYPTED, PlantedKind.EMPTY, PlantedKind.TRIVIAL}
DEPARTMENTS = {
    "Finance",
    "HR",
    "Housing",
    "Planning",
    "Children's Services",
    "Adult Social Care",
    "Democratic Services",
    "ICT",
    "Old Shared Drive",
    "Office Move",
}


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> SampleDrive:
    return build_sample_drive(tmp_path_factory.mktemp("sample") / "drive", as_of=AS_OF)


def files(drive: SampleDrive) -> Iterator[tuple[PlantedItem, Path]]:
    return ((item, Path(drive.root, item.path)) for item in drive.items if item.kind not in NO_FILE)


def digests(drive: SampleDrive) -> dict[str, str]:
    return {item.path: hashlib.sha256(place.read_bytes()).hexdigest() for item, place in files(drive)}


def file_times(drive: SampleDrive) -> dict[str, int]:
    places = {item.path: place for item, place in files(drive)}
    folders = {folder: Path(drive.root, folder) for folder in folders_of(places)}
    return {path: place.stat().st_mtime_ns for path, place in (places | folders).items()}


def words(place: Path) -> str:
    """Return the text of a document as its own library reads it."""
    match place.suffix:
        case ".pdf":
            with pypdfium2.PdfDocument(place.read_bytes()) as document:
                return "\n".join(page.get_textpage().get_text_bounded() for page in document)
        case ".docx":
            with place.open("rb") as file:
                return docx_words(file)
        case ".xlsx":
            with place.open("rb") as file:
                rows = load_workbook(file).worksheets[0].iter_rows(values_only=True)
                return "\n".join(str(value) for row in rows for value in row)
        case _:
            return place.read_bytes().decode("cp1252")


def docx_words(file: BinaryIO) -> str:
    document = Document(file)
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join((*(paragraph.text for paragraph in document.paragraphs), *cells))


def is_text_of_its_own(item: PlantedItem) -> bool:
    return item.kind not in UNREADABLE | NO_FILE


def test_the_drive_is_as_large_and_as_mixed_as_a_demonstration_needs(drive: SampleDrive) -> None:
    kinds = Counter(item.kind for item in drive.items)
    over_retained = Counter(item.class_id for item in drive.of_kind(PlantedKind.OVER_RETAINED))

    assert drive.files >= 430
    assert kinds[PlantedKind.DUPLICATE_COPY] >= 40
    assert over_retained["FIN-01"] >= 100
    assert kinds[PlantedKind.BROKEN] >= 3
    assert kinds[PlantedKind.HARD_LINK] == 1
    assert all(kinds[kind] for kind in PlantedKind)
    assert {item.path.split("/")[0] for item in drive.items} >= DEPARTMENTS
    assert set(over_retained) >= {
        *("FIN-01", "TRN-01", "ICT-01", "HS-01", "COR-02", "PAY-01", "HOU-01", "HR-01", "HR-03"),
        *("PLN-02", "ELE-01", "IG-01"),
    }


def test_what_lies_on_the_drive_is_what_was_declared_no_more_and_no_less(
    drive: SampleDrive,
) -> None:
    found, folders = set(), 0
    for above, names, leaves in os.walk(drive.root):
        below = os.path.relpath(above, drive.root)
        linked = [name for name in names if Path(above, name).is_symlink()]
        folders += len(names) - len(linked)
        found |= {str(PurePosixPath(below, name)) for name in (*leaves, *linked)}

    assert found == {item.path for item in drive.items}
    assert len(found) == len(drive.items)
    assert folders == drive.folders
    assert sum(1 for _ in files(drive)) == drive.files


def test_items_come_in_the_order_of_their_bytes(drive: SampleDrive) -> None:
    paths = [os.fsencode(item.path) for item in drive.items]

    assert paths == sorted(paths)


def test_every_document_opens_with_the_library_of_its_format(drive: SampleDrive) -> None:
    suffixes: Counter[str] = Counter()

    for item, place in files(drive):
        if is_text_of_its_own(item):
            assert words(place).strip(), item.path
            suffixes[place.suffix] += 1

    assert all(suffixes[suffix] >= 20 for suffix in (".pdf", ".docx", ".xlsx", ".csv", ".txt")), suffixes


def test_the_broken_and_the_locked_do_not_open_and_the_empty_are_empty(drive: SampleDrive) -> None:
    for item, place in files(drive):
        if item.kind in {PlantedKind.BROKEN, PlantedKind.ENCRYPTED}:
            with pytest.raises(Exception, match=r"."):  # whatever their libraries raise
                words(place)
        if item.kind is PlantedKind.EMPTY:
            assert place.stat().st_size == 0


def test_a_locked_document_is_locked_and_not_merely_broken(drive: SampleDrive) -> None:
    for item in drive.of_kind(PlantedKind.ENCRYPTED):
        with pytest.raises(pypdfium2.PdfiumError, match="password"):
            words(Path(drive.root, item.path))


def test_the_same_seed_gives_the_same_bytes_at_the_same_times(drive: SampleDrive, tmp_path: Path) -> None:
    again = build_sample_drive(tmp_path, as_of=AS_OF)

    assert again.items == drive.items
    assert digests(again) == digests(drive)
    assert file_times(again) == file_times(drive)


def test_every_planted_copy_equals_its_original_and_nothing_else_is_a_copy(drive: SampleDrive) -> None:
    groups = defaultdict(list)
    for path, digest in digests(drive).items():
        groups[digest].append(path)
    kinds = {item.path: item.kind for item in drive.items}
    copies = {PlantedKind.DUPLICATE_COPY, PlantedKind.HARD_LINK}

    for paths in groups.values():
        originals = [path for path in paths if kinds[path] not in copies]
        if kinds[paths[0]] is not PlantedKind.EMPTY:
            assert len(originals) == 1, paths
        if len(paths) == 1:
            assert kinds[paths[0]] is not PlantedKind.DUPLICATE_MASTER


def test_a_hard_link_is_one_file_with_two_names(drive: SampleDrive) -> None:
    (linked,) = drive.of_kind(PlantedKind.HARD_LINK)
    seen = Path(drive.root, linked.path).stat()

    names = [item.path for item, place in files(drive) if place.stat().st_ino == seen.st_ino]

    assert seen.st_nlink == len(names) == 2


def test_copies_lie_beside_their_originals_and_across_departments(drive: SampleDrive) -> None:
    by_digest = defaultdict(set)
    for path, digest in digests(drive).items():
        by_digest[digest].add(PurePosixPath(path))

    beside = across = 0
    for group in by_digest.values():
        tops = {path.parts[0] for path in group}
        across += len(tops) > 1
        beside += len(group) > len({path.parts[:3] for path in group})

    assert beside >= 10
    assert across >= 10


def test_a_held_record_keeps_its_copies_elsewhere_within_reach_of_the_hold(drive: SampleDrive) -> None:
    seen = digests(drive)
    held = {item.path for item in drive.of_kind(PlantedKind.HELD)}
    held_digests = {seen[path] for path in held}

    assert len(held) >= 10
    assert all(path.startswith(tuple(f"{folder}/" for folder in drive.hold_paths)) for path in held)
    assert all(Path(drive.root, path).is_dir() for path in drive.hold_paths)
    assert [path for path in seen if path not in held and seen[path] in held_digests]


def test_an_over_retained_invoice_states_a_tax_point_in_the_year_of_its_folder(
    drive: SampleDrive,
) -> None:
    invoices = [item for item in drive.of_kind(PlantedKind.OVER_RETAINED) if item.path.startswith("Finance/Invoices/")]

    for item in invoices:
        assert item.trigger_on is not None
        year = FinancialYear.holding(item.trigger_on)
        assert item.path.split("/")[2] == year.name
        assert f"Tax point: {in_words(item.trigger_on)}" in words(Path(drive.root, item.path))
        assert year.last_day.replace(year=year.last_day.year + 7) < EARLIEST_AS_OF


def test_what_is_called_over_retained_is_so_from_the_first_day_the_drive_may_be_built_for(
    drive: SampleDrive,
) -> None:
    # years, counted from the end of the financial year, which is never shorter than the schedule's own count
    years = {"FIN-01": 7, "HR-01": 7, "HS-01": 7, "PAY-01": 6, "HOU-01": 6, "PLN-02": 6, "COR-02": 6}
    years |= {"IG-01": 3, "HR-03": 1, "TRN-01": 1, "ICT-01": 1, "ELE-01": 1}

    for item in drive.of_kind(PlantedKind.OVER_RETAINED):
        assert item.trigger_on is not None
        assert item.class_id is not None
        year_end = FinancialYear.holding(item.trigger_on).last_day
        assert year_end.replace(year=year_end.year + years[item.class_id]) < EARLIEST_AS_OF, item.path


def test_over_retained_invoices_reach_back_to_the_oldest_year_and_leave_none_out(drive: SampleDrive) -> None:
    names = {item.path.split("/")[2] for item in drive.items if item.path.startswith("Finance/Invoices/")}

    assert names >= {FinancialYear(start=start).name for start in range(1998, 2016)}


def test_a_file_time_never_contradicts_the_date_in_the_file(drive: SampleDrive) -> None:
    dated = {PlantedKind.OVER_RETAINED, PlantedKind.RECENT, PlantedKind.HELD}
    case_level = {"HOU-01", "HR-01"}  # their clock starts with the case's end, not with each paper

    for item, place in files(drive):
        saved_on = datetime.fromtimestamp(place.stat().st_mtime, UTC).date()
        assert date(1998, 4, 1) <= saved_on <= AS_OF
        if item.kind in dated and item.class_id not in case_level:
            assert item.trigger_on is not None
            assert item.trigger_on <= saved_on <= item.trigger_on + timedelta(days=9), item.path


def test_an_undated_file_carries_no_date_but_that_of_the_server_move(drive: SampleDrive) -> None:
    undated = drive.of_kind(PlantedKind.UNDATED)
    stamps = (b"dcterms:created", b"dcterms:modified")
    saved_on = set()

    for item in undated:
        place = Path(drive.root, item.path)
        saved_on.add(datetime.fromtimestamp(place.stat().st_mtime, UTC).date())
        assert item.trigger_on is None
        if place.suffix == ".docx":
            core = Document(os.fspath(place)).part.package.part_related_by(
                "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
            )
            assert not any(stamp in core.blob for stamp in stamps)

    assert len(undated) >= 10
    assert len(saved_on) == 1


def test_a_document_states_its_own_date_and_not_the_day_of_the_build(drive: SampleDrive) -> None:
    for item in drive.of_kind(PlantedKind.OVER_RETAINED):
        if item.class_id != "HS-01" or item.trigger_on is None:
            continue
        place = Path(drive.root, item.path)
        if place.suffix == ".docx":
            stamped_at = Document(os.fspath(place)).core_properties.modified
            assert stamped_at is not None
            assert stamped_at.date() == item.trigger_on
        if place.suffix == ".pdf":
            with pypdfium2.PdfDocument(place.read_bytes()) as document:
                assert document.get_metadata_dict()["CreationDate"].startswith(f"D:{item.trigger_on:%Y%m%d}")


def test_a_case_file_about_a_person_never_says_when_its_clock_starts(drive: SampleDrive) -> None:
    cases = drive.of_kind(PlantedKind.CASE_FILE)
    starts = (
        "date of birth",
        "dob",
        "born",
        "last contact",
        "closed",
        "left on",
        "ended on",
        "complied",
        "died",
    )

    for item in cases:
        said = words(Path(drive.root, item.path)).casefold()
        assert item.trigger_on is None
        assert not [start for start in starts if start in said or start in item.path.casefold()], item.path

    social_care = {"CSC-01", "CSC-02", "CSC-03", "CSC-04", "EDU-01", "EDU-02", "ASC-01"}
    assert {item.class_id for item in cases} >= social_care
    assert not [
        item
        for item in drive.items
        if item.class_id in social_care and item.kind not in {PlantedKind.CASE_FILE, PlantedKind.DUPLICATE_COPY}
    ]


def test_hostile_names_are_on_the_disk_as_they_were_meant(drive: SampleDrive) -> None:
    names = {item.path.rsplit("/", 1)[-1] for item in drive.of_kind(PlantedKind.HOSTILE_NAME)}

    assert "=cmd|' /C calc'!A0.xlsx" in {item.path for item in drive.items}
    assert any(name.startswith("-") for name in names)
    assert any("\n" in name for name in names)
    assert any("\u202e" in name for name in names)
    assert any("\udce9" in name for name in names)
    assert any(len(name) > 200 for name in names)


def test_links_and_the_pipe_are_what_they_say(drive: SampleDrive) -> None:
    for item in drive.of_kind(PlantedKind.SYMBOLIC_LINK):
        assert Path(drive.root, item.path).is_symlink()
    (pipe,) = drive.of_kind(PlantedKind.PIPE)

    assert stat.S_ISFIFO(Path(drive.root, pipe.path).lstat().st_mode)


def test_no_link_leads_off_the_drive(drive: SampleDrive) -> None:
    root = Path(drive.root).resolve()

    for item in drive.of_kind(PlantedKind.SYMBOLIC_LINK):
        target = Path(drive.root, item.path).resolve()
        assert target == root or root in target.parents


def test_a_folder_with_anything_in_it_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "minutes.txt").write_text("the only copy")

    with pytest.raises(SampleDriveError, match=r"is not empty. Nothing was written.") as refused:
        build_sample_drive(tmp_path, as_of=AS_OF)

    assert refused.value.root == str(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["minutes.txt"]
    assert (tmp_path / "minutes.txt").read_text() == "the only copy"


def test_a_folder_holding_only_a_dangling_link_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "Finance").symlink_to(tmp_path / "nowhere")

    with pytest.raises(SampleDriveError, match="is not empty"):
        build_sample_drive(tmp_path, as_of=AS_OF)


def test_a_file_in_the_place_of_the_drive_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "drive"
    place.write_text("the only copy")

    with pytest.raises(SampleDriveError, match=r"cannot be used as a folder.*Nothing was written"):
        build_sample_drive(place, as_of=AS_OF)

    assert place.read_text() == "the only copy"


def test_a_day_on_which_the_story_is_not_true_yet_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(SampleDriveError, match=r"not old enough.*Nothing was written.*2024-04-01"):
        build_sample_drive(tmp_path / "drive", as_of=EARLIEST_AS_OF - timedelta(days=1))

    assert not (tmp_path / "drive").exists()


def test_a_disk_that_refuses_half_way_is_reported_with_what_was_left_there(tmp_path: Path) -> None:
    # so deep a place that its folders just fit into what the system takes (PATH_MAX), and its files do not
    deep = tmp_path
    while (room := 4036 - len(os.fsencode(deep))) > 1:
        deep /= "d" * (room - 1 if room <= 200 else 100)

    with pytest.raises(SampleDriveError, match=r"The drive is not complete; \d+ files of it are in") as stopped:
        build_sample_drive(deep, as_of=AS_OF)

    assert isinstance(stopped.value.__cause__, OSError)


@settings(max_examples=15, deadline=None)
@example(seed=2825, as_of=EARLIEST_AS_OF)  # two councillors of one name
@example(seed=1071, as_of=EARLIEST_AS_OF)  # a locked invoice and another of its number
@given(seed=st.integers(), as_of=st.dates(min_value=EARLIEST_AS_OF, max_value=date(2090, 12, 31)))
def test_on_no_day_and_for_no_seed_do_two_things_share_a_name_or_anything_lie_in_the_future(
    seed: int, as_of: date
) -> None:
    planned = plan_drive(Setting(as_of=as_of, chance=Chance(seed=seed)))
    paths = [thing.path for thing in planned]
    dates = [
        day for thing in planned if isinstance(thing, PlannedFile) for day in (thing.trigger_on, thing.modified_on)
    ]

    assert len(set(paths)) == len(paths)
    assert not set(paths) & set(folders_of(paths))
    assert all(day <= as_of for day in dates if day is not None)
