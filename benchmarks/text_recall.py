"""Compare how many words our readers find with what other programs find, and print the table of `docs/formats.md`.

    python benchmarks/text_recall.py FOLDER [--peers PYTHON] [--only docx,rtf] [--details FILE]

A word (four letters and more) counts as there when at least two of all programs find it, ours among them. Recall is
the share of those words, over all files of a format, that one program finds. PYTHON is the interpreter of an
environment with the peers that are Python packages; what is not installed is left out. Reads FOLDER, changes
nothing. Files named "...signature-id..." are skipped: they are made for telling types apart and hold no document.
"""

import argparse
import importlib
import json
import re
import resource
import selectors
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

FORMATS = {
    "pdf": (".pdf",),
    "docx": (".docx", ".docm", ".dotx"),
    "xlsx": (".xlsx", ".xlsm", ".xltx"),
    "pptx": (".pptx", ".pptm", ".ppsx"),
    "odt": (".odt", ".ott"),
    "odp": (".odp", ".odg"),
    "ods": (".ods",),
    "rtf": (".rtf",),
    "html": (".html", ".htm", ".xhtml"),
    "epub": (".epub",),
    "doc": (".doc", ".dot"),
    "xls": (".xls", ".xlt"),
    "xlsb": (".xlsb",),
    "ppt": (".ppt", ".pps"),
    "msg": (".msg",),
    "mail": (".eml",),
}
SECONDS_PER_FILE = 30.0
MEMORY_BYTES = 2 << 30
KEPT_CHARS, WHOLE_CHARS = 20_000, 5_000_000
WORD = re.compile(r"[^\W\d_]{4,}")

Extractor = Callable[[str], str]


def main() -> int:
    """Measure every format of one folder, and print a row for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--peers", default=sys.executable)
    parser.add_argument("--only", default="")
    parser.add_argument("--details", type=Path)
    parser.add_argument("--worker", default="")
    chosen = parser.parse_args()
    if chosen.worker:
        return serve(chosen.worker)
    print("| format | files | read | no text | locked | not read | recall | recall of what is kept | best peer |"
          " its recall | ms | its ms |")  # fmt: skip
    print("|---|---:|---:|---:|---:|---:|---:|---:|---|---:|---:|---:|")
    details: dict[str, Any] = {}
    for name, paths in found(chosen.folder, set(filter(None, chosen.only.split(",")))).items():
        measured = measure(name, paths, peers_python=chosen.peers)
        details[name] = measured.details(chosen.folder)
        print(measured.row(), flush=True)
    if chosen.details:
        chosen.details.write_text(json.dumps(details, indent=1, sort_keys=True), encoding="utf-8")
    return 0


def found(folder: Path, only: set[str]) -> dict[str, list[Path]]:
    """Return the files of each format; e-mails are known by their content, as few are named so."""
    from scanners.identification.identify import recognise  # noqa: PLC0415  the peers' interpreter has none of ours
    from scanners.identification.media_types import MAIL, MAILBOX  # noqa: PLC0415
    from scanners.source import MemorySource  # noqa: PLC0415

    by_ending = {ending: name for name, endings in FORMATS.items() for ending in endings}
    files: dict[str, list[Path]] = {name: [] for name in FORMATS if not only or name in only}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or "signature-id" in path.name:
            continue
        name = by_ending.get(path.suffix.lower(), "")
        if name in ("", "msg") and path.stat().st_size < MEMORY_BYTES:
            is_mail = recognise(MemorySource(path.read_bytes()), path.name) in (MAIL, MAILBOX)
            name = "mail" if is_mail else name
        if name in files:
            files[name].append(path)
    return {name: paths for name, paths in files.items() if paths}


@dataclass(slots=True)
class Result:
    """What one program made of one file."""

    words: frozenset[str] = frozenset()
    ms: float = 0.0
    outcome: str = "read"
    kept_words: frozenset[str] = frozenset()


@dataclass(slots=True)
class Measured:
    """What all programs made of all files of a format."""

    name: str
    paths: list[Path]
    results: dict[str, list[Result]] = field(default_factory=dict)

    def truth(self, number: int) -> set[str]:
        """Return the words of one file that at least two programs found."""
        counted = Counter(word for results in self.results.values() for word in results[number].words)
        return {word for word, count in counted.items() if count > 1}

    def recall(self, program: str, *, is_kept: bool = False) -> float:
        """Return the share of the words of all files that a program found."""
        hits = there = 0
        for number, result in enumerate(self.results[program]):
            truth = self.truth(number)
            there += len(truth)
            hits += len(truth & (result.kept_words if is_kept else result.words))
        return 100 * hits / there if there else 0.0

    def ms(self, program: str) -> float:
        """Return the mean time of a file."""
        return sum(result.ms for result in self.results[program]) / len(self.paths)

    def row(self) -> str:
        """Return the format's row of the table."""
        peers = sorted((self.recall(name), name) for name in self.results if name != "ours")
        best = (peers[-1][1], f"{peers[-1][0]:.1f} %", f"{self.ms(peers[-1][1]):.2f}") if peers else ("none", "-", "-")
        outcomes = Counter(result.outcome.partition(":")[0] for result in self.results["ours"])
        why = Counter(
            result.outcome.partition(": ")[2]
            for result in self.results["ours"]
            if result.outcome.startswith(("failed", "hung"))
        )
        failed = sum(why.values())
        reasons = "; ".join(f"{count} {reason}" for reason, count in why.most_common())
        return (
            f"| {self.name} | {len(self.paths)} | {outcomes['read']} | {outcomes['no text']} | {outcomes['encrypted']} "
            f"| {failed}{' (' + reasons + ')' if reasons else ''} | {self.recall('ours'):.1f} % "
            f"| {self.recall('ours', is_kept=True):.1f} % | {best[0]} | {best[1]} | {self.ms('ours'):.2f} | {best[2]} |"
        )

    def details(self, folder: Path) -> dict[str, Any]:
        """Return every program's recall and time, and the files of which we miss most."""
        missed = []
        for number, path in enumerate(self.paths):
            lost = sorted(self.truth(number) - self.results["ours"][number].words)
            outcome = self.results["ours"][number].outcome
            missed.append((len(lost), str(path.relative_to(folder)), outcome, lost[:12]))
        return {
            "programs": {
                name: {"recall": round(self.recall(name), 2), "ms": round(self.ms(name), 3)} for name in self.results
            },
            "missed": [row for row in sorted(missed, reverse=True)[:15] if row[0]],
            "unread": [row[1:3] for row in missed if not row[2].startswith(("read", "no text"))],
        }


def measure(name: str, paths: list[Path], *, peers_python: str) -> Measured:
    """Let ours and every peer that is there read every file."""
    measured = Measured(name=name, paths=paths)
    for program in ("ours", *PEERS.get(name, ())):
        with_python = sys.executable if program == "ours" else peers_python
        results = list(Program(program, name, with_python).read(paths))
        if program == "ours" or any(result.words for result in results):
            measured.results[program] = results
    return measured


class Program:
    """One extractor in a process of its own, which is replaced when it hangs or dies."""

    def __init__(self, name: str, kind: str, python: str) -> None:
        self._command = [python, __file__, "--worker", f"{name}:{kind}"]
        self._child: subprocess.Popen[bytes] | None = None

    def read(self, paths: list[Path]) -> Iterator[Result]:
        """Yield one result for each file."""
        for path in paths:
            child = self._child = self._child or subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            yield self._answer(child, path)
        if self._child:
            self._child.kill()
            self._child.wait()

    def _answer(self, child: subprocess.Popen[bytes], path: Path) -> Result:
        if not child.stdin or not child.stdout:
            raise RuntimeError("the pipes were asked for")
        try:
            child.stdin.write(json.dumps(str(path)).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            return self._lost("failed: it ended")
        with selectors.DefaultSelector() as waiting:
            waiting.register(child.stdout, selectors.EVENT_READ)
            line = child.stdout.readline() if waiting.select(SECONDS_PER_FILE) else b""
        if not line:
            return self._lost("failed: it ended" if child.poll() is not None else "hung: no answer in time")
        said = json.loads(line)
        return Result(
            words=frozenset(said["words"]),
            ms=said["ms"],
            outcome=said["outcome"],
            kept_words=frozenset(said.get("kept", ())),
        )

    def _lost(self, outcome: str) -> Result:
        if self._child:
            self._child.kill()
            self._child.wait()
        self._child = None
        return Result(outcome=outcome, ms=SECONDS_PER_FILE * 1000)


def serve(stated: str) -> int:
    """Read files whose names come in, one a line, and answer each with its words."""
    name, _, kind = stated.partition(":")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    answers = sys.stdout
    sys.stdout = sys.stderr  # a library that prints must not break an answer
    extract = ours() if name == "ours" else plain_answer(name, kind)
    for line in sys.stdin:
        answers.write(json.dumps(extract(json.loads(line))) + "\n")
        answers.flush()
    return 0


def words_of(text: str) -> list[str]:
    """Return the words of a text that are counted."""
    return sorted({word.lower() for word in WORD.findall(text)})


def ours() -> Callable[[str], dict[str, Any]]:
    """Return our own reader: as it is set for a scan, and once more without its limit of text."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from scanners.identification.identify import identify  # noqa: PLC0415  the peers' interpreter has none of ours
    from scanners.text import read_content, reads_text_of  # noqa: PLC0415

    def extract(path: str) -> dict[str, Any]:
        content = Path(path).read_bytes()
        media_type = identify(content[: 64 << 10], content, Path(path).name)
        began = time.perf_counter()
        kept = read_content(media_type, content, limit_chars=KEPT_CHARS)
        ms = (time.perf_counter() - began) * 1000
        whole = read_content(media_type, content, limit_chars=WHOLE_CHARS)
        problem = next((problem for problem in whole.problems if problem.kind.hides_content), None)
        outcome = "read" if whole.text else "no text"
        if problem:
            outcome = "encrypted" if problem.kind == "encrypted" else f"failed: {problem.detail}"
        elif not reads_text_of(media_type):
            outcome = f"failed: it is {media_type}"
        return {"words": words_of(whole.text), "kept": words_of(kept.text), "ms": ms, "outcome": outcome}

    return extract


def plain_answer(name: str, kind: str) -> Callable[[str], dict[str, Any]]:
    """Return a peer, whose failures are files without words; without the package, all files are."""
    try:
        extractor: Extractor | None = EXTRACTORS[name](kind)
    except ImportError:
        extractor = None

    def extract(path: str) -> dict[str, Any]:
        began = time.perf_counter()
        text, outcome = "", "read"
        try:
            text = extractor(path) if extractor else ""
        except Exception as error:  # noqa: BLE001  whatever a peer raises is its failure
            outcome = f"failed: {type(error).__name__}"
        return {"words": words_of(text), "ms": (time.perf_counter() - began) * 1000, "outcome": outcome}

    return extract


def peer(name: str) -> Any:  # noqa: ANN401  others' packages, of which we know no types
    """Return a peer's module; it is loaded where it is measured, and may not be there."""
    return importlib.import_module(name)


def printed_by(*command: str) -> Callable[[str], Extractor]:
    """Return the reader that a program for the command line is."""

    def make(_kind: str) -> Extractor:
        if not shutil.which(command[0]):
            raise ImportError(command[0])

        def extract(path: str) -> str:
            words = [path if word == "FILE" else word for word in command]
            ended = subprocess.run(words, capture_output=True, check=False, timeout=SECONDS_PER_FILE - 1)
            return ended.stdout.decode("utf-8", "replace")

        return extract

    return make


def _pdfminer(_kind: str) -> Extractor:
    extract_text = peer("pdfminer.high_level").extract_text

    return lambda path: str(extract_text(path))


def _pypdf(_kind: str) -> Extractor:
    open_pdf = peer("pypdf").PdfReader

    return lambda path: "\n".join(page.extract_text() for page in open_pdf(path).pages)


def _python_docx(_kind: str) -> Extractor:
    open_document = peer("docx").Document

    def extract(path: str) -> str:
        document = open_document(path)
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])

    return extract


def _docx2txt(_kind: str) -> Extractor:
    docx2txt = peer("docx2txt")

    return lambda path: str(docx2txt.process(path))


def _openpyxl(_kind: str) -> Extractor:
    load_workbook = peer("openpyxl").load_workbook

    def extract(path: str) -> str:
        book = load_workbook(path, read_only=True, data_only=True)
        values = [value for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for value in row]
        return "\n".join([*book.sheetnames, *(str(value) for value in values if isinstance(value, str))])

    return extract


def _calamine(_kind: str) -> Extractor:
    open_book = peer("python_calamine").CalamineWorkbook

    def extract(path: str) -> str:
        book = open_book.from_path(path)
        values = [value for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()
                  for value in row]  # fmt: skip
        return "\n".join([*book.sheet_names, *(value for value in values if isinstance(value, str))])

    return extract


def _python_pptx(_kind: str) -> Extractor:
    open_slides = peer("pptx").Presentation

    def texts(shapes: Any) -> Iterator[str]:  # noqa: ANN401  a peer's own type
        for shape in shapes:
            if hasattr(shape, "shapes"):
                yield from texts(shape.shapes)
            if shape.has_text_frame:
                yield shape.text_frame.text
            if getattr(shape, "has_table", False):
                yield from (cell.text for row in shape.table.rows for cell in row.cells)

    def extract(path: str) -> str:
        slides = open_slides(path).slides
        notes = [slide.notes_slide.notes_text_frame.text for slide in slides if slide.has_notes_slide]
        return "\n".join([*(text for slide in slides for text in texts(slide.shapes)), *notes])

    return extract


def _odfpy(_kind: str) -> Extractor:
    teletype = peer("odf.teletype")
    load = peer("odf.opendocument").load
    elements = peer("odf.text")

    def extract(path: str) -> str:
        document = load(path)
        return "\n".join(
            teletype.extractText(one) for kind in (elements.H, elements.P) for one in document.getElementsByType(kind)
        )

    return extract


def _striprtf(_kind: str) -> Extractor:
    rtf_to_text = peer("striprtf.striprtf").rtf_to_text

    return lambda path: str(rtf_to_text(Path(path).read_bytes().decode("cp1252", "replace"), errors="ignore"))


def _beautiful_soup(_kind: str) -> Extractor:
    parse = peer("bs4").BeautifulSoup

    def extract(path: str) -> str:
        page = parse(Path(path).read_bytes(), "lxml")
        for unseen in page(["script", "style"]):
            unseen.decompose()
        return str(page.get_text("\n"))

    return extract


def _html2text(_kind: str) -> Extractor:
    html2text = peer("html2text")

    def extract(path: str) -> str:
        reader = html2text.HTML2Text()
        reader.ignore_links = reader.ignore_images = True
        return str(reader.handle(Path(path).read_bytes().decode("utf-8", "replace")))

    return extract


def _ebooklib(_kind: str) -> Extractor:
    ebooklib = peer("ebooklib")
    parse = peer("bs4").BeautifulSoup
    epub = peer("ebooklib.epub")

    def extract(path: str) -> str:
        chapters = epub.read_epub(path).get_items_of_type(ebooklib.ITEM_DOCUMENT)
        return "\n".join(parse(chapter.get_content(), "lxml").get_text("\n") for chapter in chapters)

    return extract


def _email(_kind: str) -> Extractor:
    """Return the standard library's parser: header, plain text, else the page."""

    def extract(path: str) -> str:
        message = message_from_bytes(Path(path).read_bytes(), policy=policy.default)
        body = message.get_body(preferencelist=("plain", "html"))
        header = "\n".join(str(message[name] or "") for name in ("subject", "from", "to", "cc"))
        text = body.get_content() if body else ""
        return header + "\n" + (re.sub("<[^>]*>", " ", text) if body and "html" in body.get_content_type() else text)

    return extract


def _mail_parser(_kind: str) -> Extractor:
    mailparser = peer("mailparser")

    def extract(path: str) -> str:
        mail = mailparser.parse_from_file(path)
        people = [" ".join(pair) for pair in (*mail.from_, *mail.to, *mail.cc)]
        return "\n".join([mail.subject or "", *people, *(mail.text_plain or mail.text_html)])

    return extract


def _kreuzberg(kind: str) -> Extractor:
    kreuzberg = peer("kreuzberg")

    if kind == "mail":
        return lambda path: str(kreuzberg.extract_bytes_sync(Path(path).read_bytes(), "message/rfc822").content)
    return lambda path: str(kreuzberg.extract_file_sync(path).content)


EXTRACTORS: dict[str, Callable[[str], Extractor]] = {
    "pdfminer.six": _pdfminer,
    "pypdf": _pypdf,
    "pdftotext": printed_by("pdftotext", "-q", "FILE", "-"),
    "python-docx": _python_docx,
    "docx2txt": _docx2txt,
    "openpyxl": _openpyxl,
    "python-calamine": _calamine,
    "python-pptx": _python_pptx,
    "odfpy": _odfpy,
    "striprtf": _striprtf,
    "unrtf": printed_by("unrtf", "--text", "--nopict", "FILE"),
    "beautifulsoup4": _beautiful_soup,
    "html2text": _html2text,
    "ebooklib": _ebooklib,
    "email": _email,
    "mail-parser": _mail_parser,
    "kreuzberg": _kreuzberg,
    "antiword": printed_by("antiword", "-m", "UTF-8.txt", "FILE"),
    "catdoc": printed_by("catdoc", "-d", "utf-8", "FILE"),
    "xls2csv": printed_by("xls2csv", "-d", "utf-8", "FILE"),
    "catppt": printed_by("catppt", "-d", "utf-8", "FILE"),
}
PEERS = {
    "pdf": ("pdftotext", "pdfminer.six", "pypdf", "kreuzberg"),
    "docx": ("python-docx", "docx2txt", "kreuzberg"),
    "xlsx": ("openpyxl", "python-calamine", "kreuzberg"),
    "pptx": ("python-pptx", "kreuzberg"),
    "odt": ("odfpy", "kreuzberg"),
    "odp": ("odfpy", "kreuzberg"),
    "ods": ("odfpy", "python-calamine", "kreuzberg"),
    "rtf": ("striprtf", "unrtf", "kreuzberg"),
    "html": ("beautifulsoup4", "html2text", "kreuzberg"),
    "epub": ("ebooklib", "kreuzberg"),
    "doc": ("antiword", "catdoc", "kreuzberg"),
    "xls": ("python-calamine", "xls2csv", "kreuzberg"),
    "xlsb": ("python-calamine", "kreuzberg"),
    "ppt": ("catppt", "kreuzberg"),
    "msg": ("kreuzberg",),
    "mail": ("email", "mail-parser", "kreuzberg"),
}


if __name__ == "__main__":
    sys.exit(main())
