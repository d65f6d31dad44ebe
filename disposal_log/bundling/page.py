"""Makes `VERIFY.html`: the second verifier, one file that any browser of today opens without a network.

The parts stand in `verify_page/` as people wrote them; here they are only put one after the other. The page's own
policy lets it run these very scripts and nothing else, and fetch nothing from anywhere.
"""

import base64
import json
from hashlib import sha256
from importlib.resources import files

from disposal_log.formats.entries import REQUIRED_FIELDS, EntryType, Result
from disposal_log.signing.words import WORDS

# in this order: each uses what stands before it
SCRIPTS = (
    "bytes.js",
    "hashing.js",
    "ed25519.js",
    "mldsa.js",
    "canonical.js",
    "notes.js",
    "policy.js",
    "entries.js",
    "story.js",
    "commitments.js",
    "files.js",
    "tree.js",
    "epochs.js",
    "anchors.js",
    "recorded.js",
    "log.js",
    "bundle.js",
)
INTERFACE = "interface.js"
_KINDS = {str: "text", int: "integer", list: "list", dict: "object"}


def verifier_script() -> str:
    """Return the verifier without its page: one script, which needs no browser."""
    return '"use strict";\n' + "\n".join([_tables(), *map(_part, SCRIPTS)])


def page_text() -> str:
    """Return `VERIFY.html`, the same for the same version of this room."""
    parts = {
        "STYLE": _part("page.css"),
        "VERIFIER": verifier_script(),
        "INTERFACE": '"use strict";\n' + _part(INTERFACE),
    }
    text = _part("page.html")
    for name, part in parts.items():
        if "</" in part:
            raise RuntimeError(f"{name} would end its own element")
        text = text.replace(f"@{name}_DIGEST@", _digest(f"\n{part}")).replace(f"@{name}@", part)
    return text


def _tables() -> str:
    """Spell the tables of the format, which are the same in both languages by being one."""
    fields = {
        str(kind): {name: _KINDS[wanted] for name, wanted in required.items()}
        for kind, required in REQUIRED_FIELDS.items()
    }
    tables = {
        "TYPES_OF_THE_FORMAT": [str(each) for each in EntryType],
        "RESULTS_OF_THE_FORMAT": [str(each) for each in Result],
        "FIELDS_OF_THE_FORMAT": fields,
        "WORDS": WORDS,
    }
    lines = [f"const {name} = {json.dumps(table, indent=2)};" for name, table in tables.items()]
    return "\n".join(["// The tables of the format: docs/log-format.md, section 7.", *lines]) + "\n"


def _part(name: str) -> str:
    return files("disposal_log.bundling").joinpath("verify_page", name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    # Content Security Policy level 3, "hash-source": over the exact content of the element
    return "sha256-" + base64.b64encode(sha256(content.encode("utf-8")).digest()).decode("ascii")
