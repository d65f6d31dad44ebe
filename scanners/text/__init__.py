"""Reading the text and the stated properties of a file's content, one small module for each family of types.

Content comes from strangers: a reader is bounded in pages, parts and unpacked bytes, opens nothing else, and
raises only `ContentError`. It runs in the killable child, since the libraries below may still hang or crash.
"""

from collections.abc import Callable

from scanners.errors import ContentError, EncryptedContentError
from scanners.identification import media_types as types
from scanners.observation import Problem, ProblemKind
from scanners.source import MemorySource
from scanners.text.docx import read_docx
from scanners.text.plain import read_markup, read_plain
from scanners.text.reading import ContentReading, Draft, EnoughTextError
from scanners.text.xlsx import read_xlsx

__all__ = ["ContentReading", "read_content", "reads_from_beginning", "reads_text_of"]

Reader = Callable[[bytes, Draft], None]


def reads_text_of(media_type: str) -> bool:
    """Tell whether there is a reader for this type."""
    return _reader_of(media_type) is not None


def reads_from_beginning(media_type: str) -> bool:
    """Tell whether the first part of such a file can be read without the rest."""
    return _reader_of(media_type) in (read_plain, read_markup)


def read_content(media_type: str, content: bytes, *, limit_chars: int) -> ContentReading:
    """Return the text and properties of one file's content; what cannot be read becomes a problem.

    Raises:
        MemoryError: There is not enough memory for this file.
    """
    reader = _reader_of(media_type)
    if reader is None:
        return ContentReading()
    draft = Draft(limit_chars=limit_chars)
    problems: list[Problem] = []
    try:
        reader(content, draft)
    except EnoughTextError:
        pass
    except ContentError as error:
        problems.append(Problem(kind=error.kind, detail=error.detail))
    except RecursionError:
        problems.append(Problem(kind=ProblemKind.BROKEN, detail="it is nested far more deeply than real files"))
    text = draft.text()
    is_read = not problems
    if draft.is_cut_short:
        problems.append(_cut_short(draft))
    return ContentReading(
        text=text,
        is_read=is_read,
        properties=draft.properties,
        problems=tuple(problems),
        members=tuple(draft.members),
        member_count=draft.member_count,
    )


def _cut_short(draft: Draft) -> Problem:
    return Problem(
        kind=ProblemKind.TRUNCATED_TEXT, detail=f"only its beginning, {len(draft.text())} characters, was read"
    )


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


def _locked(_content: bytes, _draft: Draft) -> None:
    raise EncryptedContentError("it is an office file that is locked with a password")


_READERS: dict[str, Reader] = {
    types.EMPTY: read_plain,
    types.HTML: read_markup,
    types.XML: read_markup,
    types.JSON: read_plain,
    types.PDF: _pdf,
    types.ENCRYPTED_OOXML: _locked,
    **dict.fromkeys(types.DOCX_KINDS, _docx),
    **dict.fromkeys(types.XLSX_KINDS, _xlsx),
}
