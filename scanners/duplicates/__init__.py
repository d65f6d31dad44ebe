"""Files with equal content, the digests of all files, and the checksum that SharePoint states for its own."""

from scanners.duplicates.crew import WorkerKind, Workers, measured_workers
from scanners.duplicates.finding import DuplicateGroup, FindingProgress, Stage, find_duplicates
from scanners.duplicates.manifest import FileDigest, digest_manifest
from scanners.duplicates.matching import Candidate, StatedContent, find_candidates
from scanners.duplicates.quickxor import QuickXorHash

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
