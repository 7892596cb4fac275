"""Random questions that promise availability, with pools small enough for every mix to be looked at."""

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
