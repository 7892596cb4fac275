"""What goes unserved in lived horizons, and what it costs where the instance does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.instance import Instance

SHED_KEY = "shed_usd_per_million_tokens"


def without_price(instance: Instance) -> list[str]:
    """Workloads that state no price of what goes unserved."""
    return [
        name
        for name, workload in instance.workloads.items()
        if workload.shed_usd_per_million_tokens is None and workload.shed_usd_per_million_requests is None
    ]


def shed_prices(instance: Instance, price: float | None) -> dict[str, float]:
    """Prices of what goes unserved, of workloads that state none."""
    prices = {}
    for name in without_price(instance):
        in_tokens = instance.workloads[name].demand.requests_per_s is None
        assert price is not None
        prices[f"workloads.{name}.{SHED_KEY if in_tokens else 'shed_usd_per_million_requests'}"] = price
    return prices
