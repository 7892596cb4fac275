"""Demand as it came beside demand as it is stated, and what is left of an instance with demand off by as much.

drift[w, s] = came[w, s, t] / stated[w, s, t]        of a workload and a series of its demand; 1 where none is stated
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.instance.demand_series import demand_of, phases_of, series
from planner.instance.local_clock import on_horizon_clock, sites_from
from planner.instance.workload import TOKEN_SERIES
from planner.study.uncertainty.worth import demand_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance

    Drift = Mapping[str, Mapping[str, float]]

CACHED, PROMPTS = "cached_tokens_per_s", "input_tokens_per_s"


@dataclass(frozen=True)
class LoadThatCame:
    """The instance with the load that came; where that is the stated one times `factors`, shape [period], these are
    known as well in periods in which none is stated."""

    instance: Instance
    factors: NDArray[np.float64] | None = None

    def drift(self, stated: Instance, period: int) -> dict[str, dict[str, float]]:
        """Load that came over the one stated, by workload and series: in a period, or the last before it with any."""
        drift = drift_at(stated, self.instance, period)
        if self.factors is None:
            return drift
        return {
            name: dict.fromkeys(by_series, float(self.factors[period])) for name, by_series in drift.items()
        }


def drift_at(stated: Instance, came: Instance, period: int) -> dict[str, dict[str, float]]:
    """Demand that came over demand stated, by workload and series: in a period, or the last before it with any."""
    return {
        name: {
            key: _last(series(came, name, key)[: period + 1], series(stated, name, key)[: period + 1])
            for key in (*TOKEN_SERIES, "requests_per_s")
            if getattr(workload.demand, key) is not None
        }
        for name, workload in stated.workloads.items()
    }


def drift_of_works(stated: Instance, came: Instance, period: int) -> dict[str, float]:
    """The same by workload, of all its work together: tokens (requests) that came over those stated."""
    return {
        name: _last(*(work_per_s(one, name)[: period + 1] for one in (came, stated)))
        for name in stated.workloads
    }


def remaining(instance: Instance, first: int, factors: float | NDArray[np.float64] | Drift) -> Instance:
    """The instance from a period on, its load times `factors`: a number, one value per period left, or by series."""
    changes: dict[str, Any] = {
        "horizon.start": instance.horizon.moment(first).isoformat(),
        "horizon.periods": instance.horizon.periods - first,
    }
    instance = on_horizon_clock(instance)
    for name, workload in instance.workloads.items():
        if isinstance(factors, Mapping):
            demand = _times(demand_times(workload, instance.horizon.periods, 1.0, first), factors[name])
        else:
            demand = demand_times(workload, instance.horizon.periods, factors, first)
        changes[f"workloads.{name}.demand"] = demand
    sites = sites_from(instance, first, instance.horizon.periods - first)
    return instance.model_copy(update={"baseline": None, "sites": sites}).override(changes)


def as_it_came(instance: Instance, came: Instance) -> Instance:
    """The instance with the demand of another one on the same horizon."""
    turned = on_horizon_clock(came)
    demand = {
        f"workloads.{name}.demand": demand_times(workload, came.horizon.periods, 1.0)
        for name, workload in turned.workloads.items()
    }
    return remaining(instance, 0, 1.0).override(demand)


def work_per_s(instance: Instance, name: str) -> NDArray[np.float64]:
    """All work of a workload, tokens (requests) per second, shape [period]."""
    demands = [demand_of(instance, name, phase) for phase in phases_of(instance.workloads[name])]
    return np.asarray(np.sum(demands, axis=0))


def _last(came: NDArray[np.float64], stated: NDArray[np.float64]) -> float:
    """Quotient in the last period in which any is stated; 1 where none is."""
    there = np.flatnonzero(stated > 0)
    return float(came[there[-1]] / stated[there[-1]]) if len(there) else 1.0


def _times(demand: dict[str, Any], factors: Mapping[str, float]) -> dict[str, Any]:
    """Series of a demand, each times its factor; of prompts no more is cached than they are."""
    scaled = {
        key: (np.asarray(value) * factors[key]).tolist() if key in factors else value
        for key, value in demand.items()
    }
    if CACHED in scaled and PROMPTS in scaled:
        scaled[CACHED] = np.minimum(scaled[CACHED], scaled[PROMPTS]).tolist()
    return scaled
