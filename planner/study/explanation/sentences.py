"""An explanation in sentences: what is full and what more of it saves, what lost to what and why, what costs when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.units import HOURS_PER_DAY
from planner.plan.period_names import period_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.study.explanation.records import (
        Beside,
        Commitment,
        Explanation,
        FullChannel,
        Lost,
        NextBest,
    )

MOST_LOST, MOST_BESTS = 5, 3
SAME_SPEED = 0.005
"""Units whose nodes differ by less are as fast as each other, in words."""


def sentences(found: Explanation) -> Iterator[str]:
    """The sentences, the most telling kinds first; money is of the time of the plan."""
    yield from (_full(found, one) for one in found.full)
    lost = [one for one in found.lost if one.kind == "unit" and one.beside is not None and one.throughout]
    yield from (_lost(one, one.beside) for one in lost[:MOST_LOST] if one.beside is not None)
    if len(lost) > MOST_LOST:
        yield f"{len(lost) - MOST_LOST} units more lost; the table says by how much."
    yield from (_pays_from(one) for one in found.break_even if one.hours_per_day is not None)
    if not found.nearby:
        yield from _bests(found)
        yield from _dearest(found)


def _full(found: Explanation, one: FullChannel) -> str:
    every = len(found.hours)
    unit = "hours" if found.period_hours == 1.0 else "periods"
    count = f"all {every}" if one.full_periods == every else f"{one.full_periods} of {every}"
    head = f"{one.channel} is full in {count} {unit}"
    nodes = "one node more" if one.increment_nodes == 1 else f"{one.increment_nodes} nodes more"
    if one.saving is None:
        return f"{head}."
    if round(one.saving, 2) <= 0.0:
        return f"{head}; {nodes} would save nothing."
    verb = "saves" if one.increment_nodes == 1 else "save"
    return f"{head}; {nodes} {verb} {_money(one.saving)} {found.currency} {found.duration}."


def _lost(one: Lost, beside: Beside) -> str:
    head = f"{one.name} lost to {beside.winner}"
    at_a_time = f"{beside.nodes:,.4g} nodes at a time waste {_share(beside.waste_share)}"
    if beside.nodes <= 1.0:
        at_a_time = f"units of its size waste {_share(beside.waste_share)}"
    if beside.faster_share > SAME_SPEED:
        speed = f"{_share(beside.faster_share)} faster by the node"
        if beside.waste_share - beside.winner_waste_share > 0.0:
            return f"{head}: {speed}, but {at_a_time} ({beside.winner}: {_share(beside.winner_waste_share)})."
        return f"{head}: {speed}, but {one.why}."
    if beside.faster_share < -SAME_SPEED:
        return f"{head}: {_share(-beside.faster_share)} slower by the node."
    return f"{head}: as fast by the node, but {at_a_time} ({beside.winner}: {_share(beside.winner_waste_share)})."


def _bests(found: Explanation) -> Iterator[str]:
    """What the dearest to lose would cost, and what cannot be done without."""
    needed = [one.without for one in found.next_best if one.possible is False]
    if needed:
        which = needed[0] if len(needed) == 1 else f"{', '.join(needed[:-1])} or {needed[-1]}"
        yield f"Without {which} there is no plan."
    rest = [one for one in found.next_best if one.possible is not False and (one.at_least or one.at_most)]
    rest.sort(key=lambda one: -(one.at_least or one.at_most or 0.0))
    yield from (_without(found, one) for one in rest[:MOST_BESTS])


def _without(found: Explanation, one: NextBest) -> str:
    least, most = (None if cost is None else _money(cost) for cost in (one.at_least, one.at_most))
    if least is None or most is None:
        between = f"at most {most}" if least is None else f"at least {least}"
    else:
        between = least if most == least else f"{least} to {most}"
    return f"Without {one.without} it costs {between} {found.currency} more {found.duration}."


def _pays_from(one: Commitment) -> str:
    if one.hours_per_day is not None and one.hours_per_day > HOURS_PER_DAY:
        return f"{one.channel} never pays: hiring costs less around the clock."
    return (
        f"{one.channel} pays from {one.hours_per_day:.1f} h of use a day"
        + ("" if one.last_node_hours is None else f"; its last node is used {one.last_node_hours:.1f} h")
        + ("" if one.next_node_hours is None else f"; one more would be used {one.next_node_hours:.1f} h")
        + "."
    )


def _dearest(found: Explanation) -> Iterator[str]:
    for work in dict.fromkeys(one.work for one in found.marginals):
        prices = [one for one in found.marginals if one.work == work]
        high = max(prices, key=lambda one: one.relaxed_per_million)
        low = min(prices, key=lambda one: one.relaxed_per_million)
        dearest, cheapest = (f"{one.relaxed_per_million:,.4g}" for one in (high, low))
        head = f"A million tokens more of {work} costs {dearest} {found.currency} in the long run"
        if dearest == cheapest:
            yield f"{head}, whenever it comes."
        else:
            yield f"{head} at {_moment(high.period)}, and {cheapest} at {_moment(low.period)}."


def _moment(label: str) -> str:
    """When a period begins, with its stage or scenario where it has one."""
    named = period_name(label)
    return f"{named.block} {named.start:%Y-%m-%d %H:%M}".strip()


def _money(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"


def _share(value: float) -> str:
    return f"{value:.0%}" if value >= 0.0995 else f"{value:.1%}"
