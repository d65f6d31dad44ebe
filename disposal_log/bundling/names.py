"""What stands where in a bundle, and how to know one.

Leaf of the bundle's modules. A workspace, too, has its log in a folder called `log`; only a bundle has the others.
"""

from pathlib import Path

README = "README.txt"
PAGE = "VERIFY.html"
PROGRAM = "verify.pyz"
POLICY = "policy.txt"
LOG = "log"
CERTIFICATES = "certificates"
DISCLOSURES = "disclosures.jsonl"
MANIFEST = "MANIFEST.txt"
TILES = "tiles"
ENVELOPE_SUFFIX = ".dsse.json"
PROOF_SUFFIX = ".tlog-proof"

_SIGNS = (MANIFEST, DISCLOSURES, PAGE)


def is_bundle(directory: Path) -> bool:
    """Whether a folder is a bundle, or was one before somebody took something out of it."""
    return (directory / LOG).is_dir() and any((directory / name).is_file() for name in _SIGNS)
