"""Reading the text of PDF files: PDFium first, pdfminer.six where PDFium fails.

Pages are read until there is as much text as is kept, so that a report is read as far as a letter is.

PDFium is not safe in threads and a hostile file may crash it: this module is for the killable child only.
"""

import io
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pypdfium2
import pypdfium2.raw

from scanners.errors import BrokenContentError, EncryptedContentError
from scanners.observation import ContainedMember, MemberKind
from scanners.text.dates import from_pdf
from scanners.text.reading import Draft
from scanners.text.xmp import state_xmp

MAX_PAGES = 200
_MAX_PAGES_SLOWLY = 10  # for pdfminer.six, which takes twenty times as long
_MAX_ATTACHMENTS = 10_000
_MAX_PAGE_CHARS = 1 << 20

# PDFium marks a hyphen that it put at the end of a line; the word goes on after it.
_BROKEN_WORD = re.compile("[\x02\ufffe]\r?\n?")
_INFO = {
    "Title": "title",
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "Creator": "application",
    "Producer": "producer",
}
_INFO_DATES = {"CreationDate": "created_at", "ModDate": "modified_at"}


def read_pdf(content: bytes, draft: Draft) -> None:
    """Collect the text of the first pages, the properties, and the names of files that are attached.

    Raises:
        ContentError: It is damaged or locked; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    trouble = _trouble_of(_read_with_pdfium, content, draft)
    if trouble and not draft.has_words():
        # Only then: of 24 documents without a word in which PDFium saw nothing wrong, it found words in none.
        _trouble_of(_read_with_pdfminer, content, draft)
        trouble = None if draft.has_words() else trouble
    state_xmp(content, draft)
    if trouble:
        raise trouble


def _trouble_of(reader: Callable[[bytes, Draft], None], content: bytes, draft: Draft) -> BrokenContentError | None:
    try:
        reader(content, draft)
    except BrokenContentError as error:
        return error
    return None


def _read_with_pdfium(content: bytes, draft: Draft) -> None:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY):
            raise EncryptedContentError("it is locked with a password") from error
        raise BrokenContentError("it is damaged and cannot be opened as a PDF") from error
    try:
        _state_properties(document, draft)
        _list_attachments(document, draft)
        _read_pages(document, draft)
    except pypdfium2.PdfiumError as error:
        raise BrokenContentError("it is damaged: its pages cannot be read") from error
    finally:
        document.close()


def _state_properties(document: pypdfium2.PdfDocument, draft: Draft) -> None:
    draft.state("page_count", str(len(document)))
    for key, name in _INFO.items():
        draft.state(name, document.get_metadata_value(key))
    for key, name in _INFO_DATES.items():
        draft.state(name, from_pdf(document.get_metadata_value(key)))


def _list_attachments(document: pypdfium2.PdfDocument, draft: Draft) -> None:
    for number in range(min(document.count_attachments(), _MAX_ATTACHMENTS)):
        try:
            name = document.get_attachment(number).get_name()
        except pypdfium2.PdfiumError:
            name = ""
        draft.hold(ContainedMember(path=name or f"unnamed {number + 1}", kind=MemberKind.ATTACHMENT))


def _read_pages(document: pypdfium2.PdfDocument, draft: Draft) -> None:
    count = len(document)
    failed = read = collected = 0
    while read < min(count, MAX_PAGES) and collected <= draft.limit_chars:
        try:
            text = _page_text(document, read)
        except pypdfium2.PdfiumError:
            failed += 1
        else:
            collected += len(text.strip())
            draft.add(_BROKEN_WORD.sub("", text) + "\n")
        read += 1
    draft.is_cut_short = draft.is_cut_short or read < count
    if failed or not count:
        raise BrokenContentError(
            f"it is damaged: {failed} of its pages cannot be read" if failed else "it has no pages"
        )


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    try:
        # Answers in a form, stamps and remarks lie above the page; in memory they are made part of it.
        if pypdfium2.raw.FPDFPage_GetAnnotCount(page.raw) and (
            pypdfium2.raw.FPDFPage_Flatten(page.raw, pypdfium2.raw.FLAT_NORMALDISPLAY) == pypdfium2.raw.FLATTEN_SUCCESS
        ):
            page.close()
            page = document[number]
        text_page = page.get_textpage()
        try:
            return str(text_page.get_text_range(count=min(text_page.count_chars(), _MAX_PAGE_CHARS)))
        finally:
            text_page.close()
    finally:
        page.close()


def _read_with_pdfminer(content: bytes, draft: Draft) -> None:
    # Imported only here: it takes a tenth of a second, and most files never need it.
    from pdfminer.high_level import extract_text  # noqa: PLC0415
    from pdfminer.pdfdocument import PDFPasswordIncorrect, PDFTextExtractionNotAllowed  # noqa: PLC0415

    try:
        with _silenced("pdfminer"):
            text = extract_text(io.BytesIO(content), maxpages=_MAX_PAGES_SLOWLY, caching=False)
    except (PDFPasswordIncorrect, PDFTextExtractionNotAllowed) as error:
        raise EncryptedContentError("it is locked with a password") from error
    except MemoryError:
        raise
    except Exception as error:  # hostile files raise anything at all inside pdfminer
        raise BrokenContentError("it is damaged and cannot be opened as a PDF") from error
    draft.add(text)


@contextmanager
def _silenced(name: str) -> Iterator[None]:
    """Keep a library from writing a file's content to the operators' log."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
