"""A first look at a folder tells who owns its files, when it is asked to."""

import os
from pathlib import Path

from retention.services.looking import LookCounts, equal_files
from scanners.crawling.file_facts import account_name

ME = account_name(os.getuid())


def test_a_first_look_tells_owners_only_when_it_is_asked(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("same")

    (plain,) = equal_files(str(tmp_path), LookCounts(), on_progress=lambda _told: None)
    (asked,) = equal_files(str(tmp_path), LookCounts(), on_progress=lambda _told: None, with_facts=True)

    assert "facts" not in plain.to_json()
    told = asked.to_json()["facts"]
    assert isinstance(told, list)
    assert [one["file_owner"] for one in told] == [ME, ME]
