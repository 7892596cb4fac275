"""Random questions that promise availability, with pools small enough for every mix to be looked at.

Those of many kinds of units have more mixes than the planner lists.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.reference.generate import instance_of
from tests.reference.standing import pools_of
from tests.reference.works import Unit, units_of

MOST_KINDS, MOST_WORKS, MOST_UNITS = 3, 2, 3.0


def promising_instance_of(seed: int) -> dict[str, Any]:
    """The instance of a seed with promises of availability; without vendors, units on nodes of their own."""
    draw, instance = Random(-1 - seed), instance_of(seed)
    instance.pop("vendors", None)
    for hardware in instance["hardware"].values():
        hardware["failures_per_node_year"] = draw.choice([2.0, 10.0, 30.0])
        hardware["repair_hours"] = draw.choice([4.0, 24.0])
    for deployment in instance["deployments"]:
        if "ep" in deployment:
            deployment["exclusive"] = True
    for workload in instance["workloads"].values():
        if "deferral" not in workload and draw.random() < 0.8:
            workload["sla"] = {"availability": draw.choice([0.9, 0.95, 0.99, 0.999])}
    units = units_of(instance)
    _promise_less(instance, units)
    for name, workload in instance["workloads"].items():
        if "sla" in workload:
            _scale(workload, max(_units_filled(workload, name, units), 1e-9), draw)
    return instance


def many_kinds_instance_of(seed: int) -> dict[str, Any]:
    """The instance of a seed with a pool of five or six kinds of units, of which few are needed of each."""
    draw = Random(f"many kinds {seed}")
    periods, tokens = draw.choice([1, 1, 2]), draw.random() < 0.4
    failing = {"failures_per_node_year": draw.choice([10.0, 30.0]), "repair_hours": draw.choice([4.0, 24.0])}
    roles = (
        ["prefill", "prefill", "decode", "decode", "colocated", "colocated"] if tokens else ["request"] * 6
    )
    roles = roles[draw.choice([0, 1]) :]
    deployments = [_kind(draw, role, f"h{place}") for place, role in enumerate(roles)]
    hardware = [one["hardware"] for one in deployments]
    workload = {
        "demand": _few(draw, deployments, periods),
        "sla": {"availability": draw.choice([0.9, 0.95, 0.99])},
    }
    fleet = {
        name: {
            "rent": {
                "kind": "on_demand",
                "price_usd_per_node_hour": round(draw.uniform(5.0, 20.0), 2),
                "max_nodes": 30,
            },
            "own": {
                "kind": "reserved",
                "price_usd_per_node_hour": round(draw.uniform(3.0, 9.0), 2),
                "max_nodes": 2,
            },
        }
        for name in hardware
    }
    return {
        "version": 1,
        "name": f"many_kinds_{seed}",
        "horizon": {"start": "2025-01-01T00:00+00:00", "period_hours": 1.0, "periods": periods},
        "hardware": {name: {"gpus_per_node": 8, **failing} for name in hardware},
        "workloads": {"a": workload},
        "deployments": deployments,
        "fleet": fleet,
    }


def _kind(draw: Random, role: str, hardware: str) -> dict[str, Any]:
    """A unit of whole nodes; wide ones do somewhat more for each of them."""
    nodes = draw.choice([1, 1, 2, 3])
    size = nodes * draw.uniform(0.9, 1.2)
    prefill, decode = round(700.0 * size, 1), round(250.0 * size, 1)
    rates: Any = {"prefill": prefill, "decode": decode, "colocated": {"prefill": prefill, "decode": decode}}
    key, rate = "rate_tokens_per_s", rates.get(role)
    if role == "request":
        key, rate = "rate_requests_per_s", round(2.0 * size, 2)
    return {"name": f"{hardware}.units", "role": role, "hardware": hardware, "nodes": nodes, key: {"a": rate}}


def _few(draw: Random, deployments: list[dict[str, Any]], periods: int) -> dict[str, Any]:
    """Demand that fills one to three of the smallest units in all."""
    if deployments[0]["role"] == "request":
        least = min(one["rate_requests_per_s"]["a"] for one in deployments)
        return {"requests_per_s": [round(least * draw.uniform(0.8, 2.6), 2) for _ in range(periods)]}
    share = [draw.uniform(0.5, 1.3) for _ in range(periods)]
    return {
        "input_tokens_per_s": [round(630.0 * one, 1) for one in share],
        "output_tokens_per_s": [round(225.0 * one * draw.uniform(0.7, 1.2), 1) for one in share],
    }


def _promise_less(instance: dict[str, Any], units: list[Unit]) -> None:
    """Take promises back until every pool is small, and only what one kind of unit does alone may be shed."""
    while True:
        works = [
            (name, phase)
            for name, workload in instance["workloads"].items()
            if "sla" in workload
            for phase in _phases(workload)
        ]
        large = [
            pool
            for pool in pools_of(instance, units, works)
            if len(pool.units) > MOST_KINDS or len(pool.works) > MOST_WORKS
        ]
        if not large:
            break
        del instance["workloads"][large[0].works[0][0]]["sla"]
    for pool in pools_of(instance, units, works):
        for name, _ in pool.works if len(pool.works) > 1 or len(pool.units) > 1 else ():
            for key in ("shed_usd_per_million_tokens", "shed_usd_per_million_requests"):
                instance["workloads"][name].pop(key, None)


def _phases(workload: dict[str, Any]) -> tuple[str, ...]:
    demand = workload["demand"]
    if "requests_per_s" in demand:
        return ("request",)
    given = (("prefill", "input_tokens_per_s"), ("decode", "output_tokens_per_s"))
    return tuple(phase for phase, key in given if key in demand)


def _units_filled(workload: dict[str, Any], name: str, units: list[Unit]) -> float:
    """Units of the slowest kind that the works of a workload fill at their peak."""
    keys = {"prefill": "input_tokens_per_s", "decode": "output_tokens_per_s", "request": "requests_per_s"}
    filled = 0.0
    for phase in _phases(workload):
        series = workload["demand"][keys[phase]]
        peak = max(series) if isinstance(series, list) else series
        slowest = min((unit.rates[name, phase] for unit in units if (name, phase) in unit.rates), default=1.0)
        filled += peak * workload["demand"].get("scale", 1.0) / slowest
    return filled


def _scale(workload: dict[str, Any], filled: float, draw: Random) -> None:
    """Bring a workload to a few units."""
    factor = draw.uniform(0.3, MOST_UNITS) / filled
    workload["demand"]["scale"] = round(workload["demand"].get("scale", 1.0) * factor, 6)


def sharing_instance_of(seed: int) -> dict[str, Any]:
    """The instance of a seed with pools whose units share nodes: sold whole, or GPU by GPU."""
    draw = Random(f"sharing {seed}")
    names = ["h0", "h1"][: draw.choice([1, 1, 2])]
    works = ["a", "b"][: draw.choice([1, 1, 2])]
    periods = draw.choice([1, 1, 2])
    deployments = []
    for work in works:
        for name in names if draw.random() < 0.6 else names[:1]:
            for gpus in draw.choice([[1], [2], [2], [1, 2], [2, 4]]):
                per_s = round(gpus * draw.choice([1.0, 1.0, draw.uniform(0.8, 1.2)]), 3)
                deployments.append(_replica(draw, work, name, gpus, per_s))
    return {
        "version": 1,
        "name": f"sharing_{seed}",
        "horizon": {"start": "2025-01-01T00:00+00:00", "period_hours": 1.0, "periods": periods},
        "hardware": {
            name: {
                "gpus_per_node": 4,
                "failures_per_node_year": draw.choice([5.0, 10.0, 30.0]),
                "repair_hours": draw.choice([4.0, 24.0]),
            }
            for name in names
        },
        "workloads": {
            work: {
                "demand": {"requests_per_s": [round(draw.uniform(0.3, 6.0), 2) for _ in range(periods)]},
                "sla": {"availability": draw.choice([0.9, 0.95, 0.99, 0.999])},
            }
            for work in works
        },
        "deployments": deployments,
        "fleet": {name: _shared_nodes(draw, 2 if len(names) > 1 else draw.choice([3, 4])) for name in names},
    }


def _replica(draw: Random, work: str, hardware: str, gpus: int, per_s: float) -> dict[str, Any]:
    """A unit of one work that takes some GPUs of a node."""
    made: dict[str, Any] = {
        "name": f"{work}.{hardware}.{gpus}",
        "role": "request",
        "hardware": hardware,
        "ep": gpus,
        "rate_requests_per_s": {work: per_s},
    }
    if draw.random() < 0.15:
        made["start_usd_per_unit"] = draw.choice([0.5, 3.0])
    return made


def _shared_nodes(draw: Random, most: int) -> dict[str, Any]:
    """Channels of GPUs, or of so many nodes in all."""
    if draw.random() < 0.35:
        return {
            "gpus": {
                "kind": "on_demand",
                "price_usd_per_gpu_hour": round(draw.uniform(1.0, 5.0), 2),
                "max_nodes": 6,
            }
        }
    rent = {
        "kind": "on_demand",
        "price_usd_per_node_hour": round(draw.uniform(5.0, 20.0), 2),
        "max_nodes": most,
    }
    if draw.random() < 0.5:
        return {"rent": rent}
    own = {"kind": "reserved", "price_usd_per_node_hour": round(draw.uniform(3.0, 9.0), 2), "max_nodes": 1}
    if draw.random() < 0.4:
        own["running_usd_per_node_hour"] = draw.choice([0.5, 2.0])
    return {"rent": rent | {"max_nodes": most - 1}, "own": own}
