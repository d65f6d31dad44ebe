"""How long one look at an entry takes on a share, which decides who does the walking."""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from time import perf_counter

from scanners.crawling.listing import Reach
from scanners.crawling.volumes import is_own_disk
from scanners.opening import open_root

_MOST_LOOKS = 200
_LOOKS_IN_EACH = 50
_ENOUGH_LOOKS = 20
_ENOUGH_SECONDS = 0.05
_FAR_SECONDS = 100e-6
_COLD_SECONDS = 12e-6
_MOST_COLD_PROCESSES = 8
_MOST_WARM_PROCESSES = 3  # the walk itself cannot report what more of them would list


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What was measured: how long a look takes, listing included, and by how many looks that is known.

    A look that takes a tenth of a millisecond goes to a server, or to a disk that has to move (`is_own_disk`).
    """

    seconds_per_look: float
    looks: int = 1
    is_own_disk: bool = False

    @property
    def is_far(self) -> bool:
        """Whether a server is what takes the time: then many should wait for it together.

        A disk that has to move has the listing of a whole folder at hand once it is there, so that a few processes
        are quicker than many threads, by a third where it was measured.
        """
        return self.seconds_per_look >= _FAR_SECONDS and not self.is_own_disk

    @property
    def processes(self) -> int:
        """How many processes help the walk best on a large local share; the walk itself works as one more."""
        if self.seconds_per_look >= _COLD_SECONDS:
            return _MOST_COLD_PROCESSES  # a disk answers many at once
        return min(len(os.sched_getaffinity(0)) - 1, _MOST_WARM_PROCESSES)


def probe(root: str) -> Pace:
    """Measure up to 200 looks at what is at the top of `root`; where they are slow, some twenty are enough.

    Listing a folder and looking at an entry are measured apart, and the middle of each counts, so that a moment in
    which the machine was busy with something else does not.

    Raises:
        SourceUnavailableError: The root cannot be opened.
    """
    descriptor = open_root(root)
    listings: list[float] = []
    entries: list[float] = []
    began = last = perf_counter()
    try:
        for looks, is_listing in enumerate(_looks(descriptor), 1):
            now = perf_counter()
            (listings if is_listing else entries).append(now - last)
            last = now
            if looks >= _MOST_LOOKS or (looks >= _ENOUGH_LOOKS and now - began > _ENOUGH_SECONDS):
                break
    finally:
        os.close(descriptor)
    taken = sum(_middle(times) * len(times) for times in (listings, entries) if times)
    looks = len(listings) + len(entries)
    return Pace(seconds_per_look=taken / max(looks, 1), looks=looks, is_own_disk=is_own_disk(root))


def _middle(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]


def _looks(root: int) -> Iterator[bool]:
    """Look at entries from the top of the share down; say of each look whether it listed a folder."""
    reach = Reach(root, max_open=8)
    folders = deque([""])
    try:
        while folders:
            path = folders.popleft()
            with suppress(OSError), os.scandir(reach.open(path)) as listing:
                entries = list(islice(listing, _LOOKS_IN_EACH))
                yield True
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(f"{path}/{entry.name}" if path else entry.name)  # the listing told, no look
                        continue
                    with suppress(OSError):
                        entry.stat(follow_symlinks=False)
                    yield False
    finally:
        reach.close()
