"""Reading the text of PDF files: PDFium first, pdfminer.six where PDFium fails or finds nothing.

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
from scanners.text.dates import from_pdf
from scanners.text.reading import Draft

MAX_PAGES = 10

# PDFium marks a hyphen that it put at the end of a line; the word goes on after it.
_BROKEN_WORD = re.compile("[\x02\ufffe]\r?\n?")
_INFO = {"Title": "title", "Author": "author", "Subject": "subject", "Keywords": "keywords", "Creator": "application"}
_INFO_DATES = {"CreationDate": "created_at", "ModDate": "modified_at"}


def read_pdf(content: bytes, draft: Draft) -> None:
    """Collect the text of the first ten pages, and the properties.

    Raises:
        ContentError: It is damaged or locked; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    trouble = _trouble_of(_read_with_pdfium, content, draft)
    if not draft.has_words():
        # That pdfminer stumbles over a scan without text, which PDFium could open, is no damage.
        _trouble_of(_read_with_pdfminer, content, draft)
        trouble = None if draft.has_words() else trouble
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


def _read_pages(document: pypdfium2.PdfDocument, draft: Draft) -> None:
    count = len(document)
    draft.is_cut_short = count > MAX_PAGES
    failed = 0
    for number in range(min(count, MAX_PAGES)):
        try:
            text = _page_text(document, number)
        except pypdfium2.PdfiumError:
            failed += 1
        else:
            draft.add(_BROKEN_WORD.sub("", text) + "\n")
    if failed or not count:
        raise BrokenContentError(
            f"it is damaged: {failed} of its pages cannot be read" if failed else "it has no pages"
        )


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            return str(text_page.get_text_range())
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
            text = extract_text(io.BytesIO(content), maxpages=MAX_PAGES, caching=False)
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
