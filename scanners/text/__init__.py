"""Reading the text and the stated properties of a file's content, one small module for each family of types.

Content comes from strangers: a reader is bounded in pages, parts and unpacked bytes, opens nothing else, and
raises only `ContentError`. It runs in the killable child, since the libraries below may still hang or crash.
"""

from collections.abc import Callable
from functools import partial

from scanners.errors import ContentError, EncryptedContentError
from scanners.identification import media_types as types
from scanners.observation import Problem, ProblemKind
from scanners.source import ByteSource, MemorySource
from scanners.text.archives import ARCHIVE_KINDS, read_archive
from scanners.text.doc import read_doc
from scanners.text.docx import read_docx
from scanners.text.epub import EPUB, read_epub
from scanners.text.html import SVG, read_markup
from scanners.text.odf import ODF_KINDS, read_odf
from scanners.text.plain import read_plain
from scanners.text.ppt import read_ppt
from scanners.text.pptx import read_pptx
from scanners.text.reading import ContentReading, Draft, EnoughTextError
from scanners.text.rtf import read_rtf
from scanners.text.workbook_binary import read_xlsb
from scanners.text.workbook_ods import ODS_KINDS, read_ods
from scanners.text.xls import read_xls
from scanners.text.xlsx import read_xlsx

__all__ = [
    "ContentReading",
    "read_content",
    "read_parts",
    "reads_from_beginning",
    "reads_in_parts",
    "reads_text_of",
]

Reader = Callable[[bytes, Draft], None]
PartReader = Callable[[ByteSource, Draft], None]


def reads_text_of(media_type: str) -> bool:
    """Tell whether there is a reader for this type."""
    return _reader_of(media_type) is not None


def reads_from_beginning(media_type: str) -> bool:
    """Tell whether the first part of such a file can be read without the rest."""
    return _reader_of(media_type) in (read_plain, read_markup)


def reads_in_parts(media_type: str) -> bool:
    """Tell whether such a file can be read where it lies, however large, without all of it in memory."""
    return media_type in _PART_READERS


def read_parts(media_type: str, source: ByteSource, *, limit_chars: int) -> ContentReading:
    """Return the text and properties of a file that is too large for memory; see `reads_in_parts`.

    Raises:
        MemoryError: There is not enough memory for this file.
        OSError: The share gave an error.
    """
    reader = _PART_READERS[media_type]
    return _reading(lambda draft: reader(source, draft), limit_chars=limit_chars)


def read_content(media_type: str, content: bytes, *, limit_chars: int) -> ContentReading:
    """Return the text and properties of one file's content; what cannot be read becomes a problem.

    Raises:
        MemoryError: There is not enough memory for this file.
    """
    reader = _reader_of(media_type)
    if reader is None:
        return ContentReading()
    return _reading(lambda draft: reader(content, draft), limit_chars=limit_chars)


def _reading(read: Callable[[Draft], None], *, limit_chars: int) -> ContentReading:
    draft = Draft(limit_chars=limit_chars)
    problems: list[Problem] = []
    try:
        read(draft)
    except EnoughTextError:
        pass
    except ContentError as error:
        problems.append(Problem(kind=error.kind, detail=error.detail))
    except RecursionError:
        problems.append(Problem(kind=ProblemKind.BROKEN, detail="it is nested far more deeply than real files"))
    text = draft.text()
    is_read = not problems
    if draft.is_cut_short:
        problems.append(_cut_short(text))
    return ContentReading(
        text=text,
        is_read=is_read,
        properties=draft.properties,
        problems=tuple(problems),
        members=tuple(draft.members),
        member_count=draft.member_count,
    )


def _cut_short(text: str) -> Problem:
    return Problem(kind=ProblemKind.TRUNCATED_TEXT, detail=f"only its beginning, {len(text)} characters, was read")


def _reader_of(media_type: str) -> Reader | None:
    if media_type in _READERS:
        return _READERS[media_type]
    is_text = media_type.startswith("text/")
    return read_plain if is_text else None


def _pdf(content: bytes, draft: Draft) -> None:
    from scanners.text.pdf import read_pdf  # noqa: PLC0415  PDFium is loaded when the first PDF comes

    read_pdf(content, draft)


def _docx(content: bytes, draft: Draft) -> None:
    read_docx(MemorySource(content), draft)


def _xlsx(content: bytes, draft: Draft) -> None:
    read_xlsx(MemorySource(content), draft)


def _pptx(content: bytes, draft: Draft) -> None:
    read_pptx(MemorySource(content), draft)


def _odf(content: bytes, draft: Draft) -> None:
    read_odf(MemorySource(content), draft)


def _epub(content: bytes, draft: Draft) -> None:
    read_epub(MemorySource(content), draft)


def _mail(content: bytes, draft: Draft) -> None:
    from scanners.text.mail import read_mail  # noqa: PLC0415  the email package is slow to load

    read_mail(content, draft, read_parcel=_parcel)


def _mailbox(content: bytes, draft: Draft) -> None:
    _mailbox_parts(MemorySource(content), draft)


def _mailbox_parts(source: ByteSource, draft: Draft) -> None:
    from scanners.text.mailbox import read_mailbox  # noqa: PLC0415  likewise

    read_mailbox(source, draft, read_parcel=_parcel)


def _doc(content: bytes, draft: Draft) -> None:
    read_doc(MemorySource(content), draft)


def _xls(content: bytes, draft: Draft) -> None:
    read_xls(MemorySource(content), draft)


def _ppt(content: bytes, draft: Draft) -> None:
    read_ppt(MemorySource(content), draft)


def _msg(content: bytes, draft: Draft) -> None:
    _msg_parts(MemorySource(content), draft)


def _msg_parts(source: ByteSource, draft: Draft) -> None:
    from scanners.text.msg import read_msg  # noqa: PLC0415  brings the email package with it, which is slow to load

    read_msg(source, draft)


def _pst(content: bytes, draft: Draft) -> None:
    _pst_parts(MemorySource(content), draft)


def _pst_parts(source: ByteSource, draft: Draft) -> None:
    from scanners.text.pst import read_pst  # noqa: PLC0415  few shares hold any

    read_pst(source, draft)


def _tnef(content: bytes, draft: Draft) -> None:
    _parcel(MemorySource(content), draft)


def _parcel(source: ByteSource, draft: Draft) -> None:
    from scanners.text.tnef import read_tnef  # noqa: PLC0415  likewise

    read_tnef(source, draft)


def _xlsb(content: bytes, draft: Draft) -> None:
    read_xlsb(MemorySource(content), draft)


def _ods(content: bytes, draft: Draft) -> None:
    read_ods(MemorySource(content), draft)


def _archive_of(media_type: str) -> Reader:
    def read(content: bytes, draft: Draft) -> None:
        read_archive(media_type, MemorySource(content), draft)

    return read


def _sealed(_content: bytes, _draft: Draft) -> None:
    raise EncryptedContentError("it is a message that is locked with PGP")


def _locked(_content: bytes, _draft: Draft) -> None:
    raise EncryptedContentError("it is an office file that is locked with a password")


_READERS: dict[str, Reader] = {
    types.EMPTY: read_plain,
    types.HTML: read_markup,
    types.XML: read_markup,
    types.JSON: read_plain,
    types.PDF: _pdf,
    types.ENCRYPTED_OOXML: _locked,
    types.PGP: _sealed,
    types.WEB_SHORTCUT: read_plain,
    **{media_type: _archive_of(media_type) for media_type in ARCHIVE_KINDS},
    **dict.fromkeys(types.DOCX_KINDS, _docx),
    **dict.fromkeys(types.XLSX_KINDS, _xlsx),
    **dict.fromkeys(types.PPTX_KINDS, _pptx),
    **dict.fromkeys(ODF_KINDS, _odf),
    EPUB: _epub,
    SVG: read_markup,
    types.RTF: read_rtf,
    types.DOC: _doc,
    types.XLS: _xls,
    types.PPT: _ppt,
    types.MSG: _msg,
    types.TNEF: _tnef,
    types.PST: _pst,
    types.XLSB: _xlsb,
    **dict.fromkeys(ODS_KINDS, _ods),
    types.MAIL: _mail,
    types.MAILBOX: _mailbox,
}

# Those that find what they want by its place: none holds more of a file than what it looks at.
_PART_READERS: dict[str, PartReader] = {
    **{media_type: partial(read_archive, media_type) for media_type in ARCHIVE_KINDS},
    **dict.fromkeys(types.DOCX_KINDS, read_docx),
    **dict.fromkeys(types.XLSX_KINDS, read_xlsx),
    **dict.fromkeys(types.PPTX_KINDS, read_pptx),
    **dict.fromkeys(ODF_KINDS, read_odf),
    **dict.fromkeys(ODS_KINDS, read_ods),
    EPUB: read_epub,
    types.DOC: read_doc,
    types.XLS: read_xls,
    types.PPT: read_ppt,
    types.XLSB: read_xlsb,
    types.MSG: _msg_parts,
    types.PST: _pst_parts,
    types.MAILBOX: _mailbox_parts,
}
