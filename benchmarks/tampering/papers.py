"""Tampering with what stands beside the log: disclosed values, certificates, timestamps."""

import base64
import importlib.util
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.tampering.rows import Row, judge
from benchmarks.tampering.subject import ENTRIES, Subject
from benchmarks.told_story import NOON
from disposal_log import DisposalLog, canonical, sign_statement
from disposal_log.bundling.checking import verify_bundle
from disposal_log.bundling.choosing import Audience, Choice
from disposal_log.bundling.exporting import Paper, export_bundle
from disposal_log.bundling.manifest import manifest_text
from disposal_log.errors import TimestampInvalidError
from disposal_log.files.sidecar import Sidecar
from disposal_log.formats.checkpoints import claimed_checkpoint
from disposal_log.formats.timestamps import Stamped, check_token

VANISHED = "a value may be deleted: without an entry that says so it is counted as missing unexplained"
UNSIGNED_PART = (
    "a bit that the authority does not sign: what is stamped, when and by whom stays the same. In a log the token is "
    "pinned by its digest, so this is detected there"
)


def paper_rows(plain: Subject, place: Path, *, every: int = 1) -> list[Row]:
    """Try every change beside the log, those of a value on every n-th value."""
    return [
        *_disclosures(plain, place / "values", every),
        *_certificates(plain, place, every),
        *_timestamps(plain, place / "tsa", every),
    ]


def _disclosures(plain: Subject, place: Path, every: int) -> list[Row]:
    altered = Row(case="a disclosed value altered in the sidecar, sealed again with its key")
    moved = Row(case="the value of another entry put in its place")
    sealed = Row(case="a byte of a sealed value changed")
    vanished = Row(case="a disclosed value deleted", why=VANISHED)
    changed = plain.copy(place)
    folder = changed.place / "sidecar"
    untouched = judge(plain.log, plain.keys, sidecar=plain.place / "sidecar")
    sidecar = Sidecar(folder)
    values = [(seq, name, text) for seq, found in sidecar.of(0, ENTRIES).items() for name, text in found.items()]
    values = values[::every]

    def count(row: Row, what: object) -> None:
        row.count(judge(changed.log, plain.keys, sidecar=folder), untouched=untouched, what=what)

    for at, (seq, name, text) in enumerate(values):
        for forged in (_other_value(text), text + "=", text[:-1], text.swapcase()):
            sidecar.store([(seq, name, forged, "any")])
            count(altered, (seq, name))
        sidecar.store([(seq, name, values[at - 1][2], "any")])
        count(moved, (seq, name))
        sidecar.store([(seq, name, text, "any")])
    sidecar.close()
    with closing(sqlite3.connect(folder / "disclosures.db", isolation_level=None)) as database:
        for seq, name, _ in values:
            where = (seq, name)
            [found] = database.execute("SELECT value FROM sealed WHERE seq = ? AND name = ?", where).fetchone()
            for at in (0, len(found) // 2, len(found) - 1):
                broken = found[:at] + bytes([found[at] ^ 1]) + found[at + 1 :]
                database.execute("UPDATE sealed SET value = ? WHERE seq = ? AND name = ?", (broken, *where))
                count(sealed, where)
            database.execute("DELETE FROM sealed WHERE seq = ? AND name = ?", where)
            count(vanished, where)
    return [altered, moved, sealed, vanished]


def _other_value(text: str) -> str:
    """Keep the salt and change what is disclosed."""
    salt, name, _ = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    content = json.dumps([salt, name, {"utf8": "Elsewhere.pdf"}], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _certificates(plain: Subject, place: Path, every: int) -> list[Row]:
    """Change a certificate in a bundle, with and without the key, and renew the bundle's list of files each time."""
    plain_bundle, bundle = place / "bundle", place / "changed"
    papers = [Paper(name=f"{name}.dsse.json", content=content) for name, content in plain.certificates.items()]
    choice = Choice(audience=Audience.AUDITOR)
    export_bundle(plain.log, plain_bundle, choice, sidecar=plain.place / "sidecar", papers=papers)
    untouched = verify_bundle(plain_bundle, trusted_keys=plain.keys)
    shutil.copytree(plain_bundle, bundle)
    rows = []
    with DisposalLog.open(
        plain.copy(place / "signer").log,
        keys_directory=place / "signer" / "keys",
        sidecar_directory=place / "signer" / "sidecar",
        at=NOON,
        reserve_bytes=0,
    ) as log:
        for words, is_signed in (("", False), (", signed anew with our stolen key", True)):
            row = Row(case=f"a certificate with figures that are not in the log{words}")
            for paper in papers:
                path = bundle / "certificates" / paper.name
                for what, change in enumerate(_FIGURES):
                    path.write_bytes(_with_other_figures(paper.content, change, log if is_signed else None))
                    (bundle / "MANIFEST.txt").write_text(manifest_text(bundle))
                    row.count(verify_bundle(bundle, trusted_keys=plain.keys), untouched=untouched, what=what)
                path.write_bytes(paper.content)
            rows.append(row)
    row = Row(case="a certificate kept outside was altered (`--seen`)")
    for paper in papers:
        for change in _FIGURES:
            seen = _with_other_figures(paper.content, change, None)
            row.count(judge(plain.log, plain.keys, seen=seen), untouched=judge(plain.log, plain.keys))
    return [*rows, row, _disclosed_in_bundle(plain, plain_bundle, bundle, every)]


def _set(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda predicate: predicate.__setitem__(name, value)


_FIGURES: tuple[Callable[[dict[str, Any]], None], ...] = (
    _set("results", {"destroyed": 7}),
    _set("bytes_of_results", {"destroyed": 1}),
    _set("items_proposed", 7),
    _set("bytes_proposed", 5),
    _set("manifest", "cd" * 32),
    _set("status", "provisional"),
    _set("batch", "B-9"),
)


def _with_other_figures(envelope: bytes, change: Callable[[dict[str, Any]], None], log: DisposalLog | None) -> bytes:
    found = json.loads(envelope)
    content = json.loads(base64.b64decode(found["payload"]))
    change(content["predicate"])
    if log is not None:
        return json.dumps(sign_statement(log, content)).encode()
    found["payload"] = base64.b64encode(canonical(content)).decode()
    return json.dumps(found).encode()


def _disclosed_in_bundle(plain: Subject, plain_bundle: Path, bundle: Path, every: int) -> Row:
    row = Row(case="a disclosed value altered in a bundle")
    shutil.rmtree(bundle)
    shutil.copytree(plain_bundle, bundle)
    path = bundle / "disclosures.jsonl"
    lines = path.read_bytes().splitlines()
    untouched = verify_bundle(plain_bundle, trusted_keys=plain.keys)
    for at, line in list(enumerate(lines))[::every]:
        found = json.loads(line)
        changed = canonical({**found, "text": _other_value(found["text"])})
        path.write_bytes(b"".join(each + b"\n" for each in [*lines[:at], changed, *lines[at + 1 :]]))
        (bundle / "MANIFEST.txt").write_text(manifest_text(bundle))
        row.count(verify_bundle(bundle, trusted_keys=plain.keys), untouched=untouched, what=at)
    return row


def _timestamps(plain: Subject, place: Path, every: int) -> list[Row]:
    """Let an authority made of openssl stamp a checkpoint, and hold the stamp against others."""
    if shutil.which("openssl") is None or importlib.util.find_spec("rfc3161_client") is None:
        return []  # the table then lacks the row, which needs openssl and the extra `anchor`
    from disposal_log.witnessing.timestamps import stamp  # noqa: PLC0415  # needs the extra
    from tests.integration.disposal_log.authority import Authority, on_the_web  # noqa: PLC0415  # needs openssl

    other = Row(case="a timestamp held against other bytes")
    broken = Row(case="a bit of a timestamp changed", why=UNSIGNED_PART)
    authority = Authority(place)
    texts = [claimed_checkpoint(note).text() for note in plain.notes]
    with on_the_web(authority.reply) as url:
        token = stamp(texts[-1], urls=[url], chain=authority.chain).token
    genuine = check_token(token, texts[-1], authority.chain)
    for text in texts[:-1]:
        _hold(other, token, text, authority.chain, genuine)
    for at in range(0, len(token), 3 * every):
        changed = token[:at] + bytes([token[at] ^ (1 << at % 8)]) + token[at + 1 :]
        _hold(broken, changed, texts[-1], authority.chain, genuine)
    return [other, broken]


def _hold(row: Row, token: bytes, text: str, chain: bytes, genuine: Stamped) -> None:
    row.tried += 1
    try:
        found = check_token(token, text, chain)
    except TimestampInvalidError:
        row.detected += 1
        return
    row.missed += 1
    if found != genuine:  # it says something else and is believed
        row.why = ""
        row.examples.append(str(found))
