"""Places: nodes among which KV caches pass freely, and the routes from one that reads to one that answers.

A place is a site and a kind of KV cache. Without `sites` and `kv_cache` there is one, and nothing to route. A route
leads from a place to itself, or over a link to a place at another site whose caches are of the same kind.

What a link takes of the time to first token is kept by units that read for it, no others: those that keep the time of
the links R, in a place of their own beside the one where they stand, `over` R. Its routes end where they stand, or
over a link of R. They read alone; units that answer as well keep the caches of what is timed. So another link never
takes time from units that do without it.

    network[w, route] = (round_trip[region(w), from] + round_trip[region(w), to]) / 2
                        + latency[link] + bytes of the mean prompt's cache of w / bandwidth[link]          ms

A workload may take a route where its region allows both sites and the network alone leaves time for the first token.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

import kernels
from kernels.cache import kept_bytes, state_bytes
from planner.core.errors import Fault, InstanceError
from planner.core.units import MS_PER_SECOND
from planner.instance.demand_series import phases_of
from planner.instance.deployment import Phase
from planner.rates.accelerators import accelerator_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.instance import Instance
    from planner.rates.rates import Unit

WIDEST_ELEMENT_BYTES = 2.0
"""Of a number in a KV cache, 16 bits: no recipe says what a link carries, so the widest counts."""


MOST_LINKS = 8
"""That begin at a place: each set of them may be kept the time of."""

UNNAMED = "here"
"""What a place is called of which neither site nor kind of cache has a name."""


@dataclass(frozen=True)
class Place:
    """Nodes that hand KV caches to each other; with `over`, units on them that read for those links as well."""

    site: str
    kv_cache: str
    over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """Prompts are read at the place `first` and answered at the place `last`; over a link where these differ."""

    first: Place
    last: Place
    link: str | None = None


def has_places(instance: Instance) -> bool:
    """Whether it matters where nodes stand, or which caches they have."""
    return bool(instance.sites) or any(own.kv_cache is not None for own in instance.hardware.values())


def place_of(instance: Instance, hardware: str) -> Place:
    """Where a hardware stands. Without `sites` no site counts; with them the loader sees to it that it has one."""
    own = instance.hardware.get(hardware)
    kind = (
        own.kv_cache if own is not None and own.kv_cache is not None else maker_of(instance, hardware).lower()
    )
    if not instance.sites:
        return Place("", kind)
    sites = [instance.site_of(hardware, channel) for channel in instance.fleet[hardware]]
    return Place(sites[0] or "", kind)


def places_of_units(instance: Instance, units: Iterable[Unit]) -> list[Place]:
    """Where each of some units reads and answers."""
    at = {hardware: place_of(instance, hardware) for hardware in instance.fleet}
    return [replace(at[unit.hardware], over=unit.over) for unit in units]


def maker_of(instance: Instance, hardware: str) -> str:
    """Who makes the accelerator of a hardware; empty where nobody says it."""
    accelerator = accelerator_of(instance, hardware)
    return "" if accelerator is None else accelerator.vendor


def places_of(instance: Instance) -> tuple[Place, ...]:
    """Every place, in the order of the fleet, then those of units that read for links."""
    stands = tuple(dict.fromkeys(place_of(instance, hardware) for hardware in instance.fleet))
    return (
        *stands,
        *(replace(place, over=over) for place in stands for over in reaches_of(instance, place)),
    )


def place_names(instance: Instance) -> dict[Place, str]:
    """What plans call each place: its site, and the kind of its caches where the fleet has several."""
    places = places_of(instance)
    several = len({place.kv_cache for place in places}) > 1
    return {
        place: with_links(
            ".".join(filter(None, (place.site, place.kv_cache if several else ""))) or UNNAMED, place.over
        )
        for place in places
    }


def with_links(name: str, over: tuple[str, ...]) -> str:
    """What units and places are called that keep the time of links; `+` is in no name of an instance."""
    return "+".join((name, *over))


def routes_of(instance: Instance) -> tuple[Route, ...]:
    """Every route of an instance with places: from each place to itself, then over links."""
    places = places_of(instance)
    stands = tuple(place for place in places if not place.over)
    over = [
        Route(first, last, name)
        for name in instance.links
        for first in places
        for last in links_to(instance, name, first, stands)
        if not first.over or name in first.over
    ]
    return (*(Route(place, replace(place, over=())) for place in places), *over)


def links_to(instance: Instance, name: str, first: Place, stands: tuple[Place, ...]) -> list[Place]:
    """Places to which a link leads from a place: none where it begins elsewhere."""
    link = instance.links[name]
    if first.site != link.from_site:
        return []
    return [last for last in stands if last.site == link.to_site and last.kv_cache == first.kv_cache]


def reaches_of(instance: Instance, place: Place) -> tuple[tuple[str, ...], ...]:
    """Links whose time units at a place may keep together, every set that is of use, the smallest first.

    A set that keeps the time of a link for all its workloads holds that link. Raises InstanceError where too many
    links begin at the place.
    """
    stands = tuple(dict.fromkeys(place_of(instance, hardware) for hardware in instance.fleet))
    times: dict[str, dict[str, float]] = {}
    for name in instance.links:
        for last in links_to(instance, name, place, stands):
            route = Route(place, last, name)
            for workload in instance.workloads:
                if keeps_time(instance, workload) and _may_go(instance, workload, route):
                    times.setdefault(name, {})[workload] = network_ms(instance, workload, route)
    if len(times) > MOST_LINKS:
        message = f"{len(times)} begin at '{place.site}' for workloads with a time to first token: at most {MOST_LINKS}"
        raise InstanceError([Fault(message, path="links")])
    some = (chosen for count in range(1, len(times) + 1) for chosen in combinations(times, count))
    return tuple(dict.fromkeys(_closed(times, chosen) for chosen in some))


def _closed(times: dict[str, dict[str, float]], chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Some links, and those that take no longer than they do of any workload."""
    kept: dict[str, float] = {}
    for name in chosen:
        for workload, ms in times[name].items():
            kept[workload] = max(ms, kept.get(workload, 0.0))
    return tuple(
        name
        for name, one in times.items()
        if all(workload in kept and ms <= kept[workload] for workload, ms in one.items())
    )


def keeps_time(instance: Instance, workload: str) -> bool:
    """Whether what the network takes makes a difference to the units that read prompts of a workload.

    Not so where no first token is promised, or rates are given and no waits count.
    """
    given = instance.workloads[workload]
    computed = any(not deployment.measured for deployment in instance.deployments)
    return given.sla.ttft_ms is not None and (given.queueing is not None or computed)


def may_take(instance: Instance, workload: str, route: Route) -> bool:
    """Whether requests of a workload may be read and answered so."""
    if route.link is not None and not route.first.over and keeps_time(instance, workload):
        return False
    return _may_go(instance, workload, route)


def _may_go(instance: Instance, workload: str, route: Route) -> bool:
    """The same, whatever time the units keep that read."""
    given = instance.workloads[workload]
    if route.link is not None:
        separate = {Phase.PREFILL, Phase.DECODE} <= set(phases_of(given))
        if not separate or not instance.links[route.link].takes(workload):
            return False
    region = None if given.region is None else instance.regions[given.region]
    if region is not None and not (region.allows(route.first.site) and region.allows(route.last.site)):
        return False
    ttft = given.sla.ttft_ms
    return ttft is None or network_ms(instance, workload, route) < min(ttft.limits().values())


def receivers_of(instance: Instance, workload: str) -> dict[Place, frozenset[str]]:
    """By place where prompts of a workload are read: the hardware that may answer them."""
    if not has_places(instance):
        return {place: frozenset(instance.fleet) for place in places_of(instance)}
    ways = {(way.first, way.last) for way in routes_of(instance) if may_take(instance, workload, way)}
    return {
        place: frozenset(other for other in instance.fleet if (place, place_of(instance, other)) in ways)
        for place in places_of(instance)
    }


def slowest_ms(instance: Instance, workload: str) -> dict[Place, float]:
    """By place: the most that the network takes of prompts of a workload which are read there."""
    slowest: dict[Place, float] = {}
    for way in routes_of(instance) if has_places(instance) else ():
        if may_take(instance, workload, way):
            slowest[way.first] = max(slowest.get(way.first, 0.0), network_ms(instance, workload, way))
    return slowest


def network_ms(instance: Instance, workload: str, route: Route) -> float:
    """What the network adds to the time to first token of a workload on a route."""
    region = instance.workloads[workload].region
    trips = {} if region is None else instance.regions[region].round_trip_ms
    there_and_back = (trips.get(route.first.site, 0.0) + trips.get(route.last.site, 0.0)) / 2.0
    if route.link is None:
        return there_and_back
    link = instance.links[route.link]
    seconds = prompt_bytes(instance, workload) / link.bytes_per_s
    return there_and_back + link.latency_ms + MS_PER_SECOND * seconds


def prompt_bytes(instance: Instance, workload: str) -> float:
    """Bytes of the KV cache of the mean prompt of a workload; the loader sees to it that they are known."""
    given = instance.workloads[workload]
    if given.lengths is None:
        return 0.0
    return given.lengths.input_tokens * bytes_per_token(instance, workload)


def bytes_per_token(instance: Instance, workload: str) -> float:
    """Bytes of KV cache of a prompt token of a workload, stated or those of the model at the widest numbers.

    Of a model whose layers keep a window, those of the mean prompt over its tokens. Raises KeyError where neither
    is known.
    """
    given = instance.workloads[workload]
    if given.kv_bytes_per_token is not None:
        return given.kv_bytes_per_token
    if given.lengths is None or given.model not in kernels.architecture_names():
        raise KeyError(f"workloads.{workload}.kv_bytes_per_token")
    tokens, architecture = np.array(given.lengths.input_tokens), kernels.architecture(given.model)
    whole = kept_bytes(architecture, tokens, np.array(WIDEST_ELEMENT_BYTES)) + state_bytes(architecture)
    return float(whole / tokens)
