"""VERIFY.html in a real browser: opened from a file, as an auditor opens it, and from a server."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from benchmarks.mutated_bundles import Mutator
from benchmarks.original_bundles import Original
from disposal_log.bundling.checking import verify_bundle

Page: TypeAlias = Any  # Playwright need not be installed

MUTATED = 20


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that the base class gives
        """Say nothing."""


@pytest.fixture
def address(plain: Original) -> Iterator[str]:
    """Serve the bundle on this machine alone."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(plain.folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/VERIFY.html"
        server.shutdown()
        thread.join()


def judge(page: Page, folder: Path, *, keys: str = "", seen: bytes | None = None) -> tuple[str, int | None]:
    page.fill("#keys", keys)
    page.set_input_files("#seen-file", [] if seen is None else [{"name": "s", "mimeType": "", "buffer": seen}])
    page.evaluate("document.getElementById('answer').hidden = true")
    page.set_input_files("#folder", folder)
    answer = page.locator("#answer")
    answer.wait_for(state="visible")
    entry = answer.get_attribute("data-entry") or ""
    return answer.get_attribute("data-verdict") or "", int(entry) if entry else None


def test_an_auditor_opens_the_page_from_a_stick_and_reads_the_verdict(page: Page, plain: Original) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.goto((plain.folder / "VERIFY.html").as_uri())

    assert judge(page, plain.folder) == ("VERIFIED_WITH_WARNINGS", None)
    words = page.locator("#answer").inner_text()
    assert "9 shown, 11 withheld, 2 redacted by entry 25, 0 missing" in words
    assert "the key was found only inside the log" in words
    assert "Not checked" in words

    keys = "\n".join(plain.keys)
    assert judge(page, plain.folder, keys=keys, seen=plain.seen[1]) == ("VERIFIED", None)
    assert page.locator("#status").inner_text() == "Finished: VERIFIED."
    assert asked == [(plain.folder / "VERIFY.html").as_uri()], "nothing is fetched from anywhere"


def test_the_page_works_from_a_server_too_and_can_fetch_nothing_even_if_it_wanted(
    page: Page, plain: Original, address: str
) -> None:
    page.goto(address)

    assert judge(page, plain.folder, keys=plain.keys[0]) == ("VERIFIED_WITH_WARNINGS", None)
    tried = page.evaluate("fetch('README.txt').then(() => 'fetched', () => 'refused')")
    assert tried == "refused"


def test_the_page_is_for_everybody(page: Page, plain: Original) -> None:
    page.goto((plain.folder / "VERIFY.html").as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing must be scrolled sideways"
    assert page.locator("main, header, footer").count() == 3
    assert page.get_attribute("html", "lang") == "en-GB"
    for field in page.locator("textarea, input").all():
        assert page.locator(f"label[for={field.get_attribute('id')}]").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "keys"
    page.locator("#check").focus()
    page.keyboard.press("Enter")
    assert page.locator("#status").inner_text() == "Choose the folder first."
    assert page.evaluate("document.activeElement.id") == "folder"

    judge(page, plain.folder)
    assert page.evaluate("document.activeElement.id") == "answer", "whoever listens is led to the answer"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_what_a_hostile_log_says_is_shown_and_never_run(page: Page, plain: Original, tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    shutil.copytree(plain.folder, folder)
    (folder / "log/entries/<img src=x onerror=document.title='run'>.jsonl").write_bytes(b"x")
    page.goto((plain.folder / "VERIFY.html").as_uri())

    assert judge(page, folder) == ("FAILED", 26)
    assert "<img src=x" in page.locator("#answer").inner_text()
    assert page.title() == "Check a destruction log"


def test_the_browser_gives_the_engines_verdict_on_tampered_bundles(
    page: Page, originals: tuple[Original, ...], plain: Original, tmp_path: Path
) -> None:
    mutator = Mutator(originals, seed=20)
    page.goto((plain.folder / "VERIFY.html").as_uri())
    for number in range(MUTATED):
        mutated = mutator.mutate(tmp_path / f"b{number}")
        report = verify_bundle(mutated.folder, trusted_keys=mutated.keys, seen=mutated.seen)

        told = judge(page, mutated.folder, keys="\n".join(mutated.keys), seen=mutated.seen)

        assert told == (str(report.verdict), report.first_broken_entry), (number, mutated.how, report.to_text())


def test_a_folder_may_be_dropped_on_the_page(page: Page, plain: Original) -> None:
    page.goto((plain.folder / "VERIFY.html").as_uri())
    page.locator("#drop").scroll_into_view_if_needed()
    box = page.locator("#drop").bounding_box()
    hand = page.context.new_cdp_session(page)
    place = {"x": box["x"] + 20, "y": box["y"] + 20}
    dragged = {"items": [], "files": [str(plain.folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        hand.send("Input.dispatchDragEvent", {"type": kind, **place, "data": dragged})

    page.locator("#answer").wait_for(state="visible", timeout=10_000)
    assert page.locator("#answer").get_attribute("data-verdict") == "VERIFIED_WITH_WARNINGS"
