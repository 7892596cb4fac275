"""What is to be served, and by what: works, units and their rates."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from typing import Any

from tests.reference.timeline import Slot, Timeline

PHASES = {
    "prefill": ("prefill",),
    "decode": ("decode",),
    "colocated": ("prefill", "decode"),
    "request": ("request",),
}


@dataclass(frozen=True)
class Unit:
    """A deployment on one hardware. `rates` are by workload and phase, per second of one unit alone."""

    pool: str
    hardware: str
    gpus: int
    nodes: float
    rates: dict[tuple[str, str], float]
    start_price: float

    @property
    def shares(self) -> bool:
        """Whether it takes a part of a node, beside others."""
        return self.nodes < 1


def units_of(instance: dict[str, Any]) -> list[Unit]:
    """Every deployment on every hardware that it may run on, and kept to every part of its workloads where it helps."""
    fleet = tuple(instance["fleet"])
    found = []
    for deployment in instance["deployments"]:
        allowed = deployment.get("hardware") or fleet
        for hardware in (allowed,) if isinstance(allowed, str) else allowed:
            unit = _unit(instance, deployment, hardware)
            found += [unit, *(_kept_to(unit, part) for part in _parts(instance, deployment, unit))]
    return found


def _parts(instance: dict[str, Any], deployment: dict[str, Any], unit: Unit) -> list[tuple[str, ...]]:
    """Smaller sets of the workloads of a unit; none where no limit on its time was measured for any of them."""
    names = list(dict.fromkeys(workload for workload, _ in unit.rates))
    limited = any("queueing" in instance["workloads"][name] for name in names)
    if not limited or not deployment.get("serve_apart", True):
        return []
    return [part for size in range(1, len(names)) for part in combinations(names, size)]


def _kept_to(unit: Unit, part: tuple[str, ...]) -> Unit:
    rates = {key: rate for key, rate in unit.rates.items() if key[0] in part}
    return replace(unit, pool=f"{unit.pool}.for.{'.'.join(part)}", rates=rates)


def _unit(instance: dict[str, Any], deployment: dict[str, Any], hardware: str) -> Unit:
    nodes, gpus = deployment.get("nodes"), instance["hardware"][hardware]["gpus_per_node"]
    size = deployment.get("ep", gpus * (nodes or 1))
    if nodes is None:
        small = size < gpus and not deployment.get("exclusive", False)
        nodes = size / gpus if small else math.ceil(size / gpus)
    per_node = instance.get("start_up", {}).get("usd_per_node", 0.0)
    start_price = deployment.get("start_usd_per_unit")
    return Unit(
        pool=deployment["name"],
        hardware=hardware,
        gpus=size,
        nodes=nodes,
        rates=_rates(deployment),
        start_price=per_node * nodes if start_price is None else start_price,
    )


def _rates(deployment: dict[str, Any]) -> dict[tuple[str, str], float]:
    given = deployment.get("rate_tokens_per_s") or deployment.get("rate_requests_per_s") or {}
    served = deployment.get("workloads") or tuple(given)
    rates = {}
    for workload in served:
        rate = given.get(workload)
        for phase in PHASES[deployment["role"]] if rate is not None else ():
            rates[workload, phase] = float(rate[phase] if isinstance(rate, dict) else rate)
    return rates


class Demand:
    """Series of every workload in every slot, per second."""

    def __init__(self, instance: dict[str, Any], timeline: Timeline) -> None:
        self.instance = instance
        self.timeline = timeline

    def phases(self, workload: str) -> tuple[str, ...]:
        """Kinds of work a workload asks for."""
        demand = self.instance["workloads"][workload]["demand"]
        if "requests_per_s" in demand:
            return ("request",)
        given = (("prefill", "input_tokens_per_s"), ("decode", "output_tokens_per_s"))
        return tuple(phase for phase, key in given if key in demand)

    def series(self, workload: str, key: str, slot: Slot) -> float:
        """One series in a slot, with the factors of its stage and scenario."""
        demand = self.instance["workloads"][workload]["demand"]
        value = demand.get(key, 0.0)
        period = self._period(workload, slot) if demand.get("local_clock") else slot.period
        stated = value[period] if isinstance(value, list | tuple) else value
        return float(stated) * demand.get("scale", 1.0) * self._factor(workload, slot)

    def _period(self, workload: str, slot: Slot) -> int:
        """The period of a series on the clock of a region that has the time of day which it is there in a slot."""
        offset = datetime.fromisoformat(self.instance["horizon"]["start"]).utcoffset()
        assert offset is not None
        region = self.instance["regions"][self.instance["workloads"][workload]["region"]]
        ahead_hours = region["utc_offset_hours"] - offset.total_seconds() / 3600
        local = slot.period + ahead_hours / self.timeline.hours
        return round(local) % self.timeline.periods

    def work(self, workload: str, phase: str, slot: Slot) -> float:
        """Work of a phase: computed prompt tokens, generated tokens or requests, per second."""
        if phase == "request":
            return self.series(workload, "requests_per_s", slot)
        if phase == "decode":
            return self.series(workload, "output_tokens_per_s", slot)
        cached = self.series(workload, "cached_tokens_per_s", slot)
        return max(0.0, self.series(workload, "input_tokens_per_s", slot) - cached)

    def tokens(self, workload: str, slot: Slot) -> float:
        """Prompt tokens, cached ones included, and generated ones, per second."""
        prompts = self.series(workload, "input_tokens_per_s", slot)
        return prompts + self.series(workload, "output_tokens_per_s", slot)

    def _factor(self, workload: str, slot: Slot) -> float:
        factor = 1.0
        if self.instance.get("stages"):
            stage = list(self.instance["stages"].values())[slot.stage]
            factor *= stage.get("demand_scale", 1.0) * stage.get("workload_scale", {}).get(workload, 1.0)
        if self.instance.get("scenarios"):
            scenario = list(self.instance["scenarios"].values())[slot.scenario]
            factor *= scenario.get("demand_scale", 1.0) * scenario.get("workload_scale", {}).get(
                workload, 1.0
            )
            if scenario.get("demand_factors"):
                factor *= scenario["demand_factors"][slot.period]
        return factor
