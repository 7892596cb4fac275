"""What is to be signed: obligations by hand, also beyond the plan; nodes one has and hires are not in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import planner
from planner.study.signatures import Signature, signatures
from planner.view.exports.export import export
from tests.market.one_node import one_node

RENT = {"kind": "on_demand", "price_usd_per_node_hour": 10}
CHANNELS: dict[str, Any] = {
    "rent": RENT,
    "own": {"kind": "existing", "nodes": 1},
    "res": {
        **{"kind": "reserved", "price_usd_per_node_hour": 6, "term_years": 3, "upfront_share": 0.5},
        **{"min_nodes": 2, "max_nodes": 2, "provider": "acme", "source": "offer 17 of 2025-01-02"},
        "cancellation": "none before the term is over",
    },
    "open": {"kind": "reserved", "price_usd_per_node_hour": 7, "min_nodes": 1, "max_nodes": 1},
    "block": {
        **{"kind": "contract", "hours": 3, "price_usd_per_node_hour": 1, "upfront_usd_per_node": 4},
        **{"max_nodes": 1, "may_outlast_horizon": True},
    },
    "buy": {
        "kind": "purchase",
        "price_usd_per_node": 30_000,
        "life_years": 4,
        "min_nodes": 1,
        "max_nodes": 1,
    },
}


def signed(instance: planner.Instance) -> tuple[planner.Plan, list[Signature]]:
    plan = planner.solve(instance, planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1))
    assert plan.status == "optimal"
    return plan, signatures(plan, instance)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def test_the_whole_term_is_owed_whatever_the_horizon() -> None:
    plan, found = signed(one_node([9.0, 9.0], CHANNELS))
    told = {one.what: one for one in found}
    assert list(told) == ["buy node, buy", "contract node, block", "reserve node, open", "reserve node, res"]
    assert {one.channel for one in plan.holdings} == set(CHANNELS)
    whole = 2 * 6 * 8760 * 3
    res = told["reserve node, res"]
    assert (res.obligation, res.at_signing) == pytest.approx((whole, whole / 2))
    assert (res.vendor, res.quote) == ("acme", "offer 17 of 2025-01-02")
    assert res.cancellation == "none before the term is over"
    assert (res.begins, res.ends) == (at("2025-01-06T00:00"), at("2028-01-06T00:00"))
    block = told["contract node, block"]
    assert (block.obligation, block.at_signing, block.ends) == (7, 4, at("2025-01-06T03:00"))
    assert (told["reserve node, open"].obligation, told["reserve node, open"].ends) == (None, None)
    buy = told["buy node, buy"]
    assert (buy.obligation, buy.at_signing, buy.ends, buy.amount) == (30_000, 30_000, None, 1)


def test_with_stages_prices_are_of_their_day_and_what_ends_is_signed_anew() -> None:
    lease = {
        **{"kind": "lease", "price_usd_per_node_month": 1000, "upfront_usd_per_node": 500, "term_months": 9},
        **{"min_nodes": 2, "max_nodes": 2, "price_change_per_year": -0.5},
    }
    years = {"first": {"years": 1}, "second": {"years": 1}}
    _, found = signed(one_node([4.0], {"rent": RENT, "lease": lease}, stages=years))
    assert [one.begins for one in found] == [
        *(at("2025-01-06T00:00"), at("2025-10-06T18:00")),
        *(at("2026-01-06T00:00"), at("2026-10-06T18:00")),
    ]
    assert [one.obligation for one in found] == pytest.approx([19_000, 19_000, 9_500, 9_500])
    assert [one.at_signing for one in found] == pytest.approx([1000, 1000, 500, 500])


def test_scenarios_share_a_signature_and_spending_is_one() -> None:
    spend = {"kind": "spend_commitment", "plan": "saver", "price_usd_per_node_hour": 5, "provider": "acme"}
    two = {"low": {"probability": 0.5}, "high": {"probability": 0.5, "demand_scale": 2}}
    block = CHANNELS["block"] | {"may_outlast_horizon": False, "hours": 1, "price_usd_per_node_hour": 0.5}
    _, found = signed(
        one_node(
            [2.0, 2.0],
            {"saved": spend, "block": block, "rent": RENT},
            scenarios=two,
            spend_commitments={"saver": {"increment_usd_per_hour": 5, "source": "quote 5"}},
        )
    )
    assert {one.what for one in found} == {"contract node, block", "spend, saver"}
    assert sum(one.what == "contract node, block" for one in found) == 2  # one in each hour
    saver = next(one for one in found if one.what == "spend, saver")
    assert (saver.unit, saver.vendor, saver.quote) == ("USD an hour", "acme", "quote 5")
    assert saver.obligation == pytest.approx(saver.amount * 2)
    assert saver.ends == at("2025-01-06T02:00")


def test_the_file_says_the_same(tmp_path: Any) -> None:
    plan, found = signed(one_node([9.0, 9.0], CHANNELS))
    (file,) = export(plan, "signatures", tmp_path / "sign.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(found) + 1
    assert (
        "acme,offer 17 of 2025-01-02,2025-01-06T00:00:00+00:00,2028-01-06T00:00:00+00:00,1,315360.0,157680.0,USD"
        in lines[4]
    )
