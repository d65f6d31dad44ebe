"""Reading rich-text documents (.rtf, and many a .doc): body, headers, footnotes, comments, what fields show.

Follows Microsoft's Rich Text Format Specification 1.9.1. Groups, pictures and control words are read in one pass
without recursion; only the words that change what a reader sees are known here, all others are passed over.
"""

import codecs
import re
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from scanners.errors import BrokenContentError, OversizedContentError
from scanners.text.dates import from_w3cdtf
from scanners.text.reading import Draft

_MAX_DEPTH = 10_000
_MAX_TOKENS = 8_000_000
_MAX_FONTS = 10_000
_MAX_UNDECODED_BYTES = 1 << 18
_MAX_STATED_PARTS = 1000

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?[0-9]{1,10})? ?"  # 1, 2: a control word and its number
    rb"|\\'([0-9A-Fa-f]{2})"  # 3: a byte
    rb"|\\([^A-Za-z])"  # 4: a control symbol
    rb"|([{}])"  # 5: a group begins or ends
    rb"|([^\\{}\r\n\x00]+)",  # 6: text
    re.DOTALL,
)
_SKIPPED = re.compile(rb"\\bin([0-9]{1,10}) ?|\\[^b]|[{}]", re.DOTALL)  # all that matters where nothing is read

_WORDS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"column": "\n", b"row": "\n", b"nestrow": "\n",
    b"tab": "\t", b"cell": "\t", b"nestcell": "\t",
    b"emdash": "\u2014", b"endash": "\u2013", b"bullet": "\u2022",
    b"lquote": "\u2018", b"rquote": "\u2019", b"ldblquote": "\u201c", b"rdblquote": "\u201d",
    b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": " ", b"_": "-", b"\n": "\n", b"\r": "\n", b"{": "{", b"}": "}", b"\\": "\\"}

# Destinations that no reader sees, or sees a second time. Those marked "ignorable" are left out without being named.
_UNSEEN = frozenset(
    (
        *(b"colortbl", b"stylesheet", b"pict", b"nonshppict", b"shprslt", b"fldinst", b"objdata", b"objclass"),
        *(b"themedata", b"colorschememapping", b"latentstyles", b"datastore", b"filetbl", b"xe", b"tc", b"rxe"),
        *(b"sp", b"bkmkstart", b"bkmkend", b"pntext", b"pntxta", b"pntxtb", b"ftnsep", b"ftnsepc", b"aftnsep"),
        *(b"atnid", b"atnref", b"atndate", b"listname", b"private", b"keycode", b"template", b"panose", b"falt"),
    )
)
_ASIDES = (
    *(b"header", b"headerl", b"headerr", b"headerf", b"footer", b"footerl", b"footerr", b"footerf"),
    *(b"footnote", b"annotation", b"shptxt"),
)
_SEEN_THOUGH_IGNORABLE = frozenset((*_ASIDES, b"shpinst", b"fonttbl", b"info", b"ud"))
_STATED = {
    b"title": "title", b"author": "author", b"operator": "last_modified_by", b"subject": "subject",
    b"keywords": "keywords", b"doccomm": "description", b"company": "company", b"category": "category",
    b"manager": "manager", b"generator": "application",
}  # fmt: skip
_STATED_DATES = {b"creatim": "created_at", b"revtim": "modified_at", b"printim": "last_printed_at"}
_DATE_FIELDS = {b"yr": "yr", b"mo": "mo", b"dy": "dy", b"hr": "hr", b"min": "min"}

_CHARACTER_SETS = {b"ansi": "cp1252", b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}
# \fcharset of a font -> its encoding; 0 is the document's own, 2 the symbols', whose letters are pictures.
_SYMBOL_FONT = "symbols"
_FONT_SETS = {
    2: _SYMBOL_FONT, 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_CODE_PAGES = re.compile(r"cp(?:125\d|437|8[5-7]\d|93[26]|949|950)|mac_\w+|gbk|johab|utf-8")
_HIGH_SURROGATES, _LOW_SURROGATES = range(0xD800, 0xDC00), range(0xDC00, 0xE000)


class _Group(NamedTuple):
    """What holds until the group ends: where text goes ("" is the document), and how bytes become letters."""

    goes_to: str = ""
    encoding: str | None = None
    skipped_after_unicode: int = 1
    is_deleted: bool = False
    is_aside: bool = False
    is_rendering: bool = False  # what a mail program added beside the HTML that it kept inside


def read_rtf(content: bytes, draft: Draft) -> None:
    """Collect the text and properties of a rich-text document.

    Raises:
        ContentError: It is cut off, or nested or coded beyond all measure; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    if not content.lstrip().startswith(b"{\\rtf"):
        raise BrokenContentError("it does not begin as a rich-text document does")
    reader = _Reader(content, draft)
    try:
        reader.read()
    finally:
        reader.state_properties()


class _Reader:
    """Goes through the tokens of one document."""

    def __init__(self, content: bytes, draft: Draft) -> None:
        self._content = content
        self._draft = draft
        self._group = _Group()
        self._outer: list[_Group] = []
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._default_font: int | None = None
        self._font = 0
        self._bytes = bytearray()
        self._high = 0  # the first half of a character beyond the basic plane
        self._to_skip = 0
        self._is_ignorable = False
        self._stated: dict[str, list[str]] = {}
        self._dates: dict[str, dict[str, int]] = {}
        self._is_html_inside = False
        self._position = 0

    def read(self) -> None:
        content = self._content
        match = _TOKEN.search(content)
        count = 0
        while match:
            self._position = match.end()
            count += 1
            self._take(match)
            if count > _MAX_TOKENS:
                self._flush()
                raise OversizedContentError("it holds far more formatting than any real document")
            match = _TOKEN.search(content, self._position)
        self._flush()
        if self._outer:
            raise BrokenContentError("it ends in the middle, as when a file was cut off")

    def state_properties(self) -> None:
        for name, parts in self._stated.items():
            self._draft.state(name, "".join(parts).rstrip("; \r\n") if name == "application" else "".join(parts))
        for name, stated in self._dates.items():
            self._draft.state(name, from_w3cdtf(_as_w3cdtf(stated)))

    def _take(self, match: re.Match[bytes]) -> None:
        text = match[6]
        if text is not None:
            self._add_bytes(text)
        elif match[1] is not None:
            self._take_word(match[1], match[2])
        elif match[3] is not None:
            self._add_bytes(bytes.fromhex(match[3].decode("ascii")))
        elif match[5] is not None:
            self._open() if match[5] == b"{" else self._close()
        elif match[4] == b"*":
            self._is_ignorable = True
        elif match[4] in _SYMBOLS:
            self._add_text(_SYMBOLS[match[4]])

    def _open(self) -> None:
        self._to_skip = 0
        self._is_ignorable = False
        if len(self._outer) >= _MAX_DEPTH:
            self._flush()
            raise BrokenContentError("it is nested far more deeply than real files")
        self._outer.append(self._group)

    def _close(self) -> None:
        self._to_skip = 0
        if not self._outer:
            self._position = len(self._content)  # what follows the last group is not part of the document
            return
        outer = self._outer.pop()
        if outer is not self._group:
            self._flush()
            if self._group.is_aside and not outer.is_aside:
                self._pass_on("\n")
            self._group = outer
        if not self._outer:
            self._position = len(self._content)

    def _take_word(self, word: bytes, number: bytes | None) -> None:
        is_ignorable, self._is_ignorable = self._is_ignorable, False
        if word == b"u" and number is not None:
            self._add_unicode(int(number) & 0xFFFF)
        elif self._to_skip:
            self._to_skip -= 1  # a control word stands for one of the letters in place of a Unicode one
        elif word in _WORDS:
            self._add_text(_WORDS[word])
        elif word in _UNSEEN or (is_ignorable and word not in _STATED and word not in _SEEN_THOUGH_IGNORABLE):
            self._skip_group()
        elif word in self._ACTIONS:
            self._ACTIONS[word](self, word, None if number is None else int(number))

    def _skip_group(self) -> None:
        """Go to the end of the group at hand, over pictures of many megabytes, without looking at the inside."""
        depth = 1
        position = self._position
        while depth:
            match = _SKIPPED.search(self._content, position)
            if not match:
                self._position = len(self._content)
                return
            position = match.end()
            if match[0] == b"{":
                depth += 1
            elif match[0] == b"}":
                depth -= 1
            elif match[1]:
                position += int(match[1])
        self._position = position - 1  # the bracket itself closes the group

    def _add_bytes(self, text: bytes) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(text))
            self._to_skip -= skipped
            text = text[skipped:]
        group = self._group
        if group.is_deleted or group.is_rendering or not text:
            return
        self._bytes += text
        if len(self._bytes) > _MAX_UNDECODED_BYTES:
            self._flush()

    def _add_text(self, text: str) -> None:
        if self._to_skip:
            self._to_skip -= 1
            return
        self._flush()
        self._pass_on(text)

    def _add_unicode(self, code: int) -> None:
        self._flush()
        self._to_skip = self._group.skipped_after_unicode
        if code in _HIGH_SURROGATES:
            self._high = code
        elif code in _LOW_SURROGATES and self._high:
            self._pass_on(chr(0x10000 + ((self._high - 0xD800) << 10) + (code - 0xDC00)))
            self._high = 0
        else:
            self._pass_on(chr(code))

    def _flush(self) -> None:
        if self._bytes:
            encoding = self._group.encoding or self._encoding
            if encoding != _SYMBOL_FONT:
                self._pass_on(self._bytes.decode(encoding, "replace"))
            self._bytes.clear()

    def _pass_on(self, text: str) -> None:
        group = self._group
        if group.is_deleted or group.is_rendering:
            return
        if not group.goes_to:
            self._draft.add(text)
        elif len(self._stated.get(group.goes_to, ())) < _MAX_STATED_PARTS and group.goes_to in self._stated:
            self._stated[group.goes_to].append(text[:1000])

    # What single control words do; the table below names the words.

    def _set_character_set(self, word: bytes, _number: int | None) -> None:
        self._encoding = _CHARACTER_SETS[word]

    def _set_code_page(self, _word: bytes, number: int | None) -> None:
        self._encoding = _code_page(number) or self._encoding

    def _begin_fonts(self, _word: bytes, _number: int | None) -> None:
        self._change(goes_to="fonts")

    def _take_font(self, _word: bytes, number: int | None) -> None:
        self._font = number or 0
        if self._group.goes_to != "fonts":
            self._change(encoding=self._fonts.get(self._font))

    def _take_font_set(self, word: bytes, number: int | None) -> None:
        if self._group.goes_to == "fonts" and len(self._fonts) < _MAX_FONTS:
            encoding = _FONT_SETS.get(number or 0) if word == b"fcharset" else _code_page(number)
            if encoding:
                self._fonts.setdefault(self._font, encoding)

    def _take_default_font(self, _word: bytes, number: int | None) -> None:
        self._default_font = number

    def _take_plain(self, _word: bytes, _number: int | None) -> None:
        encoding = self._fonts.get(self._default_font) if self._default_font is not None else None
        self._change(encoding=encoding, is_deleted=False)

    def _take_skip_count(self, _word: bytes, number: int | None) -> None:
        self._change(skipped_after_unicode=max(0, min(number if number is not None else 1, 16)))

    def _take_deleted(self, _word: bytes, number: int | None) -> None:
        self._change(is_deleted=number != 0)

    def _take_html_inside(self, _word: bytes, _number: int | None) -> None:
        self._is_html_inside = True

    def _take_rendering(self, _word: bytes, number: int | None) -> None:
        if self._is_html_inside:  # [MS-OXRTFEX] 2.1.3.1.4
            self._change(is_rendering=number != 0)

    def _take_binary(self, _word: bytes, number: int | None) -> None:
        self._position += max(0, number or 0)

    def _begin_info(self, _word: bytes, _number: int | None) -> None:
        self._change(goes_to="info")

    def _begin_statement(self, word: bytes, _number: int | None) -> None:
        name = _STATED[word]
        if self._group.goes_to in ("info", "") and (word == b"generator" or self._group.goes_to == "info"):
            if name in self._stated:  # some programs repeat the whole block
                self._skip_group()
                return
            self._stated[name] = []
            self._change(goes_to=name)

    def _prefer_unicode(self, _word: bytes, _number: int | None) -> None:
        """Pass over the first of two renderings of the same words, the one without Unicode."""
        start = self._content.find(b"{", self._position)
        if start >= 0:
            self._position = start + 1
            self._skip_group()
            self._position += 1

    def _begin_date(self, word: bytes, _number: int | None) -> None:
        if self._group.goes_to == "info":
            self._change(goes_to=_STATED_DATES[word])

    def _take_date_field(self, word: bytes, number: int | None) -> None:
        if self._group.goes_to in _STATED_DATES.values() and number is not None:
            self._dates.setdefault(self._group.goes_to, {})[_DATE_FIELDS[word]] = number

    def _take_page_count(self, _word: bytes, number: int | None) -> None:
        if self._group.goes_to == "info" and number:
            self._draft.state("page_count", str(number))

    def _begin_aside(self, _word: bytes, _number: int | None) -> None:
        self._change(is_aside=True)
        self._pass_on("\n")

    def _change(self, **changes: Any) -> None:  # noqa: ANN401  the fields of a group are of several types
        self._flush()
        self._group = self._group._replace(**changes)

    _ACTIONS: ClassVar[dict[bytes, "_Action"]] = {
        **dict.fromkeys(_CHARACTER_SETS, _set_character_set),
        **dict.fromkeys(_STATED, _begin_statement),
        **dict.fromkeys(_STATED_DATES, _begin_date),
        **dict.fromkeys(_DATE_FIELDS, _take_date_field),
        **dict.fromkeys(_ASIDES, _begin_aside),
        b"ansicpg": _set_code_page,
        b"fonttbl": _begin_fonts,
        b"f": _take_font,
        b"fcharset": _take_font_set,
        b"cpg": _take_font_set,
        b"deff": _take_default_font,
        b"plain": _take_plain,
        b"uc": _take_skip_count,
        b"deleted": _take_deleted,
        b"fromhtml": _take_html_inside,
        b"htmlrtf": _take_rendering,
        b"upr": _prefer_unicode,
        b"bin": _take_binary,
        b"info": _begin_info,
        b"nofpages": _take_page_count,
    }


_Action = Callable[[_Reader, bytes, int | None], None]


def _code_page(number: int | None) -> str | None:
    name = {10000: "mac_roman", 65001: "utf-8", 936: "gbk"}.get(number or 0, f"cp{number}")
    try:
        name = codecs.lookup(name).name
    except LookupError:
        return None
    return name if _CODE_PAGES.fullmatch(name.replace("-", "_") if name.startswith("mac") else name) else None


def _as_w3cdtf(stated: dict[str, int]) -> str:
    year, month, day = (stated.get(field, 0) for field in ("yr", "mo", "dy"))
    hour, minute = stated.get("hr", 0), stated.get("min", 0)
    return f"{year:04d}-{month:02d}-{day:02d}" + (f"T{hour:02d}:{minute:02d}" if hour or minute else "")
