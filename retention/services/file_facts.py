"""What the file system says of a file, as programs and people are told it."""

from retention.domain.records import FileFacts
from scanners.crawling import DosAttributes
from scanners.crawling import file_facts as scanned


def fields_of(facts: FileFacts | scanned.FileFacts) -> dict[str, object]:
    """Return the facts under the names of the command line's contract; None is "not asked, or not said"."""
    attributes, created_at = facts.attributes, facts.created_at
    return {
        "file_owner": facts.owner,
        "file_attributes": None if attributes is None else list(DosAttributes(attributes).in_words),
        "file_created_at": None if created_at is None else created_at.isoformat(),
    }
