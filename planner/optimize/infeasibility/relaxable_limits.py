"""Limits that a user can move, each with the rows of the formulation it stands in.

A new kind of limit is one function here and its place in `_KINDS`. Physical rows (demand, throughput, fleet,
start) are never among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_MONTH
from planner.model.families.limits import THOUSAND, offers_by_year
from planner.model.families.supply import weeks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.model.sets import Sets


# kinds of channel whose supply is stated under another key than max_nodes
_LIMIT_KEYS = {"existing": "nodes"}


@dataclass(frozen=True)
class RelaxableLimit:
    """A limit: its key in the instance, its value, and how moving it by one `unit` enters the rows.

    `rows` maps row names to the coefficient of the slack. `step` is +1 where the repair raises the limit and
    -1 where it lowers it, by at most `most`. `usd` is what one unit moved costs over the horizon at most,
    None where the move itself has no price.
    """

    key: str
    unit: str
    limit: float
    step: int
    rows: dict[str, float]
    most: float
    whole: bool
    usd: float | None = None


def relaxable_limits_of(sets: Sets) -> tuple[RelaxableLimit, ...]:
    """Every limit of the data that can stand in the way of a plan."""
    return tuple(relaxable for kind in _KINDS for relaxable in kind(sets))


def node_usd(sets: Sets, channel: int) -> float:
    """USD of one more node of a channel held in every period that it offers, by its cheapest offers."""
    offers = sets.channels[channel].offers
    length = (sets.last - sets.first + 1)[offers]
    by_period = sets.offer_price[offers] / length
    inside = (sets.first[offers][:, None] <= np.arange(sets.periods)) & (
        np.arange(sets.periods) <= sets.last[offers][:, None]
    )
    cheapest = np.where(inside, by_period[:, None], np.inf).min(axis=0, initial=np.inf)
    running = sets.running_usd[channel] @ sets.timeline.weighted_hours
    return float(cheapest[np.isfinite(cheapest)].sum() + running)


def _channels(sets: Sets) -> Iterator[RelaxableLimit]:
    for place, channel in enumerate(sets.channels):
        key = f"fleet.{channel.label(sets)}"
        useful = float(sets.node_limit[channel.hardware])
        if channel.maximum_nodes is not None and channel.offers.stop > channel.offers.start:
            rows = {f"procurement_max_{place}_{period}": -1.0 for period in range(sets.periods)}
            usd = node_usd(sets, place) or None
            name = f"{key}.{_LIMIT_KEYS.get(channel.kind, 'max_nodes')}"
            yield RelaxableLimit(name, "nodes", channel.maximum_nodes, 1, rows, useful, True, usd)
        if channel.minimum_nodes > 0:
            rows = {f"procurement_min_{place}_{period}": 1.0 for period in range(sets.periods)}
            yield RelaxableLimit(
                f"{key}.min_nodes", "nodes", channel.minimum_nodes, -1, rows, channel.minimum_nodes, True
            )


def _supply(sets: Sets) -> Iterator[RelaxableLimit]:
    for place, channel in enumerate(sets.channels):
        key = f"fleet.{channel.label(sets)}"
        useful, usd = float(sets.node_limit[channel.hardware]), node_usd(sets, place)
        if channel.maximum_new_nodes is not None:
            offers = range(channel.offers.start, channel.offers.stop)
            rows = {f"supply_offer_{offer}": -1.0 for offer in offers}
            yield RelaxableLimit(
                f"{key}.max_new_nodes", "nodes", channel.maximum_new_nodes, 1, rows, useful, True, usd
            )
        weekly = channel.maximum_new_nodes_per_week
        if weekly is not None:
            rows = {f"supply_{place}_{number}": -weeks for number, _, weeks in weeks_of(sets, place)}
            yield RelaxableLimit(
                f"{key}.max_new_nodes_per_week", "nodes a week", weekly, 1, rows, useful, True, usd
            )


def _money(sets: Sets) -> Iterator[RelaxableLimit]:
    limits = sets.market.limits
    if limits.capex_usd is not None:
        rows = {"limits_capex": -1.0 / THOUSAND}
        yield RelaxableLimit("limits.capex_usd", "USD", limits.capex_usd, 1, rows, np.inf, False)
    if limits.capex_usd_per_year is not None:
        rows = {f"limits_capex_{year}": -1.0 / THOUSAND for year, _ in offers_by_year(sets)}
        yield RelaxableLimit(
            "limits.capex_usd_per_year", "USD", limits.capex_usd_per_year, 1, rows, np.inf, False
        )
    if limits.usd_per_month is not None:
        months = float(sets.timeline.weighted_hours.sum()) / HOURS_PER_MONTH
        rows = {"limits_month": -months / THOUSAND}
        yield RelaxableLimit(
            "limits.usd_per_month", "USD a month", limits.usd_per_month, 1, rows, np.inf, False, months
        )


def _places(sets: Sets) -> Iterator[RelaxableLimit]:
    limits = sets.market.limits
    for number, (site, power) in enumerate(limits.sites.items()):
        rows = {f"limits_power_{number}_{period}": -1.0 for period in range(sets.periods)}
        yield RelaxableLimit(f"limits.sites.{site}.power_kw", "kW", power.power_kw, 1, rows, np.inf, False)
    for number, (provider, nodes) in enumerate(limits.providers.items()):
        key = f"limits.providers.{provider}"
        if nodes.max_nodes is not None:
            rows = {f"limits_provider_{number}_max_{period}": -1.0 for period in range(sets.periods)}
            most = float(sets.node_limit.sum())
            yield RelaxableLimit(f"{key}.max_nodes", "nodes", nodes.max_nodes, 1, rows, most, True)
        if nodes.min_nodes:
            rows = {f"limits_provider_{number}_min_{period}": 1.0 for period in range(sets.periods)}
            yield RelaxableLimit(
                f"{key}.min_nodes", "nodes", nodes.min_nodes, -1, rows, nodes.min_nodes, True
            )


def _variety(sets: Sets) -> Iterator[RelaxableLimit]:
    kinds = sets.market.limits.hardware_types
    if kinds is not None:
        most = float(max(0, len(sets.hardware) - kinds))
        yield RelaxableLimit("limits.hardware_types", "kinds", kinds, 1, {"limits_kinds": -1.0}, most, True)


def _vendors(sets: Sets) -> Iterator[RelaxableLimit]:
    for place, vendor in enumerate(sets.market.vendors):
        limit = vendor.most_tokens_per_s
        if np.isfinite(limit):
            rows = {f"outsource_limit_{place}_{period}": -1.0 / limit for period in range(sets.periods)}
            yield RelaxableLimit(
                f"vendors.{vendor.name}.max_tokens_per_s", "tokens/s", limit, 1, rows, np.inf, False
            )


def _commitments(sets: Sets) -> Iterator[RelaxableLimit]:
    for place, plan in enumerate(sets.market.commitments):
        limit = plan.most_usd_per_hour
        if np.isfinite(limit):
            rows = {f"spend_max_{place}_{period}": -1.0 for period in range(sets.periods)}
            hours = float(sets.timeline.weighted_hours.sum())
            key = f"spend_commitments.{plan.name}.max_usd_per_hour"
            yield RelaxableLimit(key, "USD an hour", limit, 1, rows, np.inf, False, hours)


def _change(sets: Sets) -> Iterator[RelaxableLimit]:
    change = sets.change
    if change is not None and np.isfinite(change.most_nodes):
        rows = {
            f"change_{way}_{period}": -1.0 for way in ("joining", "leaving") for period in range(sets.periods)
        }
        most = float(sets.node_limit.sum() + change.earlier.sum(axis=0).max() + change.gone.max())
        yield RelaxableLimit("limits.change.max_nodes_moved", "nodes", change.most_nodes, 1, rows, most, True)
    if change is not None and np.isfinite(change.most_pools):
        most = float(len(sets.units) + change.gone_pools)
        rows = {"change_pools": -1.0}
        yield RelaxableLimit(
            "limits.change.max_pools_changed", "pools", change.most_pools, 1, rows, most, True
        )


def _risk(sets: Sets) -> Iterator[RelaxableLimit]:
    if sets.risk is not None and sets.risk.cvar_limit_usd is not None:
        limit = sets.risk.cvar_limit_usd
        yield RelaxableLimit("risk.cvar_limit_usd", "USD", limit, 1, {"risk_limit": -1.0}, np.inf, False, 1.0)


_KINDS: tuple[Callable[[Sets], Iterator[RelaxableLimit]], ...] = (
    *(_channels, _supply, _money, _places),
    *(_variety, _vendors, _commitments, _change, _risk),
)
