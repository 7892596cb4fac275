"""Places, routes and links as arrays: where requests of each workload may be read and answered, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import GIGA, SECONDS_PER_HOUR
from planner.instance.demand_series import demand_of, phases_of, series
from planner.instance.deployment import Phase
from planner.rates.headroom import asks_for_headroom
from planner.rates.places import (
    bytes_per_token,
    has_places,
    may_take,
    place_names,
    places_of,
    places_of_units,
    routes_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.rates import Rates
    from planner.rates.places import Route


@dataclass(frozen=True)
class SiteSet:
    """`place_of[unit]` is a position in `places`; a route leads from place `first[route]` to `last[route]`, over the
    link `link[route]`, -1 for none.

    may[workload, route]              whether a workload may take a route, and units stand at its ends if it always
                                      has work for them, or it is read for a link
    whole[workload]                   whether all of a workload takes one route in a period: it promises waits or
                                      availability, and its pool of servers is then all of its demand's
    prompts, answers[workload, period]  prompt tokens and answer tokens (requests) per second of the whole demand
    prompt_share[link, workload]      share of what a link carries that one prompt token per second takes
    prompt_usd, answer_usd[workload, route]   what the network charges for a prompt token, an answer token (request)
    """

    places: tuple[str, ...]
    place_of: NDArray[np.int64]
    routes: tuple[tuple[str, str], ...]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    link: NDArray[np.int64]
    links: tuple[str, ...]
    gbit_per_s: tuple[float, ...]
    may: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    prompts: NDArray[np.float64]
    answers: NDArray[np.float64]
    prompt_share: NDArray[np.float64]
    prompt_usd: NDArray[np.float64]
    answer_usd: NDArray[np.float64]

    @property
    def link_share(self) -> NDArray[np.float64]:
        """Share of a link that the whole demand of a workload takes, shape [link, workload, period]."""
        return np.asarray(self.prompt_share[:, :, None] * self.prompts)

    @property
    def usd_per_hour(self) -> NDArray[np.float64]:
        """What the network charges for the whole demand, shape [workload, route, period]."""
        passing = self.prompt_usd[:, :, None] * self.prompts[:, None, :]
        return np.asarray(
            (passing + self.answer_usd[:, :, None] * self.answers[:, None, :]) * SECONDS_PER_HOUR
        )


def sites_of(instance: Instance, rates: Rates) -> SiteSet | None:
    """Collect them from the instance; None where nodes stand at one place and nothing is charged for the network."""
    if not has_places(instance):
        return None
    places, routes = places_of(instance), routes_of(instance)
    links = tuple(instance.links)
    names, called = tuple(instance.workloads), place_names(instance)
    units = [places.index(place) for place in places_of_units(instance, rates.units)]
    may = np.array([[_may(instance, rates, name, way) for way in routes] for name in names])
    per_prompt = np.array([_bytes_over_links(instance, name) for name in names])
    per_answer = np.array([instance.workloads[name].response_bytes or 0.0 for name in names])
    carried = np.array([one.bytes_per_s for one in instance.links.values()])
    return SiteSet(
        places=tuple(called.values()),
        place_of=np.array(units, dtype=np.int64),
        routes=tuple((called[way.first], called[way.last]) for way in routes),
        first=np.array([places.index(way.first) for way in routes], dtype=np.int64),
        last=np.array([places.index(way.last) for way in routes], dtype=np.int64),
        link=np.array([-1 if way.link is None else links.index(way.link) for way in routes], dtype=np.int64),
        links=links,
        gbit_per_s=tuple(one.bandwidth_gbit_per_s for one in instance.links.values()),
        may=may,
        whole=np.array([asks_for_headroom(workload) for workload in instance.workloads.values()]),
        prompts=np.array([series(instance, name, "input_tokens_per_s") for name in names]),
        answers=np.array([_answers(instance, name) for name in names]),
        prompt_share=per_prompt[None, :] / carried[:, None],
        prompt_usd=np.where(may, np.outer(per_prompt, [_passing_usd(instance, way) for way in routes]), 0.0),
        answer_usd=np.where(may, np.outer(per_answer, [_leaving_usd(instance, way) for way in routes]), 0.0),
    )


def _may(instance: Instance, rates: Rates, workload: str, way: Route) -> bool:
    """Whether a workload may take a route, and every phase that always has work has units at its end of it."""
    if not may_take(instance, workload, way):
        return False
    stands = places_of_units(instance, rates.units)
    read = not way.first.over
    for column, work in enumerate(rates.works):
        if work.workload != workload:
            continue
        place = way.last if work.phase is Phase.DECODE else way.first
        able = any(stands[unit] == place for unit in np.flatnonzero(rates.rate[:, column] > 0).tolist())
        if not able and demand_of(instance, workload, work.phase).all():
            return False
        read |= able and work.phase is not Phase.DECODE
    return read


def _bytes_over_links(instance: Instance, workload: str) -> float:
    """Bytes of KV cache of a prompt token of a workload; 0 where no link is open to it."""
    over = (way for way in routes_of(instance) if way.link is not None)
    return (
        bytes_per_token(instance, workload) if any(may_take(instance, workload, way) for way in over) else 0.0
    )


def _answers(instance: Instance, workload: str) -> NDArray[np.float64]:
    """Tokens (requests) per second of answers, shape [period]."""
    phases = phases_of(instance.workloads[workload])
    phase = Phase.REQUEST if phases == (Phase.REQUEST,) else Phase.DECODE
    return demand_of(instance, workload, phase) if phase in phases else np.zeros(instance.periods)


def _leaving_usd(instance: Instance, way: Route) -> float:
    """USD for a byte of answers that leaves the end of a route."""
    site = instance.sites.get(way.last.site)
    return 0.0 if site is None else site.egress_usd_per_gb / GIGA


def _passing_usd(instance: Instance, way: Route) -> float:
    """USD for a byte that passes the link of a route."""
    return 0.0 if way.link is None else instance.links[way.link].usd_per_gb / GIGA
