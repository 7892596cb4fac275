"""Floors and counts at the prices of linear programs: bounds stay bounds, and counts keep what is promised."""

from __future__ import annotations

from dataclasses import replace

import pytest

import planner
from kernels.queueing import standing_share
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.availability_prices import node_prices, priced_set
from planner.optimize.engines import EngineOptions, program_of
from planner.optimize.engines import solve as run_engine
from planner.rates.compute import compute_rates
from tests.reference.generate_standing import many_kinds_instance_of
from tests.reference.reference import optimum

HIGHS = EngineOptions(threads=1, relative_gap=1e-6)


@pytest.mark.parametrize("seed", [3, 4])
def test_bounds_rise_and_stay_below_the_optimum(seed: int) -> None:
    """The optimum is that of the second model, which looks at every mix of units."""
    data = many_kinds_instance_of(seed)
    instance, right = planner.from_dict(data), optimum(data).objective
    sets = sets_of(instance, compute_rates(instance))
    assert sets.standing is not None
    loose = sets.standing.necessary()
    found = priced_set(sets, loose, lambda: False)
    before, after = (
        run_engine(program_of(build(replace(sets, standing=one))).relaxed(), "highs", HIGHS).bound
        for one in (loose, found.necessary)
    )
    assert before < after <= right * (1 + 1e-9)
    assert found.bound == pytest.approx(after, rel=1e-5)
    assert found.bound <= right
    for place, some in found.counts.items():
        question = sets.standing.questions[place]
        for counts in some:
            share = standing_share(counts, question.laws, question.rate, question.demand)
            assert share >= question.pool.kept - 1e-9
    plans = run_engine(
        program_of(build(replace(sets, standing=sets.standing.listed(found.counts)))), "highs", HIGHS
    )
    assert right * (1 - 1e-9) <= plans.cost < 1.5 * right


def test_no_time_leaves_what_is_known() -> None:
    instance = planner.from_dict(many_kinds_instance_of(3))
    sets = sets_of(instance, compute_rates(instance))
    assert sets.standing is not None
    loose = sets.standing.necessary(lambda: True)
    found = priced_set(sets, loose, lambda: True)
    assert found.necessary is loose
    assert found.counts == {}


def test_nodes_cost_what_their_channels_ask_in_a_period() -> None:
    data = many_kinds_instance_of(3)
    hardware = next(iter(data["fleet"]))
    data["fleet"][hardware] = {
        "rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 9},
        "dear": {"kind": "on_demand", "price_usd_per_gpu_hour": 3.0, "max_nodes": 9},
    }
    instance = planner.from_dict(data)
    sets = sets_of(instance, compute_rates(instance))
    low, high = node_prices(sets)
    place = sets.hardware.index(hardware)
    gpus = data["hardware"][hardware]["gpus_per_node"]
    assert (low[place], high[place]) == (pytest.approx(2.0 * gpus), pytest.approx(3.0 * gpus))
