"""A child whose reader does what the content tells it to: hang, eat memory, crash, lie. Run as a script."""

import ctypes
import gc
import itertools
import math
import os
import signal
import sys
import time

from scanners.examination import child
from scanners.examination.answers import packed_known_row
from scanners.examination.child import main
from scanners.examination.slip import Phase, Slip
from scanners.text import ContentReading


def loop() -> None:
    while True:
        pass


def eat() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(64 << 20))


def nibble() -> None:
    hoard: list[object] = []
    while True:
        hoard = [hoard, bytes(100)]


def starve() -> None:
    """Give up where memory ends, as a library does that checks what it is given and knows no way back."""
    hoard = []
    try:
        while True:
            hoard.append(b"x" * (4 << 20))
    except MemoryError:
        os.abort()


def fail() -> None:
    message = "no reader expects this"
    raise ArithmeticError(message)


def write_out() -> None:
    sys.stdout.write("a library that prints")
    sys.stdout.flush()
    os.write(1, b"straight to the pipe")


DEEDS = {
    b"LOOP": loop,
    b"SLEEP": lambda: time.sleep(600),
    b"EAT": eat,
    b"NIBBLE": nibble,
    b"STARVE": starve,
    b"SEGFAULT": lambda: ctypes.string_at(0),
    b"EXIT": lambda: os._exit(3),
    b"KILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"RAISE": fail,
    b"PRINT": write_out,
}


COUNTED = itertools.count(1)


def forge_slip() -> None:
    for slip in (found for found in gc.get_objects() if isinstance(found, Slip)):
        slip.stand(5_000_000, math.nan, Phase.CONTENT)
        slip.note_read(5_000_000, math.inf, digest=bytes(32), media_type=b"a b")
    time.sleep(600)


def invent() -> None:
    child.packed_row = lambda digest, media_type, *_, **__: packed_known_row(digest, media_type)  # type: ignore[attr-defined]  # lies


def hostile(_media_type: str, content: bytes, limit_chars: int) -> ContentReading:
    """Do what the content says."""
    if content == b"LIE":
        return ContentReading(text="x" * (limit_chars + 1), is_read=True)
    if content == b"INVENT":
        invent()
    if content == b"FORGE":
        forge_slip()
    if content.startswith((b"MARK", b"COUNT")):
        return ContentReading(text=f"read {next(COUNTED)} times", is_read=True)
    if content in DEEDS:
        DEEDS[content]()
    return ContentReading(text=content.decode("utf-8", "replace"), is_read=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], extractor=hostile))
