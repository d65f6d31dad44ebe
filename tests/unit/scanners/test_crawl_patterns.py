"""What is left out of a scan is what was meant, and nothing else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.crawling import PathPatterns, PatternError


def left_out(path: str, *exclude: str, is_folder: bool = False) -> bool:
    patterns = PathPatterns(exclude=exclude)
    return patterns.exclude_folder(path) if is_folder else patterns.exclude_file(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("Thumbs.db", "Thumbs.db"),
        ("Thumbs.db", "a/b/thumbs.DB"),
        ("*.tmp", "a/x.tmp"),
        ("*", "a"),
        ("**", "a/b"),
        ("?.txt", "dir/a.txt"),
        ("[a-c]*.txt", "b1.txt"),
        ("[!a-c]*.txt", "d1.txt"),
        ("/Old", "Old"),
        ("Finance/Old", "finance/old"),
        ("Finance/*/Drafts", "Finance/2019/Drafts"),
        ("Finance/**/Drafts", "Finance/Drafts"),
        ("Finance/**/Drafts", "Finance/a/b/c/Drafts"),
        ("**/Drafts", "a/b/Drafts"),
        ("**/Drafts", "Drafts"),
        ("Finance/**", "Finance/a/b.txt"),
        ("a/**/b/**/c", "a/x/b/b/y/c"),
        ("R\u00e9sum\u00e9.doc", "Re\u0301sume\u0301.doc"),
        ("*.txt", "not \udcff text.txt"),
        ("*.txt", "line\nbreak.txt"),
    ],
)
def test_a_pattern_fits_what_people_mean_by_it(pattern: str, path: str) -> None:
    assert left_out(path, pattern)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.tmp", "x.tmp.docx"),
        ("Old", "Older"),
        ("/Old", "a/Old"),
        ("Finance/*", "Finance/a/b"),
        ("Finance/*/Drafts", "Finance/Drafts"),
        ("Finance/**", "Finance"),
        ("a/?/b", "a//b"),
        ("photos/", "photos"),
        ("a.b", "axb"),
        ("x+", "xx"),
    ],
)
def test_a_pattern_fits_nothing_else(pattern: str, path: str) -> None:
    assert not left_out(path, pattern)


def test_a_pattern_with_a_slash_at_its_end_means_folders_only() -> None:
    assert left_out("a/photos", "photos/", is_folder=True)
    assert not left_out("a/photos", "photos/")


def test_the_last_pattern_that_fits_decides() -> None:
    assert not left_out("keep.tmp", "*.tmp", "!keep.tmp")
    assert left_out("keep.tmp", "!keep.tmp", "*.tmp")


def test_what_lies_in_a_folder_that_is_taken_in_is_taken_in_with_it() -> None:
    patterns = PathPatterns(include=("Finance/", "!Finance/Private/", "*.pdf"))

    assert not patterns.exclude_file("Finance/2019/a.txt")
    assert patterns.exclude_file("Finance/Private/a.txt")
    assert not patterns.exclude_file("Finance/Private/a.pdf")
    assert patterns.exclude_file("HR/a.txt")
    assert patterns.exclude_file("HR/Finance")


def test_leaving_out_beats_taking_in() -> None:
    assert PathPatterns(include=("*.pdf",), exclude=("secret.pdf",)).exclude_file("secret.pdf")


@pytest.mark.parametrize("pattern", ["", "!", "/", "//", "a//b", "../a", "a/./b", "nul\0"])
def test_a_pattern_that_could_never_fit_is_refused_and_says_what_to_write(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"cannot be used: .* Nothing was read\. Write it like"):
        PathPatterns(exclude=(pattern,))


def test_a_pattern_made_to_be_slow_is_not() -> None:
    started = time.perf_counter()

    assert not left_out("a" * 255, "*a" * 40 + "b")
    assert not left_out("/".join("a" * 1500), "/".join(["**", "a"] * 40 + ["b"]))

    assert time.perf_counter() - started < 2


parts = st.lists(st.text("abAB.*?[]!", min_size=1, max_size=4), min_size=1, max_size=4)


@given(pattern=parts, path=parts)
def test_any_pattern_is_either_refused_or_gives_the_same_answer_twice(pattern: list[str], path: list[str]) -> None:
    try:
        patterns = PathPatterns(include=("/".join(pattern),), exclude=("/".join(reversed(pattern)),))
    except PatternError:
        return

    assert patterns.exclude_file("/".join(path)) == patterns.exclude_file("/".join(path).upper())


@given(path=st.lists(st.text("abc. ", min_size=1, max_size=5), min_size=1, max_size=5))
def test_a_path_without_special_characters_fits_itself(path: list[str]) -> None:
    if not {".", ".."} & set(path):
        assert left_out("/".join(path), "/" + "/".join(path))
