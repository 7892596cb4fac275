"""What one unit of a plan is, as an engine and a scheduler are told it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import kernels
from kernels.recipe import checkpoint_of
from planner.instance import Role
from planner.rates.accelerators import accelerator_of
from planner.rates.compute import compute_rates
from planner.rates.nodes import node_of
from planner.rates.pass_names import PASS_NAME, PASS_TOKENS
from planner.view.exports.kubernetes.devices import asked_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.instance import Instance
    from planner.plan.contents import UnitSchedule
    from planner.plan.plan import Plan
    from planner.rates.rates import RateDetail, Unit


@dataclass(frozen=True)
class Running:
    """One kind of unit: `pods` of `gpus_per_pod` GPUs are switched on and off as one.

    Of its GPUs `tensor` share an attention replica in each of `stages` pipeline stages, and `data` replicas work
    beside each other. `requests_per_replica` is the most that one replica decodes at once, `pass_tokens` what it reads
    in one pass; None where the plan does not say. `assumed` are the choices that the plan leaves open, in words.
    """

    label: str
    hardware_label: str
    row: int
    schedule: UnitSchedule
    model: str
    checkpoint: str
    vendor: str
    pods: int
    gpus_per_pod: int
    alone: bool
    tensor: int
    stages: int
    data: int
    experts: bool
    cache_of_8_bits: bool
    drafts: int
    requests_per_replica: int | None
    pass_tokens: int | None
    engine: str
    works: tuple[str, ...]
    assumed: tuple[str, ...]

    @property
    def gpus(self) -> int:
        """GPUs of one unit."""
        return self.schedule.gpus

    @property
    def role(self) -> str:
        """What it does: prefill, decode, colocated, request."""
        return self.schedule.role

    @property
    def hands_over(self) -> bool:
        """Whether it hands KV caches over, or takes them: it does one phase of two."""
        return self.role in (Role.PREFILL, Role.DECODE)


def running_units(
    plan: Plan, instance: Instance, labels: Mapping[str, str], hardware: Mapping[str, str]
) -> Iterator[Running]:
    """Every unit that a plan switches on, in the order of its table `units`; with the labels of units and hardware."""
    rates = compute_rates(instance)
    units = {unit.name: place for place, unit in enumerate(rates.units)}
    for row, schedule in enumerate(plan.units):
        place = units.get(schedule.unit)
        details = () if place is None else tuple(rates.details[place].values())
        unit = None if place is None else rates.units[place]
        named = labels[schedule.unit], hardware[schedule.hardware]
        yield _running(plan, instance, named, row, unit, details)


def _running(
    plan: Plan,
    instance: Instance,
    labels: tuple[str, str],
    row: int,
    unit: Unit | None,
    details: tuple[RateDetail, ...],
) -> Running:
    schedule = plan.units[row]
    served = [one for one in plan.served if one.unit == schedule.unit]
    model = unit.model if unit is not None else instance.workloads[served[0].workload].model
    tensor, stages, assumed = _parallelism(instance, schedule, model, details)
    detail = details[0] if details else None
    recipe = detail.recipe if detail is not None else ""
    node = node_of(instance, schedule.hardware)
    pods = max(1, -(-schedule.gpus // node.gpus))
    accelerator = accelerator_of(instance, schedule.hardware)
    vendor = accelerator.vendor if accelerator is not None else ""
    device = asked_for(vendor, schedule.hardware)
    limit = _limit_of_requests(details)
    return Running(
        label=labels[0],
        hardware_label=labels[1],
        row=row,
        schedule=schedule,
        model=model,
        checkpoint=(checkpoint_of(recipe, model) if recipe else None) or f"/models/{model}",
        vendor=vendor,
        pods=pods,
        gpus_per_pod=min(schedule.gpus, node.gpus),
        alone=schedule.nodes >= 1,
        tensor=tensor,
        stages=stages,
        data=schedule.gpus // (tensor * stages),
        experts=_has_experts(model),
        cache_of_8_bits=bool(recipe) and kernels.recipe(recipe).kv_element_bytes <= 1,
        drafts=round(detail.draft_tokens or 0) if detail is not None else 0,
        requests_per_replica=None if limit is None else limit * tensor * stages,
        pass_tokens=_pass_tokens(schedule.unit, detail),
        engine=detail.engine if detail is not None else "",
        works=tuple(dict.fromkeys(f"{one.workload}.{one.phase}" for one in served)),
        assumed=(*assumed, device) if device else assumed,
    )


def _parallelism(
    instance: Instance, schedule: UnitSchedule, model: str, details: tuple[RateDetail, ...]
) -> tuple[int, int, tuple[str, ...]]:
    """Tensor parallelism, stages, and what was assumed: of measured rates only their source knows how they ran."""
    known = next((one for one in details if one.tensor_parallel is not None), None)
    if known is not None and known.tensor_parallel is not None:
        return known.tensor_parallel, known.pipeline_parallel or 1, ()
    if _has_experts(model):
        return 1, 1, ("attention data-parallel on every GPU: the rates are measured, and do not say",)
    within = math.gcd(schedule.gpus, node_of(instance, schedule.hardware).gpus)
    return within, schedule.gpus // within, ("tensor parallelism within a node: the rates are measured",)


def _has_experts(model: str) -> bool:
    return model in kernels.architecture_names() and kernels.architecture(model).routed_experts > 0


def _limit_of_requests(details: tuple[RateDetail, ...]) -> int | None:
    """Most requests by the GPU that the rates count on, at all its works; None where no rate says."""
    given = (one.batch_per_gpu for one in details)
    batches = [batch for batch in given if batch is not None and math.isfinite(batch)]  # a prefill has none
    return max(1, math.ceil(max(batches))) if batches else None


def _pass_tokens(name: str, detail: RateDetail | None) -> int | None:
    """Tokens of a prefill pass, which are part of the name of a unit that the kernel rated."""
    if detail is None or (not detail.engine and not detail.recipe):
        return None
    named = PASS_NAME.fullmatch(name)
    return int(named["tokens"]) if named is not None else PASS_TOKENS[0]
