"""Applying the schedule in force, if anything waits for it: a rescan that found nothing new loads not a single rule."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from retention.services.summing_up import keep_sums
from retention.store import appraisals, schedules
from retention.store.catalogue import Catalogue

if TYPE_CHECKING:
    from retention.services.appraising.appraising import AppraisalProgress


def appraise_waiting(
    catalogue: Catalogue, *, on_progress: "Callable[[AppraisalProgress], None]", workers: int | None = None
) -> int:
    """Apply the schedule in force to every copy that it was not applied to yet; return how many.

    Args:
        catalogue: The catalogue.
        on_progress: Told after each chunk.
        workers: The most processes to use where there is much to do; as many as there are processors by default.

    Raises:
        UnknownThingError: No schedule was ever published.
    """
    with catalogue.reading() as tx:
        is_any = appraisals.is_waiting(tx, schedules.current_version(tx))
    if not is_any:
        keep_sums(catalogue)
        return 0
    from retention.services.appraising.appraising import appraise_copies  # noqa: PLC0415  # brings the rules
    from retention.services.schedules.versions import schedule_in_force  # noqa: PLC0415  # brings their reader

    return appraise_copies(catalogue, schedule_in_force(catalogue), on_progress=on_progress, workers=workers)
