"""The words of a certificate: what it proves and what it does not, and what each status and each outcome means.

Only what can be kept is promised. Deleting a file sanitises no medium, and no standard for the destruction of media
is named here.
"""

from collections.abc import Mapping

from retention.domain.batches import ItemState

PROVISIONAL = "provisional"
FINAL = "final"
EXPIRED = "final, backups expired"

STATUS_WORDS: Mapping[str, str] = {
    PROVISIONAL: "Provisional. Nothing named here as quarantined has been destroyed: it can still be restored.",
    FINAL: "Final. Every item has its last outcome. Copies that may be left elsewhere are listed below.",
    EXPIRED: "Final, and backups expired. Every item has its last outcome, and a named person has stated that the "
    "backups which held copies of it are gone.",
}

PROVES = (
    "what was proposed, item by item, who proposed it and who approved that very list",
    "that the intent was on record before each act, and the outcome after it",
    "that nothing of this has been changed in the log since it was signed",
)
DOES_NOT_PROVE = (
    "that the disk's blocks can no longer be read: deleting takes a file off the live file system only",
    "that no backup, snapshot, replica, synchronised or printed copy is left elsewhere",
    "that the computer's clock was right",
    "who sat at the keyboard: that is as good as the sign-in of the people named here",
    "that nobody who holds the key has rewritten the log, unless this certificate was kept away from that computer",
)

# Assurance levels; which one an item reached stands in its outcome, and none is claimed beyond it.
ASSURANCE: Mapping[str, str] = {
    "L0": "name removed; the content can still be reached through another name",
    "L1": "deleted from the live file system; free blocks may hold the bytes until they are reused",
    "L2": "deleted from an encrypted volume whose key is still in use, as an administrator stated",
    "L3": "overwritten before deletion on a magnetic volume without copy-on-write, as an administrator stated",
    "L4": "the only key of an encrypted volume was destroyed",
    "L5": "the medium was sanitised or destroyed, as the contractor's own certificate says",
}

STATE_WORDS: Mapping[ItemState, str] = {
    ItemState.DESTROYED: "Destroyed",
    ItemState.QUARANTINED: "In quarantine: not destroyed, can be restored",
    ItemState.EXCLUDED: "Kept: left out by the approver, or restored",
    ItemState.HELD: "Kept: under a disposal hold",
    ItemState.CHANGED: "Kept: changed since it was approved",
    ItemState.MISSING: "Missing: not found, and not our doing",
    ItemState.FAILED: "Failed: could not be destroyed",
}

PHASE_WORDS: Mapping[str, str] = {
    "quarantine": "the move to quarantine",
    "purge": "destruction",
    "restore": "being put back",
}
