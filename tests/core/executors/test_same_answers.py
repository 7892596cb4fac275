"""Sets of independent solves: on worker processes they give what they give here."""

from __future__ import annotations

import pytest

import planner
from planner.core.executors.each import each
from planner.core.executors.local import LocalExecutor
from planner.study.sensitivity import deferral_value
from planner.study.uncertainty import worth
from tests.examples import INSTANCES, PRICE, SCALE

EXACT = planner.SolveOptions(relative_gap=0.0, solver="highs", threads=1)


def test_each_keeps_the_order_and_raises_what_a_call_raises(executor: LocalExecutor) -> None:
    assert each(abs, [-3, 2, -1], executor) == each(abs, [-3, 2, -1]) == [3, 2, 1]
    with pytest.raises(ValueError, match="invalid literal"):
        each(int, ["1", "x"], executor)


def test_faults_of_an_instance_come_back_whole(tiny: planner.Instance, executor: LocalExecutor) -> None:
    with pytest.raises(planner.InstanceError) as caught:
        each(tiny.override, [{SCALE: -1.0}], executor)
    (fault,) = caught.value.faults
    assert fault.path == SCALE


def test_comparison(tiny: planner.Instance, executor: LocalExecutor) -> None:
    dearer = tiny.override({PRICE: 3.0})
    here = planner.compare(tiny, dearer, options=EXACT)
    there = planner.compare(tiny, dearer, options=EXACT, executor=executor)
    assert [plan.cost for plan in there.plans] == pytest.approx([plan.cost for plan in here.plans])


def test_worth_of_scenarios(executor: LocalExecutor) -> None:
    instance = planner.load(INSTANCES / "scenarios.yaml")
    here, there = worth(instance, EXACT), worth(instance, EXACT, executor)
    assert (there.rp, there.ws, there.eev) == pytest.approx((here.rp, here.ws, here.eev))


def test_deferral_refuses_what_may_not_wait(tiny: planner.Instance, executor: LocalExecutor) -> None:
    with pytest.raises(planner.InstanceError, match="none may wait"):
        deferral_value(tiny, EXACT, executor)


def test_break_even_by_sections(tiny: planner.Instance, executor: LocalExecutor) -> None:
    found = planner.break_even(
        tiny, PRICE, 1.0, 2.0, planner.holds("h800.reserve"), tolerance=0.005, executor=executor
    )
    assert found.below <= 1.25 <= found.above <= found.below + 0.005


def test_alternatives(tiny: planner.Instance, executor: LocalExecutor) -> None:
    best = planner.solve(tiny, EXACT)
    here = planner.alternatives(tiny, best, slack=0.2)
    there = planner.alternatives(tiny, best, slack=0.2, executor=executor)
    assert [entry.goal for entry in there.found] == [entry.goal for entry in here.found]
    assert [entry.measure for entry in there.found] == pytest.approx([entry.measure for entry in here.found])
    assert there.skipped == here.skipped
