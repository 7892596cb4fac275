"""Prices of starts found run by run: they lie in [0, 1], their shifts cancel out, and what they bound they bound."""

from __future__ import annotations

import numpy as np
import pytest

from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.start_prices import runs_with_margins
from planner.optimize.decomposition.bound.time_aggregation import aggregated, shift_of
from planner.optimize.decomposition.bound.tree import Tree
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated
from tests.optimize.decomposition.roots import rooted
from tests.optimize.decomposition.small import optimum_of, question

SHORT_RUNS = DEFAULTS.bound.override(
    groups=100, whole_price_periods=1, price_run_periods=3, price_margin_periods=1
)


@pytest.mark.parametrize("seed", range(10))
def test_bounds_by_runs_stay_below_the_optimum(seed: int) -> None:
    sets = question(seed, True)
    structure = structure_of(sets)
    optimum = optimum_of(seed, starts=True)
    root = rooted(structure, 100, SHORT_RUNS)
    if root is None:
        assert optimum == float("inf")
        return
    assert ((root.theta >= 0) & (root.theta <= 1)).all()
    tree = Tree(structure, root, SHORT_RUNS)
    for _ in range(200):
        if not tree.done:
            tree.step()
    assert root.plain.bound <= root.prices.bound + 1e-6
    assert tree.bound <= optimum * (1 + 1e-7)


@pytest.mark.parametrize("periods", [2, 7, 24])
def test_every_period_is_inside_one_run(periods: int) -> None:
    instance = generated(Hardness(periods, 1, 1, start_usd_per_node=3.0))
    structure = structure_of(sets_of(instance, compute_rates(instance)))
    inside = np.concatenate([at[run] for at, run in runs_with_margins(structure, SHORT_RUNS)])
    assert sorted(inside.tolist()) == list(range(periods))


def test_runs_are_nearly_as_good_as_the_whole() -> None:
    instance = generated(Hardness(400, 2, 3, start_usd_per_node=3.0))
    structure = structure_of(sets_of(instance, compute_rates(instance)))
    whole = rooted(structure, 400)
    by_runs = rooted(structure, 400, DEFAULTS.bound.override(whole_price_periods=1))
    assert whole is not None
    assert by_runs is not None
    gained = whole.prices.bound - whole.plain.bound
    assert gained > 0
    assert by_runs.prices.bound - by_runs.plain.bound > 0.9 * gained


def test_shifts_add_up_to_nothing_and_are_equal_inside_a_group() -> None:
    instance = generated(Hardness(72, 2, 3, start_usd_per_node=3.0))
    structure = structure_of(sets_of(instance, compute_rates(instance)))
    theta = np.random.default_rng(1).integers(0, 2, structure.periods).astype(float)
    shift = shift_of(structure, theta)
    assert np.abs((shift * structure.weighted_hours).sum(axis=2)).max() < 1e-9
    aggregation = aggregated(structure, 20, theta=theta)
    assert (aggregation.demand[:, aggregation.of] <= structure.demand + 1e-9).all()
    assert np.allclose(aggregation.shift[:, :, aggregation.of], shift, atol=1e-8)
