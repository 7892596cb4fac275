"""Quantiles of sums of losses: those of many groups beside all cases of losses, never above them."""

from __future__ import annotations

import numpy as np
import pytest

from planner.model.loss_quantiles import CELLS, MOST_CASES, GroupLosses

MISSING = np.array([0.0001, 0.001, 0.05])


def exact(losses: GroupLosses, nodes: list[int]) -> list[float]:
    """By convolution, one node after another."""
    sums = {0.0: 1.0}
    for loss, down, count in zip(losses.loss, losses.down, nodes, strict=True):
        for _ in range(count):
            grown: dict[float, float] = {}
            for size, chance in sums.items():
                for more, share in ((0.0, 1.0 - down), (float(loss), float(down))):
                    at = round(size + more, 12)
                    grown[at] = grown.get(at, 0.0) + chance * share
            sums = grown
    order, reached = sorted(sums), np.cumsum([sums[size] for size in sorted(sums)])
    return [order[int(np.searchsorted(reached, 1.0 - missing - 1e-8))] for missing in MISSING]


@pytest.mark.parametrize("groups", [1, 2, 7])
def test_they_are_close_to_those_of_all_cases_and_never_above(groups: int) -> None:
    """One and two groups have few cases, which are listed; seven have more than that."""
    random = np.random.default_rng(groups)
    losses = GroupLosses(random.integers(2, 30, groups) / 200.0, random.uniform(0.005, 0.03, groups))
    nodes = random.integers(0, 12, (3, groups))
    found = losses.quantiles(nodes, MISSING)
    right = np.array([exact(losses, some) for some in nodes.tolist()])
    assert (found <= right + 1e-9).all()
    assert found == pytest.approx(right, abs=20.0 * right.max() / CELLS if groups > 2 else 1e-9)


def test_many_groups_are_no_matter_of_cases() -> None:
    """Of twenty nodes of twenty groups, each lost with the same chance, what a binomial number loses."""
    losses = GroupLosses(np.full(20, 0.05), np.full(20, 0.02))
    assert MOST_CASES < 20**3
    found = losses.quantiles(np.full((1, 20), 2), np.array([0.05, 0.0001]))
    assert found[0] == pytest.approx(0.05 * np.array([2.0, 6.0]))


def test_what_is_nearly_always_lost_counts_as_lost_often() -> None:
    losses = GroupLosses(np.full(8, 0.1), np.full(8, 0.999))
    found = losses.quantiles(np.ones((1, 8), dtype=np.int64), np.array([0.001]))
    assert 0.0 < found[0, 0] <= 0.8 + 1e-12
