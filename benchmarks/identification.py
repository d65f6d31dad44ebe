"""Tell the types of a folder of real files, ours against libmagic's, and print row 13 of `docs/performance.md`.

    python benchmarks/identification.py FOLDER [--rounds N] [--wrong] [--leave-out WORD]

Changes nothing in FOLDER. libmagic is the wheel's that the scanners use, and the system's where there is one. A
name's ending is the truth, where the table below knows it and the file is not one of those that were looked at and
found to be named wrongly; other files are timed and not judged. Each program opens the files itself; rounds of all
alternate, and the medians are given. Files with WORD in their path are left out. Ends with 1 when ours is right less
often or is less than five times as fast.
"""

import ctypes
import ctypes.util
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from scanners.identification.identify import recognise
from scanners.identification.libmagic import (
    _cookie,  # libmagic by itself, as its own wrapper calls it
    libmagic_media_type,
    libmagic_version,
)
from scanners.source import DescriptorSource

WANTED_SPEED = 5.0
BEGINNING_BYTES = 1 << 20
MIME_TYPE_ONLY = 0x10  # libmagic(3), MAGIC_MIME_TYPE
OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
ENCRYPTED = ("application/x-encrypted-ooxml", "application/encrypted")
MAIL = ("message/rfc822", "application/mbox", "message/news")
TEXT = ("text/plain",)
OLD_MAIL = ("application/vnd.ms-outlook", *MAIL)  # what ends in .msg is Outlook's, or an e-mail kept as text
TRUTH: dict[str, tuple[str, ...]] = {
    ".pdf": ("application/pdf",),
    ".rtf": ("application/rtf", "text/rtf"),
    ".doc": ("application/msword",),
    ".dot": ("application/msword",),
    ".xls": ("application/vnd.ms-excel",),
    ".xlt": ("application/vnd.ms-excel",),
    ".ppt": ("application/vnd.ms-powerpoint",),
    ".pps": ("application/vnd.ms-powerpoint",),
    ".msg": OLD_MAIL,
    ".eml": MAIL,
    ".mbox": MAIL,
    ".docx": (OOXML + "wordprocessingml.document", *ENCRYPTED),
    ".docm": ("application/vnd.ms-word.document.macroEnabled.12", OOXML + "wordprocessingml.document", *ENCRYPTED),
    ".dotx": (OOXML + "wordprocessingml.template", OOXML + "wordprocessingml.document"),
    ".xlsx": (OOXML + "spreadsheetml.sheet", *ENCRYPTED),
    ".xlsm": ("application/vnd.ms-excel.sheet.macroEnabled.12", OOXML + "spreadsheetml.sheet", *ENCRYPTED),
    ".xltx": (OOXML + "spreadsheetml.template", OOXML + "spreadsheetml.sheet"),
    ".xlsb": (
        "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
        OOXML + "spreadsheetml.sheet",
        *ENCRYPTED,
    ),
    ".pptx": (OOXML + "presentationml.presentation", *ENCRYPTED),
    ".pptm": ("application/vnd.ms-powerpoint.presentation.macroEnabled.12", OOXML + "presentationml.presentation"),
    ".ppsx": (OOXML + "presentationml.slideshow", OOXML + "presentationml.presentation"),
    ".odt": (ODF + "text",),
    ".ods": (ODF + "spreadsheet",),
    ".odp": (ODF + "presentation",),
    ".odg": (ODF + "graphics",),
    ".odb": (ODF + "base", ODF + "database"),
    ".vsd": ("application/vnd.visio", "application/vnd.ms-visio", "image/vnd.visio"),
    ".pub": ("application/x-mspublisher", "application/vnd.ms-publisher"),
    ".mpp": ("application/vnd.ms-project",),
    ".mdb": ("application/x-msaccess",),
    ".accdb": ("application/x-msaccess",),
    ".one": ("application/onenote", "application/msonenote"),
    ".wps": ("application/vnd.ms-works",),
    ".wpd": ("application/vnd.wordperfect",),
    ".epub": ("application/epub+zip",),
    ".xps": ("application/vnd.ms-xpsdocument", "application/oxps"),
    ".html": ("text/html", "application/xhtml+xml"),
    ".htm": ("text/html", "application/xhtml+xml"),
    ".xml": ("application/xml", "text/xml"),
    ".svg": ("image/svg+xml",),
    ".json": ("application/json",),
    ".txt": TEXT,
    ".md": ("text/markdown", *TEXT),
    ".csv": ("text/csv", "application/csv", *TEXT),
    ".vcf": ("text/vcard",),
    ".ics": ("text/calendar",),
    ".jpg": ("image/jpeg",),
    ".png": ("image/png",),
    ".gif": ("image/gif",),
    ".tif": ("image/tiff",),
    ".bmp": ("image/bmp", "image/x-ms-bmp"),
    ".webp": ("image/webp",),
    ".wmf": ("image/wmf",),
    ".emf": ("image/emf",),
    ".dwg": ("image/vnd.dwg",),
    ".mp3": ("audio/mpeg",),
    ".wav": ("audio/x-wav", "audio/wav"),
    ".mp4": ("video/mp4",),
    ".mov": ("video/quicktime",),
    ".zip": ("application/zip",),
    ".7z": ("application/x-7z-compressed",),
    ".rar": ("application/vnd.rar", "application/x-rar"),
    ".gz": ("application/gzip",),
    ".tgz": ("application/gzip",),
    ".bz2": ("application/x-bzip2",),
    ".xz": ("application/x-xz",),
    ".tar": ("application/x-tar",),
    ".cab": ("application/vnd.ms-cab-compressed",),
    ".chm": ("application/vnd.ms-htmlhelp",),
}
# Looked at one by one: what these files really are, whatever they are called.
NAMED_WRONGLY: dict[str, tuple[str, ...]] = {
    "simple-password-copy.pdf.jhove.xml": TEXT,  # begins with the command that made it
    "testmsgs/malformedHeader-noheader.msg": TEXT,
    "hello_world.docm": ("application/msword",),
    "hpsf/TestRobert_Flaherty.doc": ("application/vnd.ms-excel",),
    "integration/stress025.docx": ("application/vnd.ms-officetheme", "application/zip"),
    "testGRAPHVIZd.dot": TEXT,
    "testGRAPHVIZg.dot": TEXT,
    "testMessageNews.txt": MAIL,
    "testAppleSingleFile.pdf": ("application/applefile", "multipart/appledouble"),
    "testWORDML_tableInsideParagraph.doc": ("application/xml", "text/xml"),
    "language-docs/eng_spa_mult.ppt": (OOXML + "presentationml.presentation",),
    "example-10k-1p.html": ("text/html", "application/xhtml+xml"),
}

Program = Callable[[str], str]


def ours(path: str) -> str:
    """Return what the scanners call a file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        source = DescriptorSource(descriptor, os.fstat(descriptor).st_size)
        media_type = recognise(source, os.path.basename(path))  # noqa: PTH119  as the scanners do
        return media_type or libmagic_media_type(source.at(0, BEGINNING_BYTES))
    finally:
        os.close(descriptor)


def libmagic(path: str) -> str:
    """Return what libmagic calls a file when it may open it itself, with one cookie for all."""
    return str(_cookie().from_file(path))


def system_libmagic() -> Program | None:
    """Return the system's own libmagic, which may be newer than the wheel's; None when there is none."""
    found = ctypes.util.find_library("magic")
    if not found:
        return None
    library = ctypes.CDLL(found)
    library.magic_open.restype = ctypes.c_void_p
    library.magic_load.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    library.magic_file.restype = ctypes.c_char_p
    library.magic_file.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    cookie = library.magic_open(MIME_TYPE_ONLY)
    if library.magic_load(cookie, None):
        return None
    return lambda path: (library.magic_file(cookie, os.fsencode(path)) or b"").decode("ascii", "replace")


def accepted(path: str) -> tuple[str, ...] | None:
    """Return the types that are right for a file, None when nobody judged it."""
    for ending, media_types in NAMED_WRONGLY.items():
        if path.endswith(ending):
            return media_types
    if not os.path.getsize(path):  # noqa: PTH202  as above
        return ("inode/x-empty",)
    found = TRUTH.get(os.path.splitext(path)[1].lower())  # noqa: PTH122  as above
    if found and "spamassassin" in path and path.endswith(".txt"):
        return MAIL
    return found


def timed(program: Program, paths: list[str]) -> tuple[float, list[str]]:
    """Return the seconds and the answers of a program."""
    started = perf_counter()
    answers = [program(path) for path in paths]
    return perf_counter() - started, answers


def option(name: str) -> str | None:
    """Return the word after an option, None when it was not given."""
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None


def main() -> int:
    """Measure one folder."""
    folder = Path(sys.argv[1])
    rounds = int(option("--rounds") or 3)
    left_out = option("--leave-out")
    found = sorted(str(path) for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    paths = [path for path in found if not (left_out and left_out in path)]
    programs: dict[str, Program] = {"ours": ours, "libmagic": libmagic}
    if from_system := system_libmagic():
        programs["system's libmagic"] = from_system
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    answers: dict[str, list[str]] = {}
    for _ in range(rounds):
        for name, program in programs.items():
            took, answers[name] = timed(program, paths)
            seconds[name].append(took)
    judged = {path: types for path in paths if (types := accepted(path))}
    right, right_mail = Counter[str](), Counter[str]()
    mails = sum(types in (MAIL, OLD_MAIL) for types in judged.values())
    for name in programs:
        for path, answer in zip(paths, answers[name], strict=True):
            is_right = path in judged and answer in judged[path]
            right[name] += is_right
            right_mail[name] += is_right and judged[path] in (MAIL, OLD_MAIL)
            if "--wrong" in sys.argv and path in judged and not is_right:
                print(f"  {name}: {answer:50} {path}")
    print(f"libmagic {libmagic_version()} of the wheel; {len(paths)} files, {len(judged)} judged, {rounds} rounds")
    for name in programs:
        each = median(seconds[name]) / len(paths) * 1e6
        rest = right[name] - right_mail[name]
        print(
            f"{name:18} {each:7.1f} us a file, right {100 * right[name] / len(judged):.1f} %: "
            f"{right_mail[name]} of {mails} e-mails, {rest} of {len(judged) - mails} others"
        )
    others = [name for name in programs if name != "ours"]
    ratios = {name: median(seconds[name]) / median(seconds["ours"]) for name in others}
    for name, ratio in ratios.items():
        print(f"{name} / ours: {ratio:.1f}")
    is_better = right["ours"] >= max(right[name] for name in others)
    return 0 if min(ratios.values()) >= WANTED_SPEED and is_better else 1


if __name__ == "__main__":
    sys.exit(main())
