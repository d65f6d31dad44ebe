"""Signs of personal data in a text: how many of which kind, never which ones.

A count is a hint for the reviewer (a list of 400 National Insurance numbers is not a newsletter). It is no reason
to keep and none to destroy. No value leaves this module, and none is kept in it. Time is linear in the text.

What is counted has a checksum or a fixed shape: NHS numbers (NHS Data Dictionary: modulus 11), National Insurance
numbers (HMRC NIM39110: the prefixes that are issued), payment cards (ISO/IEC 7812: Luhn, with the ranges of the
large issuers), e-mail addresses, United Kingdom telephone numbers, and a postcode beside a date of birth.
"""

import re
from collections.abc import Iterator

MOST_COUNTED = 999
_LONGEST_TEXT = 200_000
# each begins with a class of characters, which `re` looks for faster than for anything else; what may not stand
# before is asked second
_NI = re.compile(
    r"[A-CEGHJ-PR-TW-Z](?<![A-Za-z0-9].)[A-CEGHJ-NPR-TW-Z](?<!BG|GB|KN|NK|NT|TN|ZZ)"
    r" ?\d\d ?\d\d ?\d\d ?[A-D](?![A-Za-z0-9])"
)
_DIGITS = re.compile(r"\d(?<![\w.,/:-]\d)(?:[ ()-]{0,2}\d){8,18}(?![\w/]|[.,:-]\d)", re.ASCII)
_EMAIL_HOST = re.compile(r"@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![A-Za-z0-9-])")
_POSTCODE = re.compile(r"[A-Z](?<![A-Z0-9].)[A-Z]?\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}(?![A-Z0-9])")
_BORN_ON = re.compile(r"\.?\W{0,6}(?=\d)")
_BORN_WORDS = ("date of birth", "dob", "d.o.b", "born on")
# what a text must have for each kind, once every digit is a 0 and every capital an A: most texts have none of it.
# Each begins with a letter of its own, so that the search leaps to it; `?` stands for what is not Latin
_SHAPES = bytes.maketrans(b"123456789BCDEFGHIJKLMNOPQRSTUVWXYZ", b"0" * 9 + b"A" * 25)
_NUMBER = re.compile(rb"0(?:[ ()-]{0,2}0){8}")
_NI_NUMBER = re.compile(rb"AA ?00 ?00 ?00 ?A")
_POSTCODE_ENDS = (b"0AA", b"?AA")
_NEAR = 300  # a postcode and a birth this near each other are of one person
_NHS_DIGITS, _LONGEST_CARD, _SHORTEST_CARD = 10, 19, 13
_MAILBOX_ENDS = frozenset("_%+-")
_NO_DIGITS = str.maketrans("", "", " ()-")
# the first four digits of the large issuers' cards, and how long such a card is
_ISSUERS = (
    (4000, 4999, (13, 16, 19)),
    (5100, 5599, (16,)),
    (2221, 2720, (16,)),
    (3400, 3499, (15,)),
    (3700, 3799, (15,)),
    (6011, 6011, (16, 19)),
    (6500, 6599, (16, 19)),
    (5018, 5020, (16, 18, 19)),
    (6759, 6763, (16, 18, 19)),
)
# Ofcom's National Telephone Numbering Plan: geographic, corporate, mobile, free and special rates
_PHONE = re.compile(r"0(?:1\d{8,9}|2\d{9}|3\d{9}|7[1-57-9]\d{8}|8(?:00|08|4\d|7\d)\d{6,7})", re.ASCII)


def personal_data_in(text: str) -> dict[str, int]:
    """Return how many of each kind of personal data `text` seems to hold; kinds that were not seen are left out."""
    text = text[:_LONGEST_TEXT]
    shape = text.encode("latin-1", "replace").translate(_SHAPES)
    counts: dict[str, int] = {}
    if _NUMBER.search(shape):
        for kind in filter(None, map(_kind_of, _numbers(text))):
            counts[kind] = counts.get(kind, 0) + 1
    if _NI_NUMBER.search(shape):
        counts["national_insurance_number"] = sum(1 for _ in _NI.finditer(text))
    if "@" in text:
        counts["email_address"] = sum(1 for found in _EMAIL_HOST.finditer(text) if _is_local(text, found.start()))
    if any(end in shape for end in _POSTCODE_ENDS):
        counts["birth_and_postcode"] = _births_beside_postcodes(text)
    return {kind: min(count, MOST_COUNTED) for kind, count in sorted(counts.items()) if count}


def personal_data_flags(text: str) -> tuple[str, ...]:
    """Return the same as flags of an appraisal: `personal_data_seen:nhs_number=3`."""
    return tuple(f"personal_data_seen:{kind}={count}" for kind, count in personal_data_in(text).items())


def _is_local(text: str, at: int) -> bool:
    """Tell whether what stands before the `@` can be the name of a mailbox."""
    before = text[at - 1 : at]
    return before.isalnum() or before in _MAILBOX_ENDS


def _numbers(text: str) -> Iterator[str]:
    for found in _DIGITS.finditer(text):
        digits = found.group().replace("(0)", "").translate(_NO_DIGITS)
        is_abroad = text[found.start() - 1 : found.start()] == "+"
        yield f"0{digits[2:]}" if is_abroad and digits.startswith("44") else digits


def _kind_of(digits: str) -> str:
    if _PHONE.fullmatch(digits):
        return "phone_number"
    if len(digits) == _NHS_DIGITS and is_nhs_number(digits):
        return "nhs_number"
    return "payment_card" if is_payment_card(digits) else ""


def is_nhs_number(digits: str) -> bool:
    """Tell whether ten digits are an NHS number of England, Wales or the Isle of Man, by check digit and range."""
    if len(digits) != _NHS_DIGITS or not digits.isascii() or not digits.isdecimal() or digits[0] not in "4679":
        return False
    check = -sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return check == int(digits[9]) and len(set(digits)) > 1


def is_payment_card(digits: str) -> bool:
    """Tell whether digits are a payment card's number: an issuer's range and length, and Luhn's check digit."""
    if not _SHORTEST_CARD <= len(digits) <= _LONGEST_CARD or not digits.isascii() or not digits.isdecimal():
        return False
    begins = int(digits[:4])
    is_issued = any(first <= begins <= last and len(digits) in lengths for first, last, lengths in _ISSUERS)
    return is_issued and _luhn(digits)


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B: from the right, every second digit doubled, the digits of the sum."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the digits of a number of two digits
    return total % 10 == 0


def _births_beside_postcodes(text: str) -> int:
    plain = text.lower()
    if len(plain) != len(text):  # a few letters of other scripts change their length, and places would not agree
        return 0
    births = sorted(place for words in _BORN_WORDS for place in _births(plain, words))
    postcodes = [found.start() for found in _POSTCODE.finditer(text)] if births else []
    count, place = 0, 0
    for birth in births:
        while place < len(postcodes) and postcodes[place] < birth - _NEAR:
            place += 1
        count += place < len(postcodes) and postcodes[place] <= birth + _NEAR
    return count


def _births(plain: str, words: str) -> Iterator[int]:
    place = plain.find(words)
    while place != -1:
        end = place + len(words)
        if not plain[place - 1 : place].isalnum() and _BORN_ON.match(plain, end):
            yield place
        place = plain.find(words, end)
