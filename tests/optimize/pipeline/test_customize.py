"""Constraints of a user's own: kept by the plan, told by it, never more than added."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import planner
from planner.app.cli.main import app
from planner.model.find import Unknown
from planner.optimize.customize import NotOnlyAdded
from planner.plan.plan import Plan
from tests.examples import small
from tests.model.listing import program_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.model import Model

EXACT = planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1)


def even(model: Model) -> None:
    """As many prefill units in every hour."""
    first, *others = model.find("on", unit="prefill").values()
    for place, running in enumerate(others):
        model.problem += running == first, f"even_{place}"


def test_they_are_kept_and_reported() -> None:
    instance = small()
    free, plan = planner.solve(instance, EXACT), planner.solve(instance, EXACT, customize=even)
    assert [unit.on for unit in free.units if unit.unit == "prefill"] == [(2, 1, 3)]
    assert [unit.on for unit in plan.units if unit.unit == "prefill"] == [(3, 3, 3)]
    # reserved at 10: 3 + 2 x (2, 1, 3) = 7, 5, 9 nodes; six or seven of them reserved as in the free plan
    assert plan.status is planner.Status.OPTIMAL
    assert plan.bound == pytest.approx(plan.cost)
    assert plan.cost > free.cost + 1
    assert plan.own_constraints == ("even_0", "even_1")
    assert "2 constraints of its own: even_0, even_1" in plan.warnings[-1]
    assert (plan.method, free.own_constraints) == ("direct", ())
    assert plan.method_reason == "constraints of the user's own: only the whole program has them"


@pytest.mark.parametrize("method", ["auto", "direct", "decompose"])
def test_no_method_forgets_them(method: str) -> None:
    options = planner.SolveOptions(method=method, solver="highs", threads=1)
    plan = planner.solve(small(), options, customize=even)
    assert [unit.on for unit in plan.units if unit.unit == "prefill"] == [(3, 3, 3)]
    assert plan.method == "direct"


def test_the_audit_warns_and_the_file_keeps_their_names(tmp_path: Path) -> None:
    instance = small()
    plan = planner.solve(instance, EXACT, customize=even)
    verdict = planner.check(instance, plan)
    assert verdict.passed
    assert "2 constraints of the plan's own are not checked (even_0, even_1)" in verdict.warnings[0]
    assert planner.check(instance, planner.solve(instance, EXACT)).warnings == ()
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))).own_constraints == plan.own_constraints
    file, out = tmp_path / "small.yaml", tmp_path / "plan.json"
    file.write_text(json.dumps(instance.to_dict()), encoding="utf-8")
    out.write_text(json.dumps(plan.to_dict()), encoding="utf-8")
    ended = CliRunner().invoke(app, ["check", str(file), str(out)])
    assert (ended.exit_code, "are not checked" in ended.stdout) == (0, True)
    told = json.loads(CliRunner().invoke(app, ["check", str(file), str(out), "--json"]).stdout)
    assert "are not checked" in told["warnings"][0]


def test_they_may_ask_for_more_than_is_of_use() -> None:
    def reserve(model: Model) -> None:
        for running in model.find("on", unit="decode").values():
            model.problem += running >= 9, f"spare_{len(model.problem.constraints())}"

    plan = planner.solve(small({"fleet.h800.rent.max_nodes": 90}), EXACT, customize=reserve)
    assert [unit.on for unit in plan.units if unit.unit == "decode"] == [(9, 9, 9)]


def test_variables_of_ones_own_and_bounds() -> None:
    def peak(model: Model) -> None:
        most = model.problem.add_variable("most", 0)
        for period in range(3):
            model.problem += sum(model.find("on", period=period).values()) <= most
        model.problem += most <= 5
        for hired in model.find("acquire", offer="h800.rent").values():
            hired.upBound = 2

    plan = planner.solve(small({"workloads.chat.shed_usd_per_million_tokens": 1e4}), EXACT, customize=peak)
    assert max(sum(unit.on[period] for unit in plan.units) for period in range(3)) <= 5
    assert all(holding.nodes <= 2 for holding in plan.holdings if holding.channel == "rent")
    assert plan.own_constraints == (*(f"number {one}" for one in range(1, 5)), "bounds of variables")


def test_records_that_spread_anew_are_reported() -> None:
    def use(model: Model) -> None:
        model.problem += sum(model.find("use", channel="h800.rent").values()) <= 4, "little_hired"

    plan = planner.solve(small({"fleet.h800.rent.running_usd_per_node_hour": 1.0}), EXACT, customize=use)
    assert plan.own_constraints == ("little_hired",)
    assert "constraints on use hold for what the engine decided" in plan.warnings[-1]


def test_where_they_leave_no_plan_they_are_named() -> None:
    def none(model: Model) -> None:
        model.problem += sum(model.find("on").values()) <= 1, "next_to_nothing"

    plan = planner.solve(small(), EXACT, customize=none)
    assert plan.status is planner.Status.INFEASIBLE
    assert plan.reasons == (
        "no plan keeps the instance and 1 constraint of its own: next_to_nothing; `solve` without them says whether it"
        " has any",
    )


def _other_objective(model: Model) -> None:
    model.problem.objective += model.variables["on"][0, 0]


def _other_sense(model: Model) -> None:
    model.problem.sense = -1


def _wider(model: Model) -> None:
    model.variables["on"][0, 0].upBound = 99


def _divisible(model: Model) -> None:
    model.variables["on"][0, 0].cat = "Continuous"


def _gone(model: Model) -> None:
    del model.problem.constraints["demand_0_0"]


def _looser(model: Model) -> None:
    model.problem.get_constraint_by_name("demand_0_0").constant = -1.0


def _another_term(model: Model) -> None:
    model.problem.get_constraint_by_name("demand_0_0").expr.addterm(model.variables["acquire"][0,], 5.0)


def _same_name(model: Model) -> None:
    model.problem += model.problem.add_variable("on_0_0", 0) <= 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_objective, "the objective is another"),
        (_other_sense, "maximises"),
        (_wider, "more values than before"),
        (_divisible, "need not be whole"),
        (_gone, "are gone"),
        (_looser, "are others"),
        (_another_term, "are others"),
        (_same_name, "two variables share one name"),
        (lambda model: model, "returns nothing"),
    ],
)
def test_whatever_is_more_than_adding_is_refused(change: Callable[[Model], Any], words: str) -> None:
    with pytest.raises(NotOnlyAdded, match=words):
        planner.solve(small(), EXACT, customize=change)


def test_studies_of_the_instance_do_not_take_such_a_plan() -> None:
    instance = small()
    plan = planner.solve(instance, EXACT, customize=even)
    with pytest.raises(planner.InstanceError, match="2 constraints of its own"):
        planner.explain(instance, plan)
    with pytest.raises(planner.InstanceError, match="2 constraints of its own"):
        planner.alternatives(instance, plan)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda model: model.find("onn"), "no variable 'onn'; did you mean 'on'"),
        (lambda model: model.find("on", units="prefill"), "no axis 'units'; did you mean 'unit'"),
        (lambda model: model.find("on", unit="prefil"), "no 'prefil'; did you mean 'prefill'"),
        (lambda model: model.find("on", period=3), "positions 0 to 2, not 3"),
    ],
)
def test_what_the_model_does_not_have_is_reported_with_what_is_near(
    ask: Callable[[Model], Any], words: str
) -> None:
    with pytest.raises(Unknown, match=words):
        planner.solve(small(), EXACT, customize=ask)


def test_variables_are_found_by_names_and_numbers() -> None:
    seen: dict[str, list[Any]] = {}

    def look(model: Model) -> None:
        seen["on"] = [*model.find("on", unit=["decode"], period=range(1, 3))]
        seen["acquire"] = [str(one) for one in model.find("acquire", offer="h800.rent").values()]
        seen["all"] = [*model.find("on")]

    planner.solve(small(), EXACT, customize=look)
    assert seen["on"] == [(1, 1), (1, 2)]
    assert seen["acquire"] == ["acquire_0", "acquire_1", "acquire_2"]
    assert len(seen["all"]) == len(program_for(small()).index.columns["on"].number)
