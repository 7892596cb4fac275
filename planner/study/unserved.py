"""What goes unserved in lived horizons and rolled days, and what it costs where the instance does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.errors import Fault

if TYPE_CHECKING:
    from planner.instance import Instance

SHED_KEY = "shed_usd_per_million_tokens"
OPTION = "--shed-usd-per-million"


def without_price(instance: Instance) -> list[str]:
    """Workloads that state no price of what goes unserved."""
    return [
        name
        for name, workload in instance.workloads.items()
        if workload.shed_usd_per_million_tokens is None and workload.shed_usd_per_million_requests is None
    ]


def price_faults(instance: Instance, price: float | None) -> list[Fault]:
    """Workloads without a price, where no `price` is given for them; one that is given where none needs it."""
    lacking = without_price(instance)
    if price is None:
        words = (
            "needs a price of what goes unserved, for demand above what was planned for: state it, or give"
        )
        return [Fault(f"{words} {OPTION}", f"workloads.{name}") for name in lacking]
    words = "changes nothing: every workload states what goes unserved costs"
    return [] if lacking else [Fault(words, OPTION)]


def shed_prices(instance: Instance, price: float | None) -> dict[str, float]:
    """Prices of what goes unserved, of workloads that state none."""
    prices = {}
    for name in without_price(instance):
        in_tokens = instance.workloads[name].demand.requests_per_s is None
        assert price is not None
        prices[f"workloads.{name}.{SHED_KEY if in_tokens else 'shed_usd_per_million_requests'}"] = price
    return prices
