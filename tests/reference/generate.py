"""Small random instances as plain data: every feature now and then, so that any two of them meet."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.reference.generate_extras import add_extras
from tests.reference.generate_fleet import fleet_of

Data = dict[str, Any]


def instance_of(seed: int, packed: bool = False) -> Data:
    """The instance of a seed; `packed`: units, channels and hardware so that it matters where units lie."""
    draw = Random(f"packed {seed}" if packed else seed)
    instance: Data = {"version": 1, "name": f"random_{seed}", "horizon": _horizon(draw)}
    instance["hardware"] = {
        name: {
            "gpus_per_node": draw.choice([2, 4, 8] if packed else [1, 2, 4, 8]),
            "power_kw_per_node": draw.choice([1.5, 5.0, 10.2]),
        }
        for name in ("x", "y", "z")[: draw.choice([1, 1, 2, 3])]
    }
    for hardware in instance["hardware"].values():
        if draw.random() < (0.5 if packed else 0.25):
            hardware["nodes_per_domain"] = draw.choice([2, 3, 4, 5])
            if draw.random() < 0.5:
                hardware["usable_nodes_per_domain"] = draw.randint(1, hardware["nodes_per_domain"])
    instance["workloads"] = {
        name: _workload(draw, instance["horizon"]["periods"])
        for name in ("a", "b", "c")[: draw.choice([1, 1, 2, 3])]
    }
    instance["deployments"] = _deployments(draw, instance, packed)
    instance["fleet"] = fleet_of(draw, instance, packed)
    add_extras(draw, instance)
    return instance


def _horizon(draw: Random) -> Data:
    hour, minute = draw.choice([(0, 0), (0, 0), (8, 30), (17, 15), (23, 0)])
    return {
        "start": f"2025-01-{draw.randint(1, 28):02d}T{hour:02d}:{minute:02d}+00:00",
        "period_hours": draw.choice([0.25, 0.5, 1.0, 1.0, 1.0, 4.0, 6.0, 24.0]),
        "periods": draw.choice([1, 2, 2, 3, 4, 5, 6]),
    }


def _series(draw: Random, periods: int, most: float) -> Any:
    """One value for all periods, one each, some of them zero, or nothing at all."""
    kind = draw.random()
    if kind < 0.04:
        return 0.0
    if kind < 0.25:
        return float(draw.randint(1, int(most)))
    values = [float(draw.randint(0, int(most))) for _ in range(periods)]
    if kind < 0.4:
        values[draw.randrange(periods)] = 0.0
    return values


def _workload(draw: Random, periods: int) -> Data:
    workload: Data = {"demand": {}}
    demand = workload["demand"]
    if draw.random() < 0.35:
        demand["requests_per_s"] = _series(draw, periods, 12)
        if draw.random() < 0.3:
            workload["shed_usd_per_million_requests"] = float(draw.choice([0, 100, 500, 2000, 10000]))
    else:
        phases = draw.choice([("input", "output"), ("input", "output"), ("input",), ("output",)])
        for phase in phases:
            demand[f"{phase}_tokens_per_s"] = _series(draw, periods, 3000 if phase == "input" else 1500)
        if "input" in phases and draw.random() < 0.3:
            prompts = demand["input_tokens_per_s"]
            share = draw.choice([0.25, 0.5, 1.0])
            cached = [share * one for one in prompts] if isinstance(prompts, list) else share * prompts
            demand["cached_tokens_per_s"] = cached
        if draw.random() < 0.3:
            workload["shed_usd_per_million_tokens"] = draw.choice([0.0, 0.5, 2.0, 10.0, 50.0])
    if draw.random() < 0.15:
        demand["scale"] = draw.choice([0.5, 1.5, 2.0])
    if draw.random() < 0.2:
        workload["deferral"] = {"deadline_hours": draw.choice([0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0])}
    if draw.random() < 0.12:
        workload["single_pool"] = True
    return workload


def _deployments(draw: Random, instance: Data, packed: bool) -> list[Data]:
    """Somebody for each kind of work, and some more."""
    left = [(name, phase) for name, workload in instance["workloads"].items() for phase in _phases(workload)]
    made: list[Data] = []
    while left or (len(made) < 4 and draw.random() < 0.4):
        workload, phase = left[0] if left else draw.choice(_works(instance))
        role = "colocated" if phase != "request" and draw.random() < 0.35 else phase
        made.append(_deployment(draw, instance, role, f"{role}{len(made)}", workload, packed))
        rates = made[-1].get("rate_requests_per_s") or made[-1]["rate_tokens_per_s"]
        left = [one for one in left if one[0] not in rates or one[1] not in _done_by(role)]
    return made


def _phases(workload: Data) -> list[str]:
    keys = (
        ("requests_per_s", "request"),
        ("input_tokens_per_s", "prefill"),
        ("output_tokens_per_s", "decode"),
    )
    return [phase for key, phase in keys if key in workload["demand"]]


def _works(instance: Data) -> list[tuple[str, str]]:
    return [(name, phase) for name, workload in instance["workloads"].items() for phase in _phases(workload)]


def _done_by(role: str) -> tuple[str, ...]:
    return ("prefill", "decode") if role == "colocated" else (role,)


def _deployment(draw: Random, instance: Data, role: str, name: str, workload: str, packed: bool) -> Data:
    """A unit for one workload, and for others that have work of its kind."""
    hardware = draw.choice(list(instance["hardware"]))
    deployment: Data = {"name": name, "role": role, "hardware": hardware}
    gpus = instance["hardware"][hardware]["gpus_per_node"]
    if gpus > 1 and draw.random() < (0.6 if packed else 0.4):
        deployment["ep"] = draw.randint(1, gpus - 1)
        if draw.random() < 0.15:
            deployment["exclusive"] = True
    elif draw.random() < 0.25:
        deployment["ep"] = gpus * draw.choice([1, 2, 3])
    else:
        deployment["nodes"] = draw.choice([1, 1, 1, 2, 3, 4])
    size = deployment.get("nodes", min(1.0, deployment.get("ep", gpus) / gpus))
    able = [other for other, phase in _works(instance) if phase in _done_by(role)]
    served = [one for one in dict.fromkeys(able) if one == workload or draw.random() < 0.8]
    rates = {one: _rate(draw, role, size) for one in served}
    deployment["rate_requests_per_s" if role == "request" else "rate_tokens_per_s"] = rates
    if draw.random() < 0.1:
        deployment["workloads"] = served
    if draw.random() < 0.15:
        deployment["start_usd_per_unit"] = draw.choice([0.0, 1.0, 5.0])
    return deployment


def _rate(draw: Random, role: str, size: float) -> Any:
    if role == "request":
        return draw.choice([1.0, 2.0, 3.5]) * size
    prefill, decode = draw.choice([300.0, 700.0, 1000.0]) * size, draw.choice([100.0, 250.0, 400.0]) * size
    return (
        {"prefill": prefill, "decode": decode}[role]
        if role != "colocated"
        else {"prefill": prefill, "decode": decode}
    )
