"""What a file server's refusals mean, in the words of the scanners."""

from scanners.errors import FileUnreadableError, ScannerError, SourceUnavailableError
from scanners.observation import UnreadableReason
from scanners.shares.smb_wire import NO_ANSWER, SmbFailure

ACCESS_DENIED = 0xC0000022
OFFLINE = "kept on slower storage; opening it would recall it"

_SHARING = 0xC0000043
_REASONS = {
    ACCESS_DENIED: (UnreadableReason.DENIED, "this account may not read it"),
    _SHARING: (UnreadableReason.DENIED, "a program has it open and lets nobody else read it"),
    0xC0000034: (UnreadableReason.VANISHED, "it is no longer there"),
    0xC000003A: (UnreadableReason.VANISHED, "it is no longer there"),
    0xC0000056: (UnreadableReason.VANISHED, "it is being deleted"),
    0xC0000103: (UnreadableReason.VANISHED, "it is no longer a folder"),
    0xC00000BA: (UnreadableReason.NOT_A_FILE, "a folder has taken its place"),
    0x8000002D: (UnreadableReason.NOT_A_FILE, "a link or something else that is not a file has taken its place"),
}


def reason_of(status: int, detail: str) -> tuple[UnreadableReason, str]:
    """Return the reason an NTSTATUS stands for, and words for a records manager."""
    return _REASONS.get(status, (UnreadableReason.IO_ERROR, f"the server said: {detail}"))


def error_of(failure: SmbFailure, *, root: str, path: str) -> ScannerError:
    """Return the error of one file; of the whole share when the server gave no answer at all."""
    if failure.status == NO_ANSWER:
        return SourceUnavailableError(root=root, detail=failure.detail)
    reason, detail = reason_of(failure.status, failure.detail)
    return FileUnreadableError(path=path, reason=reason, detail=detail)
