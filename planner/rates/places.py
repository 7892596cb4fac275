"""Places: nodes among which KV caches pass freely, and the routes from one that reads to one that answers.

A place is a site and a kind of KV cache. Without `sites` and `kv_cache` there is one, and nothing to route. A route
leads from a place to itself, or over a link to a place at another site whose caches are of the same kind.

    network[w, route] = (round_trip[region(w), from] + round_trip[region(w), to]) / 2
                        + latency[link] + bytes of the mean prompt's cache of w / bandwidth[link]          ms

A workload may take a route where its region allows both sites and the network alone leaves time for the first token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import kernels
from kernels.cache import kept_bytes, state_bytes
from planner.core.units import MS_PER_SECOND
from planner.instance.demand_series import phases_of
from planner.instance.deployment import Phase, Role
from planner.rates.accelerators import accelerator_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.rates.rates import Rates

WIDEST_ELEMENT_BYTES = 2.0
"""Of a number in a KV cache, 16 bits: what a link carries is told by no recipe, and counts at the widest."""


UNNAMED = "here"
"""What a place is called of which neither site nor kind of cache has a name."""


@dataclass(frozen=True)
class Place:
    """Nodes that hand KV caches to each other."""

    site: str
    kv_cache: str


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


def maker_of(instance: Instance, hardware: str) -> str:
    """Who makes the accelerator of a hardware; empty where nobody says it."""
    accelerator = accelerator_of(instance, hardware)
    return "" if accelerator is None else accelerator.vendor


def places_of(instance: Instance) -> tuple[Place, ...]:
    """Every place, in the order of the fleet."""
    return tuple(dict.fromkeys(place_of(instance, hardware) for hardware in instance.fleet))


def place_names(instance: Instance) -> dict[Place, str]:
    """What plans call each place: its site, and the kind of its caches where the fleet has several."""
    places = places_of(instance)
    several = len({place.kv_cache for place in places}) > 1
    return {
        place: ".".join(filter(None, (place.site, place.kv_cache if several else ""))) or UNNAMED
        for place in places
    }


def routes_of(instance: Instance) -> tuple[Route, ...]:
    """Every route of an instance with places: from each place to itself, then over links."""
    places = places_of(instance)
    over = [
        Route(first, last, name)
        for name, link in instance.links.items()
        for first in places
        for last in places
        if (first.site, last.site) == (link.from_site, link.to_site) and first.kv_cache == last.kv_cache
    ]
    return (*(Route(place, place) for place in places), *over)


def may_take(instance: Instance, workload: str, route: Route) -> bool:
    """Whether requests of a workload may be read and answered so."""
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


def cache_doubts(instance: Instance, rates: Rates) -> Iterator[str]:
    """A sentence where units of several makers may hand KV caches to each other, and nobody says whether they can."""
    if has_places(instance):
        return
    makers: dict[tuple[str, Role], set[str]] = {}
    for unit, row in zip(rates.units, rates.rate, strict=True):
        maker = maker_of(instance, unit.hardware)
        for column in np.flatnonzero(row > 0).tolist() if maker else ():
            makers.setdefault((rates.works[column].workload, unit.role), set()).add(maker)
    for name in instance.workloads:
        both = makers.get((name, Role.PREFILL), set()), makers.get((name, Role.DECODE), set())
        if all(both) and len(both[0] | both[1]) > 1:
            named = " and ".join(sorted(both[0] | both[1]))
            yield (
                f"workloads.{name}: hardware of {named} may read its prompts and answer them in any mixture: say "
                "hardware.NAME.kv_cache where KV caches do not fit"
            )


def receivers_of(instance: Instance, workload: str) -> dict[str, frozenset[str]]:
    """By hardware: those that may answer prompts of a workload which it reads."""
    if not has_places(instance):
        return dict.fromkeys(instance.fleet, frozenset(instance.fleet))
    place = {hardware: place_of(instance, hardware) for hardware in instance.fleet}
    ways = {(way.first, way.last) for way in routes_of(instance) if may_take(instance, workload, way)}
    return {
        hardware: frozenset(other for other in place if (place[hardware], place[other]) in ways)
        for hardware in place
    }


def slowest_ms(instance: Instance, workload: str) -> dict[str, float]:
    """By hardware: the most that the network takes of prompts of a workload which it reads, by routes it may take."""
    if not has_places(instance):
        return dict.fromkeys(instance.fleet, 0.0)
    slowest: dict[Place, float] = {}
    for way in routes_of(instance):
        if may_take(instance, workload, way):
            slowest[way.first] = max(slowest.get(way.first, 0.0), network_ms(instance, workload, way))
    return {hardware: slowest.get(place_of(instance, hardware), 0.0) for hardware in instance.fleet}


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
