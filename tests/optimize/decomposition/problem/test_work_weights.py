"""Works that share units as one demand: every plan meets it, and the linear relaxation loses nothing by it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import planner
from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.start_prices import root_without_starts
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.holdings import holdings_of
from planner.optimize.decomposition.problem.roles import roles_of
from planner.optimize.decomposition.problem.structure import structure_of
from planner.rates.compute import compute_rates
from tests.optimize.decomposition.small import linear_relaxation, record

if TYPE_CHECKING:
    from planner.model import Sets

SEEDS = range(6)


def shared_question(seed: int) -> Sets:
    """Three workloads that every unit serves, each at a rate of its own."""
    random, data = np.random.default_rng(seed), record(seed)
    demand = data["workloads"].pop("chat")["demand"]
    for name, share in (("chat", 0.5), ("code", 0.3), ("agents", 0.2)):
        courses = {key: np.roll(line, random.integers(4)) * share for key, line in demand.items()}
        data["workloads"][name] = {"demand": {key: line.tolist() for key, line in courses.items()}}
    for unit in data["deployments"]:
        rate = unit["rate_tokens_per_s"]["chat"]
        unit["rate_tokens_per_s"] = {
            name: rate * float(random.uniform(0.6, 1.4)) for name in ("chat", "code", "agents")
        }
    instance = planner.from_dict(data)
    return sets_of(instance, compute_rates(instance))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("most_columns", [0, 60_000])
def test_units_that_have_time_for_each_work_meet_the_merged_demand(seed: int, most_columns: int) -> None:
    sets = shared_question(seed)
    parameters = replace(DEFAULTS.problem, merged_columns=most_columns)
    random = np.random.default_rng(seed)
    busy = random.exponential(1.0, (*sets.rate.shape, sets.periods)) * (sets.rate > 0)[:, :, None]
    served = (sets.rate[:, :, None] * busy).sum(axis=0)
    asked = replace(sets, demand=served)
    roles = roles_of(asked, holdings_of(asked, parameters), parameters)
    on = busy.sum(axis=1) / sets.busy_limit
    for role in (0, 1):
        mine = roles.role == role
        able = (roles.able[mine] * on[mine]).sum(axis=0)
        assert (able >= roles.demand[role] * (1 - 1e-9)).all()
    assert (roles.demand > 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_linear_relaxation_is_that_of_the_works_apart(seed: int) -> None:
    sets = shared_question(seed)
    apart = linear_relaxation(sets)
    root = root_without_starts(structure_of(sets), DEFAULTS.bound)
    assert root is not None
    bound = root.prices.bound
    assert bound <= apart * (1 + 1e-9)
    assert bound >= apart * (1 - 2e-3)
