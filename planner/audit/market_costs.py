"""Cost of the market's records as the audit computes it: vendors, lending, spend commitments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.outsourcing import list_usd_per_hour

if TYPE_CHECKING:
    from planner.audit.facts import Facts
    from planner.instance.vendor import Vendor


def market_terms(facts: Facts) -> dict[str, float]:
    """USD by cost term; terms without a record are left out."""
    return {**_vendors(facts), **_lending(facts), **_commitments(facts)}


def _vendors(facts: Facts) -> dict[str, float]:
    instance, timeline = facts.instance, facts.instance.timeline
    daily = {name: np.zeros(int(timeline.day.max()) + 1) for name in instance.vendors}
    total = 0.0
    for record in facts.plan.outsourced:
        if record.vendor not in instance.vendors or record.workload not in instance.workloads:
            continue
        usd = list_usd_per_hour(instance, record.vendor, record.workload) * np.asarray(record.share)
        total += float(usd @ timeline.weighted_hours)
        np.add.at(daily[record.vendor], timeline.day, usd * timeline.hours)
    weight = np.array([timeline.weight[timeline.day == day][0] for day in range(int(timeline.day.max()) + 1)])
    discount = sum(
        float(weight @ _discount(vendor, daily[name])) for name, vendor in instance.vendors.items()
    )
    return {"outsource": total} | ({"outsource_discount": -discount} if discount else {}) if total else {}


def _discount(
    vendor: Vendor, spent: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """USD taken off the spending of each day."""
    starts = np.array([tier.above_usd_per_day for tier in vendor.tiers])
    ends = np.append(starts[1:], np.inf)
    taken = np.zeros_like(spent)
    for start, end, tier in zip(starts, ends, vendor.tiers, strict=False):
        taken += tier.discount_share * np.clip(spent - start, 0.0, end - start)
    return taken


def _lending(facts: Facts) -> dict[str, float]:
    credit, hours = 0.0, facts.instance.timeline.weighted_hours
    for record in facts.plan.lent:
        taker = facts.instance.lending.get(record.lending)
        if taker is not None:
            credit += (
                taker.price_usd_per_node_hour
                * float(hours[record.first : record.last + 1].sum())
                * record.nodes
            )
    return {"lending": -credit} if credit else {}


def _commitments(facts: Facts) -> dict[str, float]:
    cost = 0.0
    for record in facts.plan.committed:
        commitment = facts.instance.spend_commitments.get(record.commitment)
        if commitment is None:
            continue
        first, last = commitment.spans(facts.instance.timeline)
        match = np.flatnonzero((first == record.first) & (last == record.last))
        cost += float(commitment.price_usd(facts.instance.timeline)[match].sum()) * record.per_hour
    return {"spend_commitment": cost} if cost else {}
