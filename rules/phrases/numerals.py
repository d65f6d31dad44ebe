"""Numbers and months as English writes them."""

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_MONTHS = "january february march april may june july august september october november december"

UNITS = {word: number for number, word in enumerate(_UNITS.split())}
TENS = {word: 10 * number for number, word in enumerate(_TENS.split(), start=2)}
ORDINAL_WORDS = {word: number for number, word in enumerate(_ORDINALS.split())} | {
    word[:-1] + "ieth": number for word, number in TENS.items()
}
MONTHS = {word: number for number, word in enumerate(_MONTHS.split(), start=1)} | {
    word[:3]: number for number, word in enumerate(_MONTHS.split(), start=1)
} | {"sept": 9}  # fmt: skip
