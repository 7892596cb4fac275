"""Co-located units in the hourly problem: what they do at once, and bounds below the optimum with and beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import planner
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.start_prices import root_with_starts, root_without_starts
from planner.optimize.decomposition.bound.tree import Tree
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.both_roles import BOTH, able_in_both, tied_units
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.engines import EngineOptions, program_of, prover, solve
from planner.rates.compute import compute_rates
from tests.optimize.decomposition.bound.both import with_both
from tests.optimize.decomposition.small import record

if TYPE_CHECKING:
    from planner.model import Sets


def bound_of(sets: Sets, steps: int = 8) -> float:
    """What some steps of branching prove; inf where there is no plan."""
    structure = structure_of(sets)
    plain = root_without_starts(structure, DEFAULTS.bound)
    if plain is None:
        return np.inf
    tree = Tree(structure, root_with_starts(structure, DEFAULTS.bound, plain), DEFAULTS.bound)
    for _ in range(steps):
        if tree.done:
            break
        tree.step()
    return tree.bound


@pytest.mark.parametrize("seed", range(6))
def test_bounds_stay_below_the_optimum(seed: int) -> None:
    instance = planner.from_dict(with_both(record(seed, starts=seed % 2 == 1), seed))
    sets = sets_of(instance, compute_rates(instance))
    assert tied_units(sets) is not None
    assert (structure_of(sets).unit_role == BOTH).any()
    options = EngineOptions(time_limit_s=30.0, relative_gap=1e-7)
    right = solve(program_of(build(sets)), prover(), options)
    assert bound_of(sets) <= right.cost * (1 + 1e-6)


def question_of(
    prefill: list[float], decode: list[float], both: dict[str, float], most: int
) -> planner.Instance:
    """Nodes that read 10, write 10, or do `both`, hired at 1 USD an hour."""
    chat = {"demand": {"input_tokens_per_s": prefill, "output_tokens_per_s": decode}}
    kinds: list[tuple[str, Any]] = [("prefill", 10.0), ("decode", 10.0), ("colocated", both)]
    return planner.from_dict(
        {
            "version": 1,
            "name": "both",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": len(prefill)},
            "workloads": {"chat": chat},
            "deployments": [
                {"name": role, "role": role, "nodes": 1, "rate_tokens_per_s": {"chat": rate}}
                for role, rate in kinds
            ],
            "hardware": {"x": {"gpus_per_node": 8}},
            "fleet": {
                "x": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0, "max_nodes": most}}
            },
        }
    )


def test_the_time_of_a_unit_goes_to_both_in_the_proportion_of_the_hour() -> None:
    """Of 8 and 4 tokens/s a unit of 16 and 8 does all in 0.5 + 0.5 of its time; of 0 and 4 what it can."""
    instance = question_of([8.0, 0.0, 32.0], [4.0, 4.0, 16.0], {"prefill": 16.0, "decode": 8.0}, 9)
    sets = sets_of(instance, compute_rates(instance))
    tied = tied_units(sets)
    assert tied is not None
    able = able_in_both(sets, *tied)[:, 0]
    prefill = sets.demand[tied[1][0]].argmax() == 2 and sets.demand[tied[1][0]].max() == 32.0
    reads, writes = able if prefill else able[::-1]
    assert reads.tolist() == pytest.approx([8.0, 16.0, 8.0])
    assert writes.tolist() == pytest.approx([4.0, 8.0, 4.0])


@pytest.mark.parametrize(
    ("prefill", "decode", "both", "optimum"),
    [
        (20.0, 10.0, {"prefill": 5.0, "decode": 5.0}, 3.0),  # two read, one writes
        (2.0, 1.0, {"prefill": 5.0, "decode": 5.0}, 1.0),  # one does both in 0.4 + 0.2 of its time
        (22.0, 11.0, {"prefill": 5.0, "decode": 5.0}, 4.0),  # as in the first, and one for what is left
        (30.0, 30.0, {"prefill": 30.0, "decode": 30.0}, 2.0),  # two do both, each in half of its time
        (32.0, 32.0, {"prefill": 30.0, "decode": 30.0}, 3.0),
    ],
)
def test_bounds_are_those_of_whole_nodes(
    prefill: float, decode: float, both: dict[str, float], optimum: float
) -> None:
    """The linear relaxation of the first three costs 3, 0.3 and 3.3, of the others 2 and 2.13."""
    instance = question_of([prefill], [decode], both, 9)
    assert bound_of(sets_of(instance, compute_rates(instance))) == pytest.approx(optimum)


def test_too_few_nodes_are_said_to_be() -> None:
    """Of 40 and 40 eight nodes serve all, co-located or not; seven do not."""
    for most, there in ((8, True), (7, False)):
        instance = question_of([40.0], [40.0], {"prefill": 10.0, "decode": 10.0}, most)
        sets = sets_of(instance, compute_rates(instance))
        assert np.isfinite(bound_of(sets)) == there


def test_units_of_several_workloads_are_no_such_units() -> None:
    data = with_both(record(2), 2)
    demand = data["workloads"]["chat"]["demand"]
    data["workloads"]["code"] = {"demand": demand}
    for unit in data["deployments"]:
        unit["rate_tokens_per_s"]["code"] = unit["rate_tokens_per_s"]["chat"]
    instance = planner.from_dict(data)
    assert tied_units(sets_of(instance, compute_rates(instance))) is None
