"""Prices that are probably no prices: zero, and token prices a million times too small or too large.

Feeds write 0 where they have no price, and prices per token are taken for prices per million and the other way
round. Either makes a plan of nothing, so it must be meant: `free: true`, `unusual_price: true`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance.outsourcing import takes
from planner.instance.token_prices import (
    CHEAPEST_KNOWN_USD,
    DEAREST_KNOWN_USD,
    KINDS,
    MOST_UNITS_PER_USD,
    TokenPrices,
    unusual,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance, Workload
    from planner.loader.finding import PathFinding
    from planner.loader.strict_yaml import Path

_SERIES_OF_KIND = {
    "input_hit": "cached_tokens_per_s",
    "input_miss": "input_tokens_per_s",
    "output": "output_tokens_per_s",
}
_PRICE = "price_usd_per_million_tokens"
_ACKNOWLEDGE = "write free: true beside it if it is meant, for a price of 0 is often one that nobody knows"


def token_price_findings(instance: Instance) -> Iterator[PathFinding]:
    """Token prices far outside the market, and workloads' of zero, where nobody says that they are meant."""
    for name, vendor in instance.vendors.items():
        if not vendor.unusual_price:
            yield from _unusual(instance, ("vendors", name), _tables(vendor))
    for name, workload in instance.workloads.items():
        prices = [prices for _, prices in _tables(workload)]
        if prices and not workload.free and not any(getattr(one, kind) for one in prices for kind in KINDS):
            yield ("workloads", name, _PRICE), f"are all 0: {_ACKNOWLEDGE}"
        if not workload.unusual_price:
            yield from _unusual(instance, ("workloads", name), _tables(workload))


def node_price_findings(instance: Instance) -> Iterator[PathFinding]:
    """Prices of zero of nodes that the instance does not call free, and the other way round."""
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            prices, path = channel.prices(), ("fleet", hardware, name)
            costs = any(prices.values())
            if channel.free and costs:
                yield (*path, "free"), "says that the nodes cost nothing, and there is a price above 0"
            elif prices and not costs and not channel.free:
                yield (*path, next(iter(prices))), f"is 0: {_ACKNOWLEDGE}"


def vendor_price_findings(instance: Instance) -> Iterator[PathFinding]:
    """Prices of zero of vendors: only for tokens that none of the work they may take has."""
    for name, vendor in instance.vendors.items():
        served = [one for key, one in instance.workloads.items() if takes(instance, name, key)]
        for path, prices in _tables(vendor) if not vendor.free else ():
            for kind in KINDS:
                if getattr(prices, kind) == 0 and any(_has(workload, kind) for workload in served):
                    yield ("vendors", name, *path, kind), f"is 0: {_ACKNOWLEDGE} (beside the prices)"


def _tables(record: object) -> list[tuple[Path, TokenPrices]]:
    """The prices of a workload or vendor, and those of its cheaper hours, each with its path in it."""
    prices, off_peak = getattr(record, _PRICE), getattr(record, "off_peak", None)
    found: list[tuple[Path, TokenPrices]] = [] if prices is None else [((_PRICE,), prices)]
    if off_peak is not None:
        found.append((("off_peak", _PRICE), off_peak.price_usd_per_million_tokens))
    return found


def _has(workload: Workload, kind: str) -> bool:
    """Whether a workload has tokens of a kind at any time."""
    given = getattr(workload.demand, _SERIES_OF_KIND[kind])
    if kind == "input_miss" and given == workload.demand.cached_tokens_per_s:
        return False
    return bool(given) and (not isinstance(given, tuple) or any(given))


def _unusual(instance: Instance, path: Path, tables: list[tuple[Path, TokenPrices]]) -> Iterator[PathFinding]:
    for inner, prices in tables:
        for kind in unusual(prices, units_per_usd(instance)):
            given = getattr(prices, kind)
            side = "below" if given < 1 else "above"
            yield (
                (*path, *inner, kind),
                f"{given:.6g} per million tokens is {side} all known prices ({CHEAPEST_KNOWN_USD:g} to "
                f"{DEAREST_KNOWN_USD:g} USD): is a factor of a million lost or counted twice? "
                "Write unusual_price: true if it is meant",
            )


def units_per_usd(instance: Instance) -> tuple[float, float]:
    """The least and the most that a dollar may be of the instance's currency."""
    if instance.currency == "USD":
        return 1.0, 1.0
    rate = instance.exchange_rates.get(instance.currency)
    return (rate.per_usd, rate.per_usd) if rate is not None else (0.1, MOST_UNITS_PER_USD)
