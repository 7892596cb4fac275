"""Start: units that run now and did not before were started; a started unit stays on for a while.

    start[u,t] >= on[u,t] - on[u,previous(t)]                                        all u, t
    sum_{j < minimum_up} start[u, t - j] <= on[u,t]                                  all u, t, minimum_up > 1

units. `minimum_up` counts the periods of the minimum up time or, where that is longer, of the start-up time: what
starts is not stopped before it serves. `previous` wraps around cyclic days; before the first period of others
nothing ran. Where the minimum up
time is longer than a day that repeats, the starts of a period count once for every day of which they are still
on: each day the same number is started, and those of the days before still run. The second row is the turn-on
inequality of Rajan and Takriti (IBM RC23628, 2005). Dual: USD per start avoided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.axes import PERIOD, UNIT
from planner.model.decision import DecisionVariable, Domain, domain, everywhere
from planner.model.treatment import Treatment, dropped, kept
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.variables import Row


def _start(sets: Sets) -> Domain:
    return domain(everywhere(sets.on_limit.shape), 2, upper=sets.on_limit.ravel())


VARIABLES = (
    DecisionVariable(
        "start",
        (UNIT, PERIOD),
        _start,
        "units",
        "switched on at the beginning of the period",
        whole=True,
    ),
)

AUDITED_BY = ("minimum up", "cost terms")


def applies(sets: Sets) -> bool:
    """Where starts cost something, take time, or bind a unit to stay on."""
    return sets.has_starts


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    if sets.lost_share.any() or sets.minimum_up > 1:
        return dropped("a start takes no time and binds to nothing, so that units serve no less")
    return kept("starts cost what the schedule says")


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One or two rows per unit and period."""
    previous = sets.timeline.previous.tolist()
    on, start = variables["on"], variables["start"]
    for unit in range(len(sets.units)):
        for period, before in enumerate(previous):
            terms = [(start[unit, period], 1.0), (on[unit, period], -1.0)]
            if before >= 0:
                terms.append((on[unit, before], 1.0))
            yield "", (unit, period), affine(terms) >= 0
            if sets.minimum_up > 1:
                recent = [(start[unit, at], times) for at, times in started_lately(sets, period)]
                yield "up", (unit, period), affine([*recent, (on[unit, period], -1.0)]) <= 0


def started_lately(sets: Sets, period: int) -> list[tuple[int, float]]:
    """Periods whose starts must still be on in `period`, itself included, and how many times they count.

    More times than units can ever be on say no more than one beyond them: nothing may start there.
    """
    lately, at = [period], int(sets.timeline.previous[period])
    while at >= 0 and at != period and len(lately) < sets.minimum_up:
        lately.append(at)
        at = int(sets.timeline.previous[at])
    repeats = at == period
    most = float(sets.on_limit.max(initial=0)) + 1.0
    times = [-(-(sets.minimum_up - lag) // len(lately)) if repeats else 1 for lag in range(len(lately))]
    return [(at, min(float(count), most)) for at, count in zip(lately, times, strict=True)]
