"""Hearing: what people have said of cases and files, at hand while copies are appraised."""

from collections.abc import Iterator
from dataclasses import dataclass

from retention.domain.attestations import Attestation
from retention.store import attestations
from retention.store.appraisals import Unappraised
from retention.store.catalogue import Transaction


@dataclass(frozen=True, slots=True)
class SaidOfCopy:
    """The statements about one copy or a folder above it: those made `since` it is there, and the `earlier` ones.

    Who says when a case was closed has not seen the papers that are put into it later.
    """

    since: tuple[Attestation, ...] = ()
    earlier: tuple[Attestation, ...] = ()


_NOTHING = SaidOfCopy()


class Said:
    """Every statement that stands, by the file or folder it is about. Memory grows with the statements, not the files.

    `version` tells whether something was said since: an appraisal made without it must not be stored.
    """

    def __init__(self, tx: Transaction) -> None:
        self.version = attestations.version(tx)
        self._by_place: dict[str, dict[str, list[Attestation]]] = {}
        if self.version:
            for one in attestations.every(tx, only_standing=True):
                self._by_place.setdefault(one.source_id, {}).setdefault(one.path, []).append(one)

    def is_current(self, tx: Transaction) -> bool:
        """Tell whether nothing was said since."""
        return attestations.version(tx) == self.version

    def about(self, copy: Unappraised) -> SaidOfCopy:
        """Return what was said about a file or any folder above it, before it was there and since."""
        places = self._by_place.get(copy.source_id)
        if places is None:
            return _NOTHING
        ones = [one for place in _places(copy.path) for one in places.get(place, ())]
        return SaidOfCopy(
            since=tuple(one for one in ones if one.stated_at >= copy.here_since),
            earlier=tuple(one for one in ones if one.stated_at < copy.here_since),
        )


def _places(path: str) -> Iterator[str]:
    """Yield the root, every folder above `path`, and `path` itself."""
    yield ""
    end = path.find("/")
    while end != -1:
        yield path[:end]
        end = path.find("/", end + 1)
    yield path
