"""The index of ids lags behind its log on purpose; nobody may slip through that gap."""

import uuid
from pathlib import Path

import pytest

from disposal_log.errors import SidecarError
from disposal_log.files import sidecar
from disposal_log.files.sidecar import IdIndex

FIRST = b"\x01" * 32


def some_ids(count: int) -> dict[str, int]:
    return {str(uuid.uuid4()): number for number in range(count)}


def test_an_id_is_known_as_soon_as_it_is_added_and_after_a_close(tmp_path: Path) -> None:
    ids = some_ids(10)
    index = IdIndex(tmp_path)
    index.add(ids.items(), size=10, first=FIRST)

    assert index.find([*ids, str(uuid.uuid4()), "no id"]) == ids
    index.close()
    again = IdIndex(tmp_path)
    assert again.find(ids) == ids
    assert again.covered() == (10, FIRST)
    again.close()


def test_many_ids_reach_the_file_without_a_close(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidecar, "_PENDING_IDS", 5)
    ids = some_ids(7)
    index = IdIndex(tmp_path)
    for entry_id, seq in ids.items():
        index.add([(entry_id, seq)], size=seq + 1, first=FIRST)

    beside = IdIndex(tmp_path)
    assert beside.covered() == (5, FIRST)
    assert index.find(ids) == ids
    beside.close()
    index.close()


def test_a_killed_writer_leaves_word_of_how_far_it_had_come(tmp_path: Path) -> None:
    index = IdIndex(tmp_path)
    index.add(some_ids(3).items(), size=3, first=FIRST)

    after_the_kill = IdIndex(tmp_path)  # nothing was closed

    assert after_the_kill.covered() == (0, FIRST)
    assert after_the_kill.written() == 3
    after_the_kill.close()
    index.close()


def test_an_emptied_index_forgets_what_was_pending_too(tmp_path: Path) -> None:
    ids = some_ids(3)
    index = IdIndex(tmp_path)
    index.add(ids.items(), size=3, first=FIRST)
    index.reset()

    assert index.find(ids) == {}
    assert index.covered() == (0, b"")
    assert index.written() == 0
    index.close()


def test_an_index_of_before_is_read_as_it_is(tmp_path: Path) -> None:
    ids = some_ids(4)
    index = IdIndex(tmp_path)
    index.add(ids.items(), size=4, first=FIRST)
    index.close()

    again = IdIndex(tmp_path)
    assert again.written() == 4
    again.add(some_ids(1).items(), size=5, first=FIRST)
    assert again.written() == 5
    again.close()


def test_an_id_that_is_there_already_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidecar, "_PENDING_IDS", 1)
    [(entry_id, _)] = some_ids(1).items()
    index = IdIndex(tmp_path)
    index.add([(entry_id, 0)], size=1, first=FIRST)

    with pytest.raises(SidecarError):
        index.add([(entry_id, 1)], size=2, first=FIRST)
    index.reset()
    index.close()
