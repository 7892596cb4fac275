"""Demand of the past on the grid of an instance: where horizons begin in it, and a horizon of it as demand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import HOURS_PER_DAY, HOURS_PER_WEEK, MINUTES_PER_HOUR, SECONDS_PER_HOUR
from planner.instance.demand_series import cache_hit_share
from planner.instance.local_clock import on_horizon_clock, sites_from
from planner.study.uncertainty.worth import demand_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance

    Rates = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class DemandHistory:
    """Rates per second of one workload by measure, shape [period], periods beginning `begin_s` seconds after 1970."""

    begin_s: float
    period_hours: float
    rates: Rates

    @property
    def periods(self) -> int:
        """Number of periods."""
        return len(next(iter(self.rates.values())))

    def part(self, first: int, end: int) -> Rates:
        """The rates from a period on until before another."""
        return {name: series[first:end] for name, series in self.rates.items()}


def period_minutes_of(instance: Instance) -> int:
    """Length of a period in minutes. Raises InstanceError where it is no whole number of them, or above a day."""
    minutes = instance.horizon.period_hours * MINUTES_PER_HOUR
    if abs(minutes - round(minutes)) > 1e-6 or minutes > HOURS_PER_DAY * MINUTES_PER_HOUR:
        message = "a history is read by periods of whole minutes, of a day at most"
        raise InstanceError([Fault(message, "horizon.period_hours")])
    return round(minutes)


def begins_off_clock(instance: Instance) -> bool:
    """Whether periods begin at other moments than the clock's: those of a history then count from its first row."""
    start = instance.horizon.start
    minutes = (start.hour * MINUTES_PER_HOUR + start.minute) + start.second / MINUTES_PER_HOUR
    return bool(minutes % period_minutes_of(instance))


def shortened(instance: Instance, periods: int | None) -> Instance:
    """The first periods of the instance, all where None. Raises InstanceError where it has fewer."""
    horizon = instance.horizon
    if periods is None or periods == horizon.periods:
        return instance
    if periods > horizon.periods:
        raise InstanceError([Fault(f"the horizon has {horizon.periods} periods", "--periods")])
    instance = on_horizon_clock(instance)
    changes: dict[str, Any] = {"horizon.periods": periods, "horizon.repeats_per_year": None}
    for name, workload in instance.workloads.items():
        demand = demand_times(workload, horizon.periods, 1.0)
        changes[f"workloads.{name}.demand"] = {
            key: value[:periods] if isinstance(value, list) else value for key, value in demand.items()
        }
    sites = sites_from(instance, 0, periods)
    return instance.model_copy(update={"baseline": None, "sites": sites}).override(changes)


def places_of_horizons(instance: Instance, history: DemandHistory) -> list[int]:
    """Periods of the history at which a horizon may begin, the last first, none over another.

    A horizon of whole weeks begins at the weekday and hour of that of the instance, one of whole days at its hour, by
    the clock of its zone. Raises InstanceError where the history is shorter than a horizon, or on another grid.
    """
    horizon = instance.horizon
    zone = horizon.zone or horizon.start.tzinfo or UTC
    hours = horizon.hours
    align = next(
        (whole for whole in (HOURS_PER_WEEK, HOURS_PER_DAY) if hours % whole == 0), horizon.period_hours
    )
    start = horizon.start.astimezone(zone).replace(tzinfo=None)
    period_s = history.period_hours * SECONDS_PER_HOUR
    found: list[int] = []
    last = history.periods - horizon.periods
    for place in range(last, -1, -1):
        moment = datetime.fromtimestamp(history.begin_s + place * period_s, UTC).astimezone(zone)
        away = (moment.replace(tzinfo=None) - start) % timedelta(hours=align)
        if not away and (not found or place + horizon.periods <= found[-1]):
            found.append(place)
    if not found:
        message = (
            f"holds {history.periods} periods of {history.period_hours:g} h, in which no horizon of {horizon.periods} "
            f"lies that begins as {horizon.moment_at(0.0)} does"
        )
        raise InstanceError([Fault(message, "--history")])
    return found


def begun_at(instance: Instance, history: DemandHistory, place: int) -> Instance:
    """The instance with its horizon at a period of the history."""
    seconds = history.begin_s + place * history.period_hours * SECONDS_PER_HOUR
    zone = instance.horizon.zone or instance.horizon.start.tzinfo or UTC
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    return instance.model_copy(update={"baseline": None}).override({"horizon.start": moment.isoformat()})


def demand_stated(instance: Instance, name: str, rates: Rates) -> dict[str, Any]:
    """Rates by measure as an instance states the demand of a workload, in the measures that it has there.

    A workload in tokens takes requests where the history has no tokens: each counts as the means of its `lengths`. What
    the history does not say of the cache is as in the instance. Raises InstanceError where it says too little.
    """
    stated = instance.workloads[name].demand
    demand: dict[str, Any] = {"scale": stated.scale}
    wanted = [
        key.removesuffix("_per_s")
        for key in ("input_tokens_per_s", "output_tokens_per_s")
        if getattr(stated, key) is not None
    ]
    share = 0.0 if stated.input_tokens_per_s is None else cache_hit_share(instance, name)
    if wanted and rates.keys() >= set(wanted):
        demand |= {f"{measure}_per_s": rates[measure].tolist() for measure in wanted}
        if "input_tokens" in wanted:
            cached = rates.get("cached_tokens", share * rates["input_tokens"])
            demand["cached_tokens_per_s"] = np.minimum(cached, rates["input_tokens"]).tolist()
        return demand
    if "requests" not in rates:
        lacking = ", ".join([measure for measure in wanted if measure not in rates] or ["requests"])
        raise InstanceError([Fault(f"says nothing of {lacking}, in which {name} is stated", "--history")])
    return (
        demand | {"requests_per_s": rates["requests"].tolist()} | ({"cached_share": share} if share else {})
    )
