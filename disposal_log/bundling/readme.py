"""`README.txt`: one page that tells a stranger what a bundle is, how to check it, and what that proves."""

import textwrap
from dataclasses import dataclass

from disposal_log.bundling import names
from disposal_log.bundling.choosing import Audience, Choice

WIDTH = 78

_FOR = {
    Audience.AUDITOR: "an auditor",
    Audience.FOI: "somebody who asked under freedom of information",
    Audience.PUBLIC: "the public",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in a bundle and what was left out, in figures.

    Attributes:
        choice: For whom, and what was chosen.
        origin: The name of the log.
        entries: How many entries.
        disclosed: Committed values that are in it.
        withheld: Committed values that exist and were left out.
        absent: Committed values that no longer exist where the bundle was made.
        papers: Certificates and proofs in it, as files.
        papers_left_out: Those left out, because they may name people or paths.
        recovery_files: Files of unsigned bytes that a crash left beside the log, left out.
        has_tiles: Whether the log is there a second time, as tiles.
    """

    choice: Choice
    origin: str
    entries: int
    disclosed: int
    withheld: int
    absent: int
    papers: int
    papers_left_out: int
    recovery_files: int
    has_tiles: bool = False


def readme_text(contents: Contents) -> str:
    """Write the page."""
    chosen = contents.choice
    parts = [
        f"A DESTRUCTION LOG, MADE READY FOR {_FOR[chosen.audience].upper()}",
        (
            f"This folder holds the destruction log {contents.origin}: {contents.entries} signed entries that say "
            "which records were proposed for disposal, who approved it, and what became of each. You can check it "
            "without us, without our program and without a network."
        ),
        "HOW TO CHECK IT",
        (
            f"1. Get the log's public key from somewhere else than this folder: the council's retention policy, its "
            f"website, or a certificate on paper. {names.POLICY} shows the key that this folder claims; whoever forged "
            "the folder could have put their own there."
        ),
        (
            f"2. Open {names.PAGE} in a browser, paste the key and choose this folder. Or run "
            f"`python3 {names.PROGRAM} verify . --key KEY`; or double-click {names.PROGRAM} where Python is installed. "
            "They were written apart, in two languages, and must give the same verdict."
        ),
        (
            "3. Read the verdict. VERIFIED: everything fits. VERIFIED WITH WARNINGS: everything fits, but something "
            "that would make it stronger was not given. FAILED at entry n: changed, or something happened that should "
            "not have. CANNOT SAY: nothing was judged. What was not checked is always listed."
        ),
        (
            "A checkpoint or certificate that somebody has kept since an earlier day proves that nothing was taken "
            "away since: give it to either program."
        ),
        "WHAT IT PROVES",
        (
            "That these entries were signed by the holder of that key, in this order, and not changed since; that each "
            "approval came before the act, by another person than the proposer, with a check for holds; that the "
            "certificates say what the entries say."
        ),
        "WHAT IT DOES NOT PROVE",
        (
            "That the bytes of what was destroyed can nowhere be read any more; that no copy or backup is left; that "
            "the clock was right; that nothing was destroyed without being recorded; that whoever wrote the log told "
            "the truth when they wrote it."
        ),
        "WHAT WAS LEFT OUT",
        *_left_out(contents),
        "WHAT IS HERE",
        *_listing(contents),
    ]
    return "\n\n".join(_wrapped(part) for part in parts) + "\n"


def _wrapped(part: str) -> str:
    if part.startswith("    "):
        return part
    return textwrap.fill(part, WIDTH, break_long_words=False, break_on_hyphens=False)


def _left_out(contents: Contents) -> list[str]:
    figures = [
        (
            "Names, paths and digests stand in the log only as salted commitments. Of these values "
            f"{contents.disclosed} are in {names.DISCLOSURES}, {contents.withheld} were withheld, and "
            f"{contents.absent} no longer exist where this bundle was made: the verifiers say which of them an entry "
            "explains as redacted."
        )
    ]
    if contents.choice.is_narrowed and contents.choice.audience is not Audience.PUBLIC:
        figures.append(f"Chosen were: {_chosen(contents.choice)}.")
    if contents.papers_left_out:
        figures.append(
            f"{contents.papers_left_out} files of certificates were left out, because they may name people or paths."
        )
    if contents.recovery_files:
        figures.append(
            f"{contents.recovery_files} files with unsigned bytes that a crash left beside the log were left out; "
            "no signature covers them."
        )
    return figures


def _chosen(choice: Choice) -> str:
    parts = (("asset", choice.assets), ("batch", choice.batches), ("field", choice.fields))
    return "; ".join(f"{word} {', '.join(sorted(members))}" for word, members in parts if members)


def _listing(contents: Contents) -> list[str]:
    rows = [
        (names.PAGE, "checks the bundle in a browser"),
        (names.PROGRAM, "checks it with Python, nothing else needed"),
        (f"{names.LOG}/", "the log: entries, checkpoints, anchors"),
        (names.POLICY, "the key that the log claims"),
        (names.DISCLOSURES, "the values that were chosen"),
        (f"{names.CERTIFICATES}/", f"{contents.papers} files") if contents.papers else None,
        (f"{names.TILES}/", "the log again, as C2SP tlog-tiles") if contents.has_tiles else None,
        (names.MANIFEST, "SHA-256 of every file that is not the log; signed by nobody"),
    ]
    return ["\n".join(f"    {row[0]:<18} {row[1]}" for row in rows if row is not None)]
