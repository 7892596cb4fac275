"""Start: units that run now and did not before were started; a started unit stays on for a while.

    start[u,t] >= on[u,t] - on[u,previous(t)]                                        all u, t
    sum_{j < minimum_up} start[u, t - j] <= on[u,t]                                  all u, t, minimum_up > 1

units. `previous` wraps around cyclic days; before the first period of others nothing ran. The second row is
the turn-on inequality of Rajan and Takriti (IBM RC23628, 2005). Dual: USD per start avoided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.model.sets import Sets


def applies(sets: Sets) -> bool:
    """Where starts cost something, take time, or bind a unit to stay on."""
    return sets.has_starts


def rows(sets: Sets, variables: Variables) -> Iterator[tuple[str, pulp.LpConstraint]]:
    """One or two rows per unit and period."""
    previous = sets.timeline.previous.tolist()
    for unit, (on, start) in enumerate(zip(variables.on, variables.start, strict=True)):
        for period, before in enumerate(previous):
            terms = [(start[period], 1.0), (on[period], -1.0)]
            if before >= 0:
                terms.append((on[before], 1.0))
            yield f"start_{unit}_{period}", affine(terms) >= 0
            if sets.minimum_up > 1:
                recent = [(start[at], 1.0) for at in started_lately(sets, period)]
                yield f"start_up_{unit}_{period}", affine([*recent, (on[period], -1.0)]) <= 0


def started_lately(sets: Sets, period: int) -> list[int]:
    """Periods whose starts must still be on in `period`: the last `minimum_up` ones, itself included."""
    lately, at = [], period
    for _ in range(min(sets.minimum_up, sets.periods)):
        if at < 0:
            break
        lately.append(at)
        at = int(sets.timeline.previous[at])
    return lately
