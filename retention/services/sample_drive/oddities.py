"""What breaks careless programs: damaged and locked files, hostile and foreign names, links, a pipe."""

from collections.abc import Iterator
from datetime import date

from retention.services.sample_drive.finance import FIN, invoice
from retention.services.sample_drive.invented import SUPPLIERS
from retention.services.sample_drive.papers import Paper, rendered
from retention.services.sample_drive.plans import Planned, PlannedFile, PlannedLink, PlannedPipe, filed
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting, in_words

_FLOPPY = "Office Move/Floppy Disks"
_LOST = "left-with-Gerry"
_LONG = "Summary of everything " * 10

# each is a whole path, so that some of the traps lie in folders and one at the very root
_HOSTILE = (
    (f"{_FLOPPY}/-rf.txt", "a leading dash reads as an option"),
    (f"{_FLOPPY}/Two\nlines.txt", "a line break in the name"),
    (f"{_FLOPPY}/Plan \u202efdp.txt", "a mark that turns the writing round, so that the suffix is misread"),
    (f"{_FLOPPY}/R\udce9sum\udce9 \udcbd.txt", "bytes that are not UTF-8, from an old Windows disk"),
    (f"{_FLOPPY}/\udcff\udcfe/inside.txt", "a folder whose name is not UTF-8"),
    (f"{_FLOPPY}/{_LONG.strip()}.docx", "over 200 characters"),
    ("=cmd|' /C calc'!A0.xlsx", "a formula to a spreadsheet that lists paths; half of it is a folder"),
    (f"{_FLOPPY}/@SUM(1+1).csv", "a formula to a spreadsheet that lists names"),
    (f"{_FLOPPY}/$(touch gone); rm -rf ~.txt", "a command to a careless shell"),
    (f"{_FLOPPY}/<img src=x onerror=alert(1)>.txt", "a script to a careless page"),
    (f"{_FLOPPY}/Caf\u00e9.txt", "an accented letter as one character"),
    (f"{_FLOPPY}/Cafe\u0301.txt", "the same name to the eye, the accent a character of its own"),
    (f"{_FLOPPY}/Said 'no', \"yes\" & 100%.txt", "quotation marks and a per cent sign"),
    (f"{_FLOPPY}/bell\a and \x1b[31mred.txt", "codes that drive a terminal"),
    (f"{_FLOPPY}/trailing space .txt ", "a space at the end"),
    (f"{_FLOPPY}/CON.txt", "a name Windows keeps for a device"),
)


def plan_oddities(setting: Setting) -> Iterator[Planned]:
    """Yield what tests a scanner, a report and a shell rather than a schedule."""
    yield from _broken(setting)
    yield from _encrypted(setting)
    yield from _hostile(setting)
    yield from _links()
    yield PlannedPipe(path="ICT/Logs/syslog.pipe", note="a named pipe: whoever reads it waits for ever")


def _broken(setting: Setting) -> Iterator[PlannedFile]:
    day = date(2007, 9, 12)
    bill = invoice(SUPPLIERS[0], "PS07000", day, quantity=4, order="PO-4104999")
    notes = Paper(title="Risk assessment: boiler room", lines=("Risk assessment of the boiler room",), dated_on=day)
    pdf, docx, xlsx = (rendered(name, bill) for name in ("a.pdf", "a.docx", "a.xlsx"))
    damaged = (
        (
            "Finance/Invoices/2007-08/INV PS07000 Pellwether Scaffolding.pdf",
            pdf[: len(pdf) // 3],
            FIN,
            "cut short",
        ),
        (
            "Finance/Invoices/2007-08/INV PS07000 Pellwether Scaffolding.docx",
            docx[: len(docx) // 2],
            FIN,
            "cut short",
        ),
        (
            "Finance/Budgets/2007-08/Budget monitoring final.xlsx",
            _scrambled(xlsx),
            FIN,
            "its middle overwritten",
        ),
        (
            "HR/Health and Safety/Risk Assessments/2007/RA-099 Boiler room.docx",
            b"\x00" * 4096,
            "HS-01",
            "all zeros",
        ),
        (
            "HR/Health and Safety/Risk Assessments/2007/RA-098 Boiler house.pdf",
            rendered("a.docx", notes)[:9000],
            "HS-01",
            "half a DOCX under the name of a PDF",
        ),
    )
    for path, content, class_id, harm in damaged:
        yield PlannedFile(
            path=path,
            kind=PlantedKind.BROKEN,
            content=content,
            modified_on=setting.saved_after(day, path),
            class_id=class_id,
            trigger_on=day,
            note=f"cannot be opened: {harm}",
        )


def _scrambled(whole: bytes) -> bytes:
    third = len(whole) // 3
    return whole[:third] + b"\xfe" * third + b"\x00" * (len(whole) - 2 * third)


def _encrypted(setting: Setting) -> Iterator[PlannedFile]:
    for path, class_id, day in (
        ("Finance/Invoices/2009-10/INV QP09000 Quillfen Printers.pdf", FIN, date(2009, 11, 4)),
        ("HR/Payroll/Timesheets/2010-11/Timesheet locked.pdf", "PAY-01", date(2010, 7, 20)),
    ):
        yield filed(
            setting,
            path,
            Paper(title="Private", lines=(f"Dated {in_words(day)}",), dated_on=day, password=_LOST),
            kind=PlantedKind.ENCRYPTED,
            class_id=class_id,
            trigger_on=day,
            note="needs a password that nobody has",
        )


def _hostile(setting: Setting) -> Iterator[PlannedFile]:
    for number, (path, trap) in enumerate(_HOSTILE):
        yield filed(
            setting,
            path,
            Paper(
                title=f"Odd name {number + 1}",
                lines=("The name is the only odd thing here.",),
                rows=(("odd", "name"),),
            ),
            kind=PlantedKind.HOSTILE_NAME,
            note=f"hostile name: {trap}",
        )


def _links() -> Iterator[PlannedLink]:
    yield PlannedLink(
        path="Office Move/Invoices 2009-10",
        target="../Finance/Invoices/2009-10",
        note="a link to a folder: following it would count everything there twice",
    )
    yield PlannedLink(path="Office Move/Everything", target="..", note="a link to the drive itself: a loop")
    yield PlannedLink(path="Old Shared Drive/Gone.docx", target="Server 2/Gone.docx", note="a link to nothing")
