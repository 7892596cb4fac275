"""Why an instance has no plan, in sentences for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.deployment import PHASES_OF_ROLE
from planner.model.prepare import sets_of
from planner.optimize.infeasibility.diagnosis import diagnose, scaled
from planner.optimize.infeasibility.hardest import WINDOW, hardest_window, is_long
from planner.optimize.infeasibility.messages import reasons_of
from planner.optimize.infeasibility.unservable import unservable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.model.sets import Sets
    from planner.rates import Rates, Work

MOST_REJECTIONS = 4


def infeasible_reasons(instance: Instance, rates: Rates, sets: Sets, seed: int = 1) -> tuple[str, ...]:
    """What is short, where and by how much, and the cheapest repairs.

    Work that no unit can do at all is reported first and alone, with why the options fell away. Of a long horizon
    the hardest window is looked at.
    """
    helpless = unservable(sets)
    if helpless:
        return tuple(sentence for work in helpless for sentence in _without_unit(instance, rates, sets, work))
    apart = tuple(_without_route(sets))
    if apart:
        return apart
    absent = tuple(_without_offer(sets))
    if not is_long(instance):
        found = diagnose(sets, seed=seed)
        return (*reasons_of(found, instance.labels(), instance.currency), *absent)
    part = hardest_window(instance, rates)
    found = scaled(diagnose(sets_of(part, rates), seed=seed), instance.horizon.periods / WINDOW)
    return (
        f"looked at {WINDOW:,} of {instance.horizon.periods:,} periods, from {part.labels()[0]} on, where "
        "demand is closest to its peak; prices are for the whole horizon",
        *reasons_of(found, part.labels(), instance.currency),
        *absent,
    )


def _without_unit(instance: Instance, rates: Rates, sets: Sets, place: int) -> Iterator[str]:
    work = sets.works[place]
    period = int(np.argmax(sets.demand[place]))
    yield (
        f"no deployment unit can do the work {work.name}: {sets.demand[place, period]:,.0f} per s "
        f"are required at {instance.labels()[period]}"
    )
    why = [f"{option.name}: {option.why}" for option in rates.rejected if _could_do(work, option.role)]
    yield from why[:MOST_REJECTIONS]
    if len(why) > MOST_REJECTIONS:
        yield f"... and {len(why) - MOST_REJECTIONS} more: see `planner rates`"
    if not why:
        yield f"repair: add a deployment with the role {' or '.join(_roles(work))}, or with measured rates"


def _without_route(sets: Sets) -> Iterator[str]:
    """Workloads that must be served, and whose phases have units only at places that no route joins."""
    for workload, name in enumerate(sets.market.workloads if sets.sites is not None else ()):
        assert sets.sites is not None
        works = [work for work, of in enumerate(sets.market.workload_of) if of == workload]
        sold = any(workload in vendor.takes for vendor in sets.market.vendors)
        due = any(sets.demand[work].all() and math.isinf(sets.shed_usd[work]) for work in works)
        if sold or not due or sets.sites.may[workload].any():
            continue
        where = [
            f"{sets.works[work].phase} at {', '.join(_places_of(sets, work)) or 'no place'}" for work in works
        ]
        yield f"no place that may serve {name} has units for all of its work, and no link joins two: {'; '.join(where)}"
        yield "repair: add units of the missing phase or a link between sites, or say one kv_cache where caches fit"


def _places_of(sets: Sets, work: int) -> list[str]:
    """Places with units that can do a work."""
    assert sets.sites is not None
    found = np.unique(sets.sites.place_of[sets.rate[:, work] > 0]).tolist()
    return [sets.sites.places[place] for place in found]


def _without_offer(sets: Sets) -> Iterator[str]:
    """Channels of which nothing can be held, as no offer of theirs fits into the horizon."""
    for channel in sets.channels:
        if channel.offers.stop <= channel.offers.start:
            yield f"nothing can be held of fleet.{channel.label(sets)}: none of its terms fits into the horizon"


def _could_do(work: Work, role: str) -> bool:
    return role in _roles(work)


def _roles(work: Work) -> list[str]:
    return [str(role) for role, phases in PHASES_OF_ROLE.items() if work.phase in phases]
