"""Bundles that somebody has tampered with, by every way we could think of. A seed chooses what is done to which.

Some are changed bluntly: bits, lines, files. Some by a forger with a key of their own. And some are signed by the
right key, over a log that tells of what should not have happened, or that is spelled as it should not be.
"""

import base64
import json
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.forged_logs import FORGED, Forgery
from benchmarks.original_bundles import Original
from benchmarks.told_story import ORIGIN
from disposal_log import (
    canonical,
)
from disposal_log.bundling.manifest import manifest_text
from disposal_log.signing.notes import ED25519, ML_DSA_44, SigningKey

Rng = random.Random
PUBLIC_KEYS: Final = (ED25519, ML_DSA_44)


@dataclass(slots=True, kw_only=True)
class Mutated:
    """A changed copy and how it is to be judged."""

    folder: Path
    how: str
    keys: tuple[str, ...] = ()
    seen: bytes | None = None
    is_manifest_renewed: bool = field(default=True)


class Mutator:
    """Makes changed copies of the originals; the same seed does the same things to them."""

    def __init__(self, originals: tuple[Original, ...], *, seed: int) -> None:
        self._originals = originals
        self._rng = Rng(seed)
        self._forger = [SigningKey.generate(ORIGIN, algorithm=each) for each in PUBLIC_KEYS]

    def mutate(self, place: Path) -> Mutated:
        """Copy one of the originals to `place` and change it."""
        rng = self._rng
        original = rng.choice(self._originals)
        ways = [*BLUNT, *FORGED] if original.signers else list(BLUNT)
        name = rng.choice(ways)
        shutil.copytree(original.folder, place)
        found = Mutated(folder=place, how=name)
        # who brings keys and notes from elsewhere, and who does not
        found.keys = rng.choice([(), original.keys, original.keys[:1], (str(self._forger[0].verifier),)])
        found.seen = rng.choice([None, None, *original.seen])
        found.is_manifest_renewed = rng.random() < 0.9
        if name in FORGED:
            FORGED[name](rng, Forgery(place, original.signers, self._forger))
        else:
            BLUNT[name](rng, place)
        if found.is_manifest_renewed and (place / "MANIFEST.txt").exists():
            (place / "MANIFEST.txt").write_text(manifest_text(place))
        return found


# Blunt ways: whoever can write to the stick can do them.


def _files(place: Path, pattern: str = "**/*") -> list[Path]:
    return sorted(path for path in place.glob(pattern) if path.is_file() and path.suffix not in (".pyz", ".html"))


def _log_file(rng: Rng, place: Path) -> Path:
    names = ["entries/00000.jsonl"] * 4 + ["checkpoint", "checkpoints.jsonl", "policy.txt", "origin.txt"]
    return place / "log" / rng.choice([*names, "hashes/00000.bin"])


def _flip_in_log(rng: Rng, place: Path) -> None:
    _flip(rng, _log_file(rng, place))


def _flip_anywhere(rng: Rng, place: Path) -> None:
    _flip(rng, rng.choice(_files(place)))


def _flip(rng: Rng, path: Path) -> None:
    content = bytearray(path.read_bytes())
    if content:
        at = rng.randrange(len(content))
        content[at] ^= 1 << rng.randrange(8)
        path.write_bytes(bytes(content))


def _truncate(rng: Rng, place: Path) -> None:
    path = rng.choice([_log_file(rng, place), rng.choice(_files(place))])
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content) + 1)])


def _add_bytes(rng: Rng, place: Path) -> None:
    path = rng.choice([_log_file(rng, place), rng.choice(_files(place))])
    junk = rng.choice([b"\n", b"x", b"{}\n", b"\x00" * 64, b"x" * 70_000, path.read_bytes()])
    path.write_bytes(path.read_bytes() + junk)


def _remove(rng: Rng, place: Path) -> None:
    rng.choice([_log_file(rng, place), rng.choice(_files(place))]).unlink()


def _add_file(rng: Rng, place: Path) -> None:
    name = rng.choice(["log/entries/00001.jsonl", "log/entries/notes.txt", "log/notes.txt", "notes.txt", "tsa/x.tsr"])
    path = place / rng.choice([name, "certificates/C-9.dsse.json", "certificates/C-9.tlog-proof", "certificates/x.pdf"])
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(rng.choice([b"", b"something\n", b"{}"]))


def _convert_line_ends(rng: Rng, place: Path) -> None:
    for path in rng.choice([[place / "log/entries/00000.jsonl"], _files(place), [rng.choice(_files(place))]]):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def _shuffle_lines(rng: Rng, place: Path) -> None:
    names = ["log/entries/00000.jsonl"] * 3 + ["log/checkpoints.jsonl", "disclosures.jsonl", "MANIFEST.txt"]
    path = place / rng.choice([*names, "log/policy.txt"])
    lines = path.read_bytes().splitlines(keepends=True)
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.choice(["drop", "double", "swap", "cut"]):
        case "drop":
            del lines[at]
        case "double":
            lines.insert(other, lines[at])
        case "swap":
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            del lines[at:]
    path.write_bytes(b"".join(lines))


def _respell(rng: Rng, place: Path) -> None:
    """Write the same base64 with other stray bits, or without its padding, somewhere."""
    path = rng.choice(_files(place))
    text = path.read_bytes()
    spots = [found.end() for found in re.finditer(rb"[A-Za-z0-9+/_-]{20,}", text)]
    if spots:
        at = rng.choice(spots) - 1
        text = text[:at] + bytes([rng.choice(b"ABCDQRSTefgh0189+/_-=")]) + text[at + 1 :]
    path.write_bytes(rng.choice([text, text.replace(b"=", b""), text.replace(b"==", b"=")]))


def _change_list(rng: Rng, place: Path) -> None:
    path = place / "log/checkpoints.jsonl"
    lines = path.read_bytes().splitlines()
    at = rng.randrange(len(lines))
    note: str = json.loads(lines[at])["note"]
    lines[at] = canonical({"note": _changed_note(rng, note)})
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def _change_checkpoint(rng: Rng, place: Path) -> None:
    path = place / "log/checkpoint"
    path.write_text(_changed_note(rng, path.read_text()))


def _changed_note(rng: Rng, note: str) -> str:
    text, _, block = note.rpartition("\n\n")
    signatures = block.splitlines()
    match rng.choice(["drop", "double", "stranger", "turn", "grow", "extend", "zero", "many", "crlf"]):
        case "drop":  # what somebody does who can break one of the two kinds of signature
            signatures.pop(rng.randrange(len(signatures)))
        case "double":
            signatures.append(rng.choice(signatures))
        case "stranger":
            signatures.append(f"\N{EM DASH} somebody.example {base64.b64encode(rng.randbytes(68)).decode()}")
        case "turn":
            signatures.reverse()
        case "grow":
            text = re.sub(r"\n\d+\n", lambda found: f"\n{int(found[0]) + 1}\n", f"{text}\n", count=1)[:-1]
        case "extend":
            text += "\nan extension"
        case "zero":
            text = text.replace("\n", "\n0", 1)
        case "many":
            signatures *= rng.choice([40, 60])
        case _:
            return note.replace("\n", "\r\n")
    return text + "\n\n" + "".join(f"{line}\n" for line in signatures)


def _change_disclosures(rng: Rng, place: Path) -> None:
    path = place / "disclosures.jsonl"
    found = [json.loads(line) for line in path.read_bytes().splitlines()]
    at = rng.randrange(len(found))
    line: dict[str, Any] = found[at]
    match rng.choice(["other", "shape", "far", "widen", "names", "empty"]):
        case "other":
            fake = json.dumps(["AAAA", line.get("name", "path"), {"utf8": "Elsewhere.pdf"}], separators=(",", ":"))
            line["text"] = base64.urlsafe_b64encode(fake.encode()).rstrip(b"=").decode()
        case "shape":
            line[rng.choice(["seq", "name", "text", "first", "last", "names"])] = rng.choice([None, -1, "x", [], True])
        case "far":
            found.append({"seq": 10_000, "name": "path", "text": "x"})
        case "widen":
            found.append({"first": 0, "last": rng.choice([3, 10_000]), "names": ["path", "sha256", "proposer_name"]})
        case "names":
            line["name"] = rng.choice(["path", "paths", "sha256", "constructor", "\u00e9"])
        case _:
            found.clear()
    path.write_bytes(b"".join(canonical(each) + b"\n" for each in found))


def _change_certificate(rng: Rng, place: Path) -> None:
    path = rng.choice(_files(place, "certificates/*.dsse.json"))
    found = json.loads(path.read_bytes())
    content = json.loads(base64.b64decode(found["payload"]))
    match rng.choice(["number", "resigned", "spaced", "other", "none", "keyid", "two"]):
        case "number":
            content["predicate"]["results"] = {"destroyed": rng.randrange(9)}
            found["payload"] = base64.b64encode(canonical(content)).decode()
        case "resigned":
            found["signatures"][0]["sig"] = base64.b64encode(rng.randbytes(64)).decode()
        case "spaced":
            path.write_bytes(json.dumps(found, indent=1).encode())
            return
        case "other":
            other = rng.choice(_files(place, "certificates/*.dsse.json"))
            path.write_bytes(other.read_bytes())
            return
        case "none":
            del content["predicate"]["checkpoint"]
            found["payload"] = base64.b64encode(canonical(content)).decode()
        case "keyid":
            found["signatures"][0]["keyid"] = "nobody"
        case _:
            found["signatures"].insert(0, {"keyid": "", "sig": base64.b64encode(rng.randbytes(64)).decode()})
    path.write_text(json.dumps(found))


def _change_proof(rng: Rng, place: Path) -> None:
    path = rng.choice(_files(place, "certificates/*.tlog-proof"))
    lines = path.read_text().split("\n")
    match rng.choice(["index", "hash", "extra", "swap"]):
        case "index":
            lines[2] = f"index {rng.choice([0, 1, 7, 99, 10**15])}"
        case "hash":
            lines[3] = base64.b64encode(rng.randbytes(32)).decode()
        case "extra":
            lines[1:2] = rng.choice([["extra QUJD"], ["extra QR=="], ["extra"], [], [lines[1], lines[1]]])
        case _:
            lines[3], lines[4] = lines[4], lines[3]
    path.write_text("\n".join(lines))


def _leave(rng: Rng, place: Path) -> None:
    """Do nothing: an untouched bundle must be found whole."""


BLUNT: dict[str, Callable[[Rng, Path], None]] = {
    "a bit in the log": _flip_in_log,
    "a bit anywhere": _flip_anywhere,
    "a file cut short": _truncate,
    "bytes appended": _add_bytes,
    "a file removed": _remove,
    "a file added": _add_file,
    "line ends converted": _convert_line_ends,
    "lines dropped, doubled, swapped": _shuffle_lines,
    "base64 spelled otherwise": _respell,
    "the list of checkpoints": _change_list,
    "the checkpoint": _change_checkpoint,
    "the chosen values": _change_disclosures,
    "a certificate": _change_certificate,
    "a proof": _change_proof,
    "nothing at all": _leave,
}
