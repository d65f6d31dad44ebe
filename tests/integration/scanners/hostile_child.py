"""A child whose reader does what the content tells it to: hang, eat memory, crash, lie. Run as a script."""

import ctypes
import os
import signal
import sys
import time

from scanners.examination.child import main
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
    b"SEGFAULT": lambda: ctypes.string_at(0),
    b"EXIT": lambda: os._exit(3),
    b"KILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"RAISE": fail,
    b"PRINT": write_out,
}


def hostile(_media_type: str, content: bytes, limit_chars: int) -> ContentReading:
    """Do what the content says."""
    if content == b"LIE":
        return ContentReading(text="x" * (limit_chars + 1), is_read=True)
    if content in DEEDS:
        DEEDS[content]()
    return ContentReading(text=content.decode("utf-8", "replace"), is_read=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], extractor=hostile))
