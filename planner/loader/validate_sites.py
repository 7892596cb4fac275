"""Checks of sites, regions and links: names that must exist, figures that routing needs, what is not covered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.suggest import did_you_mean
from planner.core.units import HOURS_PER_DAY, SECONDS_PER_HOUR
from planner.instance import Phase
from planner.instance.demand_series import phases_of
from planner.instance.outsourcing import takes
from planner.loader.validate_market import hardware_known
from planner.rates.nodes import node_of
from planner.rates.places import bytes_per_token, has_places, place_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.instance.channels import Channel
    from planner.loader.finding import PathFinding
    from planner.loader.strict_yaml import Path


def site_findings(instance: Instance) -> Iterator[PathFinding]:
    """Every fault of these sections but those of regions, with the path it belongs to."""
    found = [*_where_nodes_stand(instance), *_links(instance), *_clocks(instance)]
    yield from found
    known = all(hardware_known(instance, hardware) for hardware in instance.fleet)
    if found or any(region_findings(instance)) or not has_places(instance) or not known:
        return
    names = list(place_names(instance).values())
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield ("sites",), f"'{name}' is what two places would be called: rename a site or a kv_cache"
    yield from _energy(instance)
    yield from _routed_workloads(instance)


def _where_nodes_stand(instance: Instance) -> Iterator[PathFinding]:
    """With sites every hardware stands at one of them."""
    if not instance.sites:
        if instance.links:
            yield ("links",), "links need sites: declare them under 'sites'"
        return
    for hardware, channels in instance.fleet.items():
        named = {name: instance.site_of(hardware, name) for name in channels}
        for name, where in named.items():
            path: Path = ("fleet", hardware, name)
            if where is None:
                yield path, "has no site: set 'site' here or on its hardware"
            elif where not in instance.sites:
                yield path, f"there is no site '{where}'{did_you_mean(where, instance.sites)}"
        if len({where for where in named.values() if where is not None}) > 1:
            sites = " and ".join(sorted(map(str, set(named.values()))))
            message = f"names the sites {sites}: the nodes of one hardware are at one site"
            hint = f"make an entry of the fleet for each, such as {hardware}_2, with hardware: {{like: {hardware}}}"
            yield ("fleet", hardware), f"{message}; {hint}"


def region_findings(instance: Instance) -> Iterator[PathFinding]:
    """Regions that name sites there are not, or leave some out."""
    for name, region in instance.regions.items():
        for key, named in (("sites", region.sites or ()), ("round_trip_ms", region.round_trip_ms)):
            for site in named:
                if site not in instance.sites:
                    yield ("regions", name, key), f"no site '{site}'{did_you_mean(site, instance.sites)}"
        lacking = [
            site
            for site in instance.sites
            if region.round_trip_ms and region.allows(site) and site not in region.round_trip_ms
        ]
        if lacking:
            yield ("regions", name, "round_trip_ms"), f"says nothing of {', '.join(lacking)}"
    for name, workload in instance.workloads.items():
        if workload.region is not None and workload.region not in instance.regions:
            hint = did_you_mean(workload.region, instance.regions)
            yield ("workloads", name, "region"), f"no region '{workload.region}'{hint}"


def _links(instance: Instance) -> Iterator[PathFinding]:
    for name, link in instance.links.items():
        for key in ("from_site", "to_site"):
            site = getattr(link, key)
            if instance.sites and site not in instance.sites:
                yield ("links", name, key), f"no site '{site}'{did_you_mean(site, instance.sites)}"
        for workload in link.workloads or ():
            if workload not in instance.workloads:
                hint = did_you_mean(workload, instance.workloads)
                yield ("links", name, "workloads"), f"no workload '{workload}'{hint}"


def _clocks(instance: Instance) -> Iterator[PathFinding]:
    """Series on a region's clock need a clock that is whole periods away, and whole days to turn in."""
    horizon = instance.horizon
    offset = horizon.start.utcoffset()
    assert offset is not None
    here = offset.total_seconds() / SECONDS_PER_HOUR
    for name, workload in instance.workloads.items():
        if not workload.demand.local_clock:
            continue
        path: Path = ("workloads", name, "demand", "local_clock")
        region = instance.regions.get(workload.region or "")
        if region is None or region.utc_offset_hours is None:
            yield path, "needs a region with utc_offset_hours"
            continue
        ahead = (region.utc_offset_hours - here) / horizon.period_hours
        if abs(ahead - round(ahead)) > 1e-9:
            message = f"its clock is {region.utc_offset_hours - here:g} h from the horizon's"
            yield path, f"{message}, no whole number of periods of {horizon.period_hours:g} h"
        if abs(horizon.hours / HOURS_PER_DAY - round(horizon.hours / HOURS_PER_DAY)) > 1e-9:
            yield path, f"needs a horizon of whole days, and it has {horizon.hours:g} h"


def _energy(instance: Instance) -> Iterator[PathFinding]:
    """Prices one a period; said once for every node of one's own; a price below zero only where nodes are counted."""
    for name, site in instance.sites.items():
        wrong = list(_by_period(instance, name))
        yield from wrong
        if site.carbon_g_per_kwh is not None:
            yield from _emits(instance, name)
        elif site.carbon_usd_per_t > 0:
            yield ("sites", name, "carbon_usd_per_t"), "needs carbon_g_per_kwh: a price of what nobody counts"
        elif instance.limits.carbon_kg is not None:
            yield (
                ("sites", name),
                "limits.carbon_kg counts what all nodes emit: give carbon_g_per_kwh (0 where that is meant)",
            )
        price = site.energy_usd_per_kwh
        if (
            price is None or wrong or isinstance(price, str)
        ):  # a column that could not be read is a fault already
            continue
        for hardware, channels in instance.fleet.items():
            for key, channel in channels.items():
                if instance.site_of(hardware, key) == name and channel.traits.owned:
                    yield from _energy_of(instance, hardware, key, channel, float(np.min(price)))


def _by_period(instance: Instance, name: str) -> Iterator[PathFinding]:
    for key in ("energy_usd_per_kwh", "carbon_g_per_kwh"):
        values = getattr(instance.sites[name], key)
        if isinstance(values, tuple) and len(values) != instance.horizon.periods:
            message = f"has {len(values)} values, the horizon has {instance.horizon.periods} periods"
            yield ("sites", name, key), message


def _emits(instance: Instance, name: str) -> Iterator[PathFinding]:
    for hardware, channels in instance.fleet.items():
        here = instance.site_of(hardware, next(iter(channels))) == name
        if here and not node_of(instance, hardware).power_kw:
            yield (
                ("fleet", hardware),
                f"'{name}' says what energy emits, but no power of a {hardware} node is known",
            )


def _energy_of(
    instance: Instance, hardware: str, name: str, channel: Channel, least: float
) -> Iterator[PathFinding]:
    path: Path = ("fleet", hardware, name)
    said = [key for key in ("energy_usd_per_kwh", "running_usd_per_node_hour", "pue") if _says(channel, key)]
    if said:
        yield (*path, said[0]), "its site prices the energy of its nodes: say it there or here"
    if channel.power_kw_of(node_of(instance, hardware)) == 0.0:
        yield path, f"its site prices energy, but no power of a {hardware} node is known"
    if least < 0.0 and channel.limit() is None:
        yield path, "its site pays for energy in some periods: say with max_nodes how many nodes can take it"


def _says(channel: Channel, key: str) -> bool:
    return key in channel.model_fields_set and bool(np.any(np.asarray(getattr(channel, key))))


def _routed_workloads(instance: Instance) -> Iterator[PathFinding]:
    egress = any(site.egress_usd_per_gb > 0.0 for site in instance.sites.values())
    for name, workload in instance.workloads.items():
        path: Path = ("workloads", name)
        phases = set(phases_of(workload))
        if egress and phases & {Phase.DECODE, Phase.REQUEST} and workload.response_bytes is None:
            yield path, "needs response_bytes: a site prices what leaves it"
        if workload.deferral is not None:
            message = "cannot be deferred with nodes at several sites: deferred work is not planned by site"
            yield (*path, "deferral"), message
        region = instance.regions.get(workload.region or "")
        for vendor, given in instance.vendors.items() if region is not None and region.sites else ():
            if takes(instance, vendor, name) and given.workloads is None:
                message = (
                    f"'{workload.region}' names the sites that may serve {name}, and a vendor is none of them"
                )
                yield ("vendors", vendor), f"{message}: list under 'workloads' what the vendor may take"
        if phases >= {Phase.PREFILL, Phase.DECODE}:
            yield from _cache_known(instance, name)


def _cache_known(instance: Instance, name: str) -> Iterator[PathFinding]:
    """What a link carries of a workload must be known, and how long it takes."""
    used = [link for link, one in instance.links.items() if one.takes(name)]
    if not used:
        return
    if instance.workloads[name].lengths is None:
        yield ("workloads", name), f"needs lengths: link '{used[0]}' may carry its KV caches"
        return
    try:
        bytes_per_token(instance, name)
    except KeyError:
        message = f"needs kv_bytes_per_token: link '{used[0]}' may carry its KV caches"
        yield ("workloads", name), f"{message}, and the kernel does not know its model"
