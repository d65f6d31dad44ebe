"""What a package offers is there when it is asked for, and costs nothing before."""

import importlib
import subprocess
import sys

import pytest

PACKAGES = ("scanners", "scanners.crawling", "scanners.duplicates")


@pytest.mark.parametrize("name", PACKAGES)
def test_everything_that_is_promised_is_there(name: str) -> None:
    package = importlib.import_module(name)

    for promised in package.__all__:
        assert getattr(package, promised).__module__.startswith("scanners") or promised in ("CrawlEntry", "ListedEntry")


@pytest.mark.parametrize("name", PACKAGES)
def test_what_nobody_promised_is_missing_in_the_usual_words(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nonsense'"):
        _ = importlib.import_module(name).nonsense


def test_a_process_that_only_hashes_loads_no_parser() -> None:
    program = "import scanners.duplicates.worker, sys; print(*sys.modules)"

    printed = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)

    loaded = set(printed.stdout.split())
    assert "scanners.opening" in loaded
    assert not loaded & {"scanners.examination", "scanners.identification", "scanners.text", "zipfile", "subprocess"}
