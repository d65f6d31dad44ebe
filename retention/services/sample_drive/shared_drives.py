"""Old Shared Drive and Office Move: what every council has, and nobody owns.

Files without a class, files with two, residue of programs and files with nothing in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from retention.services.sample_drive.papers import Paper
from retention.services.sample_drive.plans import PlannedFile, filed
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting, in_words

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_LOCK = b"\x09Reception" + b"\x20" * 152

_NAMELESS = (
    (
        "Office Move/Cupboard 3/scan0001.pdf",
        "Page 1",
        "Blue one, two of these, and the tall one from upstairs.",
    ),
    ("Office Move/Cupboard 3/scan0002.pdf", "Page 2", "See the other page."),
    ("Office Move/Cupboard 3/IMG list.txt", "IMG list", "4410 sideways, 4411 blurred, 4412 good"),
    ("Office Move/Cupboard 3/Box 14.docx", "Box 14", "Lever arch, red. Lever arch, green. Nothing in it."),
    ("Office Move/Window side/Stuff.docx", "Stuff", "Things to bring on Monday."),
    ("Office Move/Window side/For Gerry.docx", "For Gerry", "As promised. Ring me when you have read it."),
    ("Office Move/Window side/Untidy.xlsx", "Untidy", "one, two, three"),
    ("Office Move/Window side/Who sits where.xlsx", "Who sits where", "Window, wall, door, middle"),
    ("Office Move/Window side/Last page.pdf", "Last page", "and so we all agreed in the end."),
    ("Office Move/abc.txt", "abc", "abc"),
    ("Office Move/Quiz.docx", "Quiz", "Round one: capital cities. Round two: rivers."),
    ("Office Move/Thing from the lift.pdf", "Thing from the lift", "Found on the floor. Whose is it?"),
    ("Office Move/z.csv", "z", "1;2;3"),
)

_RESIDUE = (
    ("Finance/Invoices/2008-09/Thumbs.db", _OLE + bytes(504)),
    ("Housing/Tenancies/Thumbs.db", _OLE + bytes(1016)),
    ("Planning/Planning Applications/2009/Thumbs.db", _OLE + bytes(760)),
    ("Finance/Budgets/2010-11/~$dget monitoring 2010-11.xlsx", _LOCK),
    ("HR/Personnel/~$aver form.docx", _LOCK + b"\x00"),
    ("Democratic Services/.DS_Store", b"\x00\x00\x00\x01Bud1" + bytes(248)),
    ("Office Move/.DS_Store", b"\x00\x00\x00\x01Bud1" + bytes(504)),
    ("Office Move/desktop.ini", b"[.ShellClassInfo]\r\nIconIndex=3\r\n"),
    ("Old Shared Drive/~WRL0003.tmp", _OLE + bytes(120)),
    ("Old Shared Drive/Setup/label_printer_driver.msi", _OLE + bytes(2040)),
    ("Old Shared Drive/Setup/dial-up.exe", b"MZ" + bytes(1022)),
    ("Old Shared Drive/Party/conga.mp3", b"ID3\x03\x00\x00\x00\x00\x00\x00" + bytes(2038)),
    (
        "Old Shared Drive/Shortcut to printer.lnk",
        bytes.fromhex("4c0000000114020000000000c000000000000046") + bytes(56),
    ),
)

_EMPTY = (
    "Office Move/New Text Document.txt",
    "Office Move/New Microsoft Word Document.docx",
    "Housing/Team Meetings/2012/Team meeting notes.docx",
    "Finance/Invoices/2011-12/INV 0000.pdf",
    "Planning/Representations/2010/Objection.txt",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Torn:
    """A file that two classes claim with equal right."""

    path: str
    lines: tuple[str, ...]
    year: int
    claims: str


_CONFLICTS = (
    _Torn(
        path="Adult Social Care/Direct Payments/Invoices/2011-12/Financial assessment with invoice 20417.pdf",
        lines=(
            "Financial assessment for care",
            "Invoice number: 20417",
            "Care and support plan attached, cost centre 4410",
        ),
        year=2011,
        claims="ASC-01 and FIN-01",
    ),
    _Torn(
        path="Old Shared Drive/Insurance Claims/Accidents/Accident report and letter of claim.docx",
        lines=(
            "Accident report form: the person injured fell on wet steps",
            "Letter of claim received, public liability",
        ),
        year=2010,
        claims="HS-01 and FIN-02",
    ),
    _Torn(
        path="Planning/Planning Applications/Building Control/Decision notice and completion certificate.pdf",
        lines=(
            "Town and Country Planning Act 1990: planning permission is hereby granted",
            "Building regulations approval and completion certificate",
        ),
        year=2008,
        claims="PLN-01 and BLD-01",
    ),
    _Torn(
        path="Democratic Services/FOI/Complaints/FOI-0871 and SAR-0122 joint response.docx",
        lines=(
            "Freedom of Information Act 2000: an exemption applies",
            "Subject access request: right of access, stage two complaint",
        ),
        year=2012,
        claims="IG-01 and IG-02",
    ),
    _Torn(
        path="Housing/Rent Arrears/Housing Benefit/Arrears letter and benefit overpayment.docx",
        lines=(
            "Rent arrears on the account, notice seeking possession",
            "Housing benefit overpayment and single person discount",
        ),
        year=2009,
        claims="HOU-01 and REV-01",
    ),
    _Torn(
        path="Finance/Tenders and Contracts/Tender and contract for kerbs.docx",
        lines=(
            "Invitation to tender and tender evaluation",
            "Terms and conditions of contract, service level agreement",
        ),
        year=2007,
        claims="PRC-01 and PRC-02",
    ),
    _Torn(
        path="Children's Services/Child Protection/SEND/Core group and EHCP annual review.docx",
        lines=(
            "Child protection plan and core group",
            "Education health and care plan, EHC needs assessment",
        ),
        year=2014,
        claims="CSC-03 and EDU-01",
    ),
    _Torn(
        path="Office Move/Security Incidents/Logs/Breach report with call recording list.xlsx",
        lines=(
            "Personal data breach reported by subject access request: access log enclosed",
            "Call recording list from the service desk",
        ),
        year=2013,
        claims="ICT-01 and IG-02",
    ),
    _Torn(
        path="Democratic Services/Cabinet Reports/Budgets/Report to Cabinet on budget monitoring.docx",
        lines=("Report to cabinet with background papers", "Budget monitoring by cost centre"),
        year=2012,
        claims="DEM-02 and FIN-01",
    ),
    _Torn(
        path="Old Shared Drive/Licensing/Food Safety/Premises licence and hygiene inspection report.pdf",
        lines=(
            "Premises licence and designated premises supervisor",
            "Food hygiene inspection, duty of care waste transfer note",
        ),
        year=2006,
        claims="REG-01 and REG-02",
    ),
)


def plan_shared_drives(setting: Setting) -> Iterator[PlannedFile]:
    """Yield what lies on the Old Shared Drive and in Office Move, and its like in the departments."""
    yield from _without_class(setting)
    yield from _with_two_classes(setting)
    yield from _residue(setting)
    yield from _empty(setting)


def _without_class(setting: Setting) -> Iterator[PlannedFile]:
    for path, title, line in _NAMELESS:
        yield filed(
            setting,
            path,
            Paper(title=title, lines=(line,), rows=((line,),)),
            kind=PlantedKind.UNCLASSIFIABLE,
            note="nothing in folder, name or text says what this is",
        )


def _with_two_classes(setting: Setting) -> Iterator[PlannedFile]:
    for torn in _CONFLICTS:
        day = setting.chance.weekday_of(torn.path, torn.year)
        title = torn.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        yield filed(
            setting,
            torn.path,
            Paper(title=title, lines=(*torn.lines, f"Written on {in_words(day)}"), dated_on=day),
            kind=PlantedKind.CONFLICT,
            note=f"claimed by {torn.claims}: for a person to say",
        )


def _residue(setting: Setting) -> Iterator[PlannedFile]:
    for number, (path, content) in enumerate(_RESIDUE):
        day = setting.chance.weekday_of(path, 2004 + number)
        yield PlannedFile(
            path=path,
            kind=PlantedKind.TRIVIAL,
            content=content,
            modified_on=day,
            class_id="ROT-01",
            trigger_on=day,
            note="left behind by a program; no record",
        )


def _empty(setting: Setting) -> Iterator[PlannedFile]:
    for path in _EMPTY:
        yield PlannedFile(
            path=path,
            kind=PlantedKind.EMPTY,
            content=b"",
            modified_on=setting.chance.weekday_of(path, 2012),
            note="no bytes; all empty files have the same digest and are not copies of one another",
        )
