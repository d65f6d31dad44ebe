"""PRONOM identifiers are given once for every content, and never to a content they were not found for."""

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from retention.domain.assets import Source
from retention.domain.holds import HoldRegister
from retention.errors import InvalidInputError, RetentionError, SourceVanishedError
from retention.services import naming_formats
from retention.services.explaining import explain
from retention.services.naming_formats import FormatsNamed, NamingProgress, check_pronom, name_formats
from retention.store import batches, contents, records
from retention.store.catalogue import Catalogue
from retention.store.schema import content
from scanners.identification.pronom import PronomMissingError
from scanners.identification.pronom_naming import FormatNamed, FormatNamer, FormatNotAsked, NamingLimits

NO_HOLDS = HoldRegister(version=0, holds=(), held_digests={})
TODAY = datetime(2026, 3, 2, tzinfo=UTC).date()
SIX = "fmt/6"
HOSTILE = (
    sys.executable,
    "-P",
    str(Path(__file__).parents[1] / "scanners" / "hostile_pronom_child.py"),
)

Scan = Callable[[], None]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming_formats, "_CHUNK", 3)


class Pronom:
    """A PRONOM that knows a format for each length, and none of one byte; remembers what it was asked."""

    def __init__(self, *, version: str = "V125", trouble: dict[str, str] | None = None) -> None:
        self.pronom_version = version
        self.asked: list[str] = []
        self._trouble = trouble or {}

    def name(self, _root: str, file: contents.UnnamedContent) -> FormatNamed | FormatNotAsked:
        self.asked.append(file.path)
        if file.path in self._trouble:
            return FormatNotAsked(path=file.path, detail=self._trouble[file.path])
        return FormatNamed(path=file.path, format_id=f"fmt/{file.size_bytes}" if file.size_bytes > 1 else "")


def name(catalogue: Catalogue, source: Source, pronom: object = None) -> FormatsNamed:
    told: list[NamingProgress] = []
    opener = partial(FormatNamer, NamingLimits(seconds_per_file=2.0), command=HOSTILE)
    named = name_formats(
        catalogue,
        [source],
        seconds_per_file=2.0,
        on_progress=told.append,
        open_namer=opener if pronom is None else lambda: nullcontext(pronom),  # type: ignore[arg-type]  # stands in for it
    )
    assert all(one.done <= one.total for one in told)
    return named


def format_of(catalogue: Catalogue, path: str) -> str:
    return explain(catalogue, f"drive:{path}", NO_HOLDS, as_of=TODAY).format_id


def properties(catalogue: Catalogue) -> list[dict[str, str]]:
    with catalogue.reading() as tx:
        return [json.loads(text) for text in tx.connection.execute(select(content.c.properties)).scalars()]


def test_every_content_is_asked_for_once_whoever_has_it(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    (share / "a.txt").write_text("sixsix")
    (share / "b.txt").write_text("sixsix")
    (share / "c.txt").write_text("seven77")
    scan_share()
    pronom = Pronom()

    first = name(catalogue, source, pronom)
    again = name(catalogue, source, pronom)

    assert pronom.asked == ["a.txt", "c.txt"]
    assert (first.named, first.unknown, first.not_asked) == (2, 0, 0)
    assert (again.named, again.unknown, again.not_asked) == (0, 0, 0)
    assert format_of(catalogue, "b.txt") == SIX


def test_what_pronom_does_not_know_is_asked_again_only_of_another_release(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    (share / "odd").write_text("x")
    (share / "known").write_text("sixsix")
    scan_share()
    older, newer = Pronom(version='V"125%_'), Pronom(version="V126")

    assert name(catalogue, source, older).unknown == 1
    assert name(catalogue, source, older).unknown == 0
    assert name(catalogue, source, newer).unknown == 1

    assert newer.asked == ["odd"]
    assert format_of(catalogue, "odd") == ""
    assert sorted(one["pronom_version"] for one in properties(catalogue)) == ['V"125%_', "V126"]
    assert [one["pronom_id"] for one in properties(catalogue) if "pronom_id" in one] == [SIX]


def test_a_property_that_only_looks_like_an_identifier_keeps_nothing_from_being_asked(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    (share / "a").write_text("sixsix")
    scan_share()
    forged = {"title": '"pronom_id": "fmt/1", "pronom_version": "V125"'}
    with catalogue.transaction() as tx:
        tx.connection.execute(update(content).values(properties=json.dumps(forged)))

    name(catalogue, source, Pronom())

    assert format_of(catalogue, "a") == SIX
    assert properties(catalogue) == [{**forged, "pronom_id": SIX, "pronom_version": "V125"}]


def test_a_content_is_named_by_its_second_copy_when_the_first_cannot_be_read(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    (share / "a").write_text("sixsix")
    (share / "b").write_text("sixsix")
    (share / "c").write_text("seven77")
    scan_share()

    named = name(catalogue, source, Pronom(trouble={"a": "denied", "c": "denied"}))

    # in one chunk the copies come one after the other
    assert format_of(catalogue, "a") == SIX
    assert (named.named, named.not_asked) == (1, 1)
    assert named.reasons == (("drive:c", "denied"),)


def test_a_file_that_breaks_pronom_costs_only_itself_and_only_once(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    (share / "a").write_text("sixsix")
    (share / "crash").write_text("SEGFAULT")
    (share / "hang").write_text("SLEEP")
    (share / "hang too").write_text("SLEEP")
    (share / "z").write_text("seven77")
    scan_share()

    named = name(catalogue, source)

    assert (named.named, named.unknown, named.not_asked) == (2, 0, 2)
    assert [place for place, _ in named.reasons] == ["drive:crash", "drive:hang"]
    assert format_of(catalogue, "z") == "fmt/7"
    assert format_of(catalogue, "hang") == ""


def test_a_name_of_any_bytes_and_more_files_than_one_chunk(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    odd = os.fsdecode(b"\xff\xfe odd\n")
    (share / odd).write_text("sixsix")
    for number in range(9):
        (share / f"f{number}").write_text(f"{number:05}")
    scan_share()

    named = name(catalogue, source)

    assert named.named == 10
    assert format_of(catalogue, odd) == SIX
    assert format_of(catalogue, "f8") == "fmt/5"


def test_what_was_named_before_a_kill_is_not_asked_again(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    for number in range(9):
        (share / f"f{number}").write_text(f"{number:05}")
    scan_share()

    class Killed(Pronom):
        def name(self, root: str, file: contents.UnnamedContent) -> FormatNamed | FormatNotAsked:
            if len(self.asked) == 7:
                raise KeyboardInterrupt
            return super().name(root, file)

    with pytest.raises(KeyboardInterrupt):
        name(catalogue, source, Killed())

    after = Pronom()
    assert name(catalogue, source, after).named == 3
    assert after.asked == ["f6", "f7", "f8"]


def test_a_changed_file_does_not_lend_its_format_to_the_content_that_was_scanned(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    (share / "a").write_text("sixsix")
    scan_share()
    (share / "a").write_text("another content")

    named = name(catalogue, source)

    assert named.reasons == (("drive:a", "it was changed after the scan"),)
    assert "pronom_version" not in properties(catalogue)[0]


def test_a_time_that_no_catalogue_can_hold_does_not_make_a_file_look_changed(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    (share / "a").write_text("sixsix")
    late = 10**10 * 10**9
    os.utime(share / "a", ns=(late, late))
    if (share / "a").stat().st_mtime_ns != late:
        pytest.skip("this file system holds no time beyond the year 2262")
    scan_share()

    assert name(catalogue, source).named == 1


def test_what_was_destroyed_meanwhile_keeps_nothing_of_its_content(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    (share / "a").write_text("sixsix")
    scan_share()
    with catalogue.transaction() as tx:
        (copy,) = [item.copy for item in records.appraised(tx)]
        assert copy.sha256 is not None
        batches.mark_destroyed(tx, copy.copy_id, copy.sha256)
        contents.put_formats(tx, {copy.sha256: SIX}, version="V125")

    assert properties(catalogue) == [{}]
    assert name(catalogue, source, Pronom()).named == 0


def test_a_share_that_is_gone_names_nothing(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    (share / "a").write_text("sixsix")
    scan_share()
    share.rename(share.with_name("unmounted"))
    share.mkdir()

    with pytest.raises(SourceVanishedError):
        name(catalogue, source)


def test_the_missing_extra_is_told_before_anything_is_scanned() -> None:
    def absent() -> FormatNamer:
        raise PronomMissingError(detail="the package pygfried is not installed")

    with pytest.raises(InvalidInputError, match=r"Nothing was scanned\. Install .* extra `pronom`"):
        check_pronom(open_namer=absent)


def test_a_runtime_that_does_not_start_is_told_before_anything_is_scanned() -> None:
    with pytest.raises(RetentionError, match="could not be started"):
        check_pronom(open_namer=partial(FormatNamer, command=("/no/such/program",)))


def test_an_identifier_is_shown_in_the_explanation_and_does_not_touch_the_decision(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan, appraise_as: Callable[..., None]
) -> None:
    (share / "a").write_text("sixsix")
    scan_share()
    appraise_as("a")
    before = explain(catalogue, "drive:a", NO_HOLDS, as_of=date(2026, 3, 2)).to_json()

    name(catalogue, source)

    after = explain(catalogue, "drive:a", NO_HOLDS, as_of=date(2026, 3, 2)).to_json()
    assert before["format_id"] == ""
    assert after == {**before, "format_id": SIX}


@pytest.mark.skipif(
    importlib.util.find_spec("pygfried") is None, reason="the optional package pygfried is not installed"
)
def test_the_real_package_names_what_a_scan_found(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Scan
) -> None:
    (share / "minutes.pdf").write_bytes(b"%PDF-1.4\n%%EOF")
    (share / "notes.txt").write_text("agreed")
    (share / "noise").write_bytes(b"\xfe\x01\x02 nobody's format")
    scan_share()

    named = name_formats(catalogue, [source], seconds_per_file=20.0, on_progress=lambda _told: None)

    assert (named.named, named.unknown, named.not_asked) == (2, 1, 0)
    assert "DROID_SignatureFile" in named.pronom_version
    assert format_of(catalogue, "minutes.pdf") == "fmt/18"
    assert format_of(catalogue, "notes.txt") == "x-fmt/111"
