"""Who is asked what the file system says of the files that are examined."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, runtime_checkable

from scanners import FoundFile
from scanners.crawling.file_facts import FactsReader, FileFacts


@runtime_checkable
class TellsFacts(Protocol):
    """Knows what the file system says of a file: a reader of a folder, or who has asked the server already."""

    def facts(self, found: FoundFile) -> FileFacts:
        """Return what is said of a file; nothing when it is gone, or another one lies there now."""
        ...


def facts_beside(examiner: object, root: str) -> AbstractContextManager[TellsFacts]:
    """Return who tells of the files that `examiner` examines below `root`: itself, where it knows.

    Raises:
        SourceUnavailableError: The root cannot be opened.
    """
    return nullcontext(examiner) if isinstance(examiner, TellsFacts) else FactsReader(root)
