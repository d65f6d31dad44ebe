"""What the readers of binary workbooks share: strings that are cut into portions, and the words that pile up.

Follows [MS-XLS] 2.5.293 (a string that goes on in the next record states its width there again).
"""

import re
import struct

from scanners.text.package import Package
from scanners.text.reading import Draft

_WIDE, _HAS_AIDS, _IS_RICH = 0x01, 0x04, 0x08
# [MS-XLS] 2.4.136 and ISO/IEC 29500-1 18.3.1.46: fonts, page numbers
_PAGE_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|[0-9]+|[A-Za-z])')
MAX_SHEET_BYTES = 8 << 20
_HEADER = struct.Struct("<HB")
_WORDS_AT_ONCE = 200


class BrokenStringError(Exception):
    """A string ends before its stated length: a signal within the readers, never an error that anybody sees."""


class Words:
    """Texts of cells on their way to the draft, a few hundred at once, since most are a word or two."""

    def __init__(self, draft: Draft) -> None:
        self.is_cut_short = False
        self._draft = draft
        self._waiting: list[str] = []

    def add(self, text: str) -> None:
        """Add the text of a cell.

        Raises:
            EnoughTextError: The draft is full.
        """
        self._waiting.append(text)
        if len(self._waiting) >= _WORDS_AT_ONCE:
            self.flush()

    def add_page_text(self, text: str) -> None:
        """Add the header or footer of a printed page, without the codes for fonts and page numbers.

        Raises:
            EnoughTextError: The draft is full.
        """
        self.add(without_page_codes(text))

    def flush(self) -> None:
        """Pass on what is waiting.

        Raises:
            EnoughTextError: The draft is full.
        """
        waiting, self._waiting = self._waiting, []
        text = "\n".join(filter(None, waiting))
        if text:
            self._draft.add(text + "\n")


def without_page_codes(text: str) -> str:
    """Return the header or footer of a printed page without the codes for fonts and page numbers."""
    return _PAGE_CODES.sub(" ", text)


def beginning_of_part(package: Package, part: str, draft: Draft) -> bytes:
    """Return the first 8 MiB of a sheet or list of texts: what follows in a larger one is mostly numbers.

    Raises:
        ContentError: It cannot be unpacked.
    """
    content = bytearray()
    for chunk in package.archive.chunks(part, allowance=package.allowance):
        content += chunk
        if len(content) >= MAX_SHEET_BYTES:
            draft.is_cut_short = True
            break
    return bytes(content)


class Portions:
    """The content of a record and of those that continue it, as one run of bytes with seams.

    Args:
        content: The whole stream.
        bounds: From where to where each portion stands; never empty.
    """

    def __init__(self, content: bytes | bytearray, bounds: tuple[tuple[int, int], ...]) -> None:
        self._content = content
        self._bounds = bounds
        self._number = 0
        self._at, self._end = bounds[0]

    def skip(self, count: int) -> None:
        """Pass over bytes that are no text.

        Raises:
            BrokenStringError: There are not so many.
        """
        while count > self._end - self._at:
            count -= self._end - self._at
            self._turn()
        self._at += count

    def shared_string(self) -> str:
        """Return the next string of the workbook's common list, without its formats and reading aids.

        Raises:
            BrokenStringError: It ends before its stated length.
        """
        if self._at == self._end:
            self._turn()
        if self._end - self._at < _HEADER.size:
            raise BrokenStringError
        length, flags = _HEADER.unpack_from(self._content, self._at)
        self._at += _HEADER.size
        behind = 4 * self._number_of(2) if flags & _IS_RICH else 0
        behind += self._number_of(4) if flags & _HAS_AIDS else 0
        text = self._characters(length, is_wide=bool(flags & _WIDE))
        if behind:
            self.skip(behind)
        return text

    def flagged_text(self, length: int) -> str:
        """Return text before which a byte tells how wide its characters are.

        Raises:
            BrokenStringError: It ends before its stated length.
        """
        flags = self._number_of(1)
        behind = (2 if flags & _IS_RICH else 0) + (4 if flags & _HAS_AIDS else 0)
        if behind:
            self.skip(behind)
        return self._characters(length, is_wide=bool(flags & _WIDE))

    def _characters(self, length: int, *, is_wide: bool) -> str:
        width = 1 + is_wide
        if length * width <= self._end - self._at:  # nearly always
            raw = self._content[self._at : self._at + length * width]
            self._at += length * width
            return raw.decode("utf-16-le", "replace") if is_wide else raw.decode("latin-1")
        parts: list[str] = []
        while length > 0:
            if self._at >= self._end:
                self._turn()
                width = 1 + (self._number_of(1) & _WIDE)
            count = min(length, max(1, (self._end - self._at) // width))
            raw = self._content[self._at : min(self._end, self._at + count * width)]
            parts.append(raw.decode("utf-16-le" if width > 1 else "latin-1", "replace"))
            self._at += count * width
            length -= count
        return "".join(parts)

    def _number_of(self, width: int) -> int:
        if self._end - self._at < width:
            raise BrokenStringError
        number = int.from_bytes(self._content[self._at : self._at + width], "little")
        self._at += width
        return number

    def _turn(self) -> None:
        """Go on to the next portion."""
        self._number += 1
        if self._number >= len(self._bounds):
            raise BrokenStringError
        self._at, self._end = self._bounds[self._number]
