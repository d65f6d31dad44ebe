"""What a scan tells while it runs and when it is done."""

from dataclasses import dataclass
from enum import StrEnum

from retention.store.scans import Scan, ScanCounts
from retention.store.scopes import Scope


class ScanPhase(StrEnum):
    """What a scan is doing."""

    CRAWLING = "crawling"
    EXAMINING = "examining"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanProgress:
    """How far a scan has come; the total is not known while it crawls."""

    phase: ScanPhase
    done_files: int
    total_files: int | None
    done_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSummary:
    """What a finished scan found; `files` is the sum of the parts.

    `changed_silently` names the first files whose content changed though neither size nor modification time did.
    `peak_rss_bytes` is the most memory this process held, plus that of its largest child. With `is_resumed` the scan
    was begun by an earlier run, so what changed since then may not be in it. After a scan of a part of a source,
    `look_also` are other parts where files that it found changed or gone have further names.
    """

    scan: Scan
    counts: ScanCounts
    changed_silently: tuple[str, ...]
    seconds: float
    peak_rss_bytes: int
    is_resumed: bool = False
    look_also: Scope = ()

    @property
    def is_complete(self) -> bool:
        """Tell whether every batch could be examined; those that got stuck are listed as unreadable."""
        return self.counts.stuck_batches == 0

    def to_json(self) -> dict[str, object]:
        """Return the figures under the names of the command line's contract."""
        return {
            "schema_version": 1,
            "scan_id": self.scan.scan_id,
            "source": self.scan.source_id,
            "files": self.scan.files,
            "bytes": self.scan.size_bytes,
            "folders": self.scan.folders,
            "examined": self.counts.examined,
            "unchanged": self.counts.unchanged,
            "verified": self.counts.verified,
            "changed_silently": self.counts.changed_silently,
            "moved": self.counts.moved,
            "unreadable": self.counts.unreadable,
            "skipped": dict(self.counts.skipped),
            "unreadable_folders": self.counts.unreadable_folders,
            "seconds": round(self.seconds, 3),
            "peak_rss_bytes": self.peak_rss_bytes,
        }
