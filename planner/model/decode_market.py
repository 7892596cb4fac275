"""Decode the market: what is left to nobody or to vendors, what is lent, what is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.plan.contents import Committed, Lent, Outsourced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.values import Values


def shed_demand(sets: Sets, values: Values) -> NDArray[np.float64]:
    """Demand left unserved, shape [work, period]: the same share of every phase."""
    return np.asarray(sets.demand * values.shed[list(sets.market.workload_of)])


def outsourced_demand(sets: Sets, values: Values) -> NDArray[np.float64]:
    """Demand that vendors take, shape [work, period]."""
    share = values.market["outsource"].sum(axis=0)
    if not share.size:
        return np.zeros_like(sets.demand)
    return np.asarray(sets.demand * share[list(sets.market.workload_of)])


def outsourced_of(sets: Sets, values: Values) -> tuple[Outsourced, ...]:
    """Workloads of which a vendor takes a share."""
    records: list[Outsourced] = []
    for place, vendor in enumerate(sets.market.vendors):
        for workload in vendor.takes:
            share = values.market["outsource"][place, workload]
            if not share.any():
                continue
            cost = float(share @ (vendor.usd_per_hour[workload] * sets.timeline.discounted_hours))
            name = sets.market.workloads[workload]
            records.append(Outsourced(vendor.name, name, tuple(share.tolist()), cost))
    return tuple(records)


def lent_of(sets: Sets, values: Values) -> tuple[Lent, ...]:
    """Blocks of nodes lent."""
    records: list[Lent] = []
    for place, taker in enumerate(sets.market.lendings):
        for block in np.flatnonzero(values.market["lend"][place]).tolist():
            nodes = int(values.market["lend"][place, block]) * taker.block_nodes
            first, last = int(taker.first[block]), int(taker.last[block])
            credit = float(taker.credit_usd_per_node[block] * nodes)
            records.append(Lent(taker.name, sets.hardware[taker.hardware], first, last, nodes, credit))
    return tuple(records)


def committed_of(sets: Sets, values: Values) -> tuple[Committed, ...]:
    """Spending committed."""
    records: list[Committed] = []
    for place, plan in enumerate(sets.market.commitments):
        for span in np.flatnonzero(values.market["commit"][place]).tolist():
            per_hour = float(values.market["commit"][place, span]) * plan.increment_usd_per_hour
            first, last = int(plan.first[span]), int(plan.last[span])
            records.append(
                Committed(plan.name, first, last, per_hour, float(plan.price_usd[span] * per_hour))
            )
    return tuple(records)
