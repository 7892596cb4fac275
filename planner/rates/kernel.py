"""The one place that asks the throughput kernel: options and workloads in, rates and their story out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import kernels
from kernels.effects import TYPICAL
from kernels.options import AUTOMATIC, attention_gpus
from kernels.recipe import resolve
from kernels.speculation import speculation
from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_MS
from planner.instance import Role
from planner.instance.demand_series import cache_hit_share
from planner.instance.speculation import Speculation
from planner.rates.accelerators import accelerator_of
from planner.rates.kernel_detail import detail_of, rate_of
from planner.rates.kv_transfer import stated_transfer_ms
from planner.rates.pass_times import ranks_rule
from planner.rates.places import places_of_units, slowest_ms
from planner.rates.precision import score_refusal
from planner.rates.request_lengths import lengths_or_exponential, request_lengths
from planner.rates.server_slots import LEAST_COMPUTED
from planner.rates.step_growth import step_growth
from planner.rates.waits import waits_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kernels import Conditions, OperatingPoints
    from planner.instance import Instance
    from planner.rates.configurations import Configuration
    from planner.rates.options import Option
    from planner.rates.rates import RateDetail, Work
    from planner.rates.step_growth import StepGrowth

LEAST_MS = 1e-3
"""Left for a prefill that the network leaves no time: too little for any."""


def conditions_of(
    instance: Instance,
    workload: str,
    run: Configuration | None = None,
    network_ms: float = 0.0,
    sharing: tuple[str, ...] = (),
) -> Conditions:
    """Lengths, cache hits and time limits of a workload, in SI units, as the kernel wants them.

    A `run` may draft otherwise than the workload says. What the network takes is off the time to first token. Requests
    of workloads that are `sharing` a unit take the same steps, so that its steps keep the strictest limits of them all.
    """
    given = instance.workloads[workload]
    assert given.lengths is not None
    drafting = given.speculation
    if run is not None and run.speculative is not None:
        drafting = Speculation(draft_tokens=0) if isinstance(run.speculative, str) else run.speculative
    lengths = request_lengths(instance, workload)
    levels = [instance.workloads[name].sla for name in dict.fromkeys((workload, *sharing))]
    ttft_ms = [ms for one in levels if one.ttft_ms is not None for ms in one.ttft_ms.limits().values()]
    tpot_ms = [one.tpot_ms for one in levels if one.tpot_ms is not None]
    stated_ms = stated_transfer_ms(given)
    return kernels.Conditions(
        input_tokens=given.lengths.input_tokens,
        output_tokens=given.lengths.output_tokens,
        kv_tokens=given.lengths.mean_kv_tokens if lengths is None else given.lengths.kv_tokens,
        cache_hit_share=min(cache_hit_share(instance, workload), 1.0 - LEAST_COMPUTED),
        draft_tokens=float(drafting.draft_tokens) if drafting is not None else None,
        accept_length=drafting.accept_length if drafting is not None else None,
        tpot_s=min(tpot_ms) * SECONDS_PER_MS if tpot_ms else math.inf,
        prefill_time_s=max(min(ttft_ms) - network_ms, LEAST_MS) * SECONDS_PER_MS if ttft_ms else math.inf,
        kv_transfer_s=stated_ms * SECONDS_PER_MS if stated_ms is not None else None,
        lengths=lengths,
        ranks=ranks_rule(instance, (workload, *sharing)),
        beside=tuple(
            lengths_or_exponential(instance, name) for name in dict.fromkeys(sharing) if name != workload
        ),
    )


def kernel_rates(
    instance: Instance,
    options: list[Option],
    works: tuple[Work, ...],
    rate: NDArray[np.float64],
    details: list[dict[str, RateDetail]],
) -> dict[int, str]:
    """Fill `rate` and `details` of the options without measured rates, one kernel call per workload and drafting.

    Returns the reason for every option that cannot serve a workload. Raises InstanceError where the kernel
    refuses the question of one.
    """
    computed = [index for index, option in enumerate(options) if not option.deployment.measured]
    reasons = {
        index: why
        for index in computed
        if (why := score_refusal(instance, options[index].run, options[index].unit))
    }

    def ask(some: list[int]) -> None:
        for workload in instance.workloads:
            able = [index for index in some if index not in reasons and workload in options[index].workloads]
            for alike in alike_in_conditions(instance, workload, able, options):
                _rate_alike(instance, workload, alike, options, works, rate, details, reasons)

    ask([index for index in computed if options[index].batch is None])
    ask(_fewer_than_fit(instance, options, details))
    return reasons


def _fewer_than_fit(
    instance: Instance, options: list[Option], details: list[dict[str, RateDetail]]
) -> list[int]:
    """Options with a batch that is less than what memory and promised times leave room for: others run as without.

    Those that an earlier plan has, which change is limited from, are rated all the same.
    """
    earlier = instance.limits.change.pools if instance.limits.change is not None else {}
    held = {
        (option.unit.name, option.pass_tokens): max(
            (one.batch_per_gpu for one in by_work.values() if one.batch_per_gpu is not None), default=0.0
        )
        for option, by_work in zip(options, details, strict=True)
        if option.batch is None
    }
    return [
        index
        for index, option in enumerate(options)
        if option.batch is not None
        and (option.batch < held[option.unit.name, option.pass_tokens] or option.name in earlier)
    ]


def alike_in_conditions(
    instance: Instance, workload: str, asked: list[int], options: list[Option]
) -> list[list[int]]:
    """Options apart by what the kernel takes as a condition of the workload.

    These are drafting, the network, and who shares their units.
    """
    groups: dict[Any, list[int]] = {}
    delays = slowest_ms(instance, workload)
    places = places_of_units(instance, [options[index].unit for index in asked])
    for index, place in zip(asked, places, strict=True):
        run, delay = options[index].run, delays.get(place, 0.0)
        sharing = options[index].workloads
        groups.setdefault((run.speculative, delay, sharing), []).append(index)
    return list(groups.values())


def _rate_alike(
    instance: Instance,
    workload: str,
    asked: list[int],
    options: list[Option],
    works: tuple[Work, ...],
    rate: NDArray[np.float64],
    details: list[dict[str, RateDetail]],
    reasons: dict[int, str],
) -> None:
    """Fill in what the kernel says of some options that draft alike."""
    some = [options[index] for index in asked]
    try:
        conditions = conditions_of_option(instance, workload, some[0])
        points, ways = _points(instance, workload, some, conditions), _ways(instance, workload, some)
        growth = _growth(instance, workload, some, conditions, points)
        alike = (
            points if conditions.lengths is None else _points(instance, workload, some, all_alike(conditions))
        )
    except kernels.KernelError as error:
        fault = Fault(f"the kernel cannot rate its units: {error}", path=f"workloads.{workload}")
        raise InstanceError([fault]) from None
    for place, index in enumerate(asked):
        if points.reason[place]:
            reasons[index] = str(points.reason[place])
            continue
        for column, work in enumerate(works):
            if work.workload == workload:
                value = rate_of(points, place, work.phase)
                if value > 0:
                    rate[index, column] = value
                    detail = detail_of(points, place, quantile_of(instance, options[index]))
                    if points is not alike:
                        detail = replace(detail, nominal_per_s=rate_of(alike, place, work.phase) or None)
                    if place in growth:
                        grows = growth[place]
                        detail = replace(detail, growth_ms=grows.by_request_ms, context_ms=grows.context_ms)
                    details[index][work.name] = replace(detail, **ways[place])


def _growth(
    instance: Instance, workload: str, options: list[Option], conditions: Conditions, points: OperatingPoints
) -> dict[int, StepGrowth]:
    """How steps grow, by place of the options that only write what is planned to be in time, in one stage."""
    places = [
        place
        for place, option in enumerate(options)
        if option.unit.role is Role.DECODE and not points.reason[place] and option.run.pipeline_parallel == 1
    ]
    if not places or not waits_count(instance.workloads[workload]):
        return {}
    architecture = kernels.architecture(instance.workloads[workload].model)
    asked = asked_of(instance, [options[place] for place in places])
    return dict(zip(places, step_growth(architecture, asked, conditions, points, places), strict=True))


def quantile_of(instance: Instance, option: Option) -> float:
    """Quantile of the error band an option is planned with."""
    return option.deployment.rate_quantile or instance.rates.quantile


def all_alike(conditions: Conditions) -> Conditions:
    """The same conditions if all requests were the mean one, so that ranks have equal work."""
    context = conditions.input_tokens + conditions.output_tokens / 2.0
    return replace(
        conditions, lengths=None, beside=(), ranks="even", kv_tokens=conditions.kv_tokens or context
    )


def _points(
    instance: Instance, workload: str, options: list[Option], conditions: Conditions
) -> OperatingPoints:
    return kernels.operating_points(
        kernels.architecture(instance.workloads[workload].model), asked_of(instance, options), conditions
    )


def conditions_of_option(instance: Instance, workload: str, option: Option) -> Conditions:
    """What the kernel takes as given for an option, and for those that are alike in it."""
    (place,) = places_of_units(instance, [option.unit])
    delay = slowest_ms(instance, workload).get(place, 0.0)
    return conditions_of(instance, workload, option.run, delay, option.workloads)


def _ways(instance: Instance, workload: str, options: list[Option]) -> list[dict[str, Any]]:
    """How each option runs, what the kernel takes by default filled in."""
    architecture = kernels.architecture(instance.workloads[workload].model)
    asked = asked_of(instance, options)
    replicas = attention_gpus(architecture, asked).tolist()
    drafts = speculation(architecture, conditions_of_option(instance, workload, options[0]))[0]
    return [
        {
            "recipe": resolve(option.run.recipe, accelerator, architecture.name).name,
            "engine": option.run.engine or TYPICAL,
            "tensor_parallel": replica,
            "pipeline_parallel": option.run.pipeline_parallel,
            "draft_tokens": drafts,
        }
        for option, accelerator, replica in zip(options, asked.accelerator, replicas, strict=True)
    ]


def asked_of(instance: Instance, options: list[Option]) -> kernels.Options:
    """Options as the kernel takes them, as columns."""
    accelerators = []
    for option in options:
        accelerator = accelerator_of(instance, option.unit.hardware)
        assert accelerator is not None
        accelerators.append(accelerator)
    return kernels.Options(
        accelerator=tuple(accelerators),
        role=tuple(str(option.unit.role) for option in options),
        gpus=np.array([option.unit.gpus for option in options]),
        tensor_parallel=np.array([option.run.tensor_parallel or AUTOMATIC for option in options]),
        recipe=tuple(option.run.recipe for option in options),
        engine=tuple(option.run.engine for option in options),
        quantile=np.array([quantile_of(instance, option) for option in options]),
        pass_tokens=np.array([option.pass_tokens or np.nan for option in options]),
        pipeline_parallel=np.array([option.run.pipeline_parallel for option in options]),
        requests_per_gpu=np.array([option.run.requests_per_gpu or np.nan for option in options]),
    )
