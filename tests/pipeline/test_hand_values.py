"""Small questions with a value that can be worked out on paper, each once told wrongly."""

from __future__ import annotations

from typing import Any

import pytest

import planner
from planner import SolveOptions
from tests.market.one_node import one_node

EXACT = SolveOptions(solver="highs", method="direct", relative_gap=0.0, threads=1)
RENT: dict[str, Any] = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}
TWO_ALIKE = {"a": {"probability": 0.5}, "b": {"probability": 0.5}}


def cost_of(instance: planner.Instance) -> float:
    plan = planner.solve(instance, EXACT)
    assert plan.status is planner.Status.OPTIMAL
    assert planner.check(instance, plan).passed, planner.check(instance, plan).violations
    return plan.cost


@pytest.mark.parametrize(
    ("minimum_up_hours", "before", "cost"),
    [
        # a day of two hours that wants 7 and 4. Two hours: 3 start every day, and stay on at 0:00 and 1:00, 7 + 4
        (2, "cyclic", 11.0),
        # three hours: at 0:00 run the 3 of this day and the 3 of the day before: 6 of 7. At 1:00 the 3 of this day
        (3, "cyclic", 11.0),
        # four hours: two days' starts run in every hour. 3 a day would keep 6 > 4 on; 2 a day: 7 and 5, 4 of them
        (4, "cyclic", 12.0),
        # six hours: three days' starts: 1 a day: 7 and 6, 3 of them (2 a day: 6 of 5)
        (6, "cyclic", 13.0),
        # a hundred days: nothing ever starts or stops
        (200, "cyclic", 14.0),
        # nothing ran before: 7 start, and none may stop before the end
        (4, "off", 14.0),
        (200, "off", 14.0),
    ],
)
@pytest.mark.parametrize("scenarios", [{}, TWO_ALIKE])
@pytest.mark.parametrize("years", [0.0, 1.0])
def test_minimum_up_time_beyond_the_day_that_repeats(
    minimum_up_hours: float, before: str, cost: float, scenarios: dict[str, Any], years: float
) -> None:
    start_up = {"minimum_up_hours": minimum_up_hours, "before_first_period": before}
    stages = {"first": {"years": years}, "second": {"years": years}} if years else {}
    instance = one_node([7, 4], RENT, start_up=start_up, scenarios=scenarios, stages=stages)
    days = 2 * years * 8760 / 2 if years else 1.0
    assert cost_of(instance) == pytest.approx(cost * days)


def test_start_up_time_beyond_the_day_that_repeats() -> None:
    # a day of two hours that wants 3 and 1; a start takes three hours, so of those started at 0:00 today's and
    # yesterday's are not ready at 0:00: nothing is gained by stopping, and 3 run throughout
    start_up = {"hours": 3.0, "before_first_period": "cyclic"}
    assert cost_of(one_node([3, 1], RENT, start_up=start_up)) == pytest.approx(6.0)
    assert cost_of(one_node([3, 1], RENT, start_up=start_up, scenarios=TWO_ALIKE)) == pytest.approx(6.0)
    # a single day that begins with nothing cannot serve its first hour
    off = one_node([3, 1], RENT, start_up={"hours": 3.0, "before_first_period": "off"})
    assert planner.solve(off, EXACT).status is planner.Status.INFEASIBLE
