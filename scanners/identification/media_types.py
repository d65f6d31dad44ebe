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
TAR = "application/x-tar"
GZIP = "application/gzip"
BZIP2 = "application/x-bzip2"
XZ = "application/x-xz"
SEVEN_ZIP = "application/x-7z-compressed"
RAR = "application/vnd.rar"
CABINET = "application/vnd.ms-cab-compressed"
DISC_IMAGE = "application/x-iso9660-image"
ZSTD = "application/zstd"
PST = "application/vnd.ms-outlook-pst"
OUTLOOK_EXPRESS = "application/x-outlook-express"
NOTES = "application/vnd.lotus-notes"
TNEF = "application/vnd.ms-tnef"
PGP = "application/pgp-encrypted"
ACCESS = "application/x-msaccess"
LOTUS = "application/vnd.lotus-1-2-3"
QUATTRO = "application/x-quattro-pro"
WORDPERFECT = "application/vnd.wordperfect"
WORKS = "application/vnd.ms-works"
WRITE = "application/x-mswrite"
ONENOTE = "application/onenote"
SHORTCUT = "application/x-ms-shortcut"
WEB_SHORTCUT = "application/x-mswinurl"
DWG = "image/vnd.dwg"
EPUB = "application/epub+zip"
XPS = "application/vnd.ms-xpsdocument"
SVG = "image/svg+xml"
PROGRAM = "application/x-dosexec"
INSTALLER = "application/x-msi"
THUMBNAILS = "application/x-thumbs-db"
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
PROJECT = "application/vnd.ms-project"

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
VISIO_OOXML = "application/vnd.ms-visio.drawing"
_VISIO_KINDS = ("drawing", "stencil", "template")
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
    "application/vnd.ms-powerpoint.addin.macroEnabled.main+xml": "application/vnd.ms-powerpoint.addin.macroEnabled.12",
    **{f"application/vnd.ms-visio.{kind}.main+xml": f"application/vnd.ms-visio.{kind}" for kind in _VISIO_KINDS},
    **{
        f"application/vnd.ms-visio.{kind}.macroEnabled.main+xml": f"application/vnd.ms-visio.{kind}.macroEnabled.12"
        for kind in _VISIO_KINDS
    },
    "application/vnd.ms-package.xps-fixeddocumentsequence+xml": XPS,
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
    ".msg": frozenset({MSG, MAIL, MAILBOX}),
    ".odt": frozenset({"application/vnd.oasis.opendocument.text"}),
    ".ods": frozenset({"application/vnd.oasis.opendocument.spreadsheet"}),
    ".odp": frozenset({"application/vnd.oasis.opendocument.presentation"}),
    ".odg": frozenset({"application/vnd.oasis.opendocument.graphics"}),
    ".vsd": frozenset({VISIO}),
    ".pub": frozenset({PUBLISHER}),
    ".mpp": frozenset({PROJECT}),
    ".mdb": frozenset({ACCESS}),
    ".accdb": frozenset({ACCESS}),
    ".one": frozenset({ONENOTE}),
    ".pst": frozenset({PST}),
    ".ost": frozenset({PST}),
    ".eml": frozenset({MAIL, MAILBOX, PLAIN}),
    ".zip": frozenset({ZIP}),
    ".7z": frozenset({SEVEN_ZIP}),
    ".rar": frozenset({RAR}),
    ".tar": frozenset({TAR}),
    ".tgz": frozenset({GZIP}),
    ".gz": frozenset({GZIP}),
    ".jpg": frozenset({"image/jpeg"}),
    ".jpeg": frozenset({"image/jpeg"}),
    ".png": frozenset({"image/png"}),
    ".gif": frozenset({"image/gif"}),
    ".tif": frozenset({"image/tiff"}),
    ".tiff": frozenset({"image/tiff"}),
}
_READ_DOCUMENTS = frozenset({PDF, DOC, XLS, XLSB, PPT, MSG}) | DOCX_KINDS | XLSX_KINDS
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
    MAILBOX: "a mailbox of e-mails",
    OLE: "an old office file of unknown kind",
    ENCRYPTED_OOXML: "an office file locked with a password",
    VISIO: "a Visio drawing",
    VISIO_OOXML: "a Visio drawing",
    PUBLISHER: "a Publisher document",
    PROJECT: "a Project plan",
    ACCESS: "an Access database",
    ONENOTE: "a OneNote notebook",
    EPUB: "an electronic book",
    TAR: "a TAR archive",
    GZIP: "a file packed with gzip",
    SEVEN_ZIP: "a 7-Zip archive",
    RAR: "a RAR archive",
    CABINET: "a Windows cabinet",
    DISC_IMAGE: "the image of a disc",
    PST: "an Outlook data file",
    OUTLOOK_EXPRESS: "an Outlook Express mailbox",
    NOTES: "a Lotus Notes database",
    TNEF: "an Outlook attachment (winmail.dat)",
    WORDPERFECT: "a WordPerfect document",
    WORKS: "a Works document",
    SHORTCUT: "a shortcut",
    WEB_SHORTCUT: "a shortcut to a web page",
    INSTALLER: "a Windows installer",
    SVG: "a drawing (SVG)",
    "application/vnd.oasis.opendocument.text": "an OpenDocument text",
    "application/vnd.oasis.opendocument.spreadsheet": "an OpenDocument spreadsheet",
    "application/vnd.oasis.opendocument.presentation": "an OpenDocument presentation",
    "image/gif": "a GIF picture",
    "image/tiff": "a TIFF picture",
    "image/bmp": "a bitmap picture",
    "image/jpeg": "a JPEG picture",
    "image/png": "a PNG picture",
    PROGRAM: "a Windows program",
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
        SVG,
        WEB_SHORTCUT,
        PGP,
    )
