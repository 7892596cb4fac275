"""Limits that a plan reaches: those of a period are told there, those of the plan as a whole in every period."""

from __future__ import annotations

import pytest

import planner
from tests.examples import small

EXACT = planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1)
OWN = {"kind": "purchase", "price_usd_per_node": 2000.0, "life_years": 4.0, "power_kw": 5.0, "site": "north"}


@pytest.mark.parametrize(
    ("limits", "key", "hours"),
    [
        # three nodes of 2,000 are bought, in the one year of the plan
        ({"capex_usd_per_year": 6_000.0}, "limits.capex_usd_per_year", [True, True, True]),
        # six, three and nine nodes run: all of six owned ones in the first hour and in the last
        ({"sites": {"north": {"power_kw": 30.0}}}, "limits.sites.north.power_kw", [True, False, True]),
    ],
)
def test_a_limit_is_reported_in_the_periods_that_it_binds(
    limits: dict[str, object], key: str, hours: list[bool]
) -> None:
    instance = small({"fleet.h800.own": OWN, "fleet.h800.reserve": None, "limits": limits})
    plan = planner.solve(instance, EXACT)
    told = planner.explain(instance, plan).hours
    assert [key in hour.binds for hour in told] == hours
