"""Network between users and units: what it adds to the time to first token, and which units it rules out.

    network[u, w] = max over the routes of w that begin at the place of u                          ms; units that read

Which route a request takes is decided by the plan, so the slowest counts of those that a unit keeps the time of: none
over a link for most units, those over some links for units that read for these (`planner.rates.places`). A unit that
no route of a workload begins (answers: ends) at does not serve it, and one that reads for links which lead to no unit
that answers is left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.deployment import Phase
from planner.rates.places import has_places, may_take, network_ms, places_of_units, routes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.rates.places import Place
    from planner.rates.rates import RateDetail, Unit, Work


def add_network(
    instance: Instance,
    units: Sequence[Unit],
    works: tuple[Work, ...],
    rate: NDArray[np.float64],
    details: list[dict[str, RateDetail]],
) -> dict[int, str]:
    """Put the network into the details of all units that read, after transfers; drop units where they may not serve.

    Returns the reason by unit. Nothing changes where all nodes stand at one place.
    """
    if not has_places(instance):
        return {}
    reasons: dict[int, str] = {}
    places = places_of_units(instance, units)
    for column, work in enumerate(works):
        delays = _delays(instance, work)
        for unit in np.flatnonzero(rate[:, column]).tolist():
            delay, detail = delays.get(places[unit]), details[unit][work.name]
            reason = _why_not(instance, work, places[unit], delay, detail)
            if reason is not None:
                rate[unit, column] = 0.0
                reasons[unit] = reason
            elif work.phase is not Phase.DECODE:
                details[unit][work.name] = replace(detail, network_ms=delay or 0.0)
    return reasons


def drop_unanswered(
    instance: Instance, units: Sequence[Unit], works: tuple[Work, ...], rate: NDArray[np.float64]
) -> dict[int, str]:
    """Drop units that read for links over which nobody answers; returns the reason by unit."""
    places = places_of_units(instance, units)
    answered: set[tuple[Place, str]] = set()
    over = [way for way in routes_of(instance) if way.link is not None] if has_places(instance) else []
    for column, work in enumerate(works):
        answering = {places[unit] for unit in np.flatnonzero(rate[:, column]).tolist()}
        for way in over if work.phase is Phase.DECODE else ():
            if way.last in answering and may_take(instance, work.workload, way):
                answered.add((way.first, work.workload))
    reasons: dict[int, str] = {}
    for index, unit in enumerate(units):
        read = {works[column].workload for column in np.flatnonzero(rate[index]).tolist()}
        if unit.over and not any((places[index], workload) in answered for workload in read):
            rate[index] = 0.0
            reasons[index] = f"nobody answers over {', '.join(unit.over)} what it reads in time"
    return reasons


def _delays(instance: Instance, work: Work) -> dict[Place, float]:
    """Longest network time of the routes that a work may take, by the place where it is done."""
    delays: dict[Place, float] = {}
    for way in routes_of(instance):
        if may_take(instance, work.workload, way):
            place = way.last if work.phase is Phase.DECODE else way.first
            delays[place] = max(delays.get(place, 0.0), network_ms(instance, work.workload, way))
    return delays


def _why_not(
    instance: Instance, work: Work, place: Place, delay: float | None, detail: RateDetail
) -> str | None:
    """Why a unit at a place does not do a work; None where it may."""
    workload = instance.workloads[work.workload]
    if delay is None:
        region = "" if workload.region is None else f" from region '{workload.region}'"
        return f"'{place.site}' is no site that may serve {work.workload}{region} in time"
    if workload.sla.ttft_ms is None or work.phase is Phase.DECODE:
        return None
    limit_ms = min(workload.sla.ttft_ms.limits().values())
    if (detail.prefill_ms or 0.0) + (detail.kv_transfer_ms or 0.0) + delay > limit_ms:
        return "prefill and the network are out of reach of the time to first token"
    return None
