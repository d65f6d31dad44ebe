"""How moments and days are written in the catalogue: ISO 8601, UTC, always with microseconds."""

from datetime import UTC, date, datetime


def stored(instant: datetime) -> str:
    """Return `instant` (aware) as text that sorts in the order of time."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def loaded(text: str) -> datetime:
    """Return the aware UTC instant that `stored` wrote."""
    return datetime.fromisoformat(text)


def loaded_or_none(text: str | None) -> datetime | None:
    """Return the instant, or None where none was stored."""
    return None if text is None else loaded(text)


def loaded_date(text: str | None) -> date | None:
    """Return the civil date, or None where none was stored."""
    return None if text is None else date.fromisoformat(text)
