"""The text of a first instance: what is known with its source, what is assumed marked so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from planner.core.visible import on_one_line
from planner.loader.benchmarks.write import provenance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.loader.beginning.demand import BeginningDemand
    from planner.loader.beginning.offers import BeginningOffer
    from planner.loader.benchmarks.measured_rate import MeasuredRate

WIDTH = 10_000
TTFT_MS, TPOT_MS = 2_000.0, 50.0
SIZES = (1, 2, 4, 8, 16, 32)
"""GPUs of a replica that are tried; the cheapest for a request at full load is taken for each hardware."""
LOOSENED = (
    f"looser than the usual {TTFT_MS:,.0f} and {TPOT_MS:g} ms, which no replica of this hardware keeps "
    "at these lengths"
)
_BENCHMARKED = (
    "MLPerf Inference asks 2,000 ms and 200 ms a token of Llama 2 70B, 450 and 40 of interactive use"
)


@dataclass(frozen=True)
class Service:
    """What a team says of its service. Promises that are None are assumed; `availability` may be left out."""

    name: str
    workload: str
    model: str
    demand: BeginningDemand
    offers: list[BeginningOffer]
    ttft_ms: float | None = None
    tpot_ms: float | None = None
    availability: float | None = None
    assumed_ms: tuple[float, float] = (TTFT_MS, TPOT_MS)
    """What is assumed of promises that are None: time to first token, and per token after it."""
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """GPUs of a replica by hardware; all of `SIZES` where it is not said."""
    exchange_rates: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Rates of the currencies that offers may be in, as an instance states them."""
    measured: Mapping[str, MeasuredRate] = field(default_factory=dict)
    """Rates of replicas that were measured, by hardware."""


def instance_text(service: Service) -> str:
    """YAML of the instance, commented."""
    demand, notes = service.demand, service.demand.notes
    lines = [
        f"# {service.name}: a first instance by `planner init`. What nobody said is marked ASSUMED: look there.",
        f"# Next: planner solve {service.name}.yaml; planner validate {service.name}.yaml --explain",
        "version: 1",
        f"name: {_flow(service.name)}",
        *([f"exchange_rates: {_flow(dict(service.exchange_rates))}"] if service.exchange_rates else []),
        f"horizon: {_flow(demand.horizon)}",
        "workloads:",
        f"  {_flow(service.workload)}:",
        f"    model: {_flow(service.model)}",
        f"    # {on_one_line(notes['demand'])}",
        f"    demand: {_flow(demand.workload['demand'])}",
    ]
    if "lengths" in demand.workload:
        lines += [
            f"    # {on_one_line(notes['lengths'])}",
            f"    lengths: {_flow(demand.workload['lengths'])}",
        ]
    lines += [
        *_assumed_promises(service),
        f"    sla: {_flow(_promises(service))}",
        f"    # {on_one_line(notes['queueing'])}",
        f"    queueing: {_flow(demand.workload['queueing'])}",
        *_customers(demand),
        *_deployments(service),
        "fleet:",
    ]
    for hardware in dict.fromkeys(offer.hardware for offer in service.offers):
        lines.append(f"  {_flow(hardware)}:")
        for offer in service.offers:
            if offer.hardware == hardware:
                lines += [
                    f"    # ASSUMED: {on_one_line(offer.assumed)}",
                    f"    {_flow(offer.name)}: {_flow(offer.fields)}",
                ]
    return "\n".join(lines) + "\n"


def _customers(demand: BeginningDemand) -> list[str]:
    """Who is behind the demand, where a log told it."""
    if "customers" not in demand.workload:
        return []
    return [
        f"    # {on_one_line(demand.notes['customers'])}",
        f"    customers: {_flow(demand.workload['customers'])}",
    ]


def _deployments(service: Service) -> list[str]:
    """The replicas: measured ones with what was measured, others as the kernel rates them."""
    hardware = dict.fromkeys(offer.hardware for offer in service.offers)
    rated = [one for one in hardware if one not in service.measured]
    lines = ["deployments:"]
    for one in hardware:
        if one in service.measured:
            rate = service.measured[one]
            lines += [f"  # measured: {on_one_line(words)}" for words in provenance(rate)]
            lines += [f"  # WARNING {on_one_line(words)}" for words in rate.warnings]
            lines.append(f"  - {_flow(rate.deployment())}")
    if rated:
        tried = ", ".join(map(str, SIZES))
        said = (
            f"replicas that read and write; of {tried} GPUs those that cost least for a request at full load"
        )
        lines.append(f"  # ASSUMED: {said}")
    lines += [
        f"  - {_flow({'role': 'colocated', 'hardware': one, 'ep': list(service.sizes.get(one, SIZES))})}"
        for one in rated
    ]
    return lines


def _assumed_promises(service: Service) -> list[str]:
    """Comments on promises that nobody made."""
    assumed = [name for name in ("ttft_ms", "tpot_ms") if getattr(service, name) is None]
    lines = [f"    # ASSUMED: {' and '.join(assumed)}, which nobody promised; {_BENCHMARKED}"] * bool(assumed)
    return [*lines, f"    # {LOOSENED}"] if service.assumed_ms != (TTFT_MS, TPOT_MS) else lines


def _promises(service: Service) -> dict[str, Any]:
    promises: dict[str, Any] = {
        "ttft_ms": {"p99": service.assumed_ms[0] if service.ttft_ms is None else service.ttft_ms},
        "tpot_ms": service.assumed_ms[1] if service.tpot_ms is None else service.tpot_ms,
    }
    return promises if service.availability is None else {**promises, "availability": service.availability}


def _flow(value: Any) -> str:
    """A value in YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=WIDTH, allow_unicode=True)
    return text.removesuffix("...\n").strip()
