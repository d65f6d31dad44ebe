"""Scanning a source: crawl into the ledger, examine its batches, land each exactly once, close the sum.

The share is only read. A scan may be killed at any point and run again: one that was still crawling starts
anew, one that was examining goes on with the batches that have not landed. Memory does not grow with the
share: a batch is a second or two of work, and no more than four per worker are in flight.
"""

from retention.services.crawling import Sampling
from retention.services.scanning.examination import BatchExaminer, ExaminerOpener
from retention.services.scanning.scan import scan_source
from retention.services.scanning.sightings import content_of
from retention.services.scanning.summary import ScanPhase, ScanProgress, ScanSummary

__all__ = [
    "BatchExaminer",
    "ExaminerOpener",
    "Sampling",
    "ScanPhase",
    "ScanProgress",
    "ScanSummary",
    "content_of",
    "scan_source",
]
