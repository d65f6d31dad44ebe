"""A real Samba server for a test, started on this machine alone; who asks for one is skipped where there is none."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanners.shares import SmbLogin

PASSWORD = "correct horse 7"  # noqa: S105  of a server that lives for a second

_PROGRAMS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
_SMBD, _SMBPASSWD = (shutil.which(name, path=_PROGRAMS) for name in ("smbd", "smbpasswd"))
_CONFIGURATION = """
[global]
 server role = standalone server
 interfaces = 127.0.0.1
 bind interfaces only = yes
 smb ports = {port}
 private dir = {state}
 lock directory = {state}
 state directory = {state}
 cache directory = {state}
 pid directory = {state}
 ncalrpc dir = {state}/rpc
 log file = {state}/log
 passdb backend = tdbsam:{state}/passdb.tdb
 load printers = no
 disable spoolss = yes
[council]
 path = {share}
 read only = no
[closed]
 path = {share}
 valid users = nobody
"""


@contextmanager
def samba(share: Path, state: Path) -> Iterator[SmbLogin]:
    """Serve a folder as the shares `council` and, for nobody, `closed`; `state` takes what the server keeps."""
    pytest.importorskip("smbprotocol", reason="the extra 'smb' is not installed")
    if _SMBD is None or _SMBPASSWD is None:
        pytest.skip("Samba is not installed")
    (state / "rpc").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = state / "smb.conf"
    settings.write_text(_CONFIGURATION.format(port=port, state=state, share=share))
    user = getpass.getuser()
    twice = f"{PASSWORD}\n{PASSWORD}\n".encode()
    added = subprocess.run(
        [str(_SMBPASSWD), "-c", str(settings), "-a", "-s", user], input=twice, capture_output=True, check=False
    )
    if added.returncode:
        pytest.skip("Samba cannot be set up by this account")
    command = [str(_SMBD), "--foreground", "--no-process-group", "-s", str(settings)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as server:
        try:
            _await(port, server)
            yield SmbLogin(server="127.0.0.1", share="council", user=user, password=PASSWORD, port=port)
        finally:
            os.killpg(server.pid, signal.SIGTERM)  # its own group: the server and what it started
            server.wait(timeout=10)


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if server.poll() is not None:
            pytest.skip("Samba cannot be started by this account")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.skip("Samba did not answer")
