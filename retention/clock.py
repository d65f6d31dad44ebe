"""The one place that reads the clock; everything else is told the time."""

from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...


class SystemClock:
    """The host's clock: untrusted as evidence, good enough to order a day's work."""

    def now(self) -> datetime:
        """Return the host's present instant, aware and in UTC."""
        return datetime.now(UTC)


def civil_date(instant: datetime) -> date:
    """Return the civil date of `instant` where the organisation sits (the host's time zone)."""
    return instant.astimezone().date()
