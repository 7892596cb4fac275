"""The bound never exceeds the optimum, and the optimum never the plan.

Small random questions, two engines.
"""

from __future__ import annotations

from functools import cache

import pytest

from planner.core.solution import Status
from planner.model import build
from planner.model.decode import cost_terms_of
from planner.optimize.decomposition.bound.tree import Tree
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import Structure, structure_of
from planner.optimize.decomposition.solve import decompose
from planner.optimize.engines import EngineOptions, program_of, solve
from tests.optimize.decomposition.roots import rooted
from tests.optimize.decomposition.small import optimum_of, question

SEEDS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12)  # two engines prove these within seconds; bench has hundreds
STEPS = 12
ROUNDING = 1e-7


@cache
def agreed_optimum(seed: int, starts: bool) -> float:
    """Cost of the best plan, inf where there is none: two engines say the same of what they prove."""
    options = EngineOptions(time_limit_s=20, threads=1, relative_gap=1e-7)
    other = solve(program_of(build(question(seed, starts))), "cpsat", options)
    cost = optimum_of(seed, starts)
    proven = other.status in (Status.OPTIMAL, Status.INFEASIBLE)
    assert other.cost == pytest.approx(cost, rel=1e-6) if proven else other.cost >= cost * (1 - 1e-6)
    return cost


def branched(structure: Structure, groups: int) -> Tree | None:
    root = rooted(structure, groups)
    if root is None:
        return None
    tree = Tree(structure, root, DEFAULTS.bound.override(groups=groups))
    for _ in range(STEPS):
        if not tree.done:
            before = tree.bound
            tree.step()
            assert tree.bound >= before - ROUNDING * abs(before)
    return tree


@pytest.mark.parametrize("starts", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_bound_is_below_the_optimum(seed: int, starts: bool) -> None:
    sets = question(seed, starts)
    structure = structure_of(sets)
    best = agreed_optimum(seed, starts)
    tree = branched(structure, 100)
    assert (tree is not None) == (best < float("inf"))
    if tree is not None:
        assert tree.root.prices.bound - ROUNDING * best <= tree.bound <= best * (1 + ROUNDING)


@pytest.mark.parametrize("starts", [False, True])
@pytest.mark.parametrize("seed", [3, 8])
def test_slots_rounded_down_bound_too(seed: int, starts: bool) -> None:
    sets = question(seed, starts)
    tree = branched(structure_of(sets), 2)
    assert tree is not None
    assert tree.bound <= agreed_optimum(seed, starts) * (1 + ROUNDING)


@pytest.mark.parametrize(("seed", "starts"), [(0, False), (2, False), (3, True), (8, True)])
def test_plan_and_bound_enclose_the_optimum(seed: int, starts: bool) -> None:
    sets = question(seed, starts)
    best = agreed_optimum(seed, starts)
    events = []
    found = decompose(sets, EngineOptions(time_limit_s=3, relative_gap=1e-6), events.append)
    assert found.values is not None
    assert found.solution.bound <= best * (1 + ROUNDING)
    assert found.solution.cost >= best * (1 - ROUNDING)
    assert sum(cost_terms_of(sets, found.values).values()) == pytest.approx(found.solution.cost)
    assert found.solution.cost <= best * 1.25
    assert [event.bound for event in events] == sorted(event.bound for event in events)


def test_infeasible_is_proven() -> None:
    sets = question(12)
    assert decompose(sets, EngineOptions(time_limit_s=10)).solution.status is Status.INFEASIBLE
