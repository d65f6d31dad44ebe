"""The names of media types that the scanners decide on themselves, in words, and the file names they go with."""

import posixpath

from scanners.observation import Problem, ProblemKind

EMPTY = "inode/x-empty"
UNKNOWN = "application/octet-stream"
PLAIN = "text/plain"
HTML = "text/html"
XML = "application/xml"
JSON = "application/json"
CSV = "text/csv"
PDF = "application/pdf"
RTF = "application/rtf"
ZIP = "application/zip"
MAIL = "message/rfc822"
MAILBOX = "application/mbox"
OLE = "application/x-ole-storage"
ENCRYPTED_OOXML = "application/x-encrypted-ooxml"

DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"
MSG = "application/vnd.ms-outlook"
VISIO = "application/vnd.visio"
PUBLISHER = "application/x-mspublisher"

_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = _OOXML + "wordprocessingml.document"
XLSX = _OOXML + "spreadsheetml.sheet"
PPTX = _OOXML + "presentationml.presentation"
DOCX_KINDS = frozenset(
    {
        DOCX,
        _OOXML + "wordprocessingml.template",
        "application/vnd.ms-word.document.macroEnabled.12",
        "application/vnd.ms-word.template.macroEnabledTemplate.12",
    }
)
XLSB = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
XLSX_KINDS = frozenset(
    {
        XLSX,
        _OOXML + "spreadsheetml.template",
        "application/vnd.ms-excel.sheet.macroEnabled.12",
        "application/vnd.ms-excel.template.macroEnabled.12",
        "application/vnd.ms-excel.addin.macroEnabled.12",
    }
)
PPTX_KINDS = frozenset(
    {
        PPTX,
        _OOXML + "presentationml.slideshow",
        _OOXML + "presentationml.template",
        "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
        "application/vnd.ms-powerpoint.slideshow.macroEnabled.12",
        "application/vnd.ms-powerpoint.template.macroEnabled.12",
    }
)
# What [Content_Types].xml says of the main part, ECMA-376 part 1 §11-§15 -> the type of the whole file.
MAIN_PARTS = {kind + ".main+xml": kind for kind in DOCX_KINDS | XLSX_KINDS | PPTX_KINDS} | {
    "application/vnd.ms-word.document.macroEnabled.main+xml": "application/vnd.ms-word.document.macroEnabled.12",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml": (
        "application/vnd.ms-word.template.macroEnabledTemplate.12"
    ),
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "application/vnd.ms-excel.template.macroEnabled.main+xml": "application/vnd.ms-excel.template.macroEnabled.12",
    "application/vnd.ms-excel.addin.macroEnabled.main+xml": "application/vnd.ms-excel.addin.macroEnabled.12",
    "application/vnd.ms-excel.sheet.binary.macroEnabled.main": XLSB,
    "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml": (
        "application/vnd.ms-powerpoint.presentation.macroEnabled.12"
    ),
    "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml": (
        "application/vnd.ms-powerpoint.slideshow.macroEnabled.12"
    ),
    "application/vnd.ms-powerpoint.template.macroEnabled.main+xml": (
        "application/vnd.ms-powerpoint.template.macroEnabled.12"
    ),
    "application/vnd.ms-visio.drawing.main+xml": "application/vnd.ms-visio.drawing.main+xml",
}

_OLD_WORD = frozenset({DOC, ENCRYPTED_OOXML})
_OLD_EXCEL = frozenset({XLS, ENCRYPTED_OOXML})
_OLD_SLIDES = frozenset({PPT, ENCRYPTED_OOXML})
_NEW_WORD = DOCX_KINDS | {ENCRYPTED_OOXML}
_NEW_EXCEL = XLSX_KINDS | {ENCRYPTED_OOXML, XLSB}
_NEW_SLIDES = PPTX_KINDS | {ENCRYPTED_OOXML}

# Only names whose type the scanners decide on themselves: a false alarm costs a reader's trust.
_EXPECTED = {
    ".pdf": frozenset({PDF}),
    ".rtf": frozenset({RTF}),
    ".doc": _OLD_WORD,
    ".dot": _OLD_WORD,
    ".xls": _OLD_EXCEL,
    ".xlt": _OLD_EXCEL,
    ".ppt": _OLD_SLIDES,
    ".pps": _OLD_SLIDES,
    ".docx": _NEW_WORD,
    ".docm": _NEW_WORD,
    ".dotx": _NEW_WORD,
    ".xlsx": _NEW_EXCEL,
    ".xlsm": _NEW_EXCEL,
    ".xltx": _NEW_EXCEL,
    ".xlsb": _NEW_EXCEL,
    ".pptx": _NEW_SLIDES,
    ".pptm": _NEW_SLIDES,
    ".ppsx": _NEW_SLIDES,
    ".msg": frozenset({MSG}),
    ".odt": frozenset({"application/vnd.oasis.opendocument.text"}),
    ".ods": frozenset({"application/vnd.oasis.opendocument.spreadsheet"}),
    ".odp": frozenset({"application/vnd.oasis.opendocument.presentation"}),
    ".zip": frozenset({ZIP}),
    ".jpg": frozenset({"image/jpeg"}),
    ".jpeg": frozenset({"image/jpeg"}),
    ".png": frozenset({"image/png"}),
    ".gif": frozenset({"image/gif"}),
    ".tif": frozenset({"image/tiff"}),
    ".tiff": frozenset({"image/tiff"}),
}
_READ_DOCUMENTS = frozenset({PDF}) | DOCX_KINDS | XLSX_KINDS
_RESIDUE_PREFIXES = ("~$", "._")  # owner files of Office, and what a Mac leaves beside each file
_TEXT_NAMES = frozenset({".txt", ".csv", ".log", ".md"})
_IN_WORDS = {
    PDF: "a PDF",
    RTF: "a rich-text document",
    ZIP: "a ZIP archive",
    HTML: "a web page",
    XML: "XML",
    PLAIN: "plain text",
    CSV: "plain text",
    MAIL: "an e-mail",
    DOC: "an old Word document",
    XLS: "an old Excel workbook",
    PPT: "an old PowerPoint presentation",
    MSG: "an Outlook message",
    "image/jpeg": "a JPEG picture",
    "image/png": "a PNG picture",
    "application/x-dosexec": "a Windows program",
}


def in_words(media_type: str) -> str:
    """Return what a records manager calls this type; the type itself where there is no plain word."""
    if media_type in DOCX_KINDS:
        return "a Word document"
    if media_type in XLSX_KINDS or media_type == XLSB:
        return "an Excel workbook"
    if media_type in PPTX_KINDS:
        return "a PowerPoint presentation"
    return _IN_WORDS.get(media_type, media_type)


def extension(name: str) -> str:
    """Return the ending of a file's name in small letters, with its dot; empty when there is none."""
    return posixpath.splitext(name)[1].lower()


def name_mismatch(name: str, media_type: str) -> Problem | None:
    """Return a problem when a file's name promises another type than its bytes show.

    A document of a type we read whose bytes are nothing at all is damaged: nobody knows what it said.
    """
    ending = extension(name)
    expected = _EXPECTED.get(ending)
    if media_type in (UNKNOWN, EMPTY):
        is_residue = posixpath.basename(name).startswith(_RESIDUE_PREFIXES)
        if is_residue or not expected or expected.isdisjoint(_READ_DOCUMENTS):
            return None
        words = "it is empty" if media_type == EMPTY else "its bytes are no document"
        return Problem(kind=ProblemKind.BROKEN, detail=f"named {ending} but {words}: it is damaged")
    is_binary_as_text = ending in _TEXT_NAMES and not is_textual(media_type)
    if is_binary_as_text or (expected and media_type not in expected):
        return Problem(
            kind=ProblemKind.EXTENSION_MISMATCH, detail=f"named {ending} but its content is {in_words(media_type)}"
        )
    return None


def is_textual(media_type: str) -> bool:
    """Tell whether files of this type can be read as lines of text."""
    return media_type.startswith(("text/", "message/")) or media_type in (
        XML,
        JSON,
        MAILBOX,
        EMPTY,
        "application/javascript",
        "application/x-ndjson",
        "image/svg+xml",
    )
