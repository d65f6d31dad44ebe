"""What is known around one file that the file itself cannot tell: of its case folder, and of copyings."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Facts about the place a file lies in.

    `case_newest_on` is the newest date among the `case_files` files of its case folder: the case was last worked
    on then. `case_unknown` says in words why nobody can tell that day, where somebody looked for it in vain.
    `copying` says why the time of the file's last write proves nothing, and is empty when there is no such reason.
    """

    case_newest_on: date | None = None
    case_files: int = 0
    case_unknown: str = ""
    copying: str = ""


NOTHING_AROUND = Surroundings()
