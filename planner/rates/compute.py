"""Instance -> Rates: expand deployments, take measured rates, ask the kernel once per model for the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.operating_points import band_factor_of
from planner.core.rate_source import RateSource
from planner.instance import Phase
from planner.instance.demand_series import phases_of
from planner.instance.deployment import PHASES_OF_ROLE, PhaseRates
from planner.rates.dominance import drop_dominated
from planner.rates.effective import effective_rates
from planner.rates.kept_caches import drop_halves
from planner.rates.kernel import kernel_rates, quantile_of
from planner.rates.kv_transfer import add_transfers, cap_by_links
from planner.rates.network import add_network, drop_unanswered
from planner.rates.options import expand
from planner.rates.promise import broken_promise, drop_hopeless
from planner.rates.rates import MEASURED, SCALED, RateDetail, Rates, Rejected, Unit, Work
from planner.rates.site_energy import earning_hardware
from planner.rates.standing import can_stand

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.rates.options import Option


def works_of(instance: Instance) -> tuple[Work, ...]:
    """Every kind of work of an instance, in the order of its workloads."""
    return tuple(
        Work(workload=name, phase=phase)
        for name, workload in instance.workloads.items()
        for phase in phases_of(workload)
    )


def compute_rates(instance: Instance, source: RateSource | str = RateSource.KERNEL) -> Rates:
    """Rate every option of an instance; those that cannot run or are dominated are reported with the reason.

    Rates that the instance gives stand in any case. Of the others `source` says whether the kernel computes
    them, the public package aiconfigurator does (an extra; SourceUnavailable without it), or none of them is
    used but those measured on such a unit. Units of an earlier plan that change is limited from are kept all the same:
    those that stay are no move, and a unit that was not there moves no fewer nodes than one that it is dominated by.
    """
    options, rated, reasons = _before_headroom(instance, RateSource(source))
    works, rate, details = rated.works, rated.rate, rated.details
    able = [index for index in range(len(options)) if rate[index].any()]
    effective = effective_rates(instance, rated, options, able)
    dropped = _dominated(instance, options, able, effective)
    dropped |= _idle(instance, rated, options, able, effective)
    earlier = instance.limits.change.pools if instance.limits.change is not None else {}
    dropped = {place: why for place, why in dropped.items() if options[able[place]].name not in earlier}
    for place, why in dropped.items():
        reasons[able[place]] = why
    keep = [index for place, index in enumerate(able) if place not in dropped]
    return Rates(
        units=tuple(_with_origin(_named(options[index]), details[index]) for index in keep),
        works=works,
        rate=rate[keep],
        details=tuple(details[index] for index in keep),
        rejected=_left_out(options, reasons, set(keep)),
    )


def rehearse(instance: Instance) -> None:
    """Rate every option without its headroom, which takes long: raises the InstanceError that solving would."""
    _before_headroom(instance, RateSource.KERNEL)


def _before_headroom(instance: Instance, source: RateSource) -> tuple[list[Option], Rates, list[str]]:
    """Every option with its rates when nothing waits or fails, and why some have none."""
    works = works_of(instance)
    options = expand(instance)
    rate = np.zeros((len(options), len(works)))
    details: list[dict[str, RateDetail]] = [{} for _ in options]
    reasons = [""] * len(options)
    _measured(instance, options, works, rate, details)
    for index, reason in _computed(source, instance, options, works, rate, details).items():
        reasons[index] = reason
    units = tuple(option.unit for option in options)
    cap_by_links(instance, units, works, rate, details)
    for added in (add_transfers, add_network):
        for index, reason in added(instance, units, works, rate, details).items():
            reasons[index] = reasons[index] or reason
    rated = Rates(units, works, rate, tuple(details), rejected=())
    for drop in (drop_hopeless, drop_halves):
        for index, reason in drop(instance, rated).items():
            reasons[index] = reasons[index] or reason
    for index, reason in drop_unanswered(instance, units, works, rate).items():
        reasons[index] = reasons[index] or reason
    return options, rated, reasons


def _named(option: Option) -> Unit:
    return replace(option.unit, name=option.name)


def _dominated(
    instance: Instance, options: list[Option], able: list[int], effective: np.ndarray
) -> dict[int, str]:
    """Why units are left out that others beat; of points that others of the same unit beat it need not be said."""
    busy = np.flatnonzero(effective.any(axis=1)).tolist()
    units = [options[able[place]].unit for place in busy]
    _, found = drop_dominated(units, effective[busy], earning_hardware(instance))
    idle = dict.fromkeys(set(range(len(able))) - set(busy), "")
    return idle | {busy[place]: why for place, why in found.items()}


def _idle(
    instance: Instance, rated: Rates, options: list[Option], able: list[int], effective: np.ndarray
) -> dict[int, str]:
    """Why units do nothing after headroom at any point: they would break a promise at any load."""
    busy = {
        options[able[place]].unit.name
        for place in np.flatnonzero(effective.any(axis=1)).tolist()
        if can_stand(instance, rated, able[place])
    }
    return {
        place: broken_promise(instance, rated, index)
        for place, index in enumerate(able)
        if options[index].unit.name not in busy
    }


def _left_out(options: list[Option], reasons: list[str], kept: set[int]) -> tuple[Rejected, ...]:
    """One row for every unit of which no point is kept, with the reason of the largest pass and batch that has one."""
    alive = {options[index].unit.name for index in kept}
    units: dict[str, Unit] = {}
    why: dict[str, str] = {}
    for option, reason in zip(options, reasons, strict=True):
        if option.unit.name not in alive:
            units.setdefault(option.unit.name, option.unit)
            if reason:
                why.setdefault(option.unit.name, reason)
    return tuple(_rejected(unit, why.get(name, "")) for name, unit in units.items())


def _computed(
    source: RateSource,
    instance: Instance,
    options: list[Option],
    works: tuple[Work, ...],
    rate: np.ndarray,
    details: list[dict[str, RateDetail]],
) -> dict[int, str]:
    """Fill in the rates that the instance does not give; the reason of every option left without."""
    if source is RateSource.AICONFIGURATOR:
        from planner.rates.adapters.aiconfigurator import aiconfigurator_rates

        if instance.rates.least_score_kept is not None:
            why = (
                "rates.least_score_kept is given, and aiconfigurator does not say in which precision it rates"
            )
            return {index: why for index, option in enumerate(options) if not option.deployment.measured}
        return aiconfigurator_rates(instance, options, works, rate, details)
    reasons = kernel_rates(instance, options, works, rate, details)
    if source is RateSource.MEASURED:
        for index, by_work in enumerate(details):
            if by_work and any(not detail.is_measured for detail in by_work.values()):
                rate[index] = 0.0
                reasons[index] = "not measured: the instance gives no rate, and no published box is this one"
    return reasons


def _with_origin(unit: Unit, details: dict[str, RateDetail]) -> Unit:
    """The unit with where its rates are from, and the widest band of them."""
    low = [detail.band_low for detail in details.values() if detail.band_low is not None]
    high = [detail.band_high for detail in details.values() if detail.band_high is not None]
    provenance = ", ".join(dict.fromkeys(detail.provenance for detail in details.values()))
    return replace(
        unit, provenance=provenance, band_low=min(low, default=None), band_high=max(high, default=None)
    )


def _measured(
    instance: Instance,
    options: list[Option],
    works: tuple[Work, ...],
    rate: np.ndarray,
    details: list[dict[str, RateDetail]],
) -> None:
    """Fill in the rates that the instance gives, those with a band at the quantile that is planned with."""
    for index, option in enumerate(options):
        band, quantile, factor = option.deployment.rate_band, 0.5, 1.0
        if band is not None:
            quantile = quantile_of(instance, option)
            factor = float(
                band_factor_of(np.array([band.low]), np.array([band.high]), np.array([quantile]))[0]
            )
        given = option.deployment.rate_tokens_per_s or option.deployment.rate_requests_per_s
        for place, work in enumerate(works):
            if (
                given is None
                or work.workload not in given
                or work.workload not in option.workloads
                or work.phase not in PHASES_OF_ROLE[option.unit.role]
            ):
                continue
            value = given[work.workload]
            if isinstance(value, PhaseRates):
                value = value.prefill if work.phase is Phase.PREFILL else value.decode
            rate[index, place] = value * factor
            details[index][work.name] = RateDetail(
                provenance=MEASURED if band is None else SCALED,
                source=option.deployment.source or "",
                band_low=None if band is None else band.low / factor,
                band_high=None if band is None else band.high / factor,
                quantile=quantile,
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
