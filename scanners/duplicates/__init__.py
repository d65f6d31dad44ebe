"""Files with equal content, the digests of all files, and the checksum that SharePoint states for its own."""

from typing import TYPE_CHECKING

from scanners.on_demand import loading

if TYPE_CHECKING:
    from scanners.duplicates.crew import WorkerKind, Workers, measured_workers
    from scanners.duplicates.finding import DuplicateGroup, FindingProgress, Stage, find_duplicates
    from scanners.duplicates.manifest import FileDigest, digest_manifest
    from scanners.duplicates.matching import Candidate, StatedContent, find_candidates
    from scanners.duplicates.quickxor import QuickXorHash
else:
    __getattr__ = loading(
        __name__,
        {
            "crew": ("WorkerKind", "Workers", "measured_workers"),
            "finding": ("DuplicateGroup", "FindingProgress", "Stage", "find_duplicates"),
            "manifest": ("FileDigest", "digest_manifest"),
            "matching": ("Candidate", "StatedContent", "find_candidates"),
            "quickxor": ("QuickXorHash",),
        },
    )

__all__ = [
    "Candidate",
    "DuplicateGroup",
    "FileDigest",
    "FindingProgress",
    "QuickXorHash",
    "Stage",
    "StatedContent",
    "WorkerKind",
    "Workers",
    "digest_manifest",
    "find_candidates",
    "find_duplicates",
    "measured_workers",
]
