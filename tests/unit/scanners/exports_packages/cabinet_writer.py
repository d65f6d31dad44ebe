"""Writes Windows cabinets by [MS-CAB], whole or as a set that spans several files, for tests to read and to break."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STORED, MSZIP, LZX = 0, 1, 3
_BLOCK = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    packed: bytes
    unpacked_bytes: int


def checksum(content: bytes, seed: int = 0) -> int:
    """Return the sum as the specification words it: word by word, the odd bytes at the end the other way round."""
    whole = len(content) // 4 * 4
    for (word,) in struct.iter_unpack("<I", content[:whole]):
        seed ^= word
    rest = content[whole:]
    return seed ^ int.from_bytes(rest, "big")


def blocks_of(content: bytes, *, method: int = MSZIP) -> list[Block]:
    blocks: list[Block] = []
    for start in range(0, len(content), _BLOCK):
        chunk = content[start : start + _BLOCK]
        packed = chunk
        if method != STORED:
            history = content[max(0, start - _BLOCK) : start]
            compressor = zlib.compressobj(6, zlib.DEFLATED, -15, zdict=history)
            packed = b"CK" + compressor.compress(chunk) + compressor.flush()
        blocks.append(Block(packed=packed, unpacked_bytes=len(chunk)))
    return blocks


def a_cabinet(
    files: Mapping[str, bytes], *, method: int = MSZIP, folder_of: Mapping[str, int] | None = None, set_id: int = 0
) -> bytes:
    """Return one cabinet; `folder_of` spreads the files over several folders, counted from 0."""
    folders = folder_of or {}
    count = max(folders.values(), default=0) + 1
    contents = [b"".join(content for name, content in files.items() if folders.get(name, 0) == n) for n in range(count)]
    offsets = [0] * count
    entries: list[tuple[str, int, int, int]] = []
    for name, content in files.items():
        number = folders.get(name, 0)
        entries.append((name, len(content), offsets[number], number))
        offsets[number] += len(content)
    return assembled(entries, [blocks_of(content, method=method) for content in contents], method=method, set_id=set_id)


def a_cabinet_set(files: Mapping[str, bytes], *, cuts: Sequence[int], names: Sequence[str]) -> dict[str, bytes]:
    """Return cabinets of one folder, cut after so many packed bytes; every cut must fall inside a file's content."""
    content = b"".join(files.values())
    blocks = blocks_of(content)
    parts, cut_blocks = _cut(blocks, cuts)
    # A block that is cut belongs to both cabinets: a file that begins in it goes on, one that ends in it was begun.
    starts = [start for start, _ in cut_blocks] + [len(content) + 1]
    ends_of = [end for _, end in cut_blocks] + [len(content) + 1]
    made: dict[str, bytes] = {}
    for number, name in enumerate(names):
        entries = []
        offset = 0
        for file, data in files.items():
            begins, ends = offset, offset + len(data)
            offset = ends
            is_first, is_last = number == 0, number == len(names) - 1
            begun_before = not is_first and begins < ends_of[number]
            goes_on = not is_last and ends > starts[number + 1]
            if (begun_before and ends <= starts[number]) or (not is_last and begins >= ends_of[number + 1]):
                continue
            mark = {(False, False): 0, (False, True): 0xFFFE, (True, False): 0xFFFD, (True, True): 0xFFFF}
            entries.append((file, len(data), begins, mark[begun_before, goes_on]))
        made[name] = assembled(
            entries,
            [parts[number]],
            set_id=77,
            number=number,
            before=names[number - 1] if number else "",
            after=names[number + 1] if number + 1 < len(names) else "",
        )
    return made


def _cut(blocks: Sequence[Block], cuts: Sequence[int]) -> tuple[list[list[Block]], list[tuple[int, int]]]:
    """Cut blocks after so many packed bytes; return them by cabinet, and the place in the content of each cut block."""
    parts: list[list[Block]] = [[]]
    cut_blocks, packed_before, unpacked_before = [(0, 0)], 0, 0
    limits = list(cuts)
    for block in blocks:
        rest = block.packed
        while limits and packed_before + len(rest) > limits[0]:
            keep = limits.pop(0) - packed_before
            parts[-1].append(Block(packed=rest[:keep], unpacked_bytes=0))
            parts.append([])
            cut_blocks.append((unpacked_before, unpacked_before + block.unpacked_bytes))
            packed_before += keep
            rest = rest[keep:]
        parts[-1].append(Block(packed=rest, unpacked_bytes=block.unpacked_bytes))
        packed_before += len(rest)
        unpacked_before += block.unpacked_bytes
    return parts, cut_blocks


def assembled(
    entries: Sequence[tuple[str, int, int, int]],
    folders: Sequence[Sequence[Block]],
    *,
    method: int = MSZIP,
    set_id: int = 0,
    number: int = 0,
    before: str = "",
    after: str = "",
) -> bytes:
    """Return a cabinet of these parts, true or not: entries are name, size, offset and folder."""
    links = b"".join(name.encode() + b"\0disk\0" for name in (before, after) if name)
    flags = bool(before) | bool(after) << 1
    files_at = 36 + len(links) + 8 * len(folders)
    listing = b"".join(
        struct.pack("<2I4H", size, offset, folder, 0x2D32, 0, 0x80) + name.encode() + b"\0"
        for name, size, offset, folder in entries
    )
    data_at = files_at + len(listing)
    heads, data = b"", b""
    for blocks in folders:
        heads += struct.pack("<I2H", data_at + len(data), len(blocks), method)
        for block in blocks:
            sizes = struct.pack("<2H", len(block.packed), block.unpacked_bytes)
            data += struct.pack("<I", checksum(sizes, checksum(block.packed))) + sizes + block.packed
    size = data_at + len(data)
    header = struct.pack(
        "<4s5I2B5H",
        b"MSCF", 0, size, 0, files_at, 0, 3, 1, len(folders), len(entries), flags, set_id, number,
    )  # fmt: skip
    return header + links + heads + listing + data
