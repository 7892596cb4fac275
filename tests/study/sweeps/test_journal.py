"""The journal: what is finished stays finished, what was cut off is written anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from planner.core.errors import InstanceError
from planner.study.sweeps.journal import Journal

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


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path) as journal:
        journal.add("a", {"status": "optimal", "cost": 1.5, "reason": "é"})
        journal.add("b", {"status": "optimal", "cost": 2.5})
    whole = path.read_bytes()
    first = whole.index(b"\n")
    for place in range(first + 1):
        for bit in (0, 1, 5):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
            with pytest.raises(InstanceError, match=r"j\.jsonl:1: "):
                Journal(path)


def test_a_journal_of_the_version_without_checksums_is_read_and_continued(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_text('{"version": 1, "key": "a", "row": {"status": "optimal", "cost": 1.5}}\n')
    with Journal(path) as journal:
        assert journal.rows == {"a": {"status": "optimal", "cost": 1.5}}
        journal.add("b", {"status": "optimal", "cost": 2.5})
    with Journal(path) as journal:
        assert journal.rows.keys() == {"a", "b"}
    path.write_text('{"version": 3, "key": "a", "row": {}}\n')
    with pytest.raises(InstanceError, match="has version 3, this program reads 1 and 2"):
        Journal(path)


@pytest.mark.parametrize("version", [1, 2])
def test_a_failed_row_is_reported_but_not_kept(tmp_path: Path, version: int) -> None:
    path = tmp_path / "j.jsonl"
    lost = {"status": "failed", "cost": None, "reason": "WorkerLost: its process died"}
    if version == 1:
        path.write_text(json.dumps({"version": 1, "key": "a", "row": lost}) + "\n")
    else:
        with Journal(path) as journal:
            assert journal.add("a", lost)
            assert journal.rows == {"a": lost}
    with Journal(path) as journal:
        assert journal.rows == {}


def test_two_sweeps_cannot_write_one_journal(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path), pytest.raises(InstanceError, match="another sweep"):
        Journal(path)
