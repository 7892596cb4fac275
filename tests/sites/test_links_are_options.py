"""A link more is one option more: no plan gets dearer or impossible by it, whether it can be used or not."""

from __future__ import annotations

import copy
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import planner
from planner.optimize.engines import EnginePool
from planner.rates.compute import compute_rates
from planner.rates.headroom import headroom
from tests.reference.generate_sites import sited_instance_of

if TYPE_CHECKING:
    from collections.abc import Iterator

EXACT = planner.SolveOptions(method="direct", solver="highs", relative_gap=1e-9, time_limit_s=60.0, threads=1)
ONCE_DEARER, GAINING = (136, 160, 178, 279, 283), (29, 255)
Data = dict[str, Any]

WAITS: Data = {
    "region": "r",
    "demand": {"input_tokens_per_s": 300, "output_tokens_per_s": 30},
    "lengths": {"input_tokens": 1000, "output_tokens": 100},
    "sla": {"ttft_ms": {"p99": 10_000}, "tpot_ms": 100},
    **{"queueing": {"kv_transfer_ms": 0}, "kv_bytes_per_token": 1},
}
HIRE: Data = {"kind": "on_demand", "price_usd_per_node_hour": 10}
TWO: Data = {
    "version": 1,
    "name": "link",
    "horizon": {"start": "2025-01-01T00:00+00:00", "period_hours": 1, "periods": 1},
    "sites": {"a": {}, "b": {}},
    "regions": {"r": {}},
    "workloads": {"w": WAITS},
    "deployments": [
        {"name": "pb", "role": "prefill", "hardware": "hb", "nodes": 1, "rate_tokens_per_s": {"w": 1000}},
        {"name": "db", "role": "decode", "hardware": "hb", "nodes": 1, "rate_tokens_per_s": {"w": 100}},
        {"name": "pa", "role": "prefill", "hardware": "ha", "nodes": 1, "rate_tokens_per_s": {"w": 1000}},
    ],
    "hardware": {
        "ha": {"gpus_per_node": 8, "site": "a", "kv_cache": "x"},
        "hb": {"gpus_per_node": 8, "site": "b", "kv_cache": "x"},
    },
    "fleet": {"ha": {"r": HIRE}, "hb": {"r": HIRE}},
}
"""At b one unit reads and one answers: 20 USD."""
FAR_DECODE: Data = {
    "name": "da",
    "role": "decode",
    "hardware": "ha",
    "nodes": 1,
    "rate_tokens_per_s": {"w": 100},
}
R1: Data = {
    "horizon": {"start": "2025-02-27T12:00+08:00", "period_hours": 1, "periods": 2},
    "regions": {"r": {"round_trip_ms": {"a": 10, "b": 30}}},
    "workloads": {
        "w": {
            "region": "r",
            "model": "deepseek-r1",
            "demand": {
                "input_tokens_per_s": [40_000, 20_000],
                "cached_tokens_per_s": [20_000, 10_000],
                "output_tokens_per_s": [6000, 3000],
            },
            "lengths": {"input_tokens": 4000, "output_tokens": 1105},
            "sla": {"ttft_ms": {"p99": 3000}, "tpot_ms": 50},
            **{"queueing": {"arrival_scv": 1.4}, "response_bytes": 250},
        }
    },
    "deployments": [{"role": "prefill", "ep": 8}, {"role": "decode", "ep": 16}],
    "hardware": {
        "ha": {"like": "h200", "site": "a"},
        **{"hb": {"like": "h200", "site": "b"}, "hc": {"like": "h800", "site": "b"}},
    },
    "fleet": {
        "ha": {"r": {"kind": "on_demand", "price_usd_per_gpu_hour": 3}},
        "hb": {"r": {"kind": "on_demand", "price_usd_per_gpu_hour": 3.2}},
        "hc": {"r": {"kind": "on_demand", "price_usd_per_gpu_hour": 2}},
    },
}
"""From the kernel's rates: 115.20 USD at b."""


def question(changes: Data, gbit: float = 1000, ms: float = 5000) -> Data:
    link = {"from_site": "b", "to_site": "a", "bandwidth_gbit_per_s": gbit, "latency_ms": ms}
    return {**copy.deepcopy(TWO), **copy.deepcopy(changes), "links": {"l": link}}


def dear(price: float, **more: float) -> Data:
    return {"ha": {"r": {**HIRE, "price_usd_per_node_hour": price, **more}}, "hb": {"r": HIRE}}


def of_another_workload() -> Data:
    late = {**WAITS, "sla": {"ttft_ms": {"p99": 60_000}, "tpot_ms": 100}}
    units = copy.deepcopy([*TWO["deployments"], FAR_DECODE])
    for unit in units:
        unit["rate_tokens_per_s"]["x"] = next(iter(unit["rate_tokens_per_s"].values()))
    del units[3]["rate_tokens_per_s"]["w"]
    return question({"workloads": {"w": WAITS, "x": late}, "deployments": units})


BOTH: Data = {"deployments": [*TWO["deployments"], FAR_DECODE]}
RIGHT: dict[str, tuple[Data, float]] = {
    "nobody answers at the far end": (question({}), 20.0),
    "longer than any first token may take": (question({}, ms=20_000), 20.0),
    "no node at the far end": (question({**BOTH, "fleet": dear(10, max_nodes=0)}), 20.0),
    "the far site is out of reach": (
        question({"regions": {"r": {"round_trip_ms": {"a": 19_000, "b": 0}}}}, ms=0),
        20.0,
    ),
    "another workload alone is answered there": (of_another_workload(), 40.0),
    "dear nodes at the far end": (question({**BOTH, "fleet": dear(1000)}), 20.0),
    "a narrow link": (question(R1, gbit=1, ms=0), 115.2),
    "a slow link": (question(R1, ms=2900), 115.2),
}


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as engines:
        yield engines


@pytest.mark.parametrize("what", RIGHT)
def test_a_link_that_is_no_help_is_no_harm(what: str, pool: EnginePool) -> None:
    data, usd = RIGHT[what]
    plan = planner.solve(planner.from_dict(data), EXACT, pool=pool)
    assert plan.status == "optimal"
    assert plan.cost == pytest.approx(usd)


def test_who_reads_for_a_link_has_less_time_and_is_used_where_that_pays(pool: EnginePool) -> None:
    """Units that answer cost 1,000 USD at b and 10 at a: read at b, 2 s over the link, answered at a."""
    data = question(BOTH, ms=2000)
    read, answer, _, far = data["deployments"]
    data["deployments"] = [read, {**answer, "hardware": "hc"}, far]
    data["hardware"]["hc"] = data["hardware"]["hb"]
    data["fleet"] = {**dear(10), "hc": {"r": {**HIRE, "price_usd_per_node_hour": 1000}}}
    instance = planner.from_dict(data)
    plan = planner.solve(instance, EXACT, pool=pool)
    assert [(way.read_at, way.answered_at, way.link) for way in plan.routed] == [("b+l", "a", "l")]
    assert {unit.unit for unit in plan.units} == {"pb.over.l", "da"}
    rates, share = compute_rates(instance), {}
    limits = headroom(instance, rates)
    assert limits is not None
    for place in np.flatnonzero(rates.rate[:, 0]).tolist():
        unit, detail = rates.units[place], rates.details[place]["w.prefill"]
        assert detail.network_ms == pytest.approx(2000.0 if unit.over else 0.0, abs=0.1)
        share[unit.name] = limits[place, 0]
    assert share["pb.over.l"] < share["pb"]
    assert 20.0 <= plan.cost < 1000.0


def test_the_audit_refuses_what_goes_over_a_link_from_units_that_keep_no_time(pool: EnginePool) -> None:
    data = question(BOTH, ms=0)
    data["deployments"] = [data["deployments"][0], data["deployments"][3]]
    instance = planner.from_dict(data)
    plan = planner.solve(instance, EXACT, pool=pool)
    told = plan.to_dict()
    for table in ("units", "served", "placed"):
        for row in told.get(table, []):
            row["unit"] = row["unit"].replace("pb.over.l", "pb")
    told["routed"][0]["read_at"] = "b"
    rules = {one.rule for one in planner.check(instance, plan.from_dict(told)).violations}
    assert "site flow" in rules


def with_links(seed: int, links: int) -> Data:
    """A random sited question in which waits count, with so many random links."""
    data, draw = sited_instance_of(seed), Random(f"links {seed}")
    data.pop("links", None)
    for workload in data["workloads"].values():
        if "requests_per_s" not in workload["demand"]:
            sla = workload.setdefault("sla", {})
            sla["ttft_ms"] = {"p90": draw.choice([300.0, 2000.0, 10_000.0])}
            sla.setdefault("tpot_ms", 50.0)
            workload["queueing"] = {"kv_transfer_ms": 0.0}
    for number in range(links):
        begin, end = draw.sample(list(data["sites"]), 2)
        data.setdefault("links", {})[f"l{number}"] = {
            **{"from_site": begin, "to_site": end},
            "bandwidth_gbit_per_s": draw.choice([0.3, 10.0, 1000.0]),
            "latency_ms": draw.choice([0.0, 100.0, 1200.0, 6000.0]),
        }
    return data


@pytest.mark.parametrize("seed", [*range(12), *ONCE_DEARER, *GAINING])
def test_another_link_never_costs_more(seed: int, pool: EnginePool) -> None:
    """Nor does it make impossible what was possible."""
    costs = []
    for links in range(3):
        plan = planner.solve(planner.from_dict(with_links(seed, links)), EXACT, pool=pool)
        assert plan.status in ("optimal", "infeasible")
        costs.append(plan.cost if plan.usable else float("inf"))
    assert costs[1] <= costs[0] * (1 + 1e-7)
    assert costs[2] <= costs[1] * (1 + 1e-7)
    if seed in GAINING:
        assert costs[2] < costs[0]
