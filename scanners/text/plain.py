"""Reading text that is just text: notes, tables with commas, web pages and XML, in any usual encoding.

The encoding is taken from the byte order mark, else UTF-8 when the bytes are valid UTF-8, else what a web page
declares, else Windows' Western European one, in which every old British file can be read.
"""

import codecs
import re
from html import unescape

from scanners.identification.plain_types import encoding_mark
from scanners.text.reading import Draft

_LAST_RESORT = "cp1252"
_BYTES_PER_CHAR = 4
_MARKUP_PER_TEXT = 16  # how many bytes of markup are searched for one character of text
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
# Python's list of codecs also holds ciphers, compressors and some that fail on odd bytes.
_ENCODINGS = re.compile(
    r"iso8859-(?:[2-9]|1\d)|cp(?:125\d|437|8[56]\d|93[26]|949|950)|koi8-[rtu]|gb\w+|big5|euc_\w+|shift_jis"
)
_DECLARED_WITHIN_BYTES = 2048
# Elements whose content nobody reads, and where they end.
_SILENT_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}
_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:_-]*)")
_MAX_TITLE_CHARS = 1000
_CDATA = "<![CDATA["
_LINE_ENDS = frozenset(
    (
        *("p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dt", "dd"),
        *("title", "blockquote", "section", "article", "hr", "pre", "option"),
    )
)
_INLINE = frozenset(
    (
        *("a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "mark", "q", "s", "small", "span"),
        *("strong", "sub", "sup", "tt", "u", "wbr"),
    )
)


def read_plain(content: bytes, draft: Draft) -> None:
    """Collect text as it stands.

    Raises:
        EnoughTextError: The draft is full.
    """
    wanted = draft.limit_chars * _BYTES_PER_CHAR
    text = decode(content[:wanted])
    draft.add(text)
    draft.is_cut_short = draft.is_cut_short or len(content) > wanted


def read_markup(content: bytes, draft: Draft) -> None:
    """Collect the text between the tags of a web page or an XML file, and the page's title.

    Takes time in proportion to the length, however broken the markup is.

    Raises:
        EnoughTextError: The draft is full.
    """
    wanted = draft.limit_chars * _BYTES_PER_CHAR * _MARKUP_PER_TEXT
    text = decode(content[:wanted], declared=_declared_encoding(content))
    draft.is_cut_short = len(content) > wanted
    _strip_tags(text, draft)


def decode(content: bytes, *, declared: str | None = None) -> str:
    """Return bytes as text; never fails, as the last resort knows a character for nearly every byte."""
    marked = encoding_mark(content)
    if marked:
        mark, encoding = marked
        return codecs.getincrementaldecoder(encoding)("replace").decode(content[len(mark) :])
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(content)  # a character may be cut at the end
    except UnicodeDecodeError:
        return content.decode(declared or _LAST_RESORT, "replace")


def _declared_encoding(content: bytes) -> str | None:
    match = _DECLARED.search(content[:_DECLARED_WITHIN_BYTES])
    if not match:
        return None
    try:
        name = codecs.lookup(match[1].decode("ascii")).name
    except (LookupError, ValueError):
        return None
    return name if _ENCODINGS.fullmatch(name) else None


def _strip_tags(text: str, draft: Draft) -> None:
    position = 0
    while position < len(text):
        opening = text.find("<", position)
        if opening < 0:
            draft.add(unescape(text[position:]))
            return
        draft.add(unescape(text[position:opening]))
        position = _after_markup(text, opening, draft)


def _after_markup(text: str, opening: int, draft: Draft) -> int:
    """Return where the markup that opens here ends; a "<" that opens none is text."""
    tag = _TAG_NAME.match(text, opening)
    if tag:
        return _after_tag(text, opening, tag[1].lower(), draft)
    if text.startswith("<!--", opening):
        return _past(text, "-->", opening + 4)
    if text.startswith(_CDATA, opening):
        closing = _past(text, "]]>", opening + len(_CDATA))
        draft.add(text[opening + len(_CDATA) : closing].removesuffix("]]>"))
        return closing
    if text.startswith(("<!", "<?"), opening):
        return _past(text, ">", opening)
    draft.add("<")
    return opening + 1


def _after_tag(text: str, opening: int, name: str, draft: Draft) -> int:
    closing = _past(text, ">", opening)
    if name not in _INLINE:
        draft.add("\n" if name in _LINE_ENDS else " ")
    if text.startswith("</", opening):
        return closing
    if name == "title":
        end = text.find("</", closing, closing + _MAX_TITLE_CHARS)
        draft.state("title", unescape(text[closing:end]) if end >= 0 else None)
    if name in _SILENT_ENDS:
        end_tag = _SILENT_ENDS[name].search(text, closing)
        return end_tag.start() if end_tag else len(text)
    return closing


def _past(text: str, end: str, start: int) -> int:
    found = text.find(end, start)
    return found + len(end) if found >= 0 else len(text)
