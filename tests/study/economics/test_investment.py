"""NPV, internal rates and payback of plans against sheets calculated by hand (`investments/`), and by known cases."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.instance.channels.cash_flows import Flow
from planner.study.baselines import baselines
from planner.study.economics.investment import internal_rates, payback_years, present_value
from planner.study.economics.priced_fleet import fleet_of, payments
from planner.view.exports.tables import tables_of
from planner.view.reporting.baselines_table import investments_table
from planner.view.reporting.html import report
from tests.market.in_process import solve_here
from tests.market.one_node import one_node
from tests.views.every_view import shown

SHEETS = Path(__file__).parent / "investments"
RENT = {"kind": "on_demand", "price_usd_per_node_hour": 10.0}
TWO_YEARS = {"first": {"years": 1}, "second": {"years": 1}}
THREE_YEARS = TWO_YEARS | {"third": {"years": 1}}
BUY = {"kind": "purchase", "price_usd_per_node": 200_000, "life_years": 3}
KEPT_UP = BUY | {"residual_share": 0.1, "maintenance_share_per_year": 0.03, "energy_usd_per_kwh": 0.1}
HALF = {"kind": "reserved", "price_usd_per_node_hour": 8, "term_years": 2, "upfront_share": 0.5}
YEARLY = {"kind": "reserved", "price_usd_per_node_hour": 9, "term_years": 1}


def dated(
    stages: dict[str, Any], channels: dict[str, Any], rate: float, demand: tuple[float, ...] = (10.0,)
) -> planner.Instance:
    """Nodes of 10 kW."""
    node = {"node": {"gpus_per_node": 1, "power_kw_per_node": 10}}
    return one_node(list(demand), channels, stages=stages, hardware=node, discount_rate_per_year=rate)


CASES = {
    "bought_against_rent": dated(THREE_YEARS, {"rent": RENT, "buy": KEPT_UP}, 0.1),
    "reserved_half_upfront": dated(TWO_YEARS, {"rent": RENT, "res": HALF}, 0.08),
    "outlives_the_plan": dated(
        {"only": {"years": 2}},
        {
            "rent": RENT | {"price_usd_per_node_hour": 12.0},
            "buy": BUY | {"life_years": 4, "rest_value_share": 0.5},
        },
        0.1,
    ),
    "bought_late": dated(
        {"first": {"years": 0.5}, "second": {"years": 2, "demand_scale": 2}},
        {
            "rent": RENT,
            "buy": BUY | {"price_usd_per_node": 150_000, "life_years": 2, "lead_time_hours": 4380},
        },
        0.12,
    ),
    "hired_at_the_peak": dated({"only": {"years": 1}}, {"rent": RENT, "res": YEARLY}, 0.1, (2.0, 10.0)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_plan_is_worth_what_a_sheet_says(name: str) -> None:
    against = "bought for the peak" if name == "hired_at_the_peak" else "all on demand"
    plan = solve_here(CASES[name])
    (found,) = [one for one in baselines(plan, CASES[name]) if one.name == against]
    judged = found.investment
    assert judged is not None
    with (SHEETS / f"{name}.csv").open(encoding="utf-8") as stream:
        rows = {(row["what"], row["from_year"]): row for row in csv.DictReader(stream)}
    npv, irr, payback = (rows.pop((what, "")) for what in ("npv", "irr", "payback_years"))
    assert round(judged.npv, 2) == float(npv["present_value_usd"])
    assert judged.npv == pytest.approx(found.saving)
    rates = [] if irr["received_usd"] == "none" else [pytest.approx(float(irr["received_usd"]), abs=1e-7)]
    assert list(judged.internal_rates) == rates
    assert judged.payback_years == pytest.approx(float(payback["received_usd"]), abs=1e-6)
    left = sum(float(row["received_usd"]) for row in rows.values() if "no payment" in row["what"])
    assert sum(flow.usd for flow in judged.rest) == pytest.approx(left, abs=0.01)
    paid = sum(float(row["received_usd"]) for row in rows.values()) - left
    assert sum(flow.usd for flow in judged.flows) == pytest.approx(paid, abs=0.01)


def test_payments_and_what_is_left_are_worth_what_a_fleet_costs() -> None:
    instance = CASES["outlives_the_plan"]
    plan = solve_here(instance)
    fleet = fleet_of(plan, instance)
    assert fleet.cost == pytest.approx(plan.cost)
    paid, left = payments(fleet, instance)
    assert present_value([*paid, *left], 0.1) == pytest.approx(plan.cost)


def test_lines_that_nodes_do_not_cause_are_no_part_of_it() -> None:
    starts = {"start_up": {"usd_per_node": 7.0, "before_first_period": "off"}}
    own = {"kind": "existing", "nodes": 1, "forgone_usd_per_node_hour": 1, "running_usd_per_node_hour": 0.5}
    commitments = {"plan": {"max_usd_per_hour": 8}}
    drawn = {"kind": "spend_commitment", "plan": "plan", "price_usd_per_node_hour": 8}
    instance = one_node(
        [2.0, 5.0],
        {"rent": RENT, "own": own, "drawn": drawn},
        stages=TWO_YEARS,
        discount_rate_per_year=0.1,
        spend_commitments=commitments,
        **starts,
    )
    plan = solve_here(instance)
    assert {"spend_commitment", "forgone", "running", "start"} <= {
        name for name, cost in plan.cost_terms.items() if cost > 0
    }
    for one in baselines(plan, instance):
        if one.investment is not None:
            assert one.investment.npv == pytest.approx(one.saving)


def test_without_dates_or_a_rate_nothing_is_an_investment() -> None:
    for more in ({}, {"stages": TWO_YEARS}, {"discount_rate_per_year": 0.1}):
        instance = one_node([10.0], {"rent": RENT, "buy": BUY}, **more)
        assert all(one.investment is None for one in baselines(solve_here(instance), instance))


def test_rates_of_known_cash_flows() -> None:
    def at(*amounts: float) -> list[Flow]:
        return [Flow(year, year, usd) for year, usd in enumerate(amounts)]

    assert internal_rates(at(-100, 110)) == pytest.approx((0.1,))
    assert internal_rates(at(-1000, 500, 400, 300, 100)) == pytest.approx((0.14489,), abs=1e-5)
    # two changes of sign, two rates; none at all
    assert internal_rates(at(-100, 230, -132)) == pytest.approx((0.1, 0.2))
    assert internal_rates(at(100, -200, 150)) == ()
    assert internal_rates(at(0.0)) == internal_rates(()) == ()
    # 1,200 a year for two years, evenly: (1 - v^2) / ln(1 + r) = 2000 / 1200
    (rate,) = internal_rates([Flow(0, 0, -2000), Flow(0, 2, 2400)])
    assert present_value([Flow(0, 2, 2400)], rate) == pytest.approx(2000)


@pytest.mark.parametrize(
    ("flows", "years"),
    [
        ([(0, 0, -100), (0, 2, 200)], 1.0),
        ([(0, 0, -100), (1, 1, 100)], 1.0),
        ([(0, 0, -100), (0, 1, 99)], None),
        ([(0, 1, 50)], 0.0),
        ([(0, 0, 50)], 0.0),
        ([(0, 0, -50)], None),
        ([], 0.0),
        # back after half a year, laid out again after one, back at the end of the third
        ([(0, 0, -50), (0, 1, 100), (1, 1, -150), (1, 3, 100)], 3.0),
        ([(0, 1, 100), (1, 2, -100)], 0.0),
    ],
)
def test_payback_is_the_last_time_that_the_sum_rises_to_zero(
    flows: list[tuple[float, float, float]], years: float | None
) -> None:
    assert payback_years([Flow(*flow) for flow in flows]) == (
        years if years is None else pytest.approx(years)
    )


AMOUNT = st.integers(-1000, 1000).map(float)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), AMOUNT), max_size=6))
def test_money_is_worth_nothing_at_its_internal_rates(made: list[tuple[int, int, float]]) -> None:
    flows = [Flow(begin, begin + length, usd) for begin, length, usd in made]
    size = sum(abs(flow.usd) for flow in flows)
    for rate in internal_rates(flows):
        scale = max(1.0, present_value([Flow(f.begin, f.end, abs(f.usd)) for f in flows], rate))
        assert abs(present_value(flows, rate)) <= 1e-6 * max(scale, size)


def test_console_and_page_tell_it_where_the_baselines_stand() -> None:
    instance = CASES["bought_against_rent"]
    plan = solve_here(instance)
    table = investments_table(baselines(plan, instance), "USD")
    assert table is not None
    text = shown(table, width=80)
    assert "NPV at 0.1 a year, USD" in text
    assert "50,818.59" in text
    assert "2.75 years" in text
    assert investments_table([], "USD") is None
    page = report(plan, instance)
    assert "NPV at 0.1 a year, USD" in page
    assert "2.75 years" in page


def test_tables_of_an_export_add_up_to_it() -> None:
    instance = CASES["outlives_the_plan"]
    plan = solve_here(instance)
    tables = tables_of(plan, instance)
    rows = tables["baselines"].set_index("baseline")
    flows = tables["investments"]
    assert set(flows["baseline"]) <= set(rows.index)
    for name, values in flows.groupby("baseline")["present_value"]:
        assert values.sum() == pytest.approx(rows.loc[name, "npv"])
    mine = flows[flows["baseline"] == "all on demand"]
    assert mine["is_payment"].tolist() == [True, True, False]
    assert rows.loc["all on demand", "payback_years"] == pytest.approx(1.902588, abs=1e-6)
    assert "investments" not in tables_of(plan, instance.override({"discount_rate_per_year": None}))
