"""Reading what a reader sees of web pages, of pages inside e-mails and e-books, and of XML of any kind.

Nothing is parsed as XML here, so no document type, entity or link can reach anywhere; only the characters that
HTML names are put in place of their names. Takes time in proportion to the length, however broken the page is.
"""

import re
from html import unescape as _unescape

from scanners.text.dates import from_w3cdtf
from scanners.text.odf import is_flat_odf, read_flat_odf
from scanners.text.plain import decode, encoding_called
from scanners.text.reading import Draft

SVG = "image/svg+xml"

_BYTES_PER_CHAR = 4
_MARKUP_PER_TEXT = 16  # how many bytes of markup are searched for one character of text
_DECLARED = re.compile(rb"""(?:charset|encoding)\s{0,20}=\s{0,20}["']?\s{0,20}([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_DECLARED_WITHIN_BYTES = 2048
# Elements whose content nobody reads, and where they end.
_SILENT_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}
_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:_-]*)")
_ATTRIBUTE = re.compile(
    r"""([A-Za-z:.-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))"""
)
_ENDLESS_NUMBER = re.compile("&#[0-9]{20,};?")  # Python refuses to make a number of thousands of digits
_MAX_TAG_CHARS = 4000
_MAX_TITLE_CHARS = 1000
_CDATA = "<![CDATA["
_STATED = {
    "author": "author",
    "dc.creator": "author",
    "dcterms.creator": "author",
    "dc.title": "title",
    "description": "description",
    "keywords": "keywords",
    "generator": "application",
}
_STATED_DATES = {
    "dcterms.created": "created_at",
    "dc.date.created": "created_at",
    "dcterms.modified": "modified_at",
    "dc.date.modified": "modified_at",
}
_LINE_ENDS = frozenset(
    (
        *("p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dt", "dd"),
        *("title", "blockquote", "section", "article", "hr", "pre", "option"),
    )
)
# Elements in the middle of words. Links are none: those of a menu often stand beside each other without a blank.
_INLINE = frozenset(
    (
        *("abbr", "b", "big", "cite", "code", "em", "font", "i", "mark", "q", "s", "small", "span"),
        *("strong", "sub", "sup", "tt", "u", "wbr"),
    )
)


def read_markup(content: bytes, draft: Draft) -> None:
    """Collect the text between the tags of a web page or an XML file, and what the page states about itself.

    Raises:
        ContentError: It is an OpenDocument file in one piece, and damaged.
        EnoughTextError: The draft is full.
    """
    if is_flat_odf(content):
        read_flat_odf(content, draft)
        return
    wanted = draft.limit_chars * _BYTES_PER_CHAR * _MARKUP_PER_TEXT
    match = _DECLARED.search(content[:_DECLARED_WITHIN_BYTES])
    declared = encoding_called(match[1].decode("ascii")) if match else None
    text = decode(content[:wanted], declared=declared)
    draft.is_cut_short = draft.is_cut_short or len(content) > wanted
    add_markup(text, draft, states_properties=True)


def unescape(text: str) -> str:
    """Return text with its references to characters resolved; numbers beyond all characters are no character."""
    if "&#" in text:
        text = _ENDLESS_NUMBER.sub("\ufffd", text)
    return _unescape(text)


def add_markup(text: str, draft: Draft, *, states_properties: bool = False) -> None:
    """Add the text between tags to a draft, with line ends where the page has them.

    Raises:
        EnoughTextError: The draft is full.
    """
    position = 0
    while position < len(text):
        opening = text.find("<", position)
        if opening < 0:
            draft.add(unescape(text[position:]))
            return
        draft.add(unescape(text[position:opening]))
        position = _after_markup(text, opening, draft, states_properties=states_properties)


def _after_markup(text: str, opening: int, draft: Draft, *, states_properties: bool) -> int:
    """Return where the markup that opens here ends; a "<" that opens none is text."""
    tag = _TAG_NAME.match(text, opening)
    if tag:
        return _after_tag(text, opening, tag[1].lower(), draft, states_properties=states_properties)
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


def _after_tag(text: str, opening: int, name: str, draft: Draft, *, states_properties: bool) -> int:
    closing = _past(text, ">", opening)
    if name not in _INLINE:
        draft.add("\n" if name in _LINE_ENDS else " ")
    if text.startswith("</", opening):
        return closing
    if states_properties and name == "title":
        end = text.find("</", closing, closing + _MAX_TITLE_CHARS)
        draft.state("title", unescape(text[closing:end]) if end >= 0 else None)
    elif states_properties and name == "meta":
        _state(text[opening : min(closing, opening + _MAX_TAG_CHARS)], draft)
    if name in _SILENT_ENDS:
        end_tag = _SILENT_ENDS[name].search(text, closing)
        return end_tag.start() if end_tag else len(text)
    return closing


def _state(tag: str, draft: Draft) -> None:
    stated = {match[1].lower(): match[2] or match[3] or match[4] or "" for match in _ATTRIBUTE.finditer(tag)}
    name = stated.get("name", stated.get("property", "")).lower()
    content = unescape(stated.get("content", ""))
    if name in _STATED:
        draft.state(_STATED[name], content)
    elif name in _STATED_DATES:
        draft.state(_STATED_DATES[name], from_w3cdtf(content))


def _past(text: str, end: str, start: int) -> int:
    found = text.find(end, start)
    return found + len(end) if found >= 0 else len(text)
