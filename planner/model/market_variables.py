"""Variables of the market, by name and position on their axes.

outsource[vendor, workload, period]   0..1      share of the demand that the vendor takes, every phase of it
tier[vendor, day, tier]               >= 0      USD of the day's list spending that falls into a tier
reached[vendor, day, tier]            binary    whether the day's spending fills every tier below
lend[lending, block]                  integer   multiples of block_nodes lent for a block
commit[commitment, span]              integer   increments of spending committed for a span
pick[unit, work]                      binary    whether a work that may not be split goes to a unit
kind[hardware]                        binary    whether a hardware is held at all
joining, leaving[unit, period]        >= 0      nodes that join and leave a pool against the earlier plan
changed[unit]                         binary    whether a pool has another size than in the earlier plan
backlog[work, period]                 >= 0      work that waits at the end of a period, in work_scale[work] times hours
unread[workload, period, lag]         0..1      share of the prompts that came so many periods before, unread at its end
beyond[workload, period, lag]         binary    whether prompts that came so long ago, or longer, may be unread
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pulp

from planner.model.risk import risk_shapes, risk_variables

if TYPE_CHECKING:
    from planner.model.change import ChangeSet
    from planner.model.grid import Grid
    from planner.model.sets import Sets

FAMILY_OF = {
    **dict.fromkeys(("outsource", "tier", "reached"), "outsource"),
    **{"lend": "lending", "commit": "spend", "pick": "single_pool", "kind": "limits"},
    **dict.fromkeys(("backlog", "unread", "beyond"), "deferral"),
    **dict.fromkeys(("joining", "leaving", "changed"), "change"),
    **dict.fromkeys(("premium", "tail", "excess"), "risk"),
}
"""The family that says of a variable what the decomposition may do with it. A variable without is not covered."""
WHOLE = frozenset({"lend", "commit", "pick", "kind", "reached", "changed", "beyond"})


def market_shapes(sets: Sets) -> dict[str, tuple[int, ...]]:
    """Axes of every market variable."""
    market = sets.market
    tiers = max((len(vendor.tier_from) for vendor in market.vendors), default=0)
    days = int(sets.timeline.day.max(initial=-1)) + 1
    blocks = max((len(lending.first) for lending in market.lendings), default=0)
    spans = max((len(plan.first) for plan in market.commitments), default=0)
    return {
        "outsource": (len(market.vendors), len(market.workloads), sets.periods),
        "tier": (len(market.vendors), days, tiers),
        "reached": (len(market.vendors), days, tiers),
        "lend": (len(market.lendings), blocks),
        "commit": (len(market.commitments), spans),
        "pick": (len(sets.units), len(sets.works)),
        "kind": (len(sets.hardware),),
        "joining": (len(sets.units), sets.periods),
        "leaving": (len(sets.units), sets.periods),
        "changed": (len(sets.units),),
        "backlog": (len(sets.works), sets.periods),
        "unread": (len(market.workloads), sets.periods, _most_lags(sets)),
        "beyond": (len(market.workloads), sets.periods, _most_lags(sets)),
        **risk_shapes(sets),
    }


def market_variables(problem: pulp.LpProblem, sets: Sets) -> dict[str, Grid]:
    """Create those that the data asks for."""
    grids: dict[str, Grid] = {name: {} for name in market_shapes(sets)}
    _vendor_variables(problem, sets, grids)
    for place, lending in enumerate(sets.market.lendings):
        multiples = lending.max_nodes // lending.block_nodes
        for block in range(len(lending.first)):
            grids["lend"][place, block] = _integer(problem, f"lend_{place}_{block}", multiples)
    for place, plan in enumerate(sets.market.commitments):
        steps = float(np.floor(plan.most_usd_per_hour / plan.increment_usd_per_hour + 1e-9))
        for span in range(len(plan.first)):
            grids["commit"][place, span] = _integer(problem, f"commit_{place}_{span}", steps)
    for work in sets.market.single_pool:
        for unit in np.flatnonzero(sets.rate[:, work]).tolist():
            grids["pick"][unit, work] = _integer(problem, f"pick_{unit}_{work}", 1)
    if sets.market.limits.hardware_types is not None:
        for hardware in range(len(sets.hardware)):
            grids["kind"][hardware,] = _integer(problem, f"kind_{hardware}", 1)
    if sets.change is not None:
        _change_variables(problem, sets, sets.change, grids)
    for work, most in (sets.deferral.most if sets.deferral is not None else {}).items():
        for period, high in enumerate((most / sets.work_scale[work]).tolist()):
            grids["backlog"][work, period] = problem.add_variable(f"backlog_{work}_{period}", 0, high)
    for order in sets.deferral.orders if sets.deferral is not None else ():
        for period, lags in order.came.items():
            for lag in lags:
                where = order.workload, period, lag
                name = "_".join(map(str, where))
                grids["unread"][where] = problem.add_variable(f"unread_{name}", 0, 1)
                if lag != lags[0]:
                    grids["beyond"][where] = _integer(problem, f"beyond_{name}", 1)
    return grids | risk_variables(problem, sets)


def _most_lags(sets: Sets) -> int:
    """Periods back to the oldest job that may wait while jobs of other proportions do."""
    orders = sets.deferral.orders if sets.deferral is not None else ()
    return max((lags[-1] + 1 for order in orders for lags in order.came.values()), default=0)


def _change_variables(problem: pulp.LpProblem, sets: Sets, change: ChangeSet, grids: dict[str, Grid]) -> None:
    for unit in range(len(sets.units)):
        for period in range(sets.periods) if np.isfinite(change.most_nodes) else ():
            for name in ("joining", "leaving"):
                grids[name][unit, period] = problem.add_variable(f"{name}_{unit}_{period}", 0)
        if np.isfinite(change.most_pools):
            grids["changed"][unit,] = _integer(problem, f"changed_{unit}", 1)


def _vendor_variables(problem: pulp.LpProblem, sets: Sets, grids: dict[str, Grid]) -> None:
    days = range(int(sets.timeline.day.max(initial=-1)) + 1)
    for place, vendor in enumerate(sets.market.vendors):
        for workload in vendor.takes:
            for period in range(sets.periods):
                name = f"outsource_{place}_{workload}_{period}"
                grids["outsource"][place, workload, period] = problem.add_variable(name, 0, 1)
        for day in days:
            for tier in range(len(vendor.tier_from)):
                grids["tier"][place, day, tier] = problem.add_variable(f"tier_{place}_{day}_{tier}", 0)
                grids["reached"][place, day, tier] = _integer(problem, f"reached_{place}_{day}_{tier}", 1)


def _integer(problem: pulp.LpProblem, name: str, most: float) -> pulp.LpVariable:
    return problem.add_variable(name, 0, int(most) if np.isfinite(most) else None, pulp.LpInteger)
