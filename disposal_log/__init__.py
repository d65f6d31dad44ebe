"""The disposal log: an append-only, signed record of what was destroyed, which an auditor can check alone.

A leaf: it knows the standard library and `cryptography`, and no other room of the product. Copy this folder
anywhere and run `python -m disposal_log verify DIR`. The format is described in `docs/log-format.md`.
"""

from disposal_log.canonical import JSON, canonical, parse_canonical
from disposal_log.certificates import sign_statement, statement, verify_envelope
from disposal_log.checkpoints import Checkpoint, open_checkpoint
from disposal_log.disclosures import DisclosedValue
from disposal_log.entries import Actor, EntryDraft, EntryType, Phase, Receipt, Result, StoredEntry
from disposal_log.errors import (
    AppendFailedError,
    AppendInDoubtError,
    CanonicalFormError,
    CheckpointInvalidError,
    DisclosureInvalidError,
    DuplicateEntryError,
    EntryInvalidError,
    EntryRefusedError,
    EnvelopeInvalidError,
    KeyInvalidError,
    KeyMissingError,
    LogClosedError,
    LogCorruptError,
    LogError,
    LogExistsError,
    LogLockedError,
    LogNotFoundError,
    LogRolledBackError,
    LogUnreadableError,
    NetworkFileSystemError,
    NoteInvalidError,
    ProofInvalidError,
    RecoveryFailedError,
    SidecarError,
)
from disposal_log.log import Created, DisposalLog
from disposal_log.merkle import leaf_hash, manifest_root, verify_consistency, verify_inclusion
from disposal_log.notes import VerifierKey
from disposal_log.reading import LogReader
from disposal_log.reports import Problem, Verdict, VerificationReport
from disposal_log.standalone import write_verifier
from disposal_log.verifying import verify_log
from disposal_log.words import fingerprint_words

__all__ = [
    "JSON",
    "Actor",
    "AppendFailedError",
    "AppendInDoubtError",
    "CanonicalFormError",
    "Checkpoint",
    "CheckpointInvalidError",
    "Created",
    "DisclosedValue",
    "DisclosureInvalidError",
    "DisposalLog",
    "DuplicateEntryError",
    "EntryDraft",
    "EntryInvalidError",
    "EntryRefusedError",
    "EntryType",
    "EnvelopeInvalidError",
    "KeyInvalidError",
    "KeyMissingError",
    "LogClosedError",
    "LogCorruptError",
    "LogError",
    "LogExistsError",
    "LogLockedError",
    "LogNotFoundError",
    "LogReader",
    "LogRolledBackError",
    "LogUnreadableError",
    "NetworkFileSystemError",
    "NoteInvalidError",
    "Phase",
    "Problem",
    "ProofInvalidError",
    "Receipt",
    "RecoveryFailedError",
    "Result",
    "SidecarError",
    "StoredEntry",
    "Verdict",
    "VerificationReport",
    "VerifierKey",
    "canonical",
    "fingerprint_words",
    "leaf_hash",
    "manifest_root",
    "open_checkpoint",
    "parse_canonical",
    "sign_statement",
    "statement",
    "verify_consistency",
    "verify_envelope",
    "verify_inclusion",
    "verify_log",
    "write_verifier",
]
