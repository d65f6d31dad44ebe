"""The times of a manifest: `xs:dateTime`, in real samples without a zone, so that one must be assumed and marked."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scanners.exports.errors import UnknownZoneError
from scanners.exports.record import StatedInstant

_FIRST_YEAR = 1900  # SharePoint writes year 1 for "never"


class Moments:
    """Reads times for one package; `zone` is what times without a zone are taken to be in.

    Raises:
        UnknownZoneError: There is no such zone.
    """

    def __init__(self, zone: str) -> None:
        self._name = zone
        try:
            self._zone: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise UnknownZoneError(zone=zone) from error

    def stated(self, raw: str | None) -> StatedInstant | None:
        """Return a time as stated, None when there is none; without a meaning when it has none for certain.

        A time in the hour that a clock change repeats or skips has none: it is one of two.
        """
        if not raw or not raw.strip():
            return None
        local = _parsed(raw.strip())
        if local is None or local.year < _FIRST_YEAR:
            return StatedInstant(raw=raw, at=None)
        if local.tzinfo is not None:
            return StatedInstant(raw=raw, at=_in_utc(local))
        early, late = (_in_utc(local.replace(tzinfo=self._zone, fold=fold)) for fold in (0, 1))
        return StatedInstant(raw=raw, at=early if early == late else None, assumed_zone=self._name)


def _parsed(raw: str) -> datetime | None:
    if "T" not in raw:
        return None  # a day is no moment
    try:
        return datetime.fromisoformat(raw)
    except ValueError:
        return None


def _in_utc(moment: datetime) -> datetime | None:
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
