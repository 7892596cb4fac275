"""Units are added where a pool of a plan would not stand.

By the choices that it has: the counts that add fewest nodes. Or counted exactly, where the choices are a safe form
that may ask for more than is needed (`planner.model.standing_near`): what such units keep is one more choice then.
Units that share nodes may lie so that a pool misses more than if they lay together or apart: that has a margin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.model.standing_near import NearCounts, is_counted
from planner.optimize.decomposition.heuristic.standing_mixes import Mixes
from planner.optimize.decomposition.problem.both_roles import alone_in_both
from planner.optimize.decomposition.problem.standing_choices import standing_lost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.core.lateness import Late
    from planner.model.encode import WarmStart
    from planner.model.sets import Sets
    from planner.optimize.decomposition.parameters import MixParameters


def standing_kept(sets: Sets, on: NDArray[np.int64]) -> NDArray[np.int64]:
    """Units on[unit, period] with what they lack; the same where nothing is lacking or no counts would do."""
    if sets.standing is None:
        return on
    mended = on.copy()
    for point in standing_lost(sets, on):
        if not point.counts:
            continue
        units, counts = list(point.pool.units), np.array(point.counts)
        more = np.maximum(counts - mended[units, point.period], 0)
        best = int((more @ sets.nodes[units]).argmin())
        mended[units, point.period] += more[best]
    return mended


def standing_grown(sets: Sets, on: NDArray[np.int64], shared: float, late: Late) -> NDArray[np.int64]:
    """Units on[unit, period] and what pools of a loose form lack beside them; as far as it is not `late`.

    Those of units that share nodes may miss a share of what they are allowed to, `shared`.
    """
    grown = on.copy()
    for _, units, period, near in _counted(sets, shared, late):
        have = tuple(on[units, period].tolist())
        found = near.grown(have)
        if found is not None and found != have:
            grown[units, period] = np.maximum(near.trimmed(found, near.usd), have)
    return grown


def standing_mixed(
    sets: Sets, begun: WarmStart, shared: float, mixes: MixParameters, late: Late
) -> NDArray[np.int64]:
    """The same by mixes of units of both roles in place of those of the plan, where these are alone in what they do.

    What keeps no promise then grows.
    """
    on, alone = begun.on, alone_in_both(sets)
    if alone is not None:
        pools = _counted(sets, shared, late)
        nears = {period: near for _, units, period, near in pools if units == alone[0].tolist()}
        on = Mixes.beside(sets, begun, *alone, mixes).found(nears, on, late)
    return standing_grown(sets, on, shared, late)


def counts_kept(
    sets: Sets, on: NDArray[np.int64], shared: float, late: Late
) -> dict[int, tuple[tuple[int, ...], ...]]:
    """Counts of units no more than on[unit, period] that keep pools of a loose form standing, by place of the point."""
    asked = [
        (place, near, tuple(on[units, period].tolist()))
        for place, units, period, near in _counted(sets, shared, late)
    ]
    kept = [(place, near, have) for place, near, have in asked if near.keeps(have)]
    found: dict[int, tuple[tuple[int, ...], ...]] = {place: (have,) for place, _, have in kept}
    for place, near, have in kept:  # as they are where there is no time for less
        if late():
            break
        found[place] = (near.trimmed(have, near.usd),)
    return found


def _counted(sets: Sets, shared: float, late: Late) -> Iterator[tuple[int, list[int], int, NearCounts]]:
    """Places of points whose counts decide whether they stand, their units and period; a unit costs its nodes."""
    standing = sets.standing
    if standing is None:
        return
    for place, (point, question) in enumerate(zip(standing.points, standing.questions, strict=True)):
        if is_counted(point, question) and not late():
            units, pool = list(point.pool.units), question.pool
            if any(law.lies_anywhere for law in question.laws):
                pool = replace(pool, kept=1.0 - shared * (1.0 - pool.kept))
            asked = replace(question, pool=pool)
            near = NearCounts(asked, sets.nodes[units], np.ones(len(units), dtype=bool), late)
            yield place, units, point.period, near
