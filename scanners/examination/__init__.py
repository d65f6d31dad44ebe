"""Looking into files in a process that may be killed: one row for each, whatever the file does to its reader."""

from scanners.examination.examine import Examiner

__all__ = ["Examiner"]
