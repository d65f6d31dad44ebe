"""Fixtures: real bundles, the page's script under Node, and the page itself in a real Chromium."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from benchmarks.original_bundles import Original, make_originals
from benchmarks.verifiers import Talker, lone_verifier, node_verifier

Browser: TypeAlias = Any  # Playwright need not be installed
Page: TypeAlias = Any

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundles")


@pytest.fixture(scope="module")
def originals(place: Path) -> tuple[Original, ...]:
    return make_originals(place)


@pytest.fixture(scope="module")
def plain(originals: tuple[Original, ...]) -> Original:
    """Give the bundle of a log with two disposals, some values chosen, some withheld, some redacted."""
    return originals[0]


@pytest.fixture(scope="module")
def node(place: Path) -> Iterator[Talker]:
    if shutil.which("node") is None:
        pytest.skip("Node is not on this machine")
    with node_verifier(place) as talker:
        yield talker


@pytest.fixture(scope="module")
def lone(place: Path) -> Iterator[Talker]:
    with lone_verifier(place) as talker:
        yield talker


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.skip("no Chromium is on this machine")
    # Chromium's own sandbox refuses to run as root, and needs rights that many containers lack
    words = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=words)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page as narrow as a telephone, on which any error of its own is a failure."""
    context = browser.new_context(viewport={"width": 320, "height": 800})
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    yield opened
    context.close()
    assert troubles == []
