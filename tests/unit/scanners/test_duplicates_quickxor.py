"""QuickXorHash against its published definition, written out bit by bit, and the few values that are known."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.duplicates import QuickXorHash

WIDTH_BITS = 160
SHIFT_BITS = 11


def by_definition(content: bytes) -> bytes:
    """Return what the published definition says, one bit at a time."""
    bits = [0] * WIDTH_BITS
    for index, byte in enumerate(content):
        for bit in range(8):
            bits[(index * SHIFT_BITS + bit) % WIDTH_BITS] ^= byte >> bit & 1
    block = bytes(sum(bits[8 * place + bit] << bit for bit in range(8)) for place in range(WIDTH_BITS // 8))
    length = len(content).to_bytes(8, "little")
    return block[:12] + bytes(one ^ other for one, other in zip(block[12:], length, strict=True))


def test_nothing_gives_twenty_zero_bytes() -> None:
    assert QuickXorHash().base64() == base64.b64encode(bytes(20)).decode()


def test_the_published_value_of_hello_world() -> None:
    assert QuickXorHash(b"hello world").base64() == "aCgDG9jwBhDc4Q1yawMZAAAAAAA="


def test_values_worked_out_by_hand() -> None:
    # One byte stays where it is, and the length of 1 goes into the thirteenth byte.
    assert QuickXorHash(b"\x01").digest() == b"\x01" + bytes(11) + b"\x01" + bytes(7)
    # The second byte is moved by 11 bits: 0x01 becomes 0x08 in the next byte but none.
    assert QuickXorHash(b"\x00\x01").digest() == b"\x00\x08" + bytes(10) + b"\x02" + bytes(7)
    # The fifteenth is moved by 154 bits: its upper two bits come in again at the beginning.
    assert QuickXorHash(bytes(14) + b"\xff").digest() == b"\x03" + bytes(11) + b"\x0f" + bytes(6) + b"\xfc"


@given(st.binary(max_size=700))
def test_any_content_is_hashed_as_defined(content: bytes) -> None:
    assert QuickXorHash(content).digest() == by_definition(content)


@pytest.mark.parametrize("length", [19, 20, 159, 160, 161, 20_479, 20_480, 20_481, 40_961])
def test_lengths_around_every_boundary(length: int) -> None:
    content = (b"retention" * (length // 9 + 1))[:length]

    assert QuickXorHash(content).digest() == by_definition(content)


@given(st.binary(min_size=1, max_size=64), st.integers(1, 2_000), st.lists(st.integers(1, 50_000), max_size=6))
def test_portions_of_any_size_give_the_hash_of_the_whole(seed: bytes, times: int, portions: list[int]) -> None:
    content = seed * times
    digest, place = QuickXorHash(), 0

    for portion in portions:
        digest.update(content[place : place + portion])
        place += portion
    digest.update(memoryview(content)[place:])

    assert digest.digest() == QuickXorHash(content).digest()


def test_asking_for_the_digest_does_not_end_the_hashing() -> None:
    digest = QuickXorHash(b"first ")

    before = digest.base64()
    digest.update(b"second")

    assert before == QuickXorHash(b"first ").base64()
    assert digest.base64() == QuickXorHash(b"first second").base64()


def test_two_different_letters_can_have_the_same_hash_so_it_proves_nothing() -> None:
    kept = b"K" + bytes(159) + b"D"
    destroyed = b"D" + bytes(159) + b"K"

    assert kept != destroyed
    assert QuickXorHash(kept).digest() == QuickXorHash(destroyed).digest()
