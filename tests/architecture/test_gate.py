"""The gate itself: it can be started, it asks everything, and no test reaches the network."""

import os
import re
import socket
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

STEPS = {"environment", "style", "format", "types", "imports", "tests"}


def gate_steps(script: str) -> set[str]:
    return set(re.findall(r"^step (\w+) ", script, re.MULTILINE))


def test_the_gate_asks_everything(checkout: Path) -> None:
    gate = checkout / ".ci" / "run"

    assert os.access(gate, os.X_OK)
    assert gate_steps(gate.read_text(encoding="utf-8")) == STEPS


def test_a_gate_that_forgets_the_types_is_found(checkout: Path) -> None:
    script = (checkout / ".ci" / "run").read_text(encoding="utf-8").replace("step types", "# step types")

    assert gate_steps(script) == STEPS - {"types"}


def test_no_test_reaches_the_network() -> None:
    with pytest.warns(UserWarning, match=r"192\.0\.2\.1"), pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_this_machine_itself_can_be_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "here"))
