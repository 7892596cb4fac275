"""The busiest days of a plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import planner
from planner.plan.quantities import held, in_use
from planner.view.reporting.excerpt import busiest, excerpt
from tests.examples import small
from tests.view.reporting.test_report import long_plan


def test_an_excerpt_holds_what_the_plan_holds_then() -> None:
    plan = planner.solve(small())
    part = excerpt(plan, 1, 2)
    assert part.periods == plan.periods[1:]
    assert in_use(part) == {name: nodes[1:] for name, nodes in in_use(plan).items()}
    whole = {key: nodes[1:] for key, nodes in held(plan).items() if any(nodes[1:])}
    assert held(part) == whole


def test_the_busiest_days_surround_the_peak() -> None:
    plan = long_plan(planner.solve(small()), 24 * 30)
    on = np.array(plan.units[0].on)
    on[500] = 99
    plan = replace(plan, units=(replace(plan.units[0], on=tuple(on.tolist())), *plan.units[1:]))
    part = busiest(plan)
    assert len(part.periods) == 72
    assert part.units[0].on[36] == 99
