"""Parameters: none without effect or meaning, none that is not accepted, and they reach the process of the bound."""

from __future__ import annotations

import ast
import pickle
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from planner.core.solution import Status
from planner.optimize.decomposition.auto import choose
from planner.optimize.decomposition.parameters import DEFAULTS, DecompositionParameters, HeuristicParameters
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.optimize.decomposition.process.bound_process import BoundProcess
from planner.optimize.decomposition.process.messages import BoundRequest, StartPricing
from planner.optimize.decomposition.solve import decompose
from planner.optimize.engines import EngineOptions
from tests.optimize.decomposition.small import question
from tests.project.parameters import ROOM, parameters

SMALL_NUMBERS = {0, 1, 2}
ELSEWHERE = {"process/messages.py", "starts/growing_program.py"}
"""Files with numbers of a format: eight bytes of length, HiGHS's number of a strategy."""


def sources() -> list[Path]:
    return [path for path in ROOM.rglob("*.py") if path.parent.name != "parameters"]


def test_every_parameter_is_read() -> None:
    nodes = [node for path in sources() for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    read = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert [path for path, _, _ in parameters() if path.split(".")[1] not in read] == []


def test_no_number_of_the_search_stands_bare() -> None:
    bare = [
        f"{path.relative_to(ROOM)}:{node.lineno}: {node.value}"
        for path in sources()
        if path.name != "tolerances.py" and str(path.relative_to(ROOM)) not in ELSEWHERE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and type(node.value) in (int, float)
        and node.value not in SMALL_NUMBERS
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"bound__groups": 0}, "BoundParameters.groups: must be from 1 to inf, not 0"),
        ({"bound__groups": 2.5}, "BoundParameters.groups: must be a whole number, not 2.5"),
        ({"bound__groups": True}, "must be a whole number, not True"),
        ({"bound__hot_share": float("nan")}, "BoundParameters.hot_share: must be a number, not nan"),
        ({"bound__full_limits": (0.5, 0.1)}, "must increase from number to number"),
        ({"bound__full_limits": 0.5}, "must be a tuple of numbers, not 0.5"),
        ({"bound__full_limits": ()}, "must be a tuple of numbers"),
        ({"starts__smoothing": 1.0}, "StartsParameters.smoothing: must be from 1e-12 to 0.99, not 1.0"),
        ({"heuristic__shortest_window": 40}, "must not be above longest_window"),
        ({"bound": 3}, "DecompositionParameters.bound: must be BoundParameters, not 3"),
        ({"bound__speed": 3}, "speed: no such parameter; there are groups, price_groups"),
    ],
)
def test_a_value_that_is_not_accepted_is_refused(values: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        DEFAULTS.override(**values)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ValueError, match="plan_groups") as refused:
        HeuristicParameters(plan_groups=0, kicks=-1, near_share=2.0)
    assert len(str(refused.value).splitlines()) == 3


def test_what_is_not_overridden_stays() -> None:
    changed = DEFAULTS.override(bound__groups=7, bound__price_steps=3, run__rest=0.0)
    assert (changed.bound.groups, changed.bound.price_steps, changed.run.rest) == (7, 3, 0.0)
    assert changed.starts == DEFAULTS.starts
    assert DecompositionParameters() == DEFAULTS
    assert pickle.loads(pickle.dumps(changed)) == changed


def test_parameters_choose_the_method_and_what_is_covered() -> None:
    sets = question(2)
    assert choose(sets)[0] == "direct"
    assert choose(sets, parameters=DEFAULTS.override(run__direct_cells=0))[0] == "decompose"
    with pytest.raises(NotCovered, match="more than 1 nodes"):
        structure_of(
            sets, DEFAULTS.override(problem__largest_pool_nodes=1, problem__largest_hire_nodes=1).problem
        )


def bound_of(given: DecompositionParameters) -> float:
    """What the process of the bound proves of one question until it ends."""
    structure = structure_of(question(3))
    process = BoundProcess(BoundRequest(structure, 60.0, StartPricing.NEVER, given))
    try:
        while process.running:
            process.poll(0.5)
    finally:
        process.end()
    return process.bound


def test_parameters_reach_the_process_of_the_bound() -> None:
    """On one group of all periods the least demand is all that is asked: a lower bound, and a valid one."""
    coarse = bound_of(DEFAULTS.override(bound__groups=1, bound__price_groups=1))
    fine = bound_of(DEFAULTS)
    assert 0 < coarse < fine


def extremes() -> dict[str, DecompositionParameters]:
    """All numbers at the least that is accepted; a window and a histogram keep their sizes, they only take time."""
    least = {}
    for path, default, known in parameters():
        group, name = path.split(".")
        value = (
            type(default)(known.least) if not isinstance(default, tuple) else (type(default[0])(known.least),)
        )
        least[f"{group}__{name}"] = value
    kept = {f"problem__{one.name}": getattr(DEFAULTS.problem, one.name) for one in fields(DEFAULTS.problem)}
    kept |= {"run__unlimited_seconds": 600.0, "run__fleet_share": 0.1, "run__coarse_share": 0.1}
    return {"least": DEFAULTS.override(**(least | kept)), "defaults": DEFAULTS}


@pytest.mark.parametrize("starts", [False, True])
@pytest.mark.parametrize("name", extremes())
def test_a_bound_stays_below_the_plan_whatever_the_parameters(name: str, starts: bool) -> None:
    sets = question(4, starts)
    found = decompose(sets, EngineOptions(time_limit_s=3, relative_gap=1e-6), parameters=extremes()[name])
    best = decompose(sets, EngineOptions(time_limit_s=3, relative_gap=1e-6))
    assert found.solution.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert best.values is not None
    assert found.solution.bound <= best.solution.cost * (1 + 1e-9)
    assert best.solution.bound <= found.solution.cost * (1 + 1e-9)
    assert np.isfinite(found.solution.cost)
