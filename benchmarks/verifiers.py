"""Three verifiers on the same tampered bundles: do they give the same verdict, at the same entry?

The engine's own, `verify.pyz` in an interpreter that has nothing but itself, and the script of `VERIFY.html` under
Node. Run `python -m benchmarks.verifiers 1000 SEED`; it prints a table and every disagreement.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.mutated_bundles import Mutated, Mutator
from benchmarks.original_bundles import Original, make_originals
from disposal_log.bundling.checking import verify_bundle
from disposal_log.bundling.page import verifier_script
from disposal_log.bundling.standalone import verifier_bytes

NODE_DRIVER: Final = Path(__file__).resolve().parent.parent / "tests" / "browser" / "run_under_node.js"
UNCHECKED: Final = "ML-DSA-44"
HALF_SIGNED: Final = "signed with half the keys"
SLOW_EVERY: Final = 20  # bundles for which the page's script does without the browser's own Ed25519

# what `python -I -S verify.pyz` would import, kept alive between bundles: starting Python takes longer than judging
_PYZ_DRIVER: Final = """
import base64, json, sys
sys.path.insert(0, sys.argv[1])
from functools import lru_cache
from pathlib import Path
from disposal_log.signing import ed25519
ed25519.check_signature = lru_cache(maxsize=None)(ed25519.check_signature)  # most notes are the same every time
from disposal_log.bundling.checking import verify_anything
for line in sys.stdin:
    asked = json.loads(line)
    seen = None if asked["seen"] is None else base64.b64decode(asked["seen"])
    report = verify_anything(Path(asked["folder"]), trusted_keys=asked["keys"].split(), seen=seen)
    print(report.to_json().replace("\\n", " "), flush=True)
"""


@dataclass(slots=True)
class Tally:
    """What came out.

    Attributes:
        judged: How many bundles by verdict of the engine.
        ways: How many bundles by what was done to them.
        disagreements: In words, one a line.
        unchecked: Bundles that only an ML-DSA-44 signature condemns, which Python alone says it did not check.
    """

    judged: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)
    unchecked: int = 0


class Talker:
    """A verifier in a process of its own: one JSON object a line in each direction."""

    def __init__(self, words: list[str]) -> None:
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, asked: Mapping[str, Any]) -> Any:  # noqa: ANN401  # an object, or a plain yes or no
        """Send a question and wait for its answer."""
        self.send(asked)
        return self.answer()

    def send(self, asked: Mapping[str, Any]) -> None:
        """Send a question; the answer may be fetched later, once."""
        if self._process.stdin is None:
            raise RuntimeError("the process was started with pipes")
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:  # noqa: ANN401  # an object, or a plain yes or no
        """Wait for the answer to the question sent before."""
        if self._process.stdout is None:
            raise RuntimeError("the process was started with pipes")
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Let the process end."""
        if self._process.stdin is not None and self._process.stdout is not None:
            self._process.stdin.close()
            self._process.stdout.close()
        self._process.wait(timeout=10)


@contextmanager
def node_verifier(place: Path) -> Iterator[Talker]:
    """Start the page's script under Node."""
    script = place / "verifier.js"
    script.write_text(verifier_script(), encoding="utf-8")
    talker = Talker(["node", str(NODE_DRIVER), str(script)])
    try:
        yield talker
    finally:
        talker.close()


@contextmanager
def lone_verifier(place: Path) -> Iterator[Talker]:
    """Start `verify.pyz` in an interpreter without any package."""
    path = place / "verify.pyz"
    path.write_bytes(verifier_bytes())
    talker = Talker([sys.executable, "-I", "-S", "-c", _PYZ_DRIVER, str(path)])
    try:
        yield talker
    finally:
        talker.close()


def compare(count: int, *, seed: int, place: Path, originals: tuple[Original, ...]) -> Tally:
    """Judge `count` tampered copies of bundles with all three and tell where they differ."""
    tally = Tally()
    with ExitStack() as stack:
        node, lone = stack.enter_context(node_verifier(place)), stack.enter_context(lone_verifier(place))
        mutator = Mutator(originals, seed=seed)
        for number in range(count):
            mutated = mutator.mutate(place / "mutated")
            _judge(number, mutated, node, lone, tally)
            shutil.rmtree(mutated.folder)
    return tally


def _judge(number: int, mutated: Mutated, node: Talker, lone: Talker, tally: Tally) -> None:
    seen = None if mutated.seen is None else base64.b64encode(mutated.seen).decode()
    asked = {"ask": "verify", "folder": str(mutated.folder), "keys": "\n".join(mutated.keys), "seen": seen}
    node.send({**asked, "slow": number % SLOW_EVERY == 0})
    lone.send(asked)
    report = verify_bundle(mutated.folder, trusted_keys=mutated.keys, seen=mutated.seen).to_mapping()
    answers = {"VERIFY.html": node.answer(), "verify.pyz": lone.answer()}
    tally.judged[str(report["verdict"])] += 1
    tally.ways[mutated.how] += 1
    for name, answer in answers.items():
        if _gist(answer) == _gist(report):
            continue
        if name == "verify.pyz" and _is_only_unchecked(mutated, report, answer):
            tally.unchecked += 1
            continue
        tally.disagreements.append(
            f"bundle {number} ({mutated.how}): {name} says {_gist(answer)}, the engine {_gist(report)}\n"
            f"    engine: {report['problems'] or report['warnings']}\n"
            f"    {name}: {answer.get('crash') or answer.get('problems') or answer.get('warnings')}"
        )


def _gist(answer: Mapping[str, Any]) -> tuple[Any, Any]:
    return answer.get("verdict"), answer.get("first_broken_entry")


def _is_only_unchecked(mutated: Mutated, report: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Whether the engine condemns nothing but signatures that Python alone says it did not check."""
    if mutated.how == HALF_SIGNED and report["verdict"] == answer["verdict"]:
        return True  # where only ML-DSA-44 signs, Python alone finds no checkpoint to measure the entries by
    told = " ".join(answer["not_checked"])
    problems = [str(problem["text"]) for problem in report["problems"]]
    return UNCHECKED in told and all("is wrong" in text or "nothing in this log" in text for text in problems)


def _print(tally: Tally, seconds: float) -> None:
    print(f"{sum(tally.judged.values())} tampered bundles, three verifiers, {seconds:.0f} s\n")
    for verdict, number in sorted(tally.judged.items()):
        print(f"{number:6}  {verdict.replace('_', ' ')}")
    print()
    for way, number in sorted(tally.ways.items()):
        print(f"{number:6}  {way}")
    print(f"\n{tally.unchecked:6}  condemned by an ML-DSA-44 signature alone; Python alone says: not checked")
    print(f"{len(tally.disagreements):6}  disagreements")
    for words in tally.disagreements:
        print(words)


def main() -> int:
    """Run the comparison; exit status 1 when any two disagree."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # a fresh folder of our own in it
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=memory) as place:
        tally = compare(count, seed=seed, place=Path(place), originals=make_originals(Path(place)))
    _print(tally, time.perf_counter() - began)
    return 1 if tally.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
