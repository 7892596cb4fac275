"""What a channel can deliver, and capex by the year, stand among the limits that a repair may move."""

from __future__ import annotations

import pytest

from planner.model.prepare import sets_of
from planner.optimize.infeasibility.diagnosis import Diagnosis, Move, Repair, diagnose
from planner.optimize.infeasibility.messages import reasons_of
from planner.rates.compute import compute_rates
from tests.examples import small


@pytest.mark.parametrize(
    ("limit", "asked"), [({"max_new_nodes": 7}, 9), ({"max_new_nodes_per_week": 4}, 9), ({"max_nodes": 8}, 9)]
)
def test_supply_is_raised_to_what_the_peak_needs(limit: dict[str, int], asked: int) -> None:
    changes = {
        "fleet.h800.rent": None,
        **{f"fleet.h800.reserve.{key}": value for key, value in limit.items()},
    }
    instance = small(changes)
    found = diagnose(sets_of(instance, compute_rates(instance)))
    (key,) = limit
    repairs = {move.key: move.moved_to for repair in found.repairs for move in repair.moves}
    assert repairs == {f"fleet.h800.reserve.{key}": asked}


def test_capex_of_a_year_is_raised_to_what_must_be_bought() -> None:
    own = {"kind": "purchase", "price_usd_per_node": 1000.0, "life_years": 4.0}
    instance = small({"fleet.h800": {"own": own}, "limits": {"capex_usd_per_year": 4_000.0}})
    found = diagnose(sets_of(instance, compute_rates(instance)))
    repairs = {move.key: move.moved_to for repair in found.repairs for move in repair.moves}
    assert repairs == {"limits.capex_usd_per_year": pytest.approx(9_000.0)}


def test_a_spend_commitment_is_raised_to_what_is_drawn_on_it() -> None:
    """9 nodes at 12 USD an hour at the peak are drawn on increments of 10: 30 are too little, 110 will do."""
    covered = {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 12.0}
    plan = {"increment_usd_per_hour": 10.0, "max_usd_per_hour": 30.0}
    instance = small({"fleet.h800": {"covered": covered}, "spend_commitments": {"p": plan}})
    found = diagnose(sets_of(instance, compute_rates(instance)))
    repairs = {move.key: move.moved_to for repair in found.repairs for move in repair.moves}
    assert repairs == {"spend_commitments.p.max_usd_per_hour": pytest.approx(110.0)}


@pytest.mark.parametrize(
    ("unit", "to", "told"),
    [
        ("drawers", 3, "by 1 drawer, from"),
        ("tokens/s", 3.0, "by 1 tokens/s, from"),
        ("drawers", 4, "by 2 drawers, from"),
    ],
)
def test_one_of_what_is_counted_is_told_as_one(unit: str, to: float, told: str) -> None:
    move = Move("limits.odd", unit, 2.0, to)
    found = Diagnosis((), True, True, (Repair((move,), None, True),), False)
    assert any(told in sentence for sentence in reasons_of(found, ["now"], "USD"))
