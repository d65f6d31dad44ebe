"""The standard streams: always there, able to show every letter in some way, and written out before the end.

A scheduler may start the program with a stream closed. The next file opened, such as the catalogue, would
then take its number, and whatever is printed would be written into it.
"""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

_UNPRINTED = "retention: the output could not be written: {}. What was done stands; not all of it was printed.\n"


def prepare_streams() -> None:
    """Put something harmless where a stream is missing, and make odd names readable on any console."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # the lowest free number is the one that is missing; it stays open for as long as the program runs
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # see above
    for name, errors in (("stdin", "surrogateescape"), ("stdout", "backslashreplace"), ("stderr", "backslashreplace")):
        stream = getattr(sys, name)
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)


def finish_output(code: int) -> int:
    """Write out what is still to be printed; return `code`, or 1 when that is not possible."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _drop(sys.stdout)
        if not isinstance(error, BrokenPipeError):  # that reader has left, and knows
            with suppress(OSError):
                sys.stderr.write(_UNPRINTED.format(error.strerror))
        code = 1
    try:
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)  # the exit code still tells
    return code


def can_print() -> bool:
    """Tell whether what was printed so far could be written out."""
    try:
        sys.stdout.flush()
    except OSError:
        return False
    return True


def _drop(stream: TextIO) -> None:
    """Send what is still to be printed nowhere: whoever read it has left, or there is no room for it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
