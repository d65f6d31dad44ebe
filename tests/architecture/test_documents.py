"""The documents say what is so: decisions, dependencies, links, commands and words."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MAX_ADR_LINES = 60
ADR_HEADINGS = ["## Context", "## Options", "## Decision", "## Consequences"]

# Each family is known by these words in the licences that projects declare.
FAMILIES = {
    "AGPL": r"\bAGPL|affero",
    "LGPL": r"\bLGPL|lesser general",
    "GPL": r"\bGPL|(?<!lesser )(?<!affero )general public licen",
    "MPL": r"\bMPL|mozilla",
    "PSF": r"\bPSF|python software foundation",
    "Apache": r"apache",
    "BSD": r"\bBSD",
    "MIT": r"\bMIT\b",
}
NEVER_IN_CORE = {"AGPL", "LGPL", "GPL"}

# American spellings, and words that are not ours.
UNWANTED = re.compile(
    r"\b(disposition|behavior|organization|authoriz\w+|recogniz\w+|summariz\w+|analyz\w+|labeled|canceled|favorite"
    r"|successfully|shredded)\b"
)
# ADR 0007 names the words to avoid; the sample drive's documents speak as other people do.
MAY_QUOTE_THEM = (
    "docs/adr/0007-words.md",
    "retention/services/sample_drive/",
    "scanners/text/mail",  # headers of e-mails, as RFC 2183 spells them
    "rules/importing/forms/",  # headings of tables, as other people write them
    "rules/phrases/",  # words of retention statements, as other people write them
    "scanners/exports/tables/secrets.py",  # headers of HTTP
)


def pages(checkout: Path) -> dict[str, str]:
    found = [*checkout.glob("*.md"), *(checkout / "docs").rglob("*.md")]
    return {path.relative_to(checkout).as_posix(): path.read_text(encoding="utf-8") for path in sorted(found)}


def broken_links(checkout: Path, texts: Mapping[str, str]) -> list[str]:
    return [
        f"{page}: {target}"
        for page, text in texts.items()
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
        if "://" not in target and not (checkout / page).parent.joinpath(target).exists()
    ]


def families(licence: str) -> set[str]:
    return {family for family, words in FAMILIES.items() if re.search(words, licence, re.IGNORECASE)}


def declared(project: str) -> str:
    """Return the licence that the installed `project` declares, in whichever of three places."""
    fields = metadata(project).json
    first_line = str(fields.get("license", "")).strip().partition("\n")[0]
    classifiers = [line for line in fields.get("classifier", []) if line.startswith("License ::")]
    return str(fields.get("license_expression") or first_line or " ".join(classifiers))


def closure(requirements: Iterable[str]) -> set[str]:
    """Return every project that `requirements` bring with them on this platform, themselves included."""
    seen: set[str] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in seen or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        waiting += [Requirement(line) for line in requires(name) or []]
    return seen


def documented(page: str, *sections: str) -> dict[str, str]:
    """Return project and licence of every row below the given headings."""
    rows: dict[str, str] = {}
    for section in sections:
        body = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
        assert body, section
        found = re.findall(r"^\| ([\w.-]+) \| ([^|]+) \|", body[1], re.MULTILINE)
        rows |= {canonicalize_name(name): licence for name, licence in found if name != "project"}
    return rows


def adr_faults(name: str, text: str, index: str) -> list[str]:
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    checks = {
        "is longer than a page": len(text.splitlines()) <= MAX_ADR_LINES,
        "lacks a part, or has them in another order": headings == ADR_HEADINGS,
        "does not open with its number": text.startswith(f"# {name[:4]} "),
        "is not in the index": f"({name})" in index,
    }
    return [f"{name} {fault}" for fault, is_fine in checks.items() if not is_fine]


def unwanted_words(texts: Mapping[str, str]) -> list[str]:
    return [
        f"{path}:{number}: {word}"
        for path, text in texts.items()
        if not path.startswith(MAY_QUOTE_THEM)
        for number, line in enumerate(text.splitlines(), start=1)
        for word in UNWANTED.findall(line)
    ]


def commands_that_test(readme: str) -> list[str]:
    return re.findall(r"^\s*(?:\$ )?((?:\S*/)?pytest\b[^\n#]*?)\s*$", readme, re.MULTILINE)


@pytest.fixture(scope="module")
def project(checkout: Path) -> dict[str, list[str]]:
    table = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"core": table["dependencies"], **table["optional-dependencies"]}


@pytest.fixture(scope="module")
def dependencies(checkout: Path) -> str:
    return (checkout / "docs" / "dependencies.md").read_text(encoding="utf-8")


def names(requirements: Iterable[str]) -> set[str]:
    found = {str(canonicalize_name(Requirement(line).name)) for line in requirements}
    return found - {"records-retention"}


def test_every_link_leads_somewhere(checkout: Path) -> None:
    assert broken_links(checkout, pages(checkout)) == []


def test_a_link_to_nowhere_is_found(checkout: Path) -> None:
    texts = {"docs/x.md": "[a](exit-codes.md) [b](gone.md#part) [c](https://example.org) [d](../SECURITY.md)"}

    assert broken_links(checkout, texts) == ["docs/x.md: gone.md"]


def test_every_decision_fits_a_page_and_is_indexed(checkout: Path) -> None:
    folder = checkout / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    decisions = sorted(folder.glob("[0-9]*.md"))

    faults = [fault for path in decisions for fault in adr_faults(path.name, path.read_text(encoding="utf-8"), index)]

    assert faults == []
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))


def test_a_decision_without_its_parts_is_found() -> None:
    faults = adr_faults("0009-hasty.md", "# Hasty\n\n## Decision\n" + "x\n" * 60, index="")

    assert len(faults) == 4


def test_every_page_is_in_the_index_of_documents(checkout: Path) -> None:
    index = (checkout / "docs" / "README.md").read_text(encoding="utf-8")

    missing = [path.name for path in (checkout / "docs").glob("*.md") if f"({path.name})" not in index]

    assert [name for name in missing if name != "README.md"] == []


def test_every_dependency_is_documented(project: dict[str, list[str]], dependencies: str) -> None:
    core = names(project["core"])

    assert set(documented(dependencies, "Core")) == core
    assert set(documented(dependencies, "What the core brings with it")) == closure(project["core"]) - core
    extras = project.keys() - {"core", "test", "lint"}
    assert set(documented(dependencies, "Extras")) == names([one for extra in extras for one in project[extra]])
    assert set(documented(dependencies, "For development only, never installed with the program")) == names(
        [*project["test"], *project["lint"]]
    )


def test_the_documented_licence_is_the_declared_one(dependencies: str) -> None:
    headings = re.findall(r"^## (.+)$", dependencies, re.MULTILINE)

    wrong = {
        name: (licence, declared(name))
        for name, licence in documented(dependencies, *headings).items()
        if not families(licence) or families(licence) != families(declared(name))
    }

    assert wrong == {}


def test_the_core_needs_nothing_under_a_copyleft_licence(project: dict[str, list[str]]) -> None:
    found = {name: declared(name) for name in closure(project["core"])}

    assert {name: words for name, words in found.items() if families(words) & NEVER_IN_CORE} == {}
    assert {name: words for name, words in found.items() if not families(words)} == {}, "no licence that we know"


@pytest.mark.parametrize(
    ("licence", "found"),
    [
        ("GPL-3.0-or-later", {"GPL"}),
        ("GNU General Public License v2 (GPLv2)", {"GPL"}),
        ("LGPL-3.0-only", {"LGPL"}),
        ("GNU Lesser General Public License", {"LGPL"}),
        ("GNU Affero General Public License v3", {"AGPL"}),
        ("MIT OR Apache-2.0", {"MIT", "Apache"}),
        ("All rights reserved", set()),
    ],
)
def test_a_copyleft_licence_is_recognised_in_every_spelling(licence: str, found: set[str]) -> None:
    assert families(licence) == found


def test_a_page_that_forgets_a_dependency_is_found(project: dict[str, list[str]], dependencies: str) -> None:
    forgetful = re.sub(r"^\| click .*\n", "", dependencies, flags=re.MULTILINE)

    assert names(project["core"]) - set(documented(forgetful, "Core")) == {"click"}


def test_code_and_documents_keep_to_our_words(checkout: Path, sources: dict[str, str]) -> None:
    assert unwanted_words({**sources, **pages(checkout)}) == []


def test_a_foreign_word_is_found() -> None:
    assert unwanted_words({"a.md": "fine\nThe disposition was successfully recorded."}) == [
        "a.md:2: disposition",
        "a.md:2: successfully",
    ]


def test_the_gate_runs_the_tests_as_the_readme_says(checkout: Path) -> None:
    gate = (checkout / ".ci" / "run").read_text(encoding="utf-8")
    readme = (checkout / "README.md").read_text(encoding="utf-8")

    assert [command for command in commands_that_test(readme) if command not in gate] == []


def test_a_readme_that_tells_another_command_is_found() -> None:
    assert commands_that_test("Try:\n\n    .venv/bin/pytest -q   \n\nor `pytest`.\n") == [".venv/bin/pytest -q"]
