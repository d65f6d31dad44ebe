"""The scanners read shares: what is there, what each file is, and what it says; they change nothing on a share.

A leaf: knows no other room. `crawl` lists a share, an `Examiner` looks into its files in a child process that may
be killed, and both speak in the values of `scanners.observation`. A name is loaded when it is first asked for:
the processes that only list or hash start many times, and load nothing else.
"""

from typing import TYPE_CHECKING

from scanners.on_demand import loading

if TYPE_CHECKING:
    from scanners.crawling import crawl
    from scanners.errors import (
        BrokenContentError,
        ContentError,
        EncryptedContentError,
        ExaminerUnavailableError,
        FileUnreadableError,
        LibmagicMissingError,
        OversizedContentError,
        ScannerError,
        SourceUnavailableError,
    )
    from scanners.examination import Examiner
    from scanners.identification import identify
    from scanners.identification.libmagic import libmagic_version
    from scanners.limits import ExaminationLimits
    from scanners.observation import (
        CrawlEntry,
        FileObservation,
        FoundFile,
        Problem,
        ProblemKind,
        SeenFolder,
        SkippedEntry,
        SkipReason,
        UnreadableEntry,
        UnreadableReason,
    )
    from scanners.opening import digest_file
else:
    __getattr__ = loading(
        __name__,
        {
            "crawling": ("crawl",),
            "errors": (
                "BrokenContentError",
                "ContentError",
                "EncryptedContentError",
                "ExaminerUnavailableError",
                "FileUnreadableError",
                "LibmagicMissingError",
                "OversizedContentError",
                "ScannerError",
                "SourceUnavailableError",
            ),
            "examination": ("Examiner",),
            "identification": ("identify",),
            "identification.libmagic": ("libmagic_version",),
            "limits": ("ExaminationLimits",),
            "observation": (
                "CrawlEntry",
                "FileObservation",
                "FoundFile",
                "Problem",
                "ProblemKind",
                "SeenFolder",
                "SkippedEntry",
                "SkipReason",
                "UnreadableEntry",
                "UnreadableReason",
            ),
            "opening": ("digest_file",),
        },
    )

__all__ = [
    "BrokenContentError",
    "ContentError",
    "CrawlEntry",
    "EncryptedContentError",
    "ExaminationLimits",
    "Examiner",
    "ExaminerUnavailableError",
    "FileObservation",
    "FileUnreadableError",
    "FoundFile",
    "LibmagicMissingError",
    "OversizedContentError",
    "Problem",
    "ProblemKind",
    "ScannerError",
    "SeenFolder",
    "SkipReason",
    "SkippedEntry",
    "SourceUnavailableError",
    "UnreadableEntry",
    "UnreadableReason",
    "crawl",
    "digest_file",
    "identify",
    "libmagic_version",
]
