"""Column generation over patterns: hours against enumeration, bounds against engines."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.optimize.decomposition.bound.tree import Tree
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.starts.duals import HardwareDuals, PoolDuals, following_of
from planner.optimize.decomposition.starts.fleet_enumeration import FleetEnumeration
from planner.optimize.decomposition.starts.fleet_table import FleetTable, fits
from planner.optimize.decomposition.starts.hour_programs import HourPrograms
from planner.optimize.decomposition.starts.pattern_generation import PatternGeneration, Prover
from planner.optimize.decomposition.starts.patterns import Patterns, node_usd, sources_of
from planner.optimize.decomposition.starts.role_bound import RoleBounds
from tests.optimize.decomposition.roots import rooted
from tests.optimize.decomposition.small import optimum_of, question

if TYPE_CHECKING:
    from planner.model import Sets
    from planner.optimize.decomposition.problem.structure import Structure

SEEDS = (*range(10), 11, 12)  # 10 takes longer than all others together
STEPS = 400


def fleets_of(sets: Sets, cutoff: float) -> FleetEnumeration | None:
    """A search that begins at the root; None where fleets are too many for it, or there are none."""
    structure = structure_of(sets)
    root = rooted(structure, 100)
    if root is None:
        return None
    tree = Tree(structure, root, DEFAULTS.bound.override(groups=100))
    tree.cutoff = cutoff
    tree.tighten()
    return FleetEnumeration.begin(tree, DEFAULTS.starts)


def whole_range(structure: Structure) -> FleetBounds:
    """All fleets."""
    return FleetBounds(structure.least, structure.most)


def any_duals(structure: Structure, seed: int) -> PoolDuals:
    """Valid, and not good."""
    random = np.random.default_rng(seed)
    most = structure.unit_start_usd[:, None] * structure.weight
    return PoolDuals(
        random.uniform(0, 1, most.shape) * most,
        random.uniform(0, 5, (len(structure.pools), structure.periods)),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_bound_stays_below_the_optimum_and_rises(seed: int) -> None:
    sets = question(seed, starts=True)
    optimum = optimum_of(seed, starts=True)
    if optimum == np.inf:
        return  # no plan, nothing to bound
    for cutoff in (np.inf, optimum * 1.001):
        fleets = fleets_of(sets, cutoff)
        if fleets is None:
            continue  # more than one pool of a hardware, which the tree bounds
        before = fleets.bound
        for _ in range(STEPS):
            if fleets.done:
                break
            fleets.step()
            assert fleets.bound >= before - 1e-9
            before = fleets.bound
        assert fleets.done
        assert fleets.bound <= optimum * (1 + 1e-6)
        assert (
            fleets.bound >= optimum * 0.97
        )  # unit starts priced hour by hour leave little in small questions


@pytest.mark.parametrize("seed", SEEDS)
def test_any_duals_bound_every_fleet(seed: int) -> None:
    sets = question(seed, starts=True)
    structure = structure_of(sets)
    optimum = optimum_of(seed, starts=True)
    proof = Prover(structure, 1000.0, DEFAULTS.starts).proof(
        whole_range(structure), any_duals(structure, seed)
    )
    assert proof.bound <= optimum * (1 + 1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_table_of_fleets_agrees_with_the_proof_of_each(seed: int) -> None:
    """Any prices: no entry above what is proven of the fleet alone; with good prices an
    entry is about as high, less where all that may be hired is.
    """
    structure = structure_of(question(seed, starts=True))
    fleets = whole_range(structure)
    if not fits(structure, fleets, DEFAULTS.starts.enumerated_fleets):
        return  # more than one pool of a hardware: there is no table
    random = np.random.default_rng(seed)
    duals = any_duals(structure, seed)
    price = -duals.unit_cost(following_of(structure)) / structure.unit_nodes[:, None]
    kinds = [price[structure.unit_hardware == kind].max(axis=0) for kind in range(structure.hardware)]
    nu = np.maximum(np.array(kinds), 0.0) + random.uniform(0, 3, (structure.hardware, structure.periods))
    prover = Prover(structure, 1.0, DEFAULTS.starts)
    prover.hours.expect(nu)
    table = FleetTable(structure, prover.hours, fleets, -np.inf)
    table.improve(HardwareDuals(duals.sigma, nu), fleets.high)
    for _ in range(6):
        fleet = random.integers(fleets.low, fleets.high + 1)
        alone = prover.proof(FleetBounds(fleet, fleet), PoolDuals(duals.sigma, 0 * duals.node)).bound
        entry = table.lowest(FleetBounds(fleet, fleet))
        assert entry <= alone + 1e-2 + 1e-6 * abs(alone)
        table.improve(HardwareDuals(duals.sigma, prover.hours.node_price), fleet)
        assert table.lowest(FleetBounds(fleet, fleet)) <= alone + 1e-2 + 1e-6 * abs(alone)
    alone_at_best = PatternGeneration(prover, FleetBounds(fleets.high, fleets.high), duals)
    for _ in range(8):
        if not alone_at_best.closed:
            alone_at_best.round()
    if np.isfinite(alone_at_best.proof.bound):
        prover.proof(alone_at_best.fleets, alone_at_best.duals)
        table.improve(HardwareDuals(alone_at_best.duals.sigma, prover.hours.node_price), fleets.high)
        assert table.lowest(alone_at_best.fleets) == pytest.approx(alone_at_best.proof.bound, rel=0.2)
    for period, units in table.cheapest.items():
        rate = np.where(structure.unit_role[:, None] == [0, 1], structure.unit_rate[:, None], 0.0)
        assert (units @ rate >= structure.demand[:, period] * (1 - 1e-8)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_ranges_by_roles_are_bounded_below_the_optimum_and_narrowed_around_it(seed: int) -> None:
    sets = question(seed, starts=True)
    structure, optimum = structure_of(sets), optimum_of(seed, starts=True)
    fleets, duals = whole_range(structure), any_duals(structure, seed)
    roles = RoleBounds(
        structure,
        HardwareDuals(duals.sigma, np.zeros((structure.hardware, structure.periods))),
        DEFAULTS.starts,
    )
    found = roles.bound(fleets)
    if optimum == np.inf:
        return  # any bound is valid
    assert found.bound <= optimum * (1 + 1e-6)
    for cutoff in (optimum * 1.05, optimum * (1 + 1e-5)):
        inside = roles.narrowed(fleets, cutoff, found.fleet)
        assert roles.bound(inside).bound <= optimum * (1 + 1e-6)  # the best fleet is still in it


@pytest.mark.parametrize("seed", SEEDS)
def test_an_hour_costs_what_the_cheapest_of_all_units_does(seed: int) -> None:
    structure = structure_of(question(seed, starts=True))
    fleets = whole_range(structure)
    duals = any_duals(structure, seed)
    cost = duals.unit_cost(following_of(structure))
    sources = sources_of(structure, fleets, duals.node)
    most = 3
    ranges = [range(most + 1)] * len(structure.unit_rate)
    if (most + 1) ** len(ranges) > 100_000:
        ranges = [range(most + 1)] * 8 + [range(1)] * (len(ranges) - 8)
    patterns = Patterns(structure, DEFAULTS.starts.patterns_known)
    patterns.add(np.array(list(itertools.product(*ranges)), dtype=np.int64))
    usd = patterns.usd(cost, node_usd(structure, sources, patterns.most_nodes))
    hours = HourPrograms(structure, 1e-6, seconds=60.0)
    for period in range(structure.periods):
        found = hours.solve(period, cost[:, period], sources)
        assert found.bound <= usd[:, period].min(initial=np.inf) + 1e-6
        if found.units is not None:
            known = Patterns(structure, DEFAULTS.starts.patterns_known)
            known.add(found.units[None])
            table = node_usd(structure, sources, known.most_nodes)
            assert known.usd(cost, table)[0, period] == pytest.approx(found.bound, rel=1e-4, abs=1e-2)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_master_of_one_fleet_closes_on_its_proof(seed: int) -> None:
    structure = structure_of(question(seed, starts=True))
    fleet = whole_range(structure).high
    generation = PatternGeneration(
        Prover(structure, 1000.0, DEFAULTS.starts), FleetBounds(fleet, fleet), any_duals(structure, seed)
    )
    for _ in range(60):
        if generation.closed:
            break
        generation.round()
    assert generation.closed
    if generation.optimum is not None:
        assert generation.proof.bound <= generation.cost + 1e-3
        assert generation.proof.bound == pytest.approx(generation.cost, rel=2e-2)


def test_nodes_are_taken_from_the_cheapest_source_first() -> None:
    structure = structure_of(question(3, starts=True))
    fleets = whole_range(structure)
    nothing = np.zeros((len(structure.pools), structure.periods))
    table = node_usd(structure, sources_of(structure, FleetBounds(fleets.low, fleets.low), nothing), 5)
    for hire in structure.hires:
        assert table[hire.hardware, 0, 1] == pytest.approx(hire.price[0])
    assert (np.diff(table, axis=2) >= -1e-9).all()
