"""The journal: what is finished stays finished, what was cut off is written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from planner.errors import InstanceError
from planner.sweeps.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_come_back_and_no_key_is_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path) as journal:
        assert journal.add("a", {"cost": 1.5})
        assert not journal.add("a", {"cost": 2.5})
    with Journal(path) as journal:
        assert journal.rows == {"a": {"cost": 1.5}}
        assert not journal.add("a", {"cost": 3.5})
    assert len(path.read_text().splitlines()) == 1


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_a_line_cut_off_by_a_kill_is_dropped_and_overwritten(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path) as journal:
        journal.add("a", {"cost": 1})
        journal.add("b", {"cost": 2})
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(path) as journal:
        assert journal.rows == {"a": {"cost": 1}}
        journal.add("b", {"cost": 3})
    with Journal(path) as journal:
        assert journal.rows == {"a": {"cost": 1}, "b": {"cost": 3}}


def test_a_file_that_is_no_journal_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_text("hello\nworld\n")
    with pytest.raises(InstanceError, match="not a line"):
        Journal(path)
    assert path.read_text() == "hello\nworld\n"


def test_two_sweeps_cannot_write_one_journal(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path), pytest.raises(InstanceError, match="another sweep"):
        Journal(path)
