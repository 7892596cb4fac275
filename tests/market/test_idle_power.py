"""Power of idle nodes by hand: what they cost, what they take of a site, what they emit, and who may judge it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import planner
from planner.core.errors import InstanceError
from planner.model.prepare import sets_of
from planner.rates.compute import compute_rates
from planner.study.baselines import baselines
from planner.study.economics.payback import paybacks
from planner.study.economics.priced_fleet import fleet_of
from planner.study.evaluation import evaluate, read_schedule
from planner.study.near_optimal.goals import least_commitment
from planner.verify.certificate.question import question_of
from planner.view.exports.focus import focus_rows
from tests.market.one_node import one_node
from tests.model.listing import listing, program_for
from tests.sites.two import two_sites

if TYPE_CHECKING:
    from pathlib import Path

    from planner.instance import Instance

EXACT = planner.SolveOptions(solver="highs", method="direct", relative_gap=0.0, threads=1)
BUY = {
    **{"kind": "purchase", "price_usd_per_node": 8_760.0, "life_years": 1.0, "cost_of_capital": 0.0},
    **{"energy_usd_per_kwh": 0.1, "pue": 1.5},
}
"""An owned node costs 1 USD an hour, and 0.15 for each kW that it draws."""
IDLE = {"hardware": {"node": {"gpus_per_node": 1, "power_kw_per_node": 2.0, "idle_power_kw_per_node": 0.5}}}


def owned(rent: float, idle: bool = True, **sections: Any) -> Instance:
    """Two nodes an hour, then one; a second one owned costs 2 + 0.3 in use, and 0.075 in the hour that it idles."""
    fleet = {"buy": BUY, "rent": {"kind": "on_demand", "price_usd_per_node_hour": rent}}
    return one_node([2.0, 1.0], fleet, **(IDLE if idle else {}), **sections)


def charged(plan: planner.Plan) -> dict[str, float]:
    """Lines of the cost that are not nothing."""
    return {name: usd for name, usd in plan.cost_terms.items() if usd}


def test_what_idles_is_paid_and_may_change_what_is_bought() -> None:
    asked = owned(3.0)
    plan = planner.solve(asked, EXACT)
    # all that is held draws 0.5 kW, what is used 1.5 on top
    by_hand = {"purchase": 2 * 2, "idle_energy": 2 * 2 * 0.5 * 0.15, "running": 3 * 1.5 * 0.15}
    assert charged(plan) == pytest.approx(by_hand)
    assert plan.holdings[0].cost == pytest.approx(4.0)
    assert planner.check(asked, plan).violations == ()
    assert plan.summary["energy_kwh"] == pytest.approx(3 * 2.0)
    assert plan.summary["idle_energy_kwh"] == pytest.approx(0.5)
    # hired for one hour the second node costs 2.35: less than 2.375, more than 2.3 were it off
    assert planner.solve(owned(2.35), EXACT).cost == pytest.approx(2 + 2 * 0.3 + 2.35)
    assert planner.solve(owned(2.35, idle=False), EXACT).cost == pytest.approx(4 + 3 * 0.3)


def test_every_view_of_the_money_agrees(tmp_path: Path) -> None:
    asked = owned(3.0)
    plan = planner.solve(asked, EXACT)
    rows = [row for row in focus_rows(plan, asked) if row["x_CostTerm"] == "idle_energy"]
    assert sum(row["BilledCost"] for row in rows) == pytest.approx(0.3)
    assert fleet_of(plan, asked).cost == pytest.approx(plan.cost)
    told = {one.name: one.cost for one in baselines(plan, asked)}
    assert told["bought for the peak"] == pytest.approx(plan.cost)
    # a year of use in three of four hours saves 3 - 0.225 each, less what a node draws idle
    saved = 8760 * (0.75 * (3 - 0.225) - 0.075)
    assert paybacks(asked, plan)[0].saved_usd_per_node_year == pytest.approx(saved)
    path = tmp_path / "nodes.csv"
    hours = ["2025-01-06T00:00+00:00", "2025-01-06T01:00+00:00"]
    path.write_text("start,hardware,channel,nodes\n" + "".join(f"{hour},node,buy,2\n" for hour in hours))
    assert evaluate(asked, read_schedule(path, asked)).cost == pytest.approx(plan.cost)
    held = question_of(asked).held["node", "buy"]
    assert [held.price, *held.running] == pytest.approx([2 + 0.15, 0.225, 0.225])


def test_energy_is_no_commitment() -> None:
    asked = owned(3.0)
    goal = least_commitment(sets_of(asked, compute_rates(asked)), None)
    assert goal.weight["acquire"].max() == pytest.approx(2.0)


def test_stages_pay_it_as_it_is_drawn() -> None:
    asked = owned(9.0, stages={"first": {"years": 1}, "second": {"years": 2}}, discount_rate_per_year=0.1)
    plan = planner.solve(asked, EXACT)
    assert planner.check(asked, plan).violations == ()
    year = 8760 * (2 * 0.5 + 1.5 * 1.5) * 0.15
    assert [one.paid_over_time for one in plan.cash] == pytest.approx([year, 2 * year])
    told = {(one.stage, one.term): one.cost for one in plan.stage_costs}
    assert told["second", "idle_energy"] == pytest.approx(2 * 8760 * 2 * 0.5 * 0.15)


def test_a_site_takes_what_idles_on_it() -> None:
    kept = {"kind": "existing", "nodes": 3, "min_nodes": 3, "site": "hall"}

    def asked(power_kw: float) -> Instance:
        return one_node([1.0], {"kept": kept}, limits={"sites": {"hall": {"power_kw": power_kw}}}, **IDLE)

    plan = planner.solve(asked(3.0), EXACT)
    assert plan.usable
    assert planner.check(asked(3.0), plan).violations == ()
    refused = planner.solve(asked(2.9), EXACT)
    assert refused.status == "infeasible"
    assert any("raise limits.sites.hall.power_kw by 0.1" in reason for reason in refused.reasons)
    assert [one.rule for one in planner.check(asked(2.9), plan).violations if one.rule != "question"] == [
        "plan limits"
    ]
    row = listing(program_for(asked(3.0)))["limits_power_0_0"]
    assert row[0] == -np.inf
    assert sorted(row[1].values()) == pytest.approx([0.5, 1.5])
    assert row[2] == 3.0


def test_what_idles_emits() -> None:
    draws = {f"hardware.{name}.idle_power_kw_per_node": 2.0 for name in ("hn", "hs")}
    kept = {"fleet.hn": {"kept": {"kind": "existing", "nodes": 6, "min_nodes": 6}}}
    dirty = {"sites.north": {"carbon_g_per_kwh": 800.0, "carbon_usd_per_t": 100.0}}
    asked = two_sites({**draws, **kept, **dirty})
    plan = planner.solve(asked, EXACT)
    # four nodes at 10 kW, two at 2: 8 kg a 10 kWh
    assert plan.summary["carbon_kg"] == pytest.approx(44 * 0.8)
    assert plan.summary["joules_per_token"] == pytest.approx(44_000 / 2_400)
    assert charged(plan) == pytest.approx({"carbon": 32 * 0.08, "idle_carbon": 12 * 0.08})
    assert planner.check(asked, plan).violations == ()
    less = {name: usd for name, usd in plan.cost_terms.items() if name != "idle_carbon"}
    hidden = replace(plan, cost_terms=less, cost=sum(less.values()), bound=sum(less.values()))
    assert {"cost terms", "total cost"} <= {one.rule for one in planner.check(asked, hidden).violations}
    clean = {"sites.south": {"carbon_g_per_kwh": 0.0}, "limits": {"carbon_kg": 35.0}}
    limited = two_sites({**draws, **kept, **dirty, **clean})
    # 35.2 kg are too many: a unit that reads and one that writes move to the south
    moved = planner.solve(limited, EXACT)
    assert (moved.summary["carbon_kg"], moved.cost_terms["hire"]) == pytest.approx((28 * 0.8, 26.0))


@pytest.mark.parametrize(
    ("hardware", "fleet", "message"),
    [
        ({"idle_power_kw_per_node": 0.5}, {}, "what a node draws in use is not known"),
        ({"power_kw_per_node": 1.0, "idle_power_kw_per_node": 2.0}, {}, "2 is more than power_kw_per_node 1"),
        (
            {"power_kw_per_node": 4.0, "idle_power_kw_per_node": 2.0},
            {"buy": {**BUY, "power_kw": 1.0}},
            "idle_power_kw_per_node 2 is more than the 1 kW of a node in use",
        ),
        (
            {"power_kw_per_node": 4.0, "idle_power_kw_per_node": 2.0},
            {"kept": {"kind": "existing", "nodes": 1, "site": "hall"}},
            "a node would earn by idling",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(hardware: Any, fleet: Any, message: str) -> None:
    held = fleet or {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}
    paid = {"sites": {"hall": {"energy_usd_per_kwh": -0.1}}} if "kept" in fleet else {}
    with pytest.raises(InstanceError, match=message):
        one_node([1.0], held, hardware={"node": {"gpus_per_node": 1, **hardware}}, **paid)
