"""What somebody does who has more than an editor: a key of their own, our stolen key, or an older copy of the log."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.tampering.rows import Row, judge
from benchmarks.tampering.subject import ENTRIES, Subject, append_receipt
from benchmarks.told_story import ORIGIN
from disposal_log import Checkpoint, VerificationReport, leaf_hash
from disposal_log.files.checkpoint_list import spell_line
from disposal_log.files.layout import policy_text
from disposal_log.formats.checkpoints import claimed_checkpoint, sign_checkpoint
from disposal_log.signing.notes import ED25519, ML_DSA_44, SigningKey
from disposal_log.tree.merkle import root_of

NOBODY_KEPT = (
    "nobody outside kept anything: a genuine older copy has no flaw. The verifier warns that nothing was compared"
)
NOBODY_SAW = (
    "whoever holds the key can sign another history as long as nobody outside has seen the first. The verifier warns "
    "that nothing was compared"
)
KEY_INSIDE = "the verifier was given no key: it takes the log's own word for it, and warns that it does"
AFTER_WITNESS = "the newest entries, which the witness has not yet seen; a purge does not rest on them"


def forged_rows(plain: Subject, witnessed: Subject, place: Path, *, every: int = 1) -> list[Row]:
    """Try every forgery, those of an entry on every n-th entry."""
    entries = range(0, ENTRIES, every)
    return [
        *_rolled_back(plain, witnessed),
        *_key_swapped(plain, place, entries),
        *_resigned(plain, witnessed, place, entries),
        *_forked(plain, place),
        *_policies(plain, witnessed, place),
        _hashes_to_match(plain, place, entries),
        _cosigned_another_root(witnessed, place),
    ]


def _compare(
    case: str,
    logs: Iterable[tuple[object, Path]],
    judging: Callable[[Path], VerificationReport],
    *,
    of: Subject,
    why: str,
) -> Row:
    row, untouched = Row(case=case, why=why), judging(of.log)
    for what, log in logs:
        row.count(judging(log), untouched=untouched, what=what)
    return row


def _rolled_back(plain: Subject, witnessed: Subject) -> list[Row]:
    older = [(size, log) for size, log in plain.older.items() if size < ENTRIES]

    def seeing(seen: bytes | None) -> Callable[[Path], VerificationReport]:
        return lambda log: judge(log, plain.keys, seen=seen)

    last = max(plain.older[size] for size in plain.older)
    if not last.is_dir():
        raise RuntimeError("the older copies were to be kept")
    claimed = claimed_checkpoint(plain.notes[2]).size
    rows = [
        _compare("rolled back, nothing kept outside", older, seeing(None), of=plain, why=NOBODY_KEPT),
        _compare("rolled back, the newest checkpoint kept", older, seeing(plain.notes[-1]), of=plain, why=""),
        _compare(
            "rolled back, an older checkpoint kept",
            [(size, log) for size, log in older if size < claimed],
            seeing(plain.notes[2]),
            of=plain,
            why="",
        ),
        _compare("rolled back, a printed line kept", older, seeing(plain.printed), of=plain, why=""),
    ]
    row = Row(case="rolled back, a certificate kept")
    for envelope in plain.certificates.values():
        untouched = judge(plain.log, plain.keys, seen=envelope)
        before = [log for size, log in older if size < _size_in(plain, envelope)]
        for log in before:
            row.count(judge(log, plain.keys, seen=envelope), untouched=untouched, what=log.name)
    rows.append(row)
    row = Row(case="rolled back, the witness's note kept")
    untouched = judge(witnessed.log, witnessed.keys, seen=witnessed.cosigned)
    for size, log in witnessed.older.items():
        if size < claimed_checkpoint(witnessed.cosigned).size:
            row.count(judge(log, witnessed.keys, seen=witnessed.cosigned), untouched=untouched, what=size)
    rows.append(row)
    return rows


def _size_in(subject: Subject, envelope: bytes) -> int:
    from disposal_log.formats.certificates import checkpoint_in_envelope  # noqa: PLC0415  # used here alone

    note = checkpoint_in_envelope(envelope)
    if note not in subject.notes:
        raise RuntimeError("a certificate carries a checkpoint of its log")
    return claimed_checkpoint(note).size


def sign_anew(subject: Subject, lines: Sequence[bytes], keys: Sequence[SigningKey]) -> None:
    """Put lines in place and sign all of their history with `keys`, as whoever holds these does."""
    leaves = [leaf_hash(line) for line in lines]
    subject.put_lines(list(lines))
    notes = [
        sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=root_of(leaves[:size])), keys)
        for size in subject.older
    ]
    (subject.log / "checkpoint").write_bytes(notes[-1])
    (subject.log / "checkpoints.jsonl").write_bytes(b"".join(map(spell_line, notes)))
    (subject.log / "hashes" / "00000.bin").write_bytes(b"".join(leaves))


def _changed(lines: Sequence[bytes], entry: int) -> list[bytes]:
    """Change the time of an entry by a millionth of a second: the smallest lie that still tells a lawful story."""
    lines = list(lines)
    lines[entry] = lines[entry].replace(b'.000000Z"', b'.000001Z"')
    return lines


def _key_swapped(plain: Subject, place: Path, entries: range) -> list[Row]:
    pinned = Row(case="changed and signed with another key, ours known")
    seen = Row(case="changed and signed with another key, an older checkpoint kept")
    alone = Row(case="changed and signed with another key, ours not known", why=KEY_INSIDE)
    forged = plain.copy(place)
    forger = [SigningKey.generate(ORIGIN, algorithm=each) for each in (ED25519, ML_DSA_44)]
    (forged.log / "policy.txt").write_text(policy_text(key.verifier for key in forger))
    lines = plain.lines()
    for old, new in zip(plain.keys, forger, strict=True):
        lines[0] = lines[0].replace(old.encode(), str(new.verifier).encode())
    for entry in entries:
        sign_anew(forged, _changed(lines, entry), forger)
        for row, keys, kept in ((pinned, plain.keys, None), (alone, (), None), (seen, (), plain.notes[0])):
            untouched = judge(plain.log, keys, seen=kept)
            row.count(judge(forged.log, keys, seen=kept), untouched=untouched, what=entry)
    return [pinned, seen, alone]


def _resigned(plain: Subject, witnessed: Subject, place: Path, entries: range) -> list[Row]:
    kept: dict[str, bytes | None] = {
        "nothing kept outside": None,
        "the newest checkpoint kept": plain.notes[-1],
        "a printed line kept": plain.printed,
    }
    rows = [
        Row(case=f"changed and signed with our stolen key, {words}", why="" if seen else NOBODY_SAW)
        for words, seen in kept.items()
    ]
    forged, keys, lines = plain.copy(place), plain.signers(), plain.lines()
    for entry in entries:
        sign_anew(forged, _changed(lines, entry), keys)
        for row, seen in zip(rows, kept.values(), strict=True):
            row.count(
                judge(forged.log, plain.keys, seen=seen),
                untouched=judge(plain.log, plain.keys, seen=seen),
                what=entry,
            )
    return rows + _resigned_before_a_witness(witnessed, place, entries)


def _resigned_before_a_witness(witnessed: Subject, place: Path, entries: range) -> list[Row]:
    forged, keys, lines = witnessed.copy(place), witnessed.signers(), witnessed.lines()
    covered = claimed_checkpoint(witnessed.cosigned).size
    before = Row(case="changed and signed with our stolen key, entries the log's witness has seen")
    after = Row(case="changed and signed with our stolen key, entries after the witness looked", why=AFTER_WITNESS)
    kept = Row(case="the same with the witness's key given and its note kept")
    untouched = judge(witnessed.log, witnessed.keys)
    for entry in entries:
        sign_anew(forged, _changed(lines, entry), keys)
        row = before if entry < covered else after
        row.count(judge(forged.log, witnessed.keys), untouched=untouched, what=entry)
        if entry < covered:
            report = judge(forged.log, witnessed.keys, seen=witnessed.cosigned)
            kept.count(report, untouched=untouched, what=entry)
    return [before, kept, after]


def _forked(plain: Subject, place: Path) -> list[Row]:
    """Let the key sign two roots for one size."""
    listed = Row(case="fork: two roots for one size, one of them in the list")
    shown = Row(case="fork: two roots for one size, one of them kept outside")
    forged, keys = plain.copy(place), plain.signers()
    notes = (plain.log / "checkpoints.jsonl").read_bytes().splitlines(keepends=True)
    untouched = judge(plain.log, plain.keys)
    for at, size in enumerate(plain.older):
        other = sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=bytes(32)), keys)
        (forged.log / "checkpoints.jsonl").write_bytes(b"".join([*notes[:at], spell_line(other), *notes[at + 1 :]]))
        listed.count(judge(forged.log, plain.keys), untouched=untouched, what=size)
        shown.count(judge(plain.log, plain.keys, seen=other), untouched=untouched, what=size)
    return [listed, shown]


def _policies(plain: Subject, witnessed: Subject, place: Path) -> list[Row]:
    row = Row(case="`policy.txt` names other keys or witnesses, or none")
    other = SigningKey.generate(ORIGIN).verifier
    for subject in (plain, witnessed):
        forged = subject.copy(place)
        path = forged.log / "policy.txt"
        good = path.read_text()
        untouched = judge(subject.log, subject.keys)
        log_lines = [line for line in good.splitlines() if line.startswith("log ")]
        changed = [
            f"log {other}\nquorum none\n",
            good.replace(log_lines[1] + "\n", ""),
            good.replace(log_lines[0], f"log {other}"),
            good.replace("\n", "\r\n"),
            good + "# a remark\n",
            "",
        ]
        if subject.witness is not None:
            key = str(subject.witness.verifier)
            changed.append(good.replace(key, "witness.example+" + key.rpartition("+")[2]))
            changed.append(good.replace(" w1 ", " w2 ").replace("quorum w1", "quorum w2"))
        for what, text in enumerate(changed):
            path.write_bytes(text.encode())
            row.count(judge(forged.log, subject.keys), untouched=untouched, what=what)
    return [row]


def _hashes_to_match(plain: Subject, place: Path, entries: range) -> Row:
    row = Row(case="an entry changed and `hashes/` made to match it")
    forged = plain.copy(place)
    untouched = judge(plain.log, plain.keys)
    for entry in entries:
        lines = _changed(plain.lines(), entry)
        forged.put_lines(lines)
        (forged.log / "hashes" / "00000.bin").write_bytes(b"".join(map(leaf_hash, lines)))
        row.count(judge(forged.log, plain.keys), untouched=untouched, what=entry)
    return row


def _cosigned_another_root(witnessed: Subject, place: Path) -> Row:
    row = Row(case="the witness has cosigned another root of that size")
    untouched = judge(witnessed.log, witnessed.keys)
    for number in range(4):
        forged = witnessed.copy(place)
        append_receipt(forged, root=bytes([number]) * 32)
        row.count(judge(forged.log, witnessed.keys), untouched=untouched, what=number)
    return row
