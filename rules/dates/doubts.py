"""What makes a date that stands in a text doubtful: that it is somebody else's, or that it was undone later.

A doubtful date can still make a record wait; it can never settle when its period begins.
"""

import re

from rules.model import Trigger

_BEFORE = 40
# "mother died", "insurance expires", "the previous case was closed": the same words, and not of this record
_OF_ANOTHER = re.compile(
    r"\b(?:previous|earlier|first|other|another|related|linked|old|sibling|brother|sister|mother|father"
    r"|parent|husband|wife|spouse|partner|son|daughter|grandmother|grandfather|aunt|uncle|neighbour|friend|dog|cat"
    r"|insurance|mot|dbs|crb|passport|visa|driving|warranty|guarantee|offer|quotation|quote|road|lane"
    r"|bridge|footpath|school|office|library|shop|gate|door|account|tender|vacancy|consultation)"
    r"(?:'s)?(?:\W+(?:was|is|were|has|had|have|been|be|the|a|an|on|of|number|no|file|case|date|licence|certificate"
    r"|policy))*\W*$"
)
_NOT_YET = re.compile(r"\b(?:not|never|if|when|until|before|unless|once|to be|will be|may be|should be)\W*(?:\w+\W+)?$")
_UNDONE = re.compile(r"\bre-?\s?open(?:s|ed|ing)?\b")
_UNDOABLE = frozenset((Trigger.CASE_CLOSED, Trigger.PROJECT_COMPLETED))
# a line that is nothing but a day, near the top: the date of a letter
_OPENING = 800
_DAY_ALONE = re.compile(
    r"(?m)^[ \t]*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?[ ])?"
    r"(\d{1,2}(?:st|nd|rd|th)?[ ][a-z]{3,9},?[ ](?:19|20)\d\d|\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d\d)[ \t.]*$"
)
_NOT_OVER = frozenset((
    "not", "to", "be", "never", "un", "non", "until", "before", "if", "when", "pending", "awaiting", "nearly", "partly",
    "re", "reopened", "road", "roads", "street", "lane", "bridge", "path", "footpath", "school", "office", "library",
    "shop", "account",
))  # fmt: skip


def is_doubtful(folded: str, start: int, trigger: Trigger) -> bool:
    """Tell whether the label at `start` of a folded text speaks of another thing or person, or of what was undone."""
    before = folded[max(0, start - _BEFORE) : start].rpartition("\n")[2]
    before = re.split(r"[.;!?]", before)[-1]
    if before and (_OF_ANOTHER.search(before) or _NOT_YET.search(before)):
        return True
    return trigger in _UNDOABLE and _UNDONE.search(folded) is not None


def opening_day(folded: str) -> tuple[int, int] | None:
    """Return where the date stands that a letter is headed with: the first line near the top that is only a day."""
    found = _DAY_ALONE.search(folded, 0, _OPENING)
    return None if found is None else found.span(1)


def says_not_over(folder: str) -> bool:
    """Tell whether a folder's name denies what one word of it says: `To be closed 2011`, `Road closed 2011`."""
    words = re.findall(r"[^\W\d_]+", folder.casefold())
    return not _NOT_OVER.isdisjoint(words)
