"""Revenue: what customers pay for the demand, by workload and period.

revenue[w,t] = (1 - free_share[w]) * 3600 * hours[t] * weight[t]
               * (hit[w,t] * cached[w,t] + miss[w,t] * computed[w,t] + output_price[w,t] * output[w,t])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance.demand_series import series
from planner.instance.token_prices import usd_per_token

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance


@dataclass(frozen=True)
class Margin:
    """Income against cost. `on_cost` = (income - cost) / cost, `on_revenue` = (income - cost) / income;
    None where the divisor is not positive.
    """

    income: float
    cost: float

    @property
    def profit(self) -> float:
        """Income less cost."""
        return self.income - self.cost

    @property
    def on_cost(self) -> float | None:
        """Profit per money spent."""
        return self.profit / self.cost if self.cost > 0 else None

    @property
    def on_revenue(self) -> float | None:
        """Profit per money earned."""
        return self.profit / self.income if self.income > 0 else None


def revenue_by_workload(instance: Instance) -> dict[str, NDArray[np.float64]]:
    """USD per period were all demand served, shape [period], for the workloads that have prices."""
    revenue = {}
    for name, workload in instance.workloads.items():
        if workload.price_usd_per_million_tokens is None:
            continue
        cached = series(instance, name, "cached_tokens_per_s")
        computed = series(instance, name, "input_tokens_per_s") - cached
        tokens = np.array([cached, computed, series(instance, name, "output_tokens_per_s")])
        prices = usd_per_token(workload.price_usd_per_million_tokens, workload.off_peak, instance.timeline)
        seconds = SECONDS_PER_HOUR * instance.timeline.discounted_hours
        revenue[name] = np.asarray((prices * tokens).sum(axis=0) * seconds * (1.0 - workload.free_share))
    return revenue


def margin(
    instance: Instance, cost: float, served_share: dict[str, NDArray[np.float64]] | None = None
) -> Margin:
    """Margin of serving the demand at `cost`; of each workload the share served, shape [period], earns."""
    income = 0.0
    for name, earned in revenue_by_workload(instance).items():
        share = 1.0 if served_share is None else served_share[name]
        income += float((earned * share).sum())
    return Margin(income=income, cost=cost)
