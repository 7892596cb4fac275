"""Who bears what of a cost: by hand, by every order of players, and to the cent."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.core.errors import InstanceError
from planner.loader import from_dict
from planner.study.attribution import SEPARABLE, SHAPLEY, Attribution, attribution, tenants_of
from planner.study.cost_shares import CostRange, cents_around, separable, shapley, to_the_cent
from tests.app.cli.commands import run_here
from tests.examples import plain, small

EXACT = planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1)


def sharing(demand: dict[str, list[float]], **sections: Any) -> planner.Instance:
    """Nodes reserved for two hours at 10 an hour, each of which serves one request/s of any workload."""
    data = {
        "version": 1,
        "name": "sharing",
        "horizon": {"start": "2025-01-06T00:00+00:00", "periods": 2},
        "workloads": {name: {"demand": {"requests_per_s": series}} for name, series in demand.items()},
        "deployments": [
            {
                "name": "n",
                "role": "request",
                "nodes": 1,
                "rate_requests_per_s": dict.fromkeys(demand, 1.0),
            }
        ],
        "hardware": {"node": {"gpus_per_node": 1}},
        "fleet": {"node": {"res": {"kind": "reserved", "price_usd_per_node_hour": 10}}},
        "start_up": {"before_first_period": "off"},
    }
    return from_dict({**data, **sections})


def shares(found: Attribution) -> dict[str, tuple[float, float]]:
    return {one.tenant: (one.by_use, one.by_cause) for one in found.shares}


@pytest.mark.parametrize(("exact_up_to", "method"), [(4, SHAPLEY), (1, SEPARABLE)])
def test_two_tenants_by_hand(exact_up_to: int, method: str) -> None:
    # 5 nodes together cost 100; alone 80 and 60; the idle node of the second hour falls on both in proportion
    found = attribution(sharing({"day": [4, 1], "night": [1, 3]}), EXACT, exact_up_to=exact_up_to)
    assert (found.method, found.solves) == (method, 3)
    assert shares(found) == {"day": (52.5, 60.0), "night": (47.5, 40.0)}
    assert found.proven
    assert not replace(found, gap=0.3).proven
    day, night = found.shares
    assert (day.alone, day.saved_without) == pytest.approx((80, 40))
    assert (night.alone, night.saved_without) == pytest.approx((60, 20))
    known = (60, 60) if method == SHAPLEY else (None, None)
    assert (day.least, day.most) == (known if known[0] is None else pytest.approx(known))


def test_who_fills_the_valley_of_others_causes_nothing() -> None:
    found = attribution(sharing({"day": [4, 0], "night": [0, 4]}), EXACT)
    assert shares(found) == {"day": (40.0, 40.0), "night": (40.0, 40.0)}
    filler = attribution(sharing({"day": [4, 1], "filler": [0, 1]}), EXACT)
    assert shares(filler)["filler"] == (20.0, 10.0)  # half of the second hour; alone a node, beside day none
    (alone,) = attribution(sharing({"day": [4, 1]}), EXACT).shares
    assert (alone.by_use, alone.by_cause, alone.alone, alone.saved_without) == pytest.approx((80, 80, 80, 80))


def test_workloads_of_one_tenant_are_taken_together() -> None:
    instance = sharing({"day": [4, 1], "night": [1, 3], "more": [1, 1]})
    found = attribution(instance, EXACT, tenants={"acme": ["more", "night"]})
    assert [(one.tenant, one.workloads) for one in found.shares] == [
        ("day", ("day",)),
        ("acme", ("night", "more")),
    ]
    # 6 nodes for 120; alone 80 and 80
    assert shares(found)["acme"][1] == pytest.approx(60)


def test_tenants_that_do_not_fit_are_refused_at_once() -> None:
    with pytest.raises(InstanceError) as refused:
        tenants_of(
            sharing({"day": [4, 1], "night": [1, 3]}), {"a": ["dai"], "b": ["night"], "night": ["night"]}
        )
    told = str(refused.value)
    assert "tenant a: there is no workload 'dai'; did you mean 'day'" in told
    assert "workload night belongs to b and to night" in told
    with pytest.raises(InstanceError, match="is also the name of a workload that is not its own"):
        tenants_of(sharing({"day": [4, 1], "night": [1, 3]}), {"night": ["day"]})


def test_who_asks_for_nothing_contradicts_no_share_that_is_cached() -> None:
    classes = [{"share": 1.0, "input_tokens": 100, "output_tokens": 10, "cached_tokens": 50}]
    demand = {"input_tokens_per_s": [100, 100, 100], "cached_tokens_per_s": 50, "output_tokens_per_s": 10}
    more = {"demand": demand, "lengths": {"classes": classes}}
    rates = [
        {"name": "read", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000, "more": 1000}},
        {"name": "write", "role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 200, "more": 200}},
    ]
    found = attribution(small({"workloads.more": more, "deployments": rates}), EXACT)
    assert sum(one.by_cause for one in found.shares) == pytest.approx(found.plan.cost)


def test_promises_and_what_goes_unserved_fall_on_their_workload() -> None:
    node = {"gpus_per_node": 1, "failures_per_node_year": 8760 / 49, "repair_hours": 1.0}
    both = sharing({"firm": [3, 3], "loose": [1, 1]}, hardware={"node": node})
    firm = both.override({"workloads.firm.sla": {"availability": 0.999}})
    found = attribution(firm, EXACT)
    assert {one.tenant: one.alone for one in found.shares}["loose"] == pytest.approx(20)
    # a million requests of `loose` are worth 1: serving them is dearer than not
    shed = both.override({"workloads.loose.shed_usd_per_million_requests": 1.0})
    found = attribution(shed, EXACT)
    unserved = 2 * 3600 / 1e6
    assert found.plan.cost_terms["shed"] == pytest.approx(unserved)
    assert shares(found) == {"firm": (60.0, 60.0), "loose": (0.01, 0.01)}


def test_a_group_without_a_plan_is_named() -> None:
    least = {"node": {"res": {"kind": "reserved", "price_usd_per_node_hour": 10, "max_nodes": 2}}}
    with pytest.raises(InstanceError, match="no plan for all tenants"):
        attribution(sharing({"day": [4, 1], "night": [1, 1]}, fleet=least), EXACT)


AMOUNT = st.integers(0, 100_000).map(lambda cents: cents / 100)


@settings(max_examples=40)
@given(st.integers(1, 4).flatmap(lambda n: st.tuples(st.just(n), st.lists(AMOUNT, min_size=15, max_size=15))))
def test_the_mean_over_every_order_of_players(made: tuple[int, list[float]]) -> None:
    count, amounts = made
    players = "abcd"[:count]
    groups = [frozenset(some) for size in range(1, count + 1) for some in combinations(players, size)]
    costs = {group: CostRange(cost, cost * 0.9) for group, cost in zip(groups, amounts, strict=False)}
    value = {group: known.cost for group, known in costs.items()} | {frozenset(): 0.0}
    orders = list(permutations(players))
    for player, share in zip(players, shapley(players, costs), strict=True):
        added = [
            value[frozenset(order[: order.index(player) + 1])]
            - value[frozenset(order[: order.index(player)])]
            for order in orders
        ]
        assert share.value == pytest.approx(sum(added) / len(orders), abs=1e-9)
        assert share.least is not None
        assert share.most is not None
        assert share.least - 1e-9 <= share.value <= share.most + 1e-9
    total = value[frozenset(players)]
    for shared in (shapley(players, costs), separable(players, costs) if count > 1 else []):
        cents = to_the_cent([share.value for share in shared], total) if shared else [total]
        assert round(sum(cents), 2) == total


def test_the_verb(tmp_path: Path) -> None:
    more = {"demand": {"output_tokens_per_s": [100, 700, 0]}}
    rates = {"workloads.more": more, "deployments.1.rate_tokens_per_s": {"chat": 200, "more": 400}}
    file = tmp_path / "two.json"
    file.write_text(json.dumps(plain(rates)), encoding="utf-8")
    done = run_here("attribute", str(file), "--json", "--gap", "0")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for way in ("by_use", "by_cause"):
        assert sum(share[way] for share in found["shares"]) == pytest.approx(found["cost"], abs=1e-6)
    done = run_here("attribute", str(file), "--tenant", "both=chat,more")
    assert "both" in done.stdout
    assert "Shapley value over all groups of tenants; one solve to a gap of" in done.stdout
    done = run_here("attribute", str(file), "--tenant", "both")
    assert done.returncode == 3
    assert "--tenant both: expected NAME=WORKLOAD" in done.stderr


def test_ends_in_cents_hold_what_lies_between_them() -> None:
    assert cents_around(1.234, 1.2341) == (1.23, 1.24)
    assert cents_around(0.1 + 0.2, 0.3) == (0.3, 0.3)
    assert cents_around(None, None) == (None, None)
