"""Rules on change: no more nodes move and no more pools change against the earlier plan than may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.verify.audit.facts import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts


def change(facts: Facts) -> Iterator[Broken]:
    """Pool by pool, the nodes of this plan against those of the earlier one."""
    asked = facts.instance.limits.change
    if asked is None:
        return
    now: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for unit in facts.plan.units:
        if len(unit.on) == facts.periods:
            now[unit.unit] = now.get(unit.unit, np.zeros(facts.periods)) + np.array(unit.on) * unit.nodes
    nothing = np.zeros(facts.periods)
    names = sorted({*now, *asked.pools})
    difference = [now.get(name, nothing) - np.array(asked.pools.get(name, nothing)) for name in names]
    joined = sum((np.maximum(pool, 0.0) for pool in difference), nothing)
    left = sum((np.maximum(-pool, 0.0) for pool in difference), nothing)
    most = asked.max_nodes_moved
    if most is not None:
        for period in np.flatnonzero(np.maximum(joined, left) > most + TOLERANCE):
            moved = float(max(joined[period], left[period]))
            yield f"period {period}", f"{moved:g} nodes move, at most {most} may", moved - most
    changed = sum(bool(pool.any()) for pool in difference)
    if asked.max_pools_changed is not None and changed > asked.max_pools_changed:
        message = f"{changed} pools change, at most {asked.max_pools_changed} may"
        yield "pools", message, float(changed - asked.max_pools_changed)


change_rules = (("change", change),)
