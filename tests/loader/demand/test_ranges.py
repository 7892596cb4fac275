"""Ranges of Prometheus in parts, replicas that are replaced, and samples that are there twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.core.errors import InstanceError
from planner.loader.demand.fill import fill_of
from planner.loader.demand.observe import DemandWanted, observe
from tests.loader.demand.test_monitoring import BEGIN, STEP, counted, query, rates

NAME = {"__name__": "sglang:num_requests_total"}
MIDDLE = BEGIN + 3_600


@pytest.mark.parametrize("shared", [False, True])
def test_ranges_that_go_on_from_one_another_are_one(tmp_path: Path, shared: bool) -> None:
    samples = counted(2)
    before = [(second, value) for second, value in samples if second <= MIDDLE]
    after = [(second, value) for second, value in samples if second >= MIDDLE + STEP * (not shared)]
    files = [query(tmp_path, "b.json", (NAME, after)), query(tmp_path, "a.json", (NAME, before))]
    assert rates(observe(files, DemandWanted()))["requests"] == pytest.approx([2, 2])


def test_replicas_that_are_all_replaced_count_from_zero(tmp_path: Path) -> None:
    old = [(second, value) for second, value in counted(2) if second <= MIDDLE]
    new = [(second, 2 * (second - MIDDLE)) for second, _ in counted(2) if second > MIDDLE]
    file = query(tmp_path, "s.json", ({**NAME, "pod": "a"}, old), ({**NAME, "pod": "b"}, new))
    observed = observe([file], DemandWanted())
    assert rates(observed)["requests"] == pytest.approx([2, 2])
    assert any("1 series are new, and counted from 0 a step before" in note for note in observed.notes)


def test_a_series_that_is_seen_late_is_not_new(tmp_path: Path) -> None:
    late = [(second, 9_000 + value) for second, value in counted(1) if second >= MIDDLE]
    file = query(tmp_path, "s.json", ({**NAME, "pod": "a"}, counted(2)), ({**NAME, "pod": "b"}, late))
    observed = observe([file], DemandWanted())
    assert rates(observed)["requests"] == pytest.approx([2, 3])
    assert any("1 series begin late and are not new" in note for note in observed.notes)


def test_samples_twice_are_told_and_refused_where_they_differ(tmp_path: Path) -> None:
    samples = counted(2)
    same = query(tmp_path, "same.json", (NAME, sorted([*samples, *samples[5:8]])))
    observed = observe([same], DemandWanted())
    assert rates(observed)["requests"] == pytest.approx([2, 2])
    assert any("3 rows that repeat a moment of their series, left out" in note for note in observed.notes)
    second, value = samples[5]
    other = query(tmp_path, "other.json", (NAME, sorted([*samples, (second, value + 1)])))
    with pytest.raises(
        InstanceError, match=r"307 and 308 at 2025-03-03T10:02:30\+00:00: --fill duplicates=first"
    ):
        observe([other], DemandWanted())
    filled = observe([other], DemandWanted(fill=fill_of(["duplicates=first"])))
    assert rates(filled)["requests"] == pytest.approx([2, 2])
    assert filled.defects == {"duplicates"}
