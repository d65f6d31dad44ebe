"""Looking into files in a process that may be killed: one row for each, whatever the file does to its reader."""

from scanners.examination.examine import ContentSeenBefore, Examiner

__all__ = ["ContentSeenBefore", "Examiner"]
