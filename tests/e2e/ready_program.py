"""The program, loaded once and forked for each command: a process of its own every time, half a second sooner.

Run by itself it is the one that is forked; `ReadyProgram` is how a test speaks to it. What the environment of Python
decides before the program begins (`PYTHON…`, the locale) needs a fresh start, and so gets one.
"""

import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Self

HERE = Path(__file__).resolve()
NEEDS_A_FRESH_START = ("PYTHON", "LANG", "LC_")
PATIENCE_SECONDS = 180
_MOST_BYTES = 1 << 20
_STREAMS = 3


class ReadyProgram:
    """A started program that waits for commands; to be used as a context."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ready-")
        self._address = str(Path(self._folder.name) / "socket")
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(HERE), self._address],
            env={"PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def run(
        self, words: Sequence[str], *, stdin: str, cwd: Path, env: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        """Run one command to its end, as `subprocess.run` does."""
        if any(name.startswith(NEEDS_A_FRESH_START) for name in env):
            return _fresh(words, stdin=stdin, cwd=cwd, env=env)
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(os.fsencode(stdin))
            given.seek(0)
            code = self._ask({"words": list(words), "cwd": str(cwd), "env": dict(env)}, (given, out, err))
            return subprocess.CompletedProcess([*words], code, _text(out), _text(err))

    def _ask(self, wanted: object, streams: Sequence[IO[bytes]]) -> int:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            line.settimeout(PATIENCE_SECONDS)
            line.connect(self._address)
            socket.send_fds(line, [json.dumps(wanted).encode()], [stream.fileno() for stream in streams])
            answer = line.recv(_MOST_BYTES)
        assert answer, f"the program was lost: {wanted}"
        return int(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_why: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()  # it leaves when nobody can ask any more
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()


def _fresh(
    words: Sequence[str], *, stdin: str, cwd: Path, env: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "retention", *words],
        cwd=cwd,
        env=dict(env),
        input=stdin,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def serve(address: str) -> None:
    """Load the program, then fork it for everybody who asks, until terminated."""
    _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(address)
        door.listen()
        os.write(1, b"ready\n")
        while True:
            line, _ = door.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                door.close()
                _answer(line)
                os._exit(0)
            line.close()


def _load() -> None:
    import retention.commands  # noqa: PLC0415  # only the one that is forked needs it

    for found in pkgutil.walk_packages(retention.commands.__path__, "retention.commands."):
        importlib.import_module(found.name)
    for name in ("alembic.command", "retention.assembly", "sqlalchemy.dialects.sqlite"):
        importlib.import_module(name)


def _answer(line: socket.socket) -> None:
    request, streams, _flags, _from = socket.recv_fds(line, _MOST_BYTES, _STREAMS)
    wanted = json.loads(request)
    child = os.fork()
    if child == 0:
        line.close()
        _become(wanted, streams)
    for stream in streams:
        os.close(stream)
    _child, status = os.waitpid(child, 0)
    line.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(wanted: Mapping[str, object], streams: Sequence[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(str(wanted["cwd"]))
    os.environ.clear()
    os.environ.update(wanted["env"])  # type: ignore[call-overload]  # what `run` sent: names and values
    sys.argv = ["retention", *wanted["words"]]  # type: ignore[misc]  # what `run` sent: a list
    code: object = 1
    try:
        runpy.run_module("retention", run_name="__main__", alter_sys=True)
    except SystemExit as leaving:
        code = leaving.code
    except BaseException:  # noqa: BLE001  # what Python itself would print for a fault of ours
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    serve(sys.argv[1])
