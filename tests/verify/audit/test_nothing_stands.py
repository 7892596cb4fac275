"""What is served where no unit of its pool runs is carried for none of the time, and the audit says so."""

from __future__ import annotations

from dataclasses import replace

import planner
from tests.examples import small


def test_served_by_units_that_are_off() -> None:
    instance = small(
        {
            "workloads.chat.sla": {"availability": 0.99},
            "hardware.h800": {"failures_per_node_year": 1.0, "repair_hours": 4.0},
        }
    )
    plan = planner.solve(instance, planner.SolveOptions(relative_gap=0.05))
    off = tuple(
        replace(unit, on=(unit.on[0], 0, unit.on[2])) if unit.role == "decode" else unit
        for unit in plan.units
    )
    violations = list(map(str, planner.check(instance, replace(plan, units=off)).violations))
    label = plan.periods[1]
    assert any(
        f"availability: chat at {label}: " in one and "0.000000% of the time" in one for one in violations
    )
