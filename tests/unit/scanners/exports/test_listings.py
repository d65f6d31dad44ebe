r"""What people print on a command line when they have nothing else: robocopy, dir, ls, and PowerShell's Export-Csv."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.exports.errors import ExportError, NotAnExportError
from scanners.exports.record import RecordKind
from scanners.exports.tables.listings import dir_lines, ls_lines, robocopy_lines

Taker = Callable[..., Any]

RULE = "-" * 79
LOG = f"""
{RULE}
   ROBOCOPY     ::     Robust File Copy for Windows
{RULE}

  Started : 12 March 2021 10:15:30
   Source : \\\\fs01\\finance\\
     Dest : C:\\nowhere\\

    Files : *.*
\t
  Options : *.* /V /TS /FP /S /E /L /BYTES /DCOPY:DA /COPY:DAT /NP /R:0 /W:0\x20

{RULE}

\t                   2\t\\\\fs01\\finance\\
\t    New File  \t\t     123 2012/03/04 23:15:22\t\\\\fs01\\finance\\a 1.txt
\t      same\t\t 4567890 2013/07/30 10:00:00\t\\\\fs01\\finance\\rate 100%
\t*EXTRA File \t\t      12 2020/01/01 10:00:00\tC:\\nowhere\\old.txt
2021/03/12 10:15:31 ERROR 5 (0x00000005) Accessing Source Directory \\\\fs01\\finance\\Secret\\
Access is denied.

\t  New Dir          1\t\\\\fs01\\finance\\Invoices\\
\t    New File  \t\t       0 2014/01/02 03:04:05\t\\\\fs01\\finance\\Invoices\\empty.docx

{RULE}

               Total    Copied   Skipped  Mismatch    FAILED    Extras
    Dirs :         2         1         1         0         0         0
   Bytes :   4568013   4568013         0         0         0         0
   Ended : 12 March 2021 10:15:31
""".replace("\n", "\r\n")


def test_a_robocopy_list_gives_every_source_file_and_nothing_of_the_destination(take_text: Taker) -> None:
    found = take_text(LOG, name="log.txt", zone="UTC")

    files = [record for record in found.records if record.kind is RecordKind.FILE]
    assert [record.original_location for record in files] == [
        "\\\\fs01\\finance\\a 1.txt",
        "\\\\fs01\\finance\\rate 100%",
        "\\\\fs01\\finance\\Invoices\\empty.docx",
    ]
    assert [record.size_bytes for record in files] == [123, 4567890, 0]
    assert files[0].modified.at == datetime(2012, 3, 4, 23, 15, 22, tzinfo=UTC)
    assert sum(record.kind is RecordKind.FOLDER for record in found.records) == 2
    assert found.account.refused_rows == {robocopy_lines.ANOMALY: 1, robocopy_lines.UNREADABLE: 1}
    assert found.reader.description.form == "list of files by robocopy /L"
    assert found.target_of("Path") == "original_location"
    assert any("said to be UTC" in line for line in found.lines)


def test_robocopys_times_mean_nothing_until_a_zone_is_declared(take_text: Taker) -> None:
    found = take_text(LOG, name="log.txt")

    assert all(record.modified is None or record.modified.at is None for record in found.records)
    assert "no time zone" in found.refusal_of("Modified")


def test_a_robocopy_list_without_frame_and_with_short_names_is_read_in_any_language(take_text: Taker) -> None:
    text = (
        "\t                   1\tP:\\\n\t    Neue Datei \t\t  18.0 m\tgr\xf6\xdfe.txt\n"
        "\t  Neues Verz.      1\tP:\\sub\\\n\t  Alter\t\t   7\tb.txt\n"
    )

    found = take_text(text.encode("cp850"), name="log.txt")

    assert [record.original_location for record in found.records] == [
        "P:\\",
        "P:\\größe.txt",
        "P:\\sub",
        "P:\\sub\\b.txt",
    ]
    assert found.records[1].size_bytes is None
    assert any("rounded" in anomaly for anomaly in found.account.anomalies)
    assert any("code page 850" in note for note in found.account.notes)


def test_a_list_of_differences_only_is_said_to_be_one(take_text: Taker) -> None:
    found = take_text(LOG.replace("/V ", ""), name="log.txt", zone="UTC")

    assert robocopy_lines.SHORT_LIST in found.account.notes


def test_progress_behind_a_name_is_not_made_part_of_it(take_text: Taker) -> None:
    text = "\t                   1\tP:\\\n\t    New File  \t\t      15\tfile1.txt  0.0% 100%\n\n"

    found = take_text(text, name="log.txt")

    assert found.account.refused_rows == {robocopy_lines.PROGRESS: 1}


BRITISH = """ Volume in drive P is Data
 Volume Serial Number is 1234-ABCD

 Directory of P:\\

30/06/2012  10:15             12345 a.txt
04/03/2012  10:15    <DIR>          Invoices
               1 File(s)          12345 bytes

 Directory of P:\\Invoices

04/03/2012  10:15    <DIR>          .
04/03/2012  10:15    <DIR>          ..
04/03/2012  23:15                 7 2012 report.txt
                                 26 2012 report.txt:Zone.Identifier:$DATA
05/03/2012  09:00    <JUNCTION>     Elsewhere [D:\\Real place]
06/03/2012  09:00              (99) archived.doc
               2 File(s)              7 bytes

     Total Files Listed:
               3 File(s)          12352 bytes
               4 Dir(s)  1234567890 bytes free
"""


def test_a_british_dir_listing_is_day_first_because_one_of_its_dates_proves_it(take_text: Taker) -> None:
    found = take_text(BRITISH.replace("\n", "\r\n"), name="dir.txt", zone="Europe/London")

    by_path = {record.original_location: record for record in found.records}
    report = by_path["P:\\Invoices\\2012 report.txt"]
    assert report.size_bytes == 7
    assert report.modified.at == datetime(2012, 3, 4, 23, 15, tzinfo=UTC)
    assert by_path["P:\\Invoices\\archived.doc"].size_bytes == 99
    assert by_path["P:\\Invoices\\Elsewhere"].kind is RecordKind.SHORTCUT
    assert by_path["P:\\Invoices"].kind is RecordKind.FOLDER
    assert len(by_path) == 5
    assert not found.account.refused_rows
    assert dir_lines.DIFFERING_COUNT not in found.account.notes


def test_an_american_dir_listing_is_month_first_by_proof(take_text: Taker) -> None:
    text = BRITISH.replace("30/06/2012  10:15", "06/30/2012  10:15 PM").replace("  23:15  ", "  11:15 PM  ")

    found = take_text(text.replace("  10:15  ", "  10:15 AM  ").replace("12345 a", "12,345 a"), zone="America/New_York")

    first = found.records[0]
    assert first.size_bytes == 12345
    assert first.modified.at == datetime(2012, 7, 1, 2, 15, tzinfo=UTC)


def test_dates_that_prove_no_order_are_refused(take_text: Taker) -> None:
    found = take_text(BRITISH.replace("30/06", "03/06"), name="dir.txt", zone="Europe/London")

    assert "two ways" in found.refusal_of("Modified")
    assert all(record.modified.at is None for record in found.records)


def test_owner_and_short_name_columns_are_not_taken_for_the_beginning_of_names(take_text: Taker) -> None:
    text = """ Directory of P:\\Invoices

30/06/2012  10:15    <DIR>                       BUILTIN\\Administrators .
04/03/2012  10:15    <DIR>                       ...                    ..
04/03/2012  10:15                 7 REPORT~1.TXT NT SERVICE\\TrustedInstareport of today.txt
04/03/2012  10:15                 8              COUNCIL\\Rita Rees      a b.txt
"""
    found = take_text(text, name="dir.txt", zone="UTC")

    one, two = found.records
    assert one.original_location == "P:\\Invoices\\report of today.txt"
    assert one.extra_fields["Short name"] == "REPORT~1.TXT"
    assert one.extra_fields["Owner"] == "NT SERVICE\\TrustedInsta"
    assert (two.name, two.extra_fields["Owner"]) == ("a b.txt", "COUNCIL\\Rita Rees")
    assert two.created_by is None  # an owner is no author


@pytest.mark.parametrize(
    ("middle", "extra"), [("REPORT~1.TXT ", "Short name"), ("COUNCIL\\Rita Rees      ", "Owner"), ("", "")]
)
def test_each_layout_is_told_by_the_folders_own_line(take_text: Taker, middle: str, extra: str) -> None:
    text = f""" Directory of P:\\x

30/06/2012  10:15    <DIR>          {" " * len(middle)}.
04/03/2012  10:15                 7 {middle}report of today.txt
"""
    record = take_text(text, name="dir.txt", zone="UTC").only

    assert record.name == "report of today.txt"
    assert record.extra_fields.get(extra, "") == middle.strip()


@pytest.mark.parametrize("middle", ["             ", "COUNCIL\\Rita Rees      "])
def test_a_listing_that_does_not_show_where_names_begin_is_refused(take_text: Taker, middle: str) -> None:
    text = f" Directory of P:\\x\n\n30/06/2012  10:15                 7 {middle}report.txt\n"

    with pytest.raises(NotAnExportError, match="where names begin"):
        take_text(text, name="dir.txt", zone="UTC")


def test_a_listing_that_lost_lines_says_so(take_text: Taker) -> None:
    found = take_text(BRITISH.replace("06/03/2012  09:00              (99) archived.doc\n", ""), zone="UTC")

    assert dir_lines.DIFFERING_COUNT in found.account.notes


def test_a_line_that_no_dir_prints_is_refused_and_the_rest_is_read(take_text: Taker) -> None:
    found = take_text(BRITISH.replace("05/03/2012  09:00    <JUNCTION>", "what is this <JUNCTION>"), zone="UTC")

    assert found.account.refused_rows.total() == 1
    assert len(found.records) == 4


LS = """/srv/share:
total 24
drwxr-xr-x  3 rita staff 4096 2012-03-04 10:15:22.123456789 +0000 .
drwxr-xr-x 12 root root  4096 2012-03-04 10:15:22.123456789 +0000 ..
-rw-r--r--  1 rita staff  123 2012-07-04 00:30:00.000000000 +0100 a  file.txt
lrwxrwxrwx  1 rita staff    5 2012-03-04 10:15:22.000000000 +0000 link -> a file.txt
prw-r--r--  1 rita staff    0 2012-03-04 10:15:22.000000000 +0000 pipe
drwxr-xr-x  2 rita staff 4096 2012-03-04 10:15:22.000000000 +0000 Invoices

/srv/share/Invoices:
total 0
-rw-r--r--+ 1 COUNCIL\\rita domain users 9 2012-03-04 10:15:22.000000000 +0000 b:
"""


def test_ls_states_its_zone_so_its_times_are_certain(take_text: Taker) -> None:
    found = take_text(LS, name="ls.txt")

    by_path = {record.original_location: record for record in found.records}
    assert set(by_path) == {
        *("/srv/share/a  file.txt", "/srv/share/link", "/srv/share/Invoices", "/srv/share/Invoices/b:")
    }
    assert by_path["/srv/share/a  file.txt"].modified.at == datetime(2012, 7, 3, 23, 30, tzinfo=UTC)
    assert by_path["/srv/share/link"].kind is RecordKind.SHORTCUT
    assert by_path["/srv/share/Invoices/b:"].extra_fields["Owner"] == "COUNCIL\\rita domain users"
    assert found.account.refused_rows == {ls_lines.NOT_A_FILE: 1}


def test_a_name_with_a_line_break_is_not_cut_short(take_text: Taker) -> None:
    found = take_text(LS.replace("a  file.txt\nl", "a  fi\nle.txt\nl"), name="ls.txt")

    assert found.account.refused_rows[ls_lines.BROKEN_NAME] == 1
    assert not any(record.name.startswith("a ") for record in found.records)


def test_what_ls_could_not_read_is_counted(take_text: Taker) -> None:
    found = take_text("ls: cannot open directory '/srv/x': Permission denied\n" + LS, name="ls.txt")

    assert found.account.refused_rows[ls_lines.UNREADABLE] == 1
    assert len(found.records) == 4


def test_a_relative_listing_begins_below_its_folder(take_text: Taker) -> None:
    text = (
        ".:\ntotal 4\n-rw-r--r-- 1 r s 1 2012-03-04 10:15 a\n\n./b:\ntotal 4\n-rw-r--r-- 1 r s 1 2012-03-04 10:15 c\n"
    )

    found = take_text(text, name="ls.txt", zone="Europe/London")

    assert [record.original_location for record in found.records] == ["a", "b/c"]
    assert found.records[0].modified.at == datetime(2012, 3, 4, 10, 15, tzinfo=UTC)


def test_dates_without_a_year_are_refused_with_what_to_do(take_text: Taker) -> None:
    with pytest.raises(NotAnExportError, match="full-iso"):
        take_text(".:\ntotal 4\n-rw-r--r-- 1 rita staff 1 Mar  4 10:15 a\n", name="ls.txt")


CHILDREN = (
    "#TYPE System.IO.FileInfo\r\n"
    '"PSPath","PSParentPath","PSChildName","PSDrive","PSProvider","PSIsContainer","Mode","VersionInfo","BaseName",'
    '"Target","LinkType","Name","Length","DirectoryName","Directory","IsReadOnly","Exists","FullName","Extension",'
    '"CreationTime","CreationTimeUtc","LastAccessTime","LastAccessTimeUtc","LastWriteTime","LastWriteTimeUtc",'
    '"Attributes"\r\n'
    '"Microsoft.PowerShell.Core\\FileSystem::P:\\a.txt","Microsoft.PowerShell.Core\\FileSystem::P:\\","a.txt","P",'
    '"Microsoft.PowerShell.Core\\FileSystem","False","-a----","File: P:\\a.txt","a",'
    '"System.Collections.Generic.List`1[System.String]","","a.txt","1234","P:\\","P:\\","False","True","P:\\a.txt",'
    '".txt","30/06/2012 10:15:22","30/06/2012 09:15:22","01/07/2012 10:00:00","01/07/2012 09:00:00",'
    '"30/06/2012 10:15:22","30/06/2012 09:15:22","Archive"\r\n'
)


@pytest.mark.parametrize("zone", [None, "Europe/London"])
def test_all_that_get_childitem_exports_is_read_and_its_utc_is_utc(take_text: Taker, zone: str | None) -> None:
    found = take_text(CHILDREN, zone=zone)

    record = found.only
    assert found.reader.description.form == "Get-ChildItem list"
    assert (record.original_location, record.size_bytes, record.kind) == ("P:\\a.txt", 1234, RecordKind.FILE)
    assert record.modified.at == datetime(2012, 6, 30, 9, 15, 22, tzinfo=UTC)
    assert record.modified.assumed_zone == "UTC"
    assert record.created.at == record.modified.at


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_listing_is_refused_in_words_or_accounted(take_text: Taker, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from((LOG, BRITISH, LS)))
    at = data.draw(st.integers(0, len(text)))
    junk = data.draw(st.text(max_size=20))
    length = data.draw(st.integers(0, 200))

    try:
        take_text((text[:at] + junk + text[at + length :]).encode("utf-8", "replace"), name="x.txt")
    except ExportError:
        return


@pytest.mark.parametrize("hostile", ["\t" + " " * 65_000 + "x\tn", "5%" + " " * 65_000 + "x", "1 " + " " * 65_000, "-"])
def test_a_line_of_blanks_costs_nothing(take_text: Taker, hostile: str) -> None:
    for text in (LOG, BRITISH, LS):
        middle = len(text) // 2
        at = text.index("\n", middle) + 1
        take_text(text[:at] + hostile + "\n" + text[at:], name="x.txt")
