"""The disposal log: an append-only, signed record of what was destroyed, which an auditor can check alone.

A leaf: it knows the standard library and `cryptography`, and no other room of the product. Copy this folder
anywhere and run `python -m disposal_log verify DIR`. The format is described in `docs/log-format.md`.
"""

from disposal_log.bundling.standalone import write_verifier
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
from disposal_log.files.reading import LogReader
from disposal_log.formats.canonical import JSON, canonical, parse_canonical
from disposal_log.formats.certificates import sign_statement, statement, verify_envelope
from disposal_log.formats.checkpoints import Checkpoint, open_checkpoint
from disposal_log.formats.disclosures import DisclosedValue
from disposal_log.formats.entries import Actor, EntryDraft, EntryType, Phase, Receipt, Result, StoredEntry
from disposal_log.signing.notes import VerifierKey
from disposal_log.signing.words import fingerprint_words
from disposal_log.tree.merkle import leaf_hash, manifest_root, verify_consistency, verify_inclusion
from disposal_log.verifying.reports import Problem, Verdict, VerificationReport
from disposal_log.verifying.whole import verify_log
from disposal_log.writing.log import Created, DisposalLog

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
