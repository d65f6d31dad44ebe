"""Lists of JSON objects in every shell that tools put around them, streamed and bounded."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanners.exports.errors import NotAnExportError
from scanners.exports.opening import open_export

Taker = Callable[..., Any]

ITEM = {"FileRef": "/sites/hr/Docs/a.txt", "FileLeafRef": "a.txt"}


@pytest.mark.parametrize(
    "shell",
    [
        [ITEM],
        {"value": [ITEM]},
        {"@odata.context": "x", "value": [ITEM]},
        {"d": {"results": [ITEM]}},
        {"d": {"__metadata": {}, "results": [ITEM]}},
        {"responses": [{"id": "1", "status": 200, "body": ITEM}]},
        {"responses": [{"id": "1", "status": 200, "body": {"value": [ITEM]}}]},
        {"Url": "https://x", "Response": {"value": [ITEM]}},
        [{"Url": "https://x", "Response": json.dumps({"value": [ITEM]})}],
        ITEM,
        [{"Id": 1, "FieldValues": ITEM}],
    ],
)
def test_records_are_found_in_every_known_shell(take_json: Taker, shell: object) -> None:
    assert take_json(shell).only.original_location == "/sites/hr/Docs/a.txt"


def test_one_object_a_line_is_read_and_a_broken_line_costs_itself(take_text: Taker) -> None:
    line = json.dumps(ITEM)

    found = take_text(f"{line}\n{line}\n{{broken\n{line}\n", name="x.jsonl")

    assert len(found.records) == 3
    assert found.account.refused_rows.total() == 1


def test_documentation_samples_lose_their_http_lines_and_comments(take_text: Taker) -> None:
    text = 'HTTP/1.1 200 OK\nContent-Type: application/json\n\n{ /* one */ "FileRef": "/s/a /* b */.txt" }\n'

    assert take_text(text, name="x.json.txt").only.original_location == "/s/a /* b */.txt"


def test_a_description_of_a_format_is_no_export(take_text: Taker) -> None:
    with pytest.raises(NotAnExportError, match="describes a format"):
        take_text('{"id": "string (identifier)", "name": "string", "size": 1024, "webUrl": "url"}', name="x.json")


def test_one_page_of_several_is_said_to_be_incomplete(take_json: Taker) -> None:
    found = take_json({"value": [ITEM], "@odata.nextLink": "https://graph/next"})

    assert any("one page of several" in note for note in found.account.notes)


def test_an_answer_that_failed_is_a_refused_row(take_json: Taker) -> None:
    found = take_json({"responses": [{"status": 404, "body": {"error": {}}}, {"status": 200, "body": ITEM}]})

    assert len(found.records) == 1
    assert "status 404" in next(iter(found.account.refused_rows))


def test_a_list_that_breaks_off_gives_what_came_before(take_text: Taker) -> None:
    found = take_text(json.dumps([ITEM, ITEM])[:-10], name="x.json")

    assert len(found.records) == 1
    assert "nothing after it was read" in next(iter(found.account.refused_rows))


def test_an_empty_list_is_an_empty_inventory(take_json: Taker) -> None:
    assert take_json({"value": []}).records == ()


def test_nesting_that_would_overflow_the_stack_is_refused(take_text: Taker) -> None:
    found = take_text('[{"FileRef": "/s/a"},' + "[" * 200_000, name="x.json")

    assert len(found.records) == 1
    assert found.account.refused_rows.total() == 1


@pytest.mark.parametrize("depth", [50, 300, 900])
def test_a_record_nested_too_deeply_to_be_looked_through_is_refused_alone(take_text: Taker, depth: int) -> None:
    deep = "[" * depth + "]" * depth

    found = take_text(f'[{{"FileRef": "/s/a", "x": {deep}}}, {{"FileRef": "/s/b"}}]', name="x.json")

    assert found.only.name == "b"
    assert "nested" in next(iter(found.account.refused_rows))


def test_half_a_character_does_not_reach_the_database(take_text: Taker) -> None:
    found = take_text('[{"FileRef": "/s/\\ud83d.txt"}]', name="x.json")

    found.only.original_location.encode()
    assert "U+FFFD" in found.only.anomalies[0]


def test_a_long_list_is_never_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    element = json.dumps({**ITEM, "Comments": "x" * 3_000})
    with path.open("w") as file:
        file.write("[" + ",".join([element] * 4_000) + "]")
    reader_memory = 8 << 20
    tracemalloc.start()
    try:
        count = sum(1 for _ in open_export(str(path)).records())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert path.stat().st_size > reader_memory
    assert count == 4_000
    assert peak < reader_memory
