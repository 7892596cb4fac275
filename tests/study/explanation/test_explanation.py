"""Explanations against figures worked by hand, and properties that hold for every instance."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.core.errors import InstanceError
from planner.optimize.solve_options import SolveOptions
from planner.study.explanation import ExplainOptions, Explanation, explain
from tests.examples import plain, small

TINY = Path(__file__).parents[3] / "instances" / "tiny.yaml"
QUICK = SolveOptions(time_limit_s=20, solver="highs", relative_gap=1e-6, threads=1)
OPTIONS = ExplainOptions(time_limit_s=10, solve=QUICK)


@pytest.fixture(scope="module")
def tiny() -> Explanation:
    return explain(planner.load(TINY), options=OPTIONS)


def test_what_binds(tiny: Explanation) -> None:
    # hour 1: 6 of 6 nodes in use; prefill 2,000 of 1,500 and decode 400 of 350 tokens/s
    first = tiny.hours[0]
    assert first.binds == ("demand chat.prefill", "demand chat.decode", "nodes h800")
    assert first.headroom_per_s == pytest.approx({"chat.prefill": 500.0, "chat.decode": 50.0})
    assert first.idle_nodes == {"h800": 0}


def test_marginal_cost(tiny: Explanation) -> None:
    by_hour = {(entry.work, entry.period[11:13]): entry for entry in tiny.marginals}
    # a node hired in hour 1 costs 16 USD and prefills 1,000 tokens/s; in hour 2 a reserved one costs 20 - 16
    prefill = by_hour["chat.prefill", "00"]
    assert (prefill.relaxed, prefill.next_unit, prefill.units_held) == pytest.approx((0.016, 16.0, 0.0))
    assert prefill.relaxed_per_million == pytest.approx(0.016 / 3600 * 1e6)
    later = by_hour["chat.prefill", "01"]
    assert (later.relaxed, later.next_unit) == pytest.approx((0.004, 4.0))
    # a decode unit is two nodes and writes 200 tokens/s
    decode = by_hour["chat.decode", "00"]
    assert (decode.relaxed, decode.next_unit) == pytest.approx((0.16, 32.0))


def test_duals_agree_with_finite_differences(tiny: Explanation) -> None:
    for entry in tiny.marginals:
        for check in (entry.units_held_check, entry.relaxed_check):
            assert check is not None
            assert check.agrees
            assert not check.degenerate


def test_next_best(tiny: Explanation) -> None:
    by_name = {record.without: record for record in tiny.next_best}
    # without reserving: 9 node-hours at 16 = 144; without hiring: 6 nodes at 20 = 120
    for name, extra in (("channel h800.reserve", 36.0), ("channel h800.rent", 12.0)):
        assert (by_name[name].at_least, by_name[name].at_most) == pytest.approx((extra, extra))
    assert by_name["unit decode"].possible is False


def test_break_even(tiny: Explanation) -> None:
    (reserve,) = tiny.break_even
    # 20 USD for both hours against 16 an hour hired: 1.25 of 2 hours, 15 of 24
    assert reserve.hours_per_day == pytest.approx(15.0)
    assert (reserve.held_nodes, reserve.last_node_hours, reserve.next_node_hours) == (3, 24.0, 12.0)


def test_demand_met_exactly_is_degenerate() -> None:
    # one unit serves 1,000 and 1,000 are asked for: a little more needs a unit that the plan does not have
    changes = {"workloads.chat.demand.input_tokens_per_s": [1000, 1000, 1000]}
    found = explain(small(changes), options=OPTIONS)
    entry = next(e for e in found.marginals if e.work == "chat.prefill" and e.units_held_check)
    assert entry.headroom_per_s == 0.0
    assert entry.units_held_check is not None
    assert entry.units_held_check.right is None
    assert entry.units_held_check.degenerate
    assert entry.next_unit is not None
    assert entry.next_unit > 0


def test_shed_price_shows_in_the_dual_of_held_units() -> None:
    # nothing can be held beyond 3 nodes, so more work is shed: 1 USD per million tokens is 0.0036 per token/s
    changes = {
        "workloads.chat.shed_usd_per_million_tokens": 1.0,
        "fleet.h800.rent.max_nodes": 0,
        "fleet.h800.reserve.max_nodes": 0,
    }
    found = explain(small(changes), options=OPTIONS)
    for entry in found.marginals:
        assert entry.units_held == pytest.approx(3600 * 1e-6)
        assert entry.units_held_check is None or entry.units_held_check.agrees


def test_lost_unit_and_channel() -> None:
    worse = {"name": "worse", "role": "prefill", "nodes": 2, "rate_tokens_per_s": {"chat": 1200}}
    base = plain({"fleet.h800.reserve": None})
    base["deployments"].append(worse)
    base["fleet"]["h800"]["dear"] = {"kind": "on_demand", "price_usd_per_node_hour": 20.0}
    found = explain(planner.from_dict(base), options=OPTIONS)
    lost = {entry.name: entry for entry in found.lost}
    # 2 nodes for 1,200 tokens/s where 1.2 nodes do: 0.8 nodes too much where demand fills it
    assert lost["worse"].too_dear_share == pytest.approx(2.7 / 6)
    assert lost["worse"].once == pytest.approx(2 * 16.0 - 1.2 * 16.0)
    # in period 1 only 900 tokens/s are asked for, so it stands idle for a quarter: 2 - 0.9 nodes too much
    assert lost["worse"].throughout == pytest.approx((0.8 + 1.1 + 0.8) * 16.0)
    # an hourly node at 20 where one at 16 is to be had: a fifth too dear
    assert lost["h800.dear"].too_dear_share == pytest.approx(0.2)
    assert lost["h800.dear"].once == pytest.approx(4.0)

    assert lost["worse"].beside is not None
    assert lost["worse"].beside.faster_share == pytest.approx(1200 / 2 / 1000 - 1)
    # prefill of 1,500, 900 and 2,500 tokens/s: 3 units of two nodes would waste what divisible ones do not
    assert lost["worse"].beside.waste_share == pytest.approx((2 + 1 + 3) / (4900 / 1200) - 1)
    assert "worse lost to prefill: 40% slower by the node." in found.sentences


def test_what_is_full_says_what_one_node_more_saves() -> None:
    """Of one node reserved at 10 USD in each of 3 hours instead of hired at 16; worth nothing where none is idle."""
    found = explain(small({"fleet.h800.reserve.max_nodes": 1}), options=OPTIONS)
    (full,) = found.full
    assert (full.channel, full.full_periods, full.saving) == (
        "h800.reserve",
        3,
        pytest.approx(3 * 16 - 3 * 10),
    )
    told = "h800.reserve is full in all 3 hours; one node more saves 18.00 USD over 3 hours."
    assert found.sentences[0] == told
    dear = {"fleet.h800.reserve.min_nodes": 1, "fleet.h800.reserve.price_usd_per_node_hour": 20.0}
    found = explain(small({**dear, "fleet.h800.reserve.max_nodes": 1}), options=OPTIONS)
    assert found.sentences[0] == "h800.reserve is full in all 3 hours; one node more would save nothing."


def test_what_is_faster_but_too_large_says_both() -> None:
    """A unit of 18 nodes is 3 % faster by the node, and does 1,854 tokens/s where 1,000 are asked for."""
    base = plain({"workloads.chat.demand": {"output_tokens_per_s": [1000.0, 1000.0, 1000.0]}})
    base["deployments"] = [
        {"name": "small", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"chat": 100}},
        {"name": "large", "role": "decode", "nodes": 18, "rate_tokens_per_s": {"chat": 1854}},
    ]
    base["fleet"]["h800"] = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 16.0}}
    found = explain(planner.from_dict(base), options=OPTIONS)
    told = "large lost to small: 3.0% faster by the node, but 18 nodes at a time waste 85% (small: 0.0%)."
    assert told in found.sentences


def test_long_horizon_is_explained_where_it_is_hardest() -> None:
    demand = [100.0 + 10.0 * (period % 24) for period in range(600)]
    demand[500] = 1000.0
    changes = {
        "horizon.periods": 600,
        "workloads.chat.demand": {"output_tokens_per_s": demand},
        "deployments": [plain()["deployments"][1]],
    }
    found = explain(small(changes), options=replace(OPTIONS, solve=replace(QUICK, relative_gap=0.01)))
    assert len(found.hours) == 168
    assert "168 of 600 periods" in found.notes[0]
    # with the commitments held, one more token/s at the peak of 1,000 is hired: a decode unit of 2 nodes
    peak = next(entry for entry in found.marginals if entry.period == "2025-01-21T20:00+00:00")
    assert peak.next_unit == pytest.approx(2 * 16.0)


def test_infeasible_instance_is_explained() -> None:
    changes = {"fleet.h800.rent.max_nodes": 1, "fleet.h800.reserve.max_nodes": 1}
    found = explain(small(changes), options=OPTIONS)
    assert found.status == "infeasible"
    assert any("cheapest repair" in reason for reason in found.reasons)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["cost"] is None


def test_plan_of_another_instance_is_refused() -> None:
    plan = planner.solve(small(), QUICK)
    with pytest.raises(InstanceError, match="does not hold"):
        explain(small({"workloads.chat.demand.scale": 2.0}), plan, OPTIONS)


@settings(max_examples=4, deadline=None)
@given(
    scale=st.floats(0.5, 2.0),
    hourly=st.sampled_from([11.0, 16.0, 24.0]),
    starts=st.sampled_from([{}, {"start_up": {"hours": 0.25, "usd_per_node": 2.0}}]),
)
def test_duals_bounds_and_signs(scale: float, hourly: float, starts: dict[str, object]) -> None:
    changes = {
        "workloads.chat.demand.scale": scale,
        "fleet.h800.rent.price_usd_per_node_hour": hourly,
        **starts,
    }
    found = explain(small(changes), options=ExplainOptions(time_limit_s=4, checked_periods=2, solve=QUICK))
    assert found.relaxed_cost is not None
    assert found.bound is not None
    assert found.relaxed_cost <= found.bound * (1 + 1e-6) or found.status == "feasible"
    for entry in found.marginals:
        assert entry.relaxed >= -1e-12
        assert entry.relaxed_check is None or entry.relaxed_check.agrees
        assert entry.units_held_check is None or entry.units_held_check.agrees
    for record in found.next_best:
        if record.at_least is not None and record.at_most is not None:
            assert record.at_least <= record.at_most + 1e-6


def sold(tiers: tuple[dict[str, float], ...] = (), most: float | None = None) -> planner.Instance:
    """Ten nodes of 1000 prompt or 200 output tokens/s do half of the work; a vendor takes the other half."""
    prices = {"input_hit": 1.0, "input_miss": 1.0, "output": 5.0}
    return planner.from_dict(
        {
            "version": 1,
            "name": "sold",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 1},
            "workloads": {"a": {"demand": {"input_tokens_per_s": 10_000, "output_tokens_per_s": 2_000}}},
            "deployments": [
                {"name": "p", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"a": 1000}},
                {"name": "d", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"a": 200}},
            ],
            "hardware": {"x": {"gpus_per_node": 8}},
            "fleet": {
                "x": {
                    "own": {"kind": "existing", "nodes": 10},
                    "rent": {"kind": "on_demand", "price_usd_per_node_hour": 50.0, "max_nodes": 10},
                }
            },
            "vendors": {
                "v": {
                    "price_usd_per_million_tokens": prices,
                    "tiers": list(tiers),
                    **({} if most is None else {"max_tokens_per_s": most}),
                }
            },
        }
    )


def test_more_of_what_a_vendor_takes_whole() -> None:
    # all of it costs 36 + 36 USD an hour. With five units of each the vendor takes half: 1 - 1000 / 2001 with one
    # output token/s more, at 36 + 36.018: 36.0270. With everything divisible: 1 - 10 / 20.005, at 36 + 36.018
    found = explain(sold(), options=OPTIONS)
    answers = next(entry for entry in found.marginals if entry.work == "a.decode")
    assert answers.next_unit == pytest.approx((1 - 1000 / 2001) * 72.018 - 36.0)
    assert answers.relaxed == pytest.approx((1 - 10 / 20.005) * 72.018 - 36.0, rel=1e-3)
    # one prompt token/s more: 1 - 5000 / 10001 at 36.0036 + 36; divisible: 1 - 10 / 20.001
    prompts = next(entry for entry in found.marginals if entry.work == "a.prefill")
    assert prompts.next_unit == pytest.approx((1 - 5000 / 10001) * 72.0036 - 36.0)
    assert prompts.relaxed == pytest.approx((1 - 10 / 20.001) * 72.0036 - 36.0, rel=1e-3)
    for entry in (answers, prompts):
        assert entry.units_held_check is not None
        assert entry.units_held_check.agrees
        assert entry.relaxed_check is not None
        assert entry.relaxed_check.agrees


def test_more_of_what_a_vendor_takes_with_discounts_and_a_limit() -> None:
    # the vendor takes at most 6000 of 12000 tokens/s, half of it; what is more is served by nodes rented at 50
    found = explain(
        sold(tiers=({"above_usd_per_day": 10, "discount_share": 0.5},), most=6000), options=OPTIONS
    )
    for entry in found.marginals:
        assert entry.units_held_check is not None
        assert entry.units_held_check.agrees
        assert entry.relaxed_check is not None
        assert entry.relaxed_check.agrees


def test_the_dual_of_work_that_waits_agrees_with_re_solves() -> None:
    # one node reads for two hours what came in the first; what it cannot is shed
    changes = {
        "workloads.chat.demand": {"input_tokens_per_s": [2500, 300, 400]},
        "workloads.chat.deferral": {"deadline_hours": 1},
        "workloads.chat.shed_usd_per_million_tokens": 100.0,
        "deployments": [plain()["deployments"][0]],
        "fleet.h800.rent.max_nodes": 1,
        "fleet.h800.reserve": None,
    }
    found = explain(small(changes), options=OPTIONS)
    assert [entry.work for entry in found.marginals] == ["chat.prefill"] * 3
    for entry in found.marginals:
        assert entry.relaxed_check is not None
        assert entry.relaxed_check.agrees, entry
