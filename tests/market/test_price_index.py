"""Prices that follow an index by hand: what is hired, signed and bought when, what is paid then, and who judges it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import planner
from planner.core.errors import InstanceError
from planner.study.signatures import signatures
from planner.view.exports.focus import focus_rows
from tests.market.one_node import one_node

if TYPE_CHECKING:
    from planner.instance import Instance

EXACT = planner.SolveOptions(solver="highs", method="direct", relative_gap=0.0, threads=1)
YEARS = {f"y{year}": {"years": 1} for year in range(3)}
RENT = {"kind": "on_demand", "price_usd_per_node_hour": 10.0, "price_index": "rents"}
KEPT = {"kind": "reserved", "price_usd_per_node_hour": 12.0, "term_years": 3.0, "max_new_nodes": 1}
YEARLY = {
    **{"kind": "lease", "price_usd_per_node_month": 6_000.0, "term_months": 12.0},
    **{"upfront_usd_per_node": 1_000.0, "price_index": "rents", "lead_time_hours": 8760.0},
}


def asked(levels: list[float], fleet: dict[str, Any], **sections: Any) -> Instance:
    """A node throughout three years; what follows `rents` costs by the levels at their beginnings."""
    rents = {"after_years": [0.0, 1.0, 2.0], "level": levels}
    return one_node([1.0], fleet, stages=YEARS, price_indices={"rents": rents}, **sections)


def test_rising_rents_are_escaped_by_signing_and_falling_ones_waited_for() -> None:
    fleet = {"rent": RENT, "kept": KEPT}
    falls, rises = asked([100.0, 138.0, 69.0], fleet), asked([100.0, 138.0, 190.0], fleet)
    hired, signed = planner.solve(falls, EXACT), planner.solve(rises, EXACT)
    assert hired.cost == pytest.approx(8760 * 10 * (1 + 1.38 + 0.69))
    assert signed.cost == pytest.approx(8760 * 12 * 3)
    assert planner.check(falls, hired).violations == ()
    tampered = replace(hired, question=rises.model_dump(mode="json", exclude_unset=True))
    assert "cost terms" in {one.rule for one in planner.check(rises, tampered).violations}
    told = [row["BilledCost"] for row in focus_rows(hired, falls)]
    assert sum(told) == pytest.approx(hired.cost)


def test_what_is_signed_later_is_signed_at_the_level_of_that_day() -> None:
    """Levels lie on straight lines: half-way from 100 to 138 at half a year, and 138 from the first year on."""
    half = {"first": {"years": 0.5}, "second": {"years": 1.0}, "third": {"years": 1.5}}
    instance = asked([100.0, 138.0, 138.0], {"rent": {**RENT, "max_new_nodes": 1}, "lease": YEARLY}).override(
        {"stages": half, "fleet.node.lease.lead_time_hours": 4380.0, "fleet.node.lease.term_months": 30.0}
    )
    plan = planner.solve(instance, EXACT)
    assert planner.check(instance, plan).violations == ()
    (one,) = signatures(plan, instance)
    assert one.at_signing == pytest.approx(1.19 * 1_000)
    assert plan.cash[1].paid_at_start == pytest.approx(1.19 * 1_000)
    assert plan.cash[1].paid_over_time == pytest.approx(1.19 * 72_000)
    hired = planner.solve(instance.override({"fleet.node.lease.max_nodes": 0}), EXACT)
    assert hired.cost == pytest.approx(8760 * 10 * (0.5 + 1.19 + 1.5 * 1.38))


def test_taxes_are_paid_on_what_is_paid_to_hold_a_node() -> None:
    """A quarter on a price of 100,000 with 3 % upkeep a year; nothing on energy, of 0.1 USD for each of two kW."""
    bought = {
        **{
            "kind": "purchase",
            "price_usd_per_node": 100_000.0,
            "life_years": 4.0,
            "maintenance_share_per_year": 0.03,
        },
        **{"energy_usd_per_kwh": 0.1, "tax_share": 0.25, "residual_share": 0.2, "cost_of_capital": 0.0},
    }
    instance = one_node([1.0], {"buy": bought}, stages=YEARS)
    plan = planner.solve(instance, EXACT)
    assert planner.check(instance, plan).violations == ()
    # a year: 0.8 / 4 of what was paid, and upkeep; what is left after three years is not lost
    assert plan.cost_terms["purchase"] == pytest.approx(3 * 125_000 * (0.2 + 0.03))
    assert plan.cost_terms["running"] == pytest.approx(3 * 8760 * 0.2)
    assert plan.cash[0].paid_at_start == pytest.approx(125_000)
    assert plan.cash[0].paid_over_time == pytest.approx(3_750 + 8760 * 0.2)
    (one,) = signatures(plan, instance)
    assert one.at_signing == pytest.approx(125_000)
    less = instance.override({"fleet.node.buy.tax_share": 0.2})
    tampered = replace(plan, question=less.model_dump(mode="json", exclude_unset=True))
    assert "cost terms" in {one.rule for one in planner.check(less, tampered).violations}
    limited = instance.override({"limits.capex_usd": 124_999.0})
    assert planner.solve(limited, EXACT).status == "infeasible"
    covered = {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 7.0}
    promised = {"p": {"increment_usd_per_hour": 1.0}}
    with pytest.raises(InstanceError, match="price_change_per_year has no effect here"):
        one_node([1.0], {"plan": covered | {"price_change_per_year": -0.1}}, spend_commitments=promised)
    assert one_node([1.0], {"plan": covered}, spend_commitments=promised)
    for key in ("price_index", "tax_share"):
        with pytest.raises(InstanceError, match=f"{key} has no effect here"):
            one_node(
                [1.0],
                {"own": {"kind": "existing", "nodes": 1, key: "rents" if key == "price_index" else 0.1}},
            )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fleet.node.rent.price_index": "rent"}, "no series 'rent' in price_indices.*rents"),
        ({"fleet.node.rent.price_index": None}, "no channel follows it"),
        ({"fleet.node.rent.price_change_per_year": 0.1}, "price_change_per_year or price_index, not both"),
        ({"price_indices.rents.after_years": [0.0, 2.0, 1.0]}, "ascending"),
        ({"price_indices.rents.level": [1.0]}, "1 values of level for 3 of after_years"),
        ({"stages": {}}, "needs stages"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InstanceError, match=message):
        asked([1.0, 1.0, 1.0], {"rent": RENT}).override(changes)
