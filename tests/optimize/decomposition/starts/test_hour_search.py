"""Covers of one role against enumeration, and hours by node prices against their integer programs."""

from __future__ import annotations

import dataclasses
import itertools

import highspy
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.model.prepare import sets_of
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.starts.covering import Covering
from planner.optimize.decomposition.starts.duals import PoolDuals, following_of
from planner.optimize.decomposition.starts.hour_programs import HourPrograms
from planner.optimize.decomposition.starts.hour_search import HourSearch
from planner.optimize.decomposition.starts.patterns import Source, sources_of
from planner.optimize.decomposition.starts.supply import Supply
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated
from tests.optimize.decomposition.small import question

ACCURACY = 1e-3


def everything(covering: Covering, most: int) -> tuple[np.ndarray, np.ndarray]:
    """All units up to a count that serve the demand, and their reduced cost over the linear bound."""
    units = np.array(list(itertools.product(range(most + 1), repeat=len(covering.rate))))
    units = units[units @ covering.rate >= covering.demand]
    return units, units @ covering.price - covering.linear


@settings(max_examples=60, deadline=None)
@given(
    rate=st.lists(st.floats(0.5, 9.0), min_size=1, max_size=3),
    price=st.lists(st.floats(0.0, 20.0), min_size=3, max_size=3),
    demand=st.floats(0.1, 12.0),
    limit=st.floats(0.0, 10.0),
)
@example(
    rate=[0.5], price=[5e-324, 0.0, 0.0], demand=2.7031410474641357, limit=0.0
)  # a limit of 0 did not grow
@example(rate=[0.5], price=[1e-290, 0.0, 0.0], demand=2.7031410474641357, limit=0.0)
def test_covers_are_all_and_the_least_is_the_least(
    rate: list[float], price: list[float], demand: float, limit: float
) -> None:
    covering = Covering(np.array(rate), demand, np.array(price[: len(rate)]), DEFAULTS.starts)
    units, reduced_cost = everything(covering, 26)
    bound, choices = covering.cheapest(3)
    found = choices[0]
    assert (np.diff(choices @ covering.price) >= -1e-9).all()
    assert bound <= reduced_cost.min() + covering.linear + 1e-9
    assert found @ covering.rate >= covering.demand * (1 - 1e-12)
    if not covering.free and covering.price.min() > 1e-3:
        assert bound == pytest.approx(reduced_cost.min() + covering.linear, rel=1e-9, abs=1e-9)
    covers = covering.within(limit)
    if covers is None:
        return  # too many to list, which is said
    listed = {tuple(row) for row in covers.units.tolist()}
    assert {tuple(row) for row in units[reduced_cost <= limit - 1e-9].tolist()} <= listed
    np.testing.assert_allclose(
        covers.units @ covering.price - covering.linear, covers.reduced_cost, rtol=1e-9, atol=1e-7
    )


@pytest.mark.parametrize("price", [5e-324, 1e-310, 1e-300, 1e-290, 1e-12, 1.0])
@pytest.mark.parametrize("demand", [0.3, 0.1 * 3, 2.7031410474641357, 3.0])
def test_looking_for_the_least_cover_ends_at_any_price(price: float, demand: float) -> None:
    for rate in (0.1, 0.5, 1.0):
        covering = Covering(np.array([rate]), demand, np.array([price]), DEFAULTS.starts)
        bound, choices = covering.cheapest()
        assert 0.0 <= bound <= price * choices[0, 0] * (1 + 1e-9)


def test_too_many_covers_are_not_listed_but_still_bounded() -> None:
    random = np.random.default_rng(1)
    rate = random.uniform(1.0, 1.3, 30)
    covering = Covering(rate, 400.0, rate * random.uniform(1.0, 1.0001, 30), DEFAULTS.starts)
    assert covering.within(5.0) is None
    bound, units = covering.cheapest()
    assert covering.linear <= bound <= units[0] @ covering.price + 1e-9


def test_supply_is_the_cheapest_nodes_first() -> None:
    usd = [np.array([2.0]), np.array([0.0]), np.array([np.inf])]
    supply = Supply([Source(0, usd[0], 3), Source(0, usd[1], 2), Source(0, usd[2], 9)], 0, 1)
    np.testing.assert_allclose(supply.cost(np.array([[0], [2], [3], [5], [6]])), [0, 0, 2, 6, np.inf])
    least, nodes = supply.least(np.array([1.5]))
    assert (least, nodes.tolist()) == (-3.0, [2.0])


@pytest.mark.parametrize("seed", range(12))
def test_hours_agree_with_their_integer_programs(seed: int) -> None:
    """Fleets of a range, unit prices of either sign: the search and the engine find the same cost."""
    if seed < 8:
        structure = structure_of(question(seed, starts=True))
    else:
        instance = generated(Hardness(24, 3, seed, start_usd_per_node=3.0))
        structure = structure_of(sets_of(instance, compute_rates(instance)))
    random = np.random.default_rng(seed)
    most = structure.unit_start_usd[:, None] * structure.weight
    search = HourSearch(structure, ACCURACY, DEFAULTS.starts)
    programs = HourPrograms(structure, ACCURACY, seconds=60.0)
    for turn in range(2):
        top = np.array([pool.maximum for pool in structure.pools])
        low = random.integers(0, top // 2 + 1)
        fleets = FleetBounds(low, low + random.integers(0, top // 2 + 1))
        node = random.uniform(0, 8, (len(structure.pools), structure.periods))
        duals = PoolDuals(random.uniform(0, 0.5 + 0.5 * turn, most.shape) * most, node)
        cost = duals.unit_cost(following_of(structure))
        sources = sources_of(structure, fleets, duals.node)
        for period in range(0, structure.periods, 1 if seed < 8 else 7):
            estimate = search.estimate(period, cost[:, period], sources)
            program = programs.solve(period, cost[:, period], sources)
            assert estimate.low <= program.bound + 2 * ACCURACY
            assert estimate.high >= program.bound - 2 * ACCURACY
            search.settle(estimate, sources)
            assert estimate.low == pytest.approx(program.bound, abs=5 * ACCURACY)
            if estimate.units is not None:
                assert estimate.low <= estimate.high <= estimate.low + 5 * ACCURACY


def test_a_trace_of_demand_asks_for_a_whole_unit_and_too_few_nodes_are_reported():
    """One token/s beside units of 266,400: a tolerance of the engine must not serve it for nothing."""
    structure = structure_of(question(0, starts=True))
    faint = dataclasses.replace(
        structure,
        demand=np.full_like(structure.demand, 1.0),
        unit_rate=structure.unit_rate / structure.unit_rate.min() * 266_400.0,
    )
    cost = np.full(len(structure.unit_rate), 7.0)
    free = np.zeros(structure.periods)
    plenty = [Source(hardware, free, 10_000) for hardware in range(structure.hardware)]
    programs = HourPrograms(faint, ACCURACY, seconds=60.0)
    assert programs.solve(0, cost, plenty).bound == pytest.approx(14.0, abs=2 * ACCURACY)
    none = [Source(hardware, free, 0) for hardware in range(structure.hardware)]
    assert programs.solve(0, cost, none).bound == np.inf
    assert programs.solve(0, cost, plenty).bound == pytest.approx(14.0, abs=2 * ACCURACY)


def test_a_bound_that_a_second_run_without_presolve_contradicts_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A presolve that loses the cheapest units: nothing is known of the period that could be held against it."""
    structure = structure_of(question(0, starts=True))
    cost = np.full(len(structure.unit_rate), 7.0)
    plenty = [Source(hardware, np.zeros(structure.periods), 10_000) for hardware in range(structure.hardware)]
    period = int(structure.demand.sum(axis=0).argmax())
    right = HourPrograms(structure, ACCURACY, seconds=60.0).solve(period, cost, plenty)

    class TooHigh:
        primal_solution_status, mip_dual_bound = None, right.bound + 100.0

    told, asked = highspy.Highs.getInfo, []
    monkeypatch.setattr(
        highspy.Highs, "getInfo", lambda self: told(self) if asked.append(1) or len(asked) > 1 else TooHigh()
    )
    found = HourPrograms(structure, ACCURACY, seconds=60.0).solve(period, cost, plenty)
    assert len(asked) == 2
    assert found.bound == pytest.approx(right.bound, abs=2 * ACCURACY)


def test_what_known_units_contradict_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that says infeasible, or a bound too high, of a period whose units were found before."""
    structure = structure_of(question(0, starts=True))
    cost = np.full(len(structure.unit_rate), 7.0)
    free, period = np.zeros(structure.periods), int(structure.demand.sum(axis=0).argmax())
    plenty = [Source(hardware, free, 10_000) for hardware in range(structure.hardware)]
    programs = HourPrograms(structure, ACCURACY, seconds=60.0)
    right = programs.solve(period, cost, plenty)
    assert right.units is not None
    known = programs.known_cost(period, cost, plenty)
    assert known == pytest.approx(float(cost @ right.units))
    assert right.bound <= known
    # dearer nodes, half as dear units: the same units, priced anew
    dear = [Source(hardware, free + 2.0, 10_000) for hardware in range(structure.hardware)]
    under = float(structure.unit_nodes @ right.units)
    assert programs.known_cost(period, cost / 2, dear) == pytest.approx(known / 2 + 2.0 * under)
    none = [Source(hardware, free, 0) for hardware in range(structure.hardware)]
    assert programs.known_cost(period, cost, none) == np.inf

    infeasible = highspy.HighsModelStatus.kInfeasible
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda _: infeasible)
    assert programs.solve(period, cost, plenty).bound == -np.inf
    assert programs.solve(period, cost, none).bound == np.inf
    monkeypatch.undo()

    class TooHigh:
        primal_solution_status, mip_dual_bound = None, known + 1.0

    monkeypatch.setattr(highspy.Highs, "getInfo", lambda _: TooHigh)
    assert programs.solve(period, cost, plenty).bound == -np.inf
