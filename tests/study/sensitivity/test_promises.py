"""What promises cost: steps of each, costs by hand, and differences that gaps do not tell."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

import planner
from planner.core.errors import InstanceError
from planner.study.sensitivity import PromiseCost, promise_costs, promise_steps
from tests.app.cli.commands import run_here
from tests.examples import plain, small
from tests.market.one_node import one_node

EXACT = planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1)
RENT = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 10}}


def needed(nodes: int, up: float, promised: float) -> int:
    """Fewest nodes of which `nodes` are up for the share of the time that is promised."""
    held = nodes
    while sum(math.comb(held, n) * up**n * (1 - up) ** (held - n) for n in range(nodes, held + 1)) < promised:
        held += 1
    return held


def failing(availability: float) -> planner.Instance:
    """Ten nodes for an hour, each down for 1 hour of 50."""
    node = {"gpus_per_node": 1, "failures_per_node_year": 8760 / 49, "repair_hours": 1.0}
    served = {"w": {"demand": {"requests_per_s": [10.0]}, "sla": {"availability": availability}}}
    return one_node([10.0], RENT, workloads=served, hardware={"node": node})


def test_availability_costs_the_nodes_of_the_binomial_tail() -> None:
    looser, tighter = promise_costs(failing(0.99), EXACT)
    nodes = {promised: needed(10, 0.98, promised) for promised in (0.9, 0.99, 0.999)}
    assert len(set(nodes.values())) == 3
    assert (looser.step.moved, tighter.step.moved) == ("0.9", "0.999")
    assert looser.change == pytest.approx(10 * (nodes[0.9] - nodes[0.99]))
    assert tighter.change == pytest.approx(10 * (nodes[0.999] - nodes[0.99]))
    assert (tighter.least, tighter.most) == pytest.approx((tighter.change, tighter.change))


def test_steps_of_every_promise() -> None:
    sla = {"ttft_ms": {"p95": 1000, "p99": 3000}, "tpot_ms": 50, "availability": 0.999}
    batch = {"demand": {"output_tokens_per_s": [1, 1, 1]}, "deferral": {"deadline_hours": 6}}
    changes = {"workloads.chat.sla": sla, "workloads.batch": batch}
    both = {"chat": 200, "batch": 200}
    instance = small({**changes, "deployments.1.rate_tokens_per_s": both})
    told = [
        (one.workload, one.promise, one.stated, one.moved, one.tighter)
        for one in promise_steps(instance, 2.0)
    ]
    assert told == [
        ("chat", "ttft_ms.p95", "1000", "2000", False),
        ("chat", "ttft_ms.p95", "1000", "500", True),
        ("chat", "ttft_ms 1000", "p95", "p90", False),
        ("chat", "ttft_ms 1000", "p95", "p99", True),
        ("chat", "ttft_ms.p99", "3000", "6000", False),
        ("chat", "ttft_ms.p99", "3000", "1500", True),
        ("chat", "ttft_ms 3000", "p99", "p95", False),
        ("chat", "ttft_ms 3000", "p99", "p999", True),
        ("chat", "tpot_ms", "50", "100", False),
        ("chat", "tpot_ms", "50", "25", True),
        ("chat", "availability", "0.999", "0.99", False),
        ("chat", "availability", "0.999", "0.9999", True),
        ("batch", "deferral.deadline_hours", "6", "12", False),
        ("batch", "deferral.deadline_hours", "6", "3", True),
    ]
    changed = {
        one.promise + one.moved: one.changed.workloads[one.workload] for one in promise_steps(instance)
    }
    limits = {name: one.sla.ttft_ms.limits() for name, one in changed.items() if one.sla.ttft_ms}
    assert limits["ttft_ms 1000p99"] == {0.99: 1000}  # the other limit at p99 is no longer the stricter
    assert limits["ttft_ms 3000p95"] == {0.95: 1000}
    assert changed["deferral.deadline_hours4"].deferral.deadline_hours == 4  # type: ignore[union-attr]
    short = instance.override({"workloads.batch.deferral.deadline_hours": 1.2})
    moved = [one.moved for one in promise_steps(short, 1.1, ["batch"])]
    assert moved == [
        "2",
        "0",
    ]  # as many whole periods as fit in count, so each step takes another number of them
    assert changed["availability0.99"].sla.tpot_ms == 50


def test_regions_whose_names_have_dots_are_workloads() -> None:
    changes = {
        "workloads.chat.regions": {"europe": 0.75, "asia": 0.25},
        "regions": {"europe": {}, "asia": {}},
        "sites": {"here": {}},
        "fleet.h800.rent.site": "here",
        "fleet.h800.reserve.site": "here",
        "workloads.chat.sla": {"tpot_ms": 50},
    }
    steps = promise_steps(small(changes), workloads=["chat.asia"])
    assert [one.changed.workloads["chat.asia"].sla.tpot_ms for one in steps] == [75, pytest.approx(33.33)]
    assert [one.changed.workloads["chat.europe"].sla.tpot_ms for one in steps] == [50, 50]


def test_a_difference_within_the_gaps_is_not_told() -> None:
    _, tighter = promise_costs(failing(0.99), EXACT)
    loose = replace(tighter.base, bound=tighter.base.cost - 50.0)
    vague = PromiseCost(tighter.step, loose, replace(tighter.plan, bound=tighter.plan.cost - 50.0))
    assert vague.change is None
    assert (vague.least, vague.most) == pytest.approx((tighter.change - 50, tighter.change + 50))
    assert PromiseCost(tighter.step, tighter.base, tighter.base).change == 0.0


def test_what_cannot_be_asked_is_refused_at_once() -> None:
    with pytest.raises(InstanceError, match="nothing is promised"):
        promise_steps(small())
    with pytest.raises(InstanceError, match=r"there is no workload 'chart'; did you mean 'chat'") as refused:
        promise_steps(small(), 0.5, ["chart"])
    assert "by a factor above 1, not by 0.5" in str(refused.value)


def test_the_verb(tmp_path: Path) -> None:
    file = tmp_path / "fails.json"
    node = {"h800": {"failures_per_node_year": 20.0, "repair_hours": 24.0}}
    deployments = [
        {"name": "read", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000}},
        {"name": "write", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"chat": 100}},
    ]
    one = plain({"workloads.chat.sla": {"availability": 0.9}, "hardware": node, "deployments": deployments})
    one["fleet"]["h800"]["rent"]["max_nodes"] = one["fleet"]["h800"]["reserve"]["max_nodes"] = 5
    file.write_text(json.dumps(one), encoding="utf-8")
    done = run_here("sensitivity", "promises", str(file), "--json", "--gap", "0")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [step["status"] for step in found["steps"]] == ["infeasible"]
    done = run_here("sensitivity", "promises", str(file))
    assert "0.9 -> 0.99" in done.stdout
    assert "no plan keeps it" in done.stdout
