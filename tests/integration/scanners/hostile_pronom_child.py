"""A child whose PRONOM does what the content tells it to: hang, eat memory, crash, lie. Run as a script."""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from scanners.identification.pronom import PronomAnswer, PronomMissingError
from scanners.identification.pronom_child import main


def eat() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(64 << 20))


def write_out() -> None:
    sys.stdout.write("a library that prints")
    sys.stdout.flush()
    os.write(1, b"straight to the pipe")


DEEDS = {
    b"SLEEP": lambda: time.sleep(600),
    b"EAT": eat,
    b"SEGFAULT": lambda: ctypes.string_at(0),
    b"EXIT": lambda: os._exit(3),
    b"KILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"RAISE": lambda: int("not a number"),
    b"PRINT": write_out,
}
LIES = {
    b"INVENT": "fmt/not a number",
    b"SHOUT": "fmt/1" + "0" * 100_000,
    b"STEER": "\x1b[2J",
}


def ask(path: str) -> PronomAnswer:
    """Do what the content says."""
    with Path(path).open("rb") as file:
        content = file.read(100)
    if content == b"GROW":
        with Path(os.environ["GROWING"]).open("ab") as file:
            file.write(b"!")
    if content in DEEDS:
        DEEDS[content]()
    return PronomAnswer(format_id=LIES.get(content, f"fmt/{len(content)}"))


def version() -> str:
    if os.environ.get("PRONOM_ABSENT"):
        raise PronomMissingError(detail="the package pygfried is not installed")
    return "PRONOM of the tests"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], ask=ask, version=version))
