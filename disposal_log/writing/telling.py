"""What the log says of itself when it is opened: what was set aside, and what of its sidecar is not there any more.

Stands above `appending`. Nothing is lost in silence, and nothing twice told because a crash came between.
"""

from datetime import datetime

from disposal_log.formats.canonical import JSON
from disposal_log.formats.entries import EntryType
from disposal_log.writing.appending import Appender
from disposal_log.writing.opening import OpenParts
from disposal_log.writing.recovering import SetAside


def tell_incidents(parts: OpenParts, appender: Appender, *, at: datetime) -> None:
    """Append an incident for each thing that was set aside, and for each file of the sidecar that is missing.

    Raises:
        AppendFailedError: if it cannot be recorded.
        SidecarError: if the sidecar cannot be written.
    """
    for moved in parts.set_aside:
        appender.append_own(EntryType.INCIDENT, at=at, body=_describe(moved))
    lost = parts.sidecar.lost
    for name in lost:
        appender.append_own(EntryType.INCIDENT, at=at, body={"kind": "values-lost", "file": name})
    if lost:
        parts.sidecar.be_told()  # only now: a crash before it has the loss told again, never not at all


def _describe(moved: SetAside) -> dict[str, JSON]:
    return {
        "kind": "unsigned-bytes-set-aside",
        "found_in": moved.found_in,
        "kept_as": moved.kept_as,
        "size": moved.size_bytes,
        "sha256": moved.sha256,
    }
