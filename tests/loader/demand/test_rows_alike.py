"""Rows alike in times of whole seconds, without ids: twice, requests alike, or chance."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from planner.core.errors import InstanceError
from planner.loader.demand.fill import fill_of
from planner.loader.demand.observe import DemandWanted, Observed, observe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROWS = 4_000


def rows_of(lengths: int, seconds: int = 7_200) -> list[str]:
    """Requests at random whole seconds, of prompts that take so many lengths."""
    drawn = np.random.default_rng(4)
    times = np.sort(drawn.integers(0, seconds, ROWS))
    prompts = drawn.integers(100, 100 + lengths, ROWS)
    return [
        f"2025-03-03 {10 + time // 3600}:{time // 60 % 60:02}:{time % 60:02},{prompt},20"
        for time, prompt in zip(times.tolist(), prompts.tolist(), strict=True)
    ]


def written(folder: Path, rows: Sequence[str], name: str = "log.csv") -> Path:
    (folder / name).write_text("\n".join(["TIMESTAMP,ContextTokens,GeneratedTokens", *rows]) + "\n")
    return folder / name


def read(*files: Path, fill: tuple[str, ...] = ()) -> Observed:
    return observe(files, DemandWanted(ZoneInfo("UTC"), fill=fill_of(fill)))


def count(observed: Observed) -> int:
    assert observed.log is not None
    return observed.log.tally.rows


@pytest.mark.parametrize("lengths", [1, 900])
def test_every_row_twice_is_refused_and_one_kept(lengths: int, tmp_path: Path) -> None:
    """Constant lengths too: chance explains rows alike in a second, not that each comes an even number of times."""
    rows = rows_of(lengths)
    file = written(tmp_path, [row for row in rows for _ in range(2)])
    with pytest.raises(
        InstanceError, match=r"log.csv:3: is there before: a row twice(.|\n)*duplicates=first.*--map identity"
    ):
        read(file)
    assert count(read(file, fill=("duplicates=first",))) == ROWS


@pytest.mark.parametrize("lengths", [1, 2, 900])
def test_rows_alike_by_chance_are_requests(lengths: int, tmp_path: Path) -> None:
    observed = read(written(tmp_path, rows_of(lengths, 3_600)))
    assert count(observed) == ROWS
    assert observed.notes == ()


def test_more_rows_alike_than_by_chance_are_told_and_counted(tmp_path: Path) -> None:
    rows = rows_of(900)
    file = written(tmp_path, sorted([*rows, *rows[:400]]))
    observed = read(file)
    assert count(observed) == ROWS + 400
    (note,) = observed.notes
    assert "rows say what one before says, the first at" in note
    assert "--fill duplicates=first leaves them out" in note
    assert count(read(file, fill=("duplicates=first",))) == len(set(rows))


def test_rows_of_constant_lengths_of_which_half_are_twice_are_told_with_a_count(tmp_path: Path) -> None:
    rows = rows_of(1)
    observed = read(written(tmp_path, sorted([*rows, *rows[: ROWS // 2]])))
    assert count(observed) == ROWS + ROWS // 2
    (note,) = observed.notes
    groups = len(set(rows))
    assert f"of {groups:,} times and lengths are those of an even number" in note
    assert f"chance explains about {groups / 2:,.0f}" in note


def test_copies_of_files_are_refused_packed_or_not(tmp_path: Path) -> None:
    rows = rows_of(900)
    file = written(tmp_path, rows)
    copy = tmp_path / "copy.csv"
    shutil.copy(file, copy)
    with pytest.raises(InstanceError, match=r"copy.csv: is a copy of .*log.csv, byte by byte: leave it out"):
        read(file, copy)
    once = read(file, copy, fill=("duplicates=first",))
    assert count(once) == ROWS
    assert once.sources == ("log.csv (Azure LLM inference trace)",)
    with pytest.raises(InstanceError, match=r"more.csv:2: is there before"):
        read(file, written(tmp_path, [*rows, "2025-03-03 12:00:00,7,7"], "more.csv"))
