"""The matheuristic alone and beside the prover: plans keep rows and audit, none is cheaper than the optimum."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from engine_programs import infeasible, knapsack, program, random_cover, served

import planner
from planner.core.solution import Status
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.engines import EngineOptions, IndexedProgram, LinearProgram, program_of, searcher, solve
from planner.optimize.engines.contest import Contest
from planner.optimize.engines.matheuristic.parameters import MatheuristicParameters
from planner.optimize.engines.matheuristic.search import MatheuristicSearch
from planner.optimize.engines.matheuristic.structure import ProgramStructure
from planner.optimize.engines.process import EngineProcess
from planner.optimize.engines.sizes import violation
from planner.rates.compute import compute_rates
from tests.optimize.decomposition.small import record
from tests.reference.compare import judge
from tests.reference.generate import instance_of
from tests.reference.reference import optimum

SMALL_PARTS = MatheuristicParameters(construction_leaders=2, part_leaders=3, long_windows=1.0)
"""Parts so small that instances of a few hours are searched as weeks are."""
SEEDS = range(12)


@pytest.fixture(scope="module")
def alone() -> Iterator[EngineProcess]:
    process = EngineProcess(searcher())
    yield process
    process.end()


def program_for(seed: int) -> IndexedProgram:
    instance = planner.from_dict(instance_of(seed))
    return program_of(build(sets_of(instance, compute_rates(instance))))


def searched(process: EngineProcess, program: LinearProgram, seconds: float = 0.6):
    options = EngineOptions(time_limit_s=seconds, relative_gap=0.0, matheuristic=SMALL_PARTS)
    return Contest(program, options, {process: 1}).run()


@pytest.mark.parametrize("seed", SEEDS)
def test_alone_it_is_never_below_the_optimum_and_proves_nothing(seed: int, alone: EngineProcess) -> None:
    right = optimum(instance_of(seed))
    try:
        program = program_for(seed)
    except planner.InstanceError:
        pytest.skip("the instance is refused")
    if not program.integer.any():
        pytest.skip("nothing is whole")
    found = searched(alone, program)
    assert found.bound == -math.inf
    assert found.status in (Status.FEASIBLE, Status.NO_PLAN)
    if right.status == "infeasible":
        assert found.values is None
    if found.values is not None:
        assert violation(program, found.values) <= 1e-6
        assert found.cost >= right.objective - 1e-6 * max(1.0, abs(right.objective))


def test_alone_it_finds_plans_of_nearly_all_questions_that_have_one(alone: EngineProcess) -> None:
    asked, within = 0, []
    for seed in range(100, 112):
        right = optimum(instance_of(seed))
        if right.status != "optimal":
            continue
        program = program_for(seed)
        if not program.integer.any():
            continue
        asked += 1
        found = searched(alone, program)
        if found.values is None:  # more time, for a machine that has much else to do
            found = searched(alone, program, seconds=3.0)
        if found.values is not None:
            within.append((found.cost - right.objective) / max(abs(right.objective), 1.0))
    assert len(within) >= 0.9 * asked
    assert float(np.median(within)) <= 0.01


@pytest.mark.parametrize("seed", range(12))
def test_the_method_agrees_with_the_second_model(seed: int) -> None:
    options = planner.SolveOptions(
        method="matheuristic", relative_gap=1e-9, time_limit_s=60.0, matheuristic=SMALL_PARTS
    )
    plan = planner.solve(planner.from_dict(instance_of(seed)), options)
    assert plan.status is not Status.REFUSED  # the audit accepts what there is
    assert judge(plan, optimum(instance_of(seed))).fault == ""


@pytest.mark.parametrize("program", [knapsack(), served(), random_cover(3), random_cover(4, mixed=True)])
def test_programs_of_which_nothing_is_known_are_searched_as_one_period(program: LinearProgram) -> None:
    right = solve(program, "highs", EngineOptions(time_limit_s=20, relative_gap=0.0))
    found = solve(program, searcher(), EngineOptions(time_limit_s=20, relative_gap=0.0))
    assert found.status is Status.OPTIMAL
    assert found.cost == pytest.approx(right.cost)


class Idle:
    """A host that waits for nothing."""

    seconds_left, interrupted = 20.0, False

    def take_hint(self) -> None: ...

    def report(self, bound: float = -math.inf, values: np.ndarray | None = None) -> None: ...


def test_a_hint_of_leaders_alone_is_a_plan_with_the_best_of_the_rest() -> None:
    structure = ProgramStructure(program_for(101).raw())
    right = solve(program_for(101), "highs", EngineOptions(time_limit_s=20, relative_gap=0.0))
    assert right.values is not None
    search = MatheuristicSearch(structure, Idle(), SMALL_PARTS, seed=1)
    search.take(np.where(structure.leaders, right.values, np.nan))
    assert search.cost == pytest.approx(right.cost)


def test_a_construction_that_is_late_ends_with_a_plan() -> None:
    structure = ProgramStructure(program_for(101).raw())
    late = SMALL_PARTS.override(construction_share=1e-6, least_construction_seconds=5.0)
    search = MatheuristicSearch(structure, Idle(), late, seed=1)
    relaxed = search._relaxation()
    assert relaxed is not None
    plan = search.construction.plan(search.construction.fleet(relaxed), late.quick_gap)
    assert plan is not None
    assert structure.violation(plan) <= 1e-6


def test_what_has_no_plan_has_none() -> None:
    found = solve(infeasible(), searcher(), EngineOptions(time_limit_s=20))
    assert found.status is Status.INFEASIBLE
    assert found.values is None


def test_an_end_of_its_own_is_no_limit(alone: EngineProcess) -> None:
    nothing = program([[1.0]], [2.0], [np.inf], [1.0], upper=[1.0])  # the relaxation is empty already
    found = Contest(nothing, EngineOptions(time_limit_s=20.0), {alone: 1}).run()
    assert (found.status, found.limit) == (Status.NO_PLAN, "precision")
    assert found.seconds < 15.0


def test_columns_say_what_they_are_about() -> None:
    instance = planner.load("instances/peak.yaml")
    sets = sets_of(instance, compute_rates(instance))
    program = program_of(build(sets))
    groups, index = program.groups, program.index
    assert groups is not None
    at = index.columns["on"]
    assert (groups.first[at.number] == at.at[:, 1]).all()
    assert (groups.last[at.number] == at.at[:, 1]).all()
    assert (groups.labels["hardware"][at.number] == np.asarray(sets.hardware_of)[at.at[:, 0]]).all()
    roles = {
        str(sets.units[unit].role): role
        for unit, role in zip(at.at[:, 0], groups.labels["role"][at.number], strict=True)
    }
    assert len(set(roles.values())) == len(roles) == 3
    offers = index.columns["acquire"]
    assert (groups.last[offers.number] == sets.last[offers.at[:, 0]]).all()


def test_periods_are_tied_by_starts_alone() -> None:
    """What is held throughout ties all of them, and is left out of the question."""
    found = []
    for starts in (False, True):
        instance = planner.from_dict(record(3, starts))
        structure = ProgramStructure(program_of(build(sets_of(instance, compute_rates(instance)))).raw())
        short = ~structure.long(1)
        found.append((structure.tied(short), structure.tied(np.ones_like(short))))
    assert found == [(False, True), (True, True)]


def test_followers_are_starts_and_nodes_hired_one_by_one() -> None:
    instance = planner.load("instances/week.yaml")
    program = program_of(build(sets_of(instance, compute_rates(instance))))
    structure = ProgramStructure(program.raw())
    followers = {
        name for name, block in program.index.columns.items() if structure.followers[block.number].all()
    }
    assert followers == {"start", "acquire"}
    assert not structure.followers[program.index.columns["on"].number].any()
