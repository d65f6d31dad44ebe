"""The log in one process, its witness in another, and the loopback between them; the witness killed in between."""

import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from disposal_log.formats.seen import read_printed
from tests.e2e.conftest import Run


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """Start the witness in a process of its own; it is killed without warning at the end."""
    words = ["log", "witness", "serve", str(folder), "--port", str(port)]
    with subprocess.Popen([sys.executable, "-m", "retention", *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().removeprefix("Listening on ").strip()
        finally:
            process.send_signal(signal.SIGKILL)


def test_a_witness_in_another_process_cosigns_and_remembers_after_it_was_killed(run: Run, tmp_path: Path) -> None:
    folder, workspace = tmp_path / "witness", tmp_path / "w"

    def done(*words: str, code: int = 0) -> str:
        answer = run("--workspace", str(workspace), *words)
        assert answer.returncode == code, answer.stdout + answer.stderr
        return answer.stdout + answer.stderr

    done("init", str(workspace))
    account = pwd.getpwuid(os.getuid()).pw_name
    done("users", "add", "rita", "--name", "Rita", "--role", "records_manager", "--os-user", account)
    key = (workspace / "log" / "policy.txt").read_text().split()[1]
    witness = done("log", "witness", "init", str(folder), "--name", "audit.example/w1", "--log", key).split()[-1]
    settings = workspace / "retention.toml"
    settings.write_text(settings.read_text().replace('require = "none"', 'require = "witness"\npolicy = "w.txt"'))

    with serving(folder) as url:
        (workspace / "w.txt").write_text(f"witness w1 {witness} {url}\nquorum w1\n")
        assert json.loads(done("log", "anchor", "--json"))["received"][0].startswith("w1 has cosigned")
        assert "Nothing was to be asked" in done("log", "anchor")
    done("hold", "place", "--kind", "litigation", "--reason", "claim", "--class", "FIN-01")
    assert "cannot be reached" in done("log", "anchor", code=3)
    with serving(folder, int(url.rpartition(":")[2])):
        assert "w1 has cosigned" in done("log", "anchor")

    printed = done("log", "print", "--pdf", str(tmp_path / "page.pdf"))
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")
    (tmp_path / "line.txt").write_text(next(each for each in printed.splitlines() if read_printed(each)))
    verified = done("log", "verify", "--key", key, "--key", witness, "--seen", str(tmp_path / "line.txt"))
    assert "nothing kept outside" not in verified
    assert "problem:" not in verified
    assert "witnesses of the policy have cosigned" in run("--workspace", str(workspace), "doctor").stdout
