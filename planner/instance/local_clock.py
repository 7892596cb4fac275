"""Series on the clocks of regions as series of the horizon, and what an instance states by period beside demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.demand_series import periods_ahead
from planner.instance.workload import TOKEN_SERIES

if TYPE_CHECKING:
    from planner.instance.instance import Instance
    from planner.instance.sites import Site
    from planner.instance.workload import Demand


def on_horizon_clock(instance: Instance) -> Instance:
    """The same instance with every series as the horizon has it, to cut parts out of it."""
    workloads = {
        name: workload.model_copy(update={"demand": _turned(workload.demand, periods_ahead(instance, name))})
        for name, workload in instance.workloads.items()
        if workload.demand.local_clock
    }
    return instance.model_copy(update={"workloads": {**instance.workloads, **workloads}})


def sites_from(instance: Instance, first: int, count: int) -> dict[str, Site]:
    """The sites with what they say by period, for `count` periods from one on."""
    cut = {}
    for name, site in instance.sites.items():
        series = {key: getattr(site, key) for key in ("energy_usd_per_kwh", "carbon_g_per_kwh")}
        part = {key: one[first : first + count] for key, one in series.items() if isinstance(one, tuple)}
        cut[name] = site.model_copy(update=part)
    return cut


def _turned(demand: Demand, ahead: int) -> Demand:
    series = {key: getattr(demand, key) for key in (*TOKEN_SERIES, "requests_per_s")}
    turned = {
        key: tuple(np.roll(value, -ahead).tolist())
        for key, value in series.items()
        if isinstance(value, tuple)
    }
    return demand.model_copy(update={**turned, "local_clock": False})
