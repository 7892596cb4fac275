"""Instance -> Rates: expand deployments, take measured rates, ask the kernel once per model for the rest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase, Role
from planner.instance.demand_series import phases_of
from planner.instance.deployment import PHASES_OF_ROLE, PhaseRates
from planner.rate_source import Source
from planner.rates.dominance import drop_dominated
from planner.rates.kernel import kernel_rates
from planner.rates.nodes import node_of
from planner.rates.promise import drop_hopeless
from planner.rates.rates import RateDetail, Rates, Rejected, Unit, Work

if TYPE_CHECKING:
    from planner.instance import Deployment, Instance

UNNAMED_MODEL = "unnamed"


@dataclass(frozen=True)
class Option:
    """One unit before it is rated: its deployment, and the workloads it may serve."""

    unit: Unit
    deployment: Deployment
    workloads: tuple[str, ...]


def works_of(instance: Instance) -> tuple[Work, ...]:
    """Every kind of work of an instance, in the order of its workloads."""
    return tuple(
        Work(workload=name, phase=phase)
        for name, workload in instance.workloads.items()
        for phase in phases_of(workload)
    )


def compute_rates(instance: Instance, source: Source | str = Source.KERNEL) -> Rates:
    """Rate every option of an instance; those that cannot run or are dominated are told with the reason.

    Rates that the instance gives stand in any case. Of the others `source` says whether the kernel computes
    them, the public package aiconfigurator does (an extra; SourceUnavailable without it), or none of them is
    used but those measured on such a unit.
    """
    works = works_of(instance)
    options = expand(instance)
    rate = np.zeros((len(options), len(works)))
    details: list[dict[str, RateDetail]] = [{} for _ in options]
    reasons = [""] * len(options)
    _measured(options, works, rate, details)
    for index, reason in _computed(Source(source), instance, options, works, rate, details).items():
        reasons[index] = reason
    rated = Rates(tuple(option.unit for option in options), works, rate, tuple(details), rejected=())
    for index, reason in drop_hopeless(instance, rated).items():
        reasons[index] = reasons[index] or reason
    keep = [index for index in range(len(options)) if rate[index].any()]
    rejected = [
        _rejected(options[index].unit, reasons[index]) for index in range(len(options)) if index not in keep
    ]
    units = [options[index].unit for index in keep]
    alive, dominated = drop_dominated(units, rate[keep])
    rejected += [_rejected(units[index], why) for index, why in dominated.items()]
    return Rates(
        units=tuple(_told(units[index], details[keep[index]]) for index in alive),
        works=works,
        rate=rate[keep][alive],
        details=tuple(details[keep[index]] for index in alive),
        rejected=tuple(rejected),
    )


def _computed(
    source: Source,
    instance: Instance,
    options: list[Option],
    works: tuple[Work, ...],
    rate: np.ndarray,
    details: list[dict[str, RateDetail]],
) -> dict[int, str]:
    """Fill in the rates that the instance does not give; the reason of every option left without."""
    if source is Source.AICONFIGURATOR:
        from planner.rates.adapters.aiconfigurator import aiconfigurator_rates

        return aiconfigurator_rates(instance, options, works, rate, details)
    reasons = kernel_rates(instance, options, works, rate, details)
    if source is Source.MEASURED:
        for index, told in enumerate(details):
            if told and any(detail.provenance != "measured" for detail in told.values()):
                rate[index] = 0.0
                reasons[index] = "not measured: the instance gives no rate, and no published box is this one"
    return reasons


def _told(unit: Unit, details: dict[str, RateDetail]) -> Unit:
    """The unit with where its rates are from, and the widest band of them."""
    low = [detail.band_low for detail in details.values() if detail.band_low is not None]
    high = [detail.band_high for detail in details.values() if detail.band_high is not None]
    provenance = ", ".join(dict.fromkeys(detail.provenance for detail in details.values()))
    return replace(
        unit, provenance=provenance, band_low=min(low, default=None), band_high=max(high, default=None)
    )


def expand(instance: Instance) -> list[Option]:
    """Every deployment on every hardware in every size, with a name of its own."""
    fleet = tuple(instance.fleet)
    options: list[Option] = []
    taken: dict[str, int] = defaultdict(int)
    for deployment in instance.deployments:
        for hardware in deployment.on_hardware(fleet):
            node = node_of(instance, hardware)
            for model, workloads in _models(instance, deployment).items():
                for gpus in deployment.sizes or ((deployment.nodes or 1) * node.gpus,):
                    nodes = deployment.nodes or -(-gpus // node.gpus)
                    name = deployment.name or _default_name(instance, hardware, deployment.role, gpus, model)
                    taken[name] += 1
                    unit = Unit(
                        name=name if taken[name] == 1 else f"{name}.{taken[name]}",
                        hardware=hardware,
                        role=deployment.role,
                        model=model,
                        gpus=gpus,
                        nodes=nodes,
                        start_usd=_start_usd(instance, deployment, nodes),
                    )
                    options.append(Option(unit=unit, deployment=deployment, workloads=workloads))
    return options


def _models(instance: Instance, deployment: Deployment) -> dict[str, tuple[str, ...]]:
    """Workloads of a deployment by served model: a unit has one model loaded."""
    by_model: dict[str, list[str]] = defaultdict(list)
    given = deployment.rate_tokens_per_s or deployment.rate_requests_per_s
    names = tuple(given) if given is not None else deployment.workloads or tuple(instance.workloads)
    if deployment.measured and len({instance.workloads[name].model for name in names}) > 1:
        return {UNNAMED_MODEL: names}
    for name in names:
        by_model[instance.workloads[name].model].append(name)
    return {model: tuple(names) for model, names in by_model.items()}


def _default_name(instance: Instance, hardware: str, role: Role, gpus: int, model: str) -> str:
    models = {workload.model for workload in instance.workloads.values()}
    suffix = f".{model}" if len(models) > 1 else ""
    return f"{hardware}.{role}.ep{gpus}{suffix}"


def _start_usd(instance: Instance, deployment: Deployment, nodes: int) -> float:
    if deployment.start_usd_per_unit is not None:
        return deployment.start_usd_per_unit
    return instance.start_up.usd_per_node * nodes


def _measured(
    options: list[Option], works: tuple[Work, ...], rate: np.ndarray, details: list[dict[str, RateDetail]]
) -> None:
    """Fill in the rates that the instance gives."""
    for index, option in enumerate(options):
        given = option.deployment.rate_tokens_per_s or option.deployment.rate_requests_per_s
        for place, work in enumerate(works):
            if (
                given is None
                or work.workload not in given
                or work.phase not in PHASES_OF_ROLE[option.unit.role]
            ):
                continue
            value = given[work.workload]
            if isinstance(value, PhaseRates):
                value = value.prefill if work.phase is Phase.PREFILL else value.decode
            rate[index, place] = value
            details[index][work.name] = RateDetail(
                provenance="measured",
                source=option.deployment.source or "",
                prompts_at_once=option.deployment.prompts_at_once or 1,
            )


def _rejected(unit: Unit, why: str) -> Rejected:
    return Rejected(
        name=unit.name,
        hardware=unit.hardware,
        role=unit.role,
        gpus=unit.gpus,
        nodes=unit.nodes,
        why=why or "serves none of the workloads",
    )
