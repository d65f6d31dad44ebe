"""Looking things up: what is registered, proposed, held. Nothing here changes anything."""

from retention.domain.assets import InformationAsset, Source
from retention.domain.batches import BatchSummary, Decision, ProposedBatch
from retention.domain.holds import DisposalHold, HoldRegister
from retention.domain.people import Person
from retention.store import assets, batches, holds, people
from retention.store.catalogue import Catalogue


def list_people(catalogue: Catalogue) -> tuple[Person, ...]:
    """Return everybody in the register."""
    with catalogue.reading() as tx:
        return tuple(people.people(tx))


def list_sources(catalogue: Catalogue) -> tuple[tuple[Source, InformationAsset], ...]:
    """Return every registered root with its asset."""
    with catalogue.reading() as tx:
        return tuple((source, assets.asset(tx, source.asset_id)) for source in assets.sources(tx))


def list_batches(catalogue: Catalogue) -> tuple[BatchSummary, ...]:
    """Return every batch, oldest first."""
    with catalogue.reading() as tx:
        return batches.summaries(tx)


def show_batch(catalogue: Catalogue, batch_id: str) -> tuple[BatchSummary, ProposedBatch, tuple[Decision, ...]]:
    """Return a batch with its items and the decisions on it.

    Raises:
        UnknownThingError: There is none of that name.
    """
    with catalogue.reading() as tx:
        return batches.summary(tx, batch_id), batches.proposed(tx, batch_id), batches.decisions(tx, batch_id)


def list_holds(catalogue: Catalogue) -> tuple[DisposalHold, ...]:
    """Return every hold ever placed, lifted ones too."""
    with catalogue.reading() as tx:
        return holds.holds(tx)


def hold_register(catalogue: Catalogue) -> HoldRegister:
    """Return what is held at this moment."""
    with catalogue.reading() as tx:
        return holds.active_register(tx)
