"""A log in memory that a witness can be shown: it grows, forks and proves, without a disk; and a witness served."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from disposal_log.formats.checkpoints import Checkpoint, sign_checkpoint
from disposal_log.signing.notes import SigningKey
from disposal_log.tree.merkle import consistency_path, leaf_hash, root_of
from disposal_log.witnessing.requests import AddCheckpoint
from disposal_log.witnessing.serving import WitnessServer
from disposal_log.witnessing.witness import Witness

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORIGIN = "records.example.gov.uk/destruction/2026"


@dataclass
class ShownLog:
    key: SigningKey = field(default_factory=lambda: SigningKey.from_seed(ORIGIN, seed=b"k" * 32))
    leaves: list[bytes] = field(default_factory=list)

    def grow(self, *words: str) -> "ShownLog":
        self.leaves += [leaf_hash(word.encode()) for word in words]
        return self

    def fork(self, at: int) -> "ShownLog":
        return ShownLog(self.key, self.leaves[:at])

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(origin=self.key.name, size=len(self.leaves), root=root_of(self.leaves))

    @property
    def note(self) -> bytes:
        return sign_checkpoint(self.checkpoint, [self.key])

    def prove(self, old: int) -> tuple[bytes, ...]:
        return consistency_path(old, len(self.leaves), lambda start, stop: root_of(self.leaves[start:stop]))

    def request(self, old: int) -> bytes:
        return AddCheckpoint(old_size=old, proof=self.prove(old), note=self.note).spell()


@contextmanager
def served(witness: Witness) -> Iterator[WitnessServer]:
    with WitnessServer(witness, now=lambda: NOON) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
