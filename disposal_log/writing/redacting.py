"""Erasing values for good, after the log has said so.

Stands beside `rotating`. Intent, entry, deed: the sidecar notes what is to be erased, the entry is made durable, the
values go. Killed anywhere, the next opening does what the log says and forgets what it does not (`mending_values`).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from disposal_log.errors import AppendFailedError, AppendInDoubtError, EntryRefusedError, SidecarError
from disposal_log.files.sidecar import Sidecar, ValueSpan
from disposal_log.formats.canonical import JSON
from disposal_log.formats.entries import EntryDraft, EntryType
from disposal_log.writing.appending import Appender


def redact_values(sidecar: Sidecar, appender: Appender, draft: EntryDraft, spans: Sequence[ValueSpan]) -> int:
    """Append the redaction with these targets, then erase them; see `DisposalLog.redact`."""
    if draft.type is not EntryType.REDACTION:
        raise EntryRefusedError(entry_id=draft.id, reason="it is no redaction")
    for span in spans:
        if not 0 <= span.first <= span.last < appender.tree.size:
            raise EntryRefusedError(entry_id=draft.id, reason=f"there are no entries {span.first} to {span.last}")
    targets: list[JSON] = [{"first": span.first, "last": span.last, "names": sorted(set(span.names))} for span in spans]
    sidecar.intend(draft.id, spans)
    try:
        # the entry first: a value that vanished without one would count as missing, not as redacted
        appender.append((replace(draft, body={**draft.body, "targets": targets}),))
    except AppendInDoubtError:
        raise  # the next opening knows
    except (AppendFailedError, EntryRefusedError):
        with suppress(SidecarError):  # the next opening forgets it
            sidecar.forget_intent(draft.id)
        raise
    erased = sidecar.erase(spans)
    sidecar.forget_intent(draft.id)
    return erased
