"""Logs signed by somebody who holds a key: the right one, over what should not have happened, or one of their own."""

import base64
import json
import random
import shutil
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from disposal_log import Checkpoint, canonical, leaf_hash
from disposal_log.files.checkpoint_list import spell_line
from disposal_log.files.layout import policy_text
from disposal_log.formats.checkpoints import sign_checkpoint
from disposal_log.signing.notes import SigningKey
from disposal_log.tree.merkle import CompactRange

Rng = random.Random
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Forgery:
    """A bundle in the hands of somebody with keys."""

    place: Path
    right: Sequence[SigningKey]
    wrong: Sequence[SigningKey]

    @property
    def _entries(self) -> Path:
        return self.place / "log/entries/00000.jsonl"

    def entries(self) -> list[Entry]:
        """Read the entries."""
        return [json.loads(line) for line in self._entries.read_bytes().splitlines()]

    def put_entries(self, rng: Rng, entries: Iterable[Entry], *, keys: Sequence[SigningKey] = ()) -> None:
        """Spell the entries, give the disclosed values their new places, and sign; with the right keys by default."""
        moved: dict[int, int] = {}
        lines = []
        for at, entry in enumerate(entries):
            moved.setdefault(entry.get("seq", -1), at)
            lines.append(canonical({**entry, "seq": at}))
        self._move_disclosures(moved)
        self.sign(rng, lines, keys or self.right)

    def sign(self, rng: Rng, lines: Sequence[bytes], keys: Sequence[SigningKey]) -> None:
        """Write lines and sign them, with a list of checkpoints at sizes by chance."""
        log = self.place / "log"
        self._entries.write_bytes(b"".join(line + b"\n" for line in lines))
        tree, notes = CompactRange(), []
        for line in lines:
            tree.append(leaf_hash(line))
            if rng.random() < 0.1 or tree.size == len(lines):
                checkpoint = Checkpoint(origin=keys[0].name, size=tree.size, root=tree.root())
                notes.append(sign_checkpoint(checkpoint, keys))
        (log / "checkpoint").write_bytes(notes[-1])
        (log / "checkpoints.jsonl").write_bytes(b"".join(map(spell_line, notes)))
        if rng.random() < 0.5:
            shutil.rmtree(log / "hashes")
        else:
            (log / "hashes/00000.bin").write_bytes(b"".join(map(leaf_hash, lines)))

    def claim_keys(self, keys: Sequence[SigningKey]) -> None:
        """Put keys into the policy of the log and beside it."""
        text = policy_text(key.verifier for key in keys)
        for path in (self.place / "policy.txt", self.place / "log/policy.txt"):
            path.write_text(text)

    def _move_disclosures(self, moved: dict[int, int]) -> None:
        path = self.place / "disclosures.jsonl"
        values, spans = [], []
        for line in path.read_bytes().splitlines():
            found = json.loads(line)
            if "text" not in found:
                spans.append(found)
            elif found["seq"] in moved:
                values.append({**found, "seq": moved[found["seq"]]})
        values.sort(key=lambda each: (each["seq"], each["name"]))
        path.write_bytes(b"".join(canonical(each) + b"\n" for each in [*values, *spans]))


def _tell_another_story(rng: Rng, forgery: Forgery) -> None:
    """Let the right key sign a log in which an entry is lacking, is there twice, or stands elsewhere."""
    entries = forgery.entries()
    at, other = rng.randrange(1, len(entries)), rng.randrange(1, len(entries))
    match rng.choice(["drop", "double", "swap", "cut"]):
        case "drop":
            del entries[at]
        case "double":
            entries.insert(other, {**entries[at], "id": str(uuid.UUID(int=rng.getrandbits(128)))})
        case "swap":
            entries[at], entries[other] = entries[other], entries[at]
        case _:
            del entries[at:]
    forgery.put_entries(rng, entries)


def _tell_something_else(rng: Rng, forgery: Forgery) -> None:
    """Let the right key sign a log in which one field says something else."""
    entries = forgery.entries()
    entry = rng.choice(entries)
    name = rng.choice(sorted(entry.keys() - {"seq"}))
    entry[name] = rng.choice(_VALUES.get(name, _STRANGE))
    forgery.put_entries(rng, entries)


_STRANGE: list[Any] = [None, True, False, 0, 1, -1, 2**53 - 1, "", "x", "\u00e9\U0001f600", [], [1], {}, {"a": 1}]
_VALUES: dict[str, list[Any]] = {
    "result": ["destroyed", "name-removed", "quarantined", "restored", "failed", "burnt", 1],
    "item": [0, 1, 2, 3, 10**12, -1, "0", True],
    "items": [0, 1, 3, [0], [0, 1, 2], [5], [-1], [False], [], list(range(257))],
    "decider": ["u-rita", "u-omar", ""],
    "proposer": ["u-omar", "u-eve"],
    "decision": ["approve", "keep", "withdraw", "extend"],
    "phase": ["quarantine", "purge", "restore", "burn"],
    "excluded": [[], [0], [1, 2], [99], None, "0"],
    "expires": ["2026-01-31", "2026-11-20", "2026-11-20T12:00:00.000000Z", "", None, 5],
    "counts": [{}, {"destroyed": 3}, {"destroyed": 2, "excluded": 1, "held": 0}, {"burnt": 1}, {"destroyed": True}],
    "bytes": [60, {}, {"destroyed": 40, "excluded": 20}, {"destroyed": 2**53 - 1}],
    "size": [0, 19, 2**53 - 1, -1, None, "20"],
    "status": ["provisional", "provisional: in quarantine", "final", ""],
    "batch": ["B-1", "B-2", "B-9", "__proto__", "constructor", ""],
    "manifest": ["ab" * 32, "cd" * 32],
    "time": ["2026-11-20T12:00:00.000000Z", "2026-02-31T12:00:00.000000Z", "2026-11-20T29:00:00.000000Z", "noon"],
    "type": ["item.outcome", "log.open", "batch.closed", "key.add", "key.retire", "incident", "party", "toString"],
    "v": [1, 2, True, "1"],
    "id": ["00000000-0000-0000-0000-000000000000", "ABCDEF00-0000-0000-0000-000000000000", "x"],
    "actor": [{"k": "person", "ref": "u-eve"}, {"k": "god", "ref": "x"}, {"k": "person"}, {"k": "service", "ref": 1}],
    "sd": [{}, {"path": "x" * 43}, {"path": "x" * 42}, {"path": 1}, {"__proto__": "x" * 43}, []],
    "targets": [
        [],
        [{"first": 0, "last": 99, "names": ["path"]}],
        [{"first": 1, "last": 1, "names": [1, "path"]}],
        [1],
    ],
    "digest": ["00" * 32],
    "require": ["none", "certificate", "timestamp", "witness", "nobody"],
    "policy": ["quorum none\n", "quorum w1\n", "", "quorum none"],
    "kind": ["certificate", "timestamp", "witness", "rumour", "person"],
    "by": ["u-iris", "u-rita", "engine"],
    "root": ["ab" * 32, "AB " * 32, "xy"],
    "at": ["2026-11-20T12:00:00.000000Z", "2026-11-20T12:00:00.0+01:00", "yesterday"],
    "cosignature": ["", "QUJD", "AAAA" * 25 + "A==="],
    "role": ["IAO", "second approver"],
    "vkey": ["x", ""],
    "vkeys": [[], ["x"]],
    "origin": ["elsewhere.example/log", ""],
}


def _spell_otherwise(rng: Rng, forgery: Forgery) -> None:
    """Let the right key sign a line that is not spelled as it must be."""
    lines = [canonical(each) for each in forgery.entries()]
    at = rng.randrange(len(lines))
    line = lines[at]
    lines[at] = rng.choice(
        [
            line.replace(b":", b": ", 1),
            line.replace(b"{", b"{ ", 1),
            b" " + line,
            line + b" ",
            line + b"\r",
            b"\xef\xbb\xbf" + line,
            line[:-1] + b',"type":"incident"}',
            b'{"zz":1,' + line[1:],
            line[:-1] + b',"zz":1.5}',
            line[:-1] + b',"zz":1.0}',
            line[:-1] + b',"zz":1e3}',
            line[:-1] + b',"zz":-0}',
            line[:-1] + b',"zz":9007199254740991}',
            line[:-1] + b',"zz":9007199254740992}',
            line[:-1] + b',"zz":' + b"9" * 5000 + b"}",
            line[:-1] + b',"zz":NaN}',
            line[:-1] + b',"zz":"\\u0041"}',
            line[:-1] + b',"zz":"\\u001F"}',
            line[:-1] + b',"zz":"\\u001f\\n\\u007f"}',
            line[:-1] + b',"zz":"\x7f\xe2\x80\xa8"}',
            line[:-1] + b',"zz":"\\/"}',
            line[:-1] + b',"zz":"\\ud800"}',
            line[:-1] + b',"zz":"\\ud83d\\ude00"}',
            line[:-1] + b',"zz":"\xed\xa0\x80"}',
            line[:-1] + b',"zz":"\xff"}',
            line[:-1] + b',"z\xc3\xa9":1}',
            line[:-1] + b',"zz":' + b"[" * 31 + b"]" * 31 + b"}",
            line[:-1] + b',"zz":' + b"[" * 32 + b"]" * 32 + b"}",
            line[:-1] + b',"zz":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
            line[:-1] + b',"zz":"' + b"x" * 66_000 + b'"}',
            line[:-1] + b',"zz":"' + b"x" * (65_535 - len(line) - 8) + b'"}',
            line[:-1],
            b"",
            b"null",
            b"[]",
            b'"text"',
            b"\x00",
        ]
    )
    forgery.sign(rng, lines, forgery.right)


def _commit_to_something_odd(rng: Rng, forgery: Forgery) -> None:
    """Let the right key sign a commitment to a value that is no proper disclosure, and disclose it."""
    from disposal_log.formats.disclosures import digest_of  # noqa: PLC0415  # the forger's tool

    raw = rng.choice(
        [
            b'["AAAA","path",{"utf8":"x"}]',
            b'["AAAA","path",{"b64":"QUI="}]',
            b'["AAAA","path",{"b64":"QR=="}]',
            b'["AAAA","path",{"b64":"QUI"}]',
            b'["AAAA","path",{"b64":"QUJD=="}]',
            b'["AAAA","path",{"utf16":"AAA="}]',
            b'["AAAA","path",{"utf16":"AA=="}]',
            b'["AAAA","path",{"utf16":"ANg="}]',
            b'["AAAA","path",{"utf32":"AAAA"}]',
            b'["AAAA","path",{"utf8":"x","b64":""}]',
            b'["AAAA","path","x"]',
            b'["AAAA","sha256",{"utf8":"x"}]',
            b'["AAAA", "path",{"utf8":"x"}]',
            b'[1,"path",{"utf8":"x"}]',
            b"{}",
            b"\xff",
        ]
    )
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() + rng.choice(["", "", "", "=", "A", "\u00e9"])
    entries = forgery.entries()
    at = rng.choice([seq for seq, entry in enumerate(entries) if "path" in entry.get("sd", {})])
    entries[at]["sd"]["path"] = digest_of(text)
    forgery.put_entries(rng, entries)
    path = forgery.place / "disclosures.jsonl"
    found = [json.loads(line) for line in path.read_bytes().splitlines()]
    kept = [each for each in found if (each.get("seq"), each.get("name")) != (at, "path")]
    told = [*(each for each in kept if "text" in each), {"seq": at, "name": "path", "text": text}]
    told.sort(key=lambda each: (each["seq"], each["name"]))
    path.write_bytes(b"".join(canonical(each) + b"\n" for each in [*told, *(one for one in kept if "text" not in one)]))


def _sign_with_another_key(rng: Rng, forgery: Forgery) -> None:
    """Let a forger sign a changed log with keys of their own, and put these everywhere, or nearly."""
    entries = forgery.entries()
    names = [str(key.verifier) for key in forgery.wrong]
    if rng.random() < 0.8:
        entries[0] |= {"vkey": names[0], "vkeys": names}
    if rng.random() < 0.8:
        forgery.claim_keys(forgery.wrong)
    rng.choice(entries[1:])["note"] = "forged"
    keys = rng.choice([forgery.wrong, forgery.wrong[:1], [forgery.right[0], *forgery.wrong], forgery.wrong[::-1]])
    forgery.sign(rng, [canonical(each) for each in entries], keys)


def _sign_with_half_the_keys(rng: Rng, forgery: Forgery) -> None:
    """Let somebody sign who could break one kind of signature and not the other."""
    entries = forgery.entries()
    rng.choice(entries[1:])["note"] = "forged"
    forgery.sign(rng, [canonical(each) for each in entries], [rng.choice(list(forgery.right))])


def _tell_of_keys(rng: Rng, forgery: Forgery) -> None:
    """Let the right key, or both, sign entries about keys that nobody should believe."""
    entries = forgery.entries()
    old, new = ([str(key.verifier) for key in keys] for keys in (forgery.right, forgery.wrong))
    note = (forgery.place / "log/checkpoint").read_text()
    told: dict[str, Entry] = {
        "key.add": {
            "epoch": rng.choice([2, 2, 2, 1, 3, True, "2"]),
            "vkeys": rng.choice([new, new, new[:1], new[::-1], old, [], ["x"]]),
            "authority": rng.choice(["log-key", "recovery-key", "nobody"]),
        },
        "key.retire": {
            "epoch": rng.choice([1, 1, 2, True]),
            "vkeys": rng.choice([old, old, new, old[::-1]]),
            "overlap": rng.choice([note, "", None]),
            "last_checkpoint": note,
            "consistency": rng.choice([[], ["QUJD"], "x", None]),
        },
        "key.compromised": {
            "vkey": rng.choice([*old, *new, "x"]),
            "since": rng.choice(["2026-11-19T12:00:00.000000Z", "yesterday"]),
        },
    }
    envelope = {name: entries[1][name] for name in ("v", "time", "actor")}
    at = rng.randrange(1, len(entries) + 1)
    for kind in rng.choice([["key.add"], ["key.retire"], ["key.compromised"], ["key.add", "key.retire"]]):
        number = str(uuid.UUID(int=rng.getrandbits(128)))
        entries.insert(at, {**envelope, **told[kind], "type": kind, "id": number})
        at += rng.randrange(1, 3)
    forgery.put_entries(rng, entries, keys=rng.choice([forgery.right, [*forgery.right, *forgery.wrong]]))


def _claim_other_keys(rng: Rng, forgery: Forgery) -> None:
    """Change nothing but the keys that the policy names."""
    right, wrong = list(forgery.right), list(forgery.wrong)
    forgery.claim_keys(rng.choice([wrong, right[:1], right[::-1], [*right, *wrong], [right[0], wrong[1]]]))


FORGED: dict[str, Callable[[Rng, Forgery], None]] = {
    "another story, rightly signed": _tell_another_story,
    "another field, rightly signed": _tell_something_else,
    "another field, rightly signed, again": _tell_something_else,
    "another spelling, rightly signed": _spell_otherwise,
    "an odd commitment, rightly signed": _commit_to_something_odd,
    "signed with another key": _sign_with_another_key,
    "signed with half the keys": _sign_with_half_the_keys,
    "entries about keys, rightly signed": _tell_of_keys,
    "other keys claimed": _claim_other_keys,
}
