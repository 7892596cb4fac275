"""Mixed pools against enumeration and against draws: losses of a kind, their convolution, divisions among works."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from kernels.queueing import UnitLosses, carries, spares, standing_share, unit_unavailability


def test_one_wide_and_nine_narrow_units_stand_as_long_as_the_wide_one() -> None:
    wide, narrow = UnitLosses(18, 1, 0.00196), UnitLosses(2, 1, 0.00196)
    rate = np.array([[253_000.0], [16_800.0]])
    share = standing_share((1, 9), (wide, narrow), rate, np.array([190_000.0]))
    assert share == pytest.approx((1 - 0.00196) ** 18, abs=1e-12)


def test_convolution_against_every_state() -> None:
    """All states of five units of two kinds, by hand."""
    laws = UnitLosses(2, 1, 0.1), UnitLosses(1, 1, 0.2)
    down = [0.19] * 2 + [0.2] * 3
    rate = [4.0] * 2 + [1.5] * 3
    total = 0.0
    for up in product((0, 1), repeat=5):
        chance = np.prod([1 - q if one else q for one, q in zip(up, down, strict=True)])
        total += float(chance) * (sum(r * one for r, one in zip(rate, up, strict=True)) >= 6.0)
    share = standing_share((2, 3), laws, np.array([[4.0], [1.5]]), np.array([6.0]))
    assert share == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("needed", [1, 4, 30])
def test_least_units_of_one_kind_are_the_binomial_ones(needed: int) -> None:
    law = UnitLosses(3, 1, 0.004)
    extra = int(spares(needed, unit_unavailability(3, 0.004), 0.999))
    assert law.least(needed, 0.999) == needed + extra


def test_units_on_one_node_are_lost_together() -> None:
    lost = UnitLosses(1, 4, 0.1).lost(6)
    assert lost[[0, 2, 4, 6]] == pytest.approx([0.81, 0.09, 0.09, 0.01])
    assert lost.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(("copies", "nodes"), [(2, 2), (5, 1), (4, 3)])
def test_losses_with_spare_nodes_against_draws(copies: int, nodes: int) -> None:
    down, restarting, draws = 0.15, 0.06, 400_000
    state = np.random.default_rng(2).random((draws, copies, nodes))
    gone = np.ceil((state < down).sum(axis=(1, 2)) / nodes)
    last = np.arange(copies)[None, :] >= copies - gone[:, None]
    lost = ((state < restarting).any(axis=2) | last).sum(axis=1)
    found = UnitLosses(nodes, 1, down, restarting).lost(copies)
    assert found == pytest.approx(np.bincount(lost, minlength=copies + 1) / draws, abs=4e-3)


@pytest.mark.parametrize("restarting", [None, 0.004])
@pytest.mark.parametrize("beside", [1, 4])
def test_the_moment_bound_is_safe(restarting: float | None, beside: int) -> None:
    """E exp(weight * lost) of whole pools is no more than the bound says, close together or apart."""
    nodes = 1 if beside > 1 else 3
    law = UnitLosses(nodes, beside, 0.01, restarting)
    for units in (beside, 3 * beside, 10 * beside):
        for weight in (0.05, 0.5, 2.0):
            bound = units * float(law.log_moment(np.array([weight]))[0])
            for placed in law.placements:
                lost = placed.lost(units)
                moment = float((lost * np.exp(weight * np.arange(len(lost)))).sum())
                assert np.log(moment) <= bound + 1e-9


def test_divisions_between_two_works_against_linear_programs() -> None:
    draws = np.random.default_rng(4)
    for _ in range(60):
        kinds = int(draws.integers(1, 5))
        rate = draws.choice([0.0, 1.0, 2.0, 3.5], size=(kinds, 2))
        up, demand = draws.integers(0, 5, size=(1, kinds)), draws.uniform(0.5, 8.0, 2)
        time = np.kron(np.eye(kinds), np.ones(2))
        work = -np.hstack([np.diag(row) for row in rate])
        right = linprog(np.zeros(2 * kinds), np.vstack([time, work]), np.concatenate([up[0], -demand]))
        assert bool(carries(up, rate, demand)[0]) == (right.status == 0)
