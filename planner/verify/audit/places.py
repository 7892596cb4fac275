"""Where nodes stand and what lies between them, in the audit's own arithmetic, from the fields of the instance.

Nodes hand KV caches to each other at one site where the caches are of one kind: the one that the hardware states, or
else, once any does or there are sites, the maker of its accelerator. Facts of accelerators and the bytes of a model's
cache are the kernel's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import kernels
from kernels.cache import kept_bytes, state_bytes
from planner.core.units import BITS_PER_BYTE, GIGA, MS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.sites import Link

    Floats = NDArray[np.float64]

UnitKind = tuple[str, tuple[str, ...]]
"""The hardware of units, and the links that they read for."""

CACHE_NUMBER_BYTES = 2.0
NO_NAME = "here"
"""What plans call a place without a name."""


def routed(instance: Instance) -> bool:
    """Whether a plan must say where requests go."""
    return bool(instance.sites) or any(one.kv_cache for one in instance.hardware.values())


def site(instance: Instance, hardware: str) -> str:
    """Site of a hardware; empty where sites do not count."""
    if not instance.sites:
        return ""
    own = instance.hardware.get(hardware)
    named = [channel.site for channel in instance.fleet[hardware].values() if channel.site]
    return named[0] if named else (own.site if own is not None and own.site else "")


def channel_site(instance: Instance, hardware: str, channel: str) -> str | None:
    """Site that a channel's nodes count at: its own word before that of its hardware."""
    own = instance.hardware.get(hardware)
    return instance.fleet[hardware][channel].site or (own.site if own is not None else None)


def cache_kind(instance: Instance, hardware: str) -> str:
    """Kind of the KV caches of a hardware."""
    own = instance.hardware.get(hardware)
    if own is not None and own.kv_cache:
        return own.kv_cache
    entry = own.like if own is not None and own.like else hardware
    facts = own.accelerator if own is not None and own.accelerator else {}
    known = kernels.accelerator(entry).vendor if entry in kernels.accelerator_names() else ""
    return str(facts.get("vendor", known)).lower()


def label(instance: Instance, hardware: str) -> str:
    """What plans call the place of a hardware: its site, and the kind of its caches where there are several."""
    kinds = {cache_kind(instance, one) for one in instance.fleet}
    parts = site(instance, hardware), cache_kind(instance, hardware) if len(kinds) > 1 else ""
    return ".".join(filter(None, parts)) or NO_NAME


def reads_at(instance: Instance, kind: UnitKind) -> str:
    """What plans call the place of units: that of their hardware, and the links that they read for."""
    hardware, over = kind
    return "+".join([label(instance, hardware), *over])


def ways_of(instance: Instance, workload: str, kind: UnitKind) -> Iterator[tuple[str, str, str, float]]:
    """Every route that a workload may take from units: where it is read and answered, the link, and what the network
    takes, ms.

    A workload whose first token needs time goes over links from units that keep it alone.
    """
    hardware, over = kind
    begin, here = reads_at(instance, kind), site(instance, hardware)
    if _allowed(instance, workload, here):
        yield begin, label(instance, hardware), "", _round_trip_ms(instance, workload, here)
    open_to = over if over or _needs_time(instance, workload) else tuple(instance.links)
    for name in open_to:
        link, cache = instance.links[name], cache_kind(instance, hardware)
        ends = {
            label(instance, one): (site(instance, one), cache_kind(instance, one)) for one in instance.fleet
        }
        for end, (there, other) in ends.items():
            joins = (link.from_site, link.to_site) == (here, there) and cache == other
            if joins and _over(instance, workload, link):
                trips = (_round_trip_ms(instance, workload, one) for one in (here, there))
                yield begin, end, name, sum(trips) / 2.0 + _crossing_ms(instance, workload, link)


def timely(instance: Instance, workload: str, kind: UnitKind) -> Iterator[tuple[str, str, str, float]]:
    """Those of them after which some time is left until the first token is due."""
    ttft = instance.workloads[workload].sla.ttft_ms
    due = np.inf if ttft is None else min(ttft.limits().values())
    yield from (way for way in ways_of(instance, workload, kind) if way[3] < due)


def slowest_ms(instance: Instance, workload: str, kind: UnitKind) -> float:
    """The most that the network takes of prompts that units read, by the routes that they may begin."""
    ways = timely(instance, workload, kind) if routed(instance) else iter(())
    return max((ms for *_, ms in ways), default=0.0)


def _needs_time(instance: Instance, workload: str) -> bool:
    """Whether a promised first token depends on what the network takes: waits count, or the kernel rates its units."""
    given = instance.workloads[workload]
    rated = all(
        one.rate_tokens_per_s is not None or one.rate_requests_per_s is not None
        for one in instance.deployments
    )
    return given.sla.ttft_ms is not None and not (given.queueing is None and rated)


def prompt_token_bytes(instance: Instance, workload: str) -> float | None:
    """Bytes of KV cache of a prompt token; None where nobody knows them."""
    given = instance.workloads[workload]
    if given.kv_bytes_per_token is not None:
        return given.kv_bytes_per_token
    if given.lengths is None or given.model not in kernels.architecture_names():
        return None
    model, tokens = kernels.architecture(given.model), np.array([given.lengths.input_tokens])
    return float(
        (kept_bytes(model, tokens, np.array(CACHE_NUMBER_BYTES)) + state_bytes(model))[0] / tokens[0]
    )


def site_energy(instance: Instance, hardware: str, channel: str, power_kw: float) -> Floats:
    """USD per node-hour that a site charges for the energy of nodes of so much power, shape [period]."""
    name = channel_site(instance, hardware, channel)
    one = None if name is None else instance.sites.get(name)
    if one is None or one.energy_usd_per_kwh is None:
        return np.zeros(instance.periods)
    per_kwh = np.zeros(instance.horizon.periods) + np.asarray(one.energy_usd_per_kwh)
    return np.asarray(np.resize(per_kwh, instance.periods) * one.pue * power_kw)


def _allowed(instance: Instance, workload: str, where: str) -> bool:
    region = instance.workloads[workload].region
    allowed = None if region is None else instance.regions[region].sites
    return allowed is None or where in allowed


def _over(instance: Instance, workload: str, link: Link) -> bool:
    """Whether prompts of a workload may be answered at the other end of a link."""
    demand = instance.workloads[workload].demand
    both = demand.input_tokens_per_s is not None and demand.output_tokens_per_s is not None
    named = link.workloads is None or workload in link.workloads
    ends = (link.from_site, link.to_site)
    return both and named and all(_allowed(instance, workload, one) for one in ends)


def _round_trip_ms(instance: Instance, workload: str, where: str) -> float:
    region = instance.workloads[workload].region
    return 0.0 if region is None else instance.regions[region].round_trip_ms.get(where, 0.0)


def _crossing_ms(instance: Instance, workload: str, link: Link) -> float:
    lengths = instance.workloads[workload].lengths
    size = 0.0 if lengths is None else lengths.input_tokens * (prompt_token_bytes(instance, workload) or 0.0)
    return link.latency_ms + MS_PER_SECOND * size * BITS_PER_BYTE / (link.bandwidth_gbit_per_s * GIGA)
