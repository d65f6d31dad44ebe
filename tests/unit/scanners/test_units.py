"""What is one thing to a person is one thing to the product: no half of it is disposed of alone."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from scanners.crawling import FileRow, FolderListing, Unit, UnitKind, units_of, units_of_listings


def the_units(*folders: tuple[str, Sequence[str]]) -> list[tuple[UnitKind, str, tuple[str, ...], tuple[str, ...]]]:
    return [(unit.kind, unit.head, unit.members, unit.folders) for unit in units_of(folders)]


def test_a_saved_page_takes_its_folder_with_it() -> None:
    found = the_units(
        ("", ["other.htm"]),
        ("web", ["News.htm", "Report.html", "alone.htm"]),
        ("web/News-Dateien", ["a.gif"]),
        ("web/News-Dateien/deeper", ["b.htm"]),
        ("web/News-Dateien/deeper/b_files", ["c.gif"]),
        ("web/Report_files", ["b.gif"]),
        ("web/other_files", []),
    )

    assert found == [
        (UnitKind.WEB_PAGE, "web/News.htm", (), ("web/News-Dateien",)),
        (UnitKind.WEB_PAGE, "web/Report.html", (), ("web/Report_files",)),
    ]


def test_a_folder_that_two_pages_may_claim_ties_both() -> None:
    assert the_units(("", ["p.htm", "p.html"]), ("p.files", [])) == [
        (UnitKind.WEB_PAGE, "p.htm", ("p.html",), ("p.files",))
    ]


def test_the_sections_of_a_notebook_stay_together_over_its_folders() -> None:
    found = the_units(
        ("Team", ["Open Notebook.onetoc2", "A.one", "Minutes.docx"]),
        ("Team/Group", ["Group.onetoc2", "B.one"]),
        ("Team/OneNote_RecycleBin", ["Deleted.one", "OneNote_RecycleBin.onetoc2"]),
        ("Other", ["Lonely.onetoc2"]),
    )

    assert found == [
        (
            UnitKind.NOTEBOOK,
            "Team/Open Notebook.onetoc2",
            ("Team/A.one", "Team/Group/B.one", "Team/Group/Group.onetoc2"),
            ("Team/OneNote_RecycleBin",),
        )
    ]


def test_a_map_layer_is_all_of_its_parts_and_no_other_file() -> None:
    assert the_units(
        ("", ["WARDS.dbf", "wards.shp", "wards.shp.xml", "wards.SHX", "wards.prj", "wards.pdf", "x.dbf"])
    ) == [(UnitKind.MAP, "wards.shp", ("WARDS.dbf", "wards.SHX", "wards.prj", "wards.shp.xml"), ())]


def test_the_parts_of_an_archive_are_no_use_alone() -> None:
    found = the_units(
        ("1", ["a.zip.001", "a.zip.002", "a.zip.003"]),
        ("2", ["b.z01", "b.z02", "b.zip"]),
        ("3", ["c.part1.rar", "c.part10.rar", "c.part2.rar"]),
        ("4", ["d.r00", "d.r01", "d.rar", "d.s00"]),
        ("5", ["alone.zip", "alone.part1.rar", "scan.001", "scan.002", "e.zip.001"]),
    )

    assert found == [
        (UnitKind.SPLIT_ARCHIVE, "1/a.zip.001", ("1/a.zip.002", "1/a.zip.003"), ()),
        (UnitKind.SPLIT_ARCHIVE, "2/b.zip", ("2/b.z01", "2/b.z02"), ()),
        (UnitKind.SPLIT_ARCHIVE, "3/c.part1.rar", ("3/c.part10.rar", "3/c.part2.rar"), ()),
        (UnitKind.SPLIT_ARCHIVE, "4/d.rar", ("4/d.r00", "4/d.r01", "4/d.s00"), ()),
    ]


def test_what_a_program_keeps_beside_a_document_goes_with_it() -> None:
    assert the_units(("", ["._Minutes.docx", "Minutes.docx", "db.ldb", "db.mdb", "~$Minutes.docx", "._gone.txt"])) == [
        (UnitKind.COMPANION, "Minutes.docx", ("._Minutes.docx", "~$Minutes.docx"), ()),
        (UnitKind.COMPANION, "db.mdb", ("db.ldb",), ()),
    ]


def test_a_companion_of_a_part_joins_the_unit_of_the_part() -> None:
    assert the_units(("", ["._m.dbf", "._m.shp", "m.dbf", "m.shp"])) == [
        (UnitKind.MAP, "m.shp", ("._m.dbf", "._m.shp", "m.dbf"), ())
    ]


def test_a_unit_says_what_it_is() -> None:
    unit = Unit(kind=UnitKind.MAP, head="gis/wards.shp")

    assert unit.words == "belongs to gis/wards.shp: the parts of one map layer (shapefile); dispose of together"


def test_a_folder_that_comes_in_parts_is_grouped_as_one() -> None:
    def row(path: str) -> FileRow:
        return FileRow(path, 0, 0, 1, 1, 1, 0, 0)

    listings = [
        FolderListing(path="d", entries=(row("d/a.dbf"),)),
        FolderListing(path="d", entries=(row("d/a.shp"),), is_first=False),
    ]

    assert [(unit.head, unit.members) for unit in units_of_listings(listings)] == [("d/a.shp", ("d/a.dbf",))]


NAMES = st.sampled_from(
    [
        *("a.htm", "a.html", "A.shp", "a.dbf", "a.zip", "a.z01", "a.zip.001", "a.zip.002", "a.rar", "a.r00"),
        *("a.part1.rar", "a.part2.rar", "._a.htm", "._._a.htm", "._a.z01", "~$a.docx", "a.docx", "a.mdb", "a.ldb"),
        *("x.onetoc2", "x.one"),
    ]
)
FOLDERS = st.sampled_from(["", "a_files", "a_files/b", "a-Dateien", "b", "b/a.files", "OneNote_RecycleBin"])


@given(st.dictionaries(FOLDERS, st.lists(NAMES, unique=True), min_size=1))
def test_no_file_is_in_two_units(tree: dict[str, list[str]]) -> None:
    folders = sorted(tree.items(), key=lambda item: item[0].split("/"))

    units = list(units_of(folders))

    members = [path for unit in units for path in (unit.head, *unit.members)]
    every_path = {f"{folder}/{name}" if folder else name for folder, names in folders for name in names}
    assert len(members) == len(set(members))
    assert set(members) <= every_path
    assert not [path for path in members for unit in units for folder in unit.folders if path.startswith(folder + "/")]
