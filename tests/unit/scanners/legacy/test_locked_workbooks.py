"""A workbook that Excel locked with its own default password is read; any other password stays what it is."""

import hashlib
import struct
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.errors import EncryptedContentError
from scanners.identification import media_types as types
from scanners.text import read_content
from scanners.text.reading import ContentReading
from scanners.text.xls_lock import DEFAULT_PASSWORD, XorLock, key_stream, lock_of, xor_array
from tests.unit.scanners.legacy.building_office import (
    BEGIN,
    BEGIN_95,
    FINISH,
    a_record,
    a_string,
    a_workbook,
    an_xls,
)

CORPUS = Path(__file__).parents[4].parent / "shared" / "data" / "corpus"
SALT, VERIFIER = bytes(range(16)), bytes(range(16, 32))
BLOCK = 1024
NEVER_LOCKED = {0x809, 0x2F}

KeyOf = Callable[[int], bytes]
Locker = Callable[[bytes, int, int], bytes]


def read(content: bytes) -> ContentReading:
    return read_content(types.XLS, content, limit_chars=20_000)


def md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


def sha1(content: bytes) -> bytes:
    return hashlib.sha1(content, usedforsecurity=False).digest()


def another_rc4(key: bytes, content: bytes) -> bytes:
    """Return what another maker's RC4 makes of some bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4  # noqa: PLC0415  it warns of itself
        from cryptography.hazmat.primitives.ciphers import Cipher  # noqa: PLC0415

        return Cipher(ARC4(key), mode=None).encryptor().update(content)


def rc4_by_blocks(key_of: KeyOf) -> Locker:
    def locked(content: bytes, at: int, _record_bytes: int) -> bytes:
        found = bytearray()
        for place in range(len(content)):
            block, offset = divmod(at + place, BLOCK)
            stream = streams.setdefault(block, another_rc4(key_of(block), bytes(BLOCK)))
            found.append(content[place] ^ stream[offset])
        return bytes(found)

    streams: dict[int, bytes] = {}
    return locked


def with_lock(stream: bytes, fields: bytes, locker: Locker) -> bytes:
    """Return a workbook's stream with a FilePass after its first record, and all that is locked after it locked."""
    first = 4 + struct.unpack_from("<2H", stream)[1]
    stream = stream[:first] + a_record(0x2F, fields) + stream[first:]
    found, position = bytearray(stream), 0
    while position < len(stream):
        kind, size = struct.unpack_from("<2H", stream, position)
        at = position + 4
        if kind not in NEVER_LOCKED:
            plain = 4 if kind == 0x85 else 0
            found[at + plain : at + size] = locker(stream[at + plain : at + size], at + plain, size)
        position = at + size
    return bytes(found)


def plain_rc4(password: str) -> tuple[bytes, Locker]:
    base = md5((md5(password.encode("utf-16-le"))[:5] + SALT) * 16)[:5]

    def key_of(block: int) -> bytes:
        return md5(base + struct.pack("<L", block))

    checked = rc4_by_blocks(key_of)(VERIFIER + md5(VERIFIER), 0, 32)
    return struct.pack("<3H", 1, 1, 1) + SALT + checked, rc4_by_blocks(key_of)


def crypto_api(password: str, *, bits: int, version: int = 2) -> tuple[bytes, Locker]:
    base = sha1(SALT + password.encode("utf-16-le"))

    def key_of(block: int) -> bytes:
        key = sha1(base + struct.pack("<L", block))[: (bits or 40) // 8]
        return key.ljust(16, b"\0") if bits == 40 else key

    checked = rc4_by_blocks(key_of)(VERIFIER + sha1(VERIFIER), 0, 36)
    header = struct.pack("<8L", 4, 0, 0x6801, 0x8004, bits, 1, 0, 0) + "RC4 provider\0".encode("utf-16-le")
    fields = struct.pack("<3H", 1, version, 2) + struct.pack("<2L", 4, len(header)) + header
    fields += struct.pack("<L", 16) + SALT + checked[:16] + struct.pack("<L", 20) + checked[16:]
    return fields, rc4_by_blocks(key_of)


def xor(password: bytes, key: int, verifier: int) -> tuple[bytes, Locker]:
    array = xor_array(password)

    def locked(content: bytes, at: int, record_bytes: int) -> bytes:
        return bytes(
            ((byte << 5 | byte >> 3) & 0xFF) ^ array[(at + record_bytes + place) % 16]
            for place, byte in enumerate(content)
        )

    return struct.pack("<2H", key, verifier), locked


WORDS = [a_string(f"Leaver number {n} of the pension fund") for n in range(120)]
BOOK = a_workbook(
    strings=WORDS, names=("Starters",), sheet=a_record(0x204, struct.pack("<3HHB", 0, 0, 0, 6, 0) + b"A cell")
)
TEXT = "Starters\n" + "\n".join(f"Leaver number {n} of the pension fund" for n in range(120)) + "\nA cell"


@pytest.mark.parametrize(
    "lock",
    [
        plain_rc4(DEFAULT_PASSWORD),
        *(crypto_api(DEFAULT_PASSWORD, bits=bits, version=version) for bits, version in ((128, 2), (40, 3), (56, 4))),
    ],
    ids=["RC4", "CryptoAPI 128", "CryptoAPI 40", "CryptoAPI 56"],
)
def test_what_only_excels_own_password_locks_is_read_over_many_blocks(lock: tuple[bytes, Locker]) -> None:
    assert len(BOOK) > 4 * BLOCK

    reading = read(an_xls(with_lock(BOOK, *lock)))

    assert reading.text == TEXT
    assert reading.problems == ()


def test_a_text_that_goes_on_in_the_next_record_is_unlocked_there_as_well() -> None:
    head = struct.pack("<2L", 2, 2) + struct.pack("<HB", 10, 0) + b"Minu"
    shared = a_record(0xFC, head) + a_record(0x3C, b"\x01" + "tes 19".encode("utf-16-le") + a_string("Next"))

    reading = read(an_xls(with_lock(BEGIN + shared + FINISH, *plain_rc4(DEFAULT_PASSWORD))))

    assert reading.text == "Minutes 19\nNext"


@pytest.mark.parametrize("lock", [plain_rc4("another"), crypto_api("another", bits=128)])
def test_any_other_password_stays_locked(lock: tuple[bytes, Locker]) -> None:
    reading = read(an_xls(with_lock(BOOK, *lock)))

    assert {problem.kind for problem in reading.problems} == {ProblemKind.ENCRYPTED}
    assert reading.text == ""


@pytest.mark.parametrize("fields", [b"", b"\1", b"\1\0\1\0\1\0", b"\1\0\2\0\2\0" + bytes(20), b"\7\0" + bytes(60)])
def test_a_lock_of_an_unknown_kind_is_a_lock_and_no_crash(fields: bytes) -> None:
    with pytest.raises(EncryptedContentError):
        lock_of(fields, is_old=False)


@pytest.mark.parametrize(
    ("password", "fields"),
    [("abc", bytes.fromhex("4a511acc")), ("password", bytes.fromhex("7a14af83"))],
)
def test_published_keys_of_the_oldest_lock_are_known(password: str, fields: bytes) -> None:
    assert isinstance(lock_of(fields, is_old=True, password=password), XorLock)
    with pytest.raises(EncryptedContentError):
        lock_of(fields, is_old=True)


def test_the_oldest_lock_is_opened_in_both_versions_that_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    fields, locker = xor(b"abc", 0x514A, 0xCC1A)
    old = BEGIN_95 + a_record(0x85, struct.pack("<LHB", 0, 0, 6) + b"Starts") + FINISH
    old += BEGIN_95 + a_record(0x204, struct.pack("<4H", 0, 0, 0, 6) + b"A cell") + FINISH
    monkeypatch.setattr(
        "scanners.text.xls.lock_of",
        lambda raw, *, is_old: lock_of(raw, is_old=is_old, password="abc"),  # noqa: S106
    )

    assert read(an_xls(with_lock(old, fields, locker), name="Book")).text == "Starts\nA cell"
    assert read(an_xls(with_lock(BOOK, b"\0\0" + fields, locker))).text == TEXT


@pytest.mark.parametrize(
    ("key", "first"),
    [
        ("0102030405", "b2396305f03dc027ccc3524a0a1118a8"),
        ("0102030405060708090a0b0c0d0e0f10", "9ac7cc9a609d1ef7b2932899cde41b97"),
    ],
)
def test_rc4_gives_what_rfc_6229_lists(key: str, first: str) -> None:
    assert key_stream(bytes.fromhex(key), 16).hex() == first


@given(fields=st.binary(max_size=120), is_old=st.booleans())
def test_no_bytes_raise_anything_but_our_own_error(fields: bytes, *, is_old: bool) -> None:
    try:
        lock_of(fields, is_old=is_old)
    except EncryptedContentError:
        return


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("poi/test-data/spreadsheet/xor-encryption-abc.xls", "abc", "Sheet1"),
        ("poi/test-data/spreadsheet/35897-type4.xls", "freedom", "hello there!"),
        ("sheetjs/biff5/password_2002_40_xor.xls", "password", "Sheet3"),
        ("sheetjs/password_2002_40_972000.xls", "password", "Sheet3"),
        ("sheetjs/password_2002_40_basecrypto.xls", "password", "Sheet3"),
    ],
)
def test_real_locked_workbooks_open_with_their_published_passwords(
    name: str, password: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (CORPUS / name).is_file():
        pytest.skip("the corpus of published files is not beside this checkout")
    content = (CORPUS / name).read_bytes()
    assert {problem.kind for problem in read(content).problems} == {ProblemKind.ENCRYPTED}

    monkeypatch.setattr(
        "scanners.text.xls.lock_of", lambda raw, *, is_old: lock_of(raw, is_old=is_old, password=password)
    )

    assert words in read(content).text.split("\n")
