"""Checks of channels against horizon and hardware: power, what a kind refuses, nodes that must be held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain
from planner.loader.validate_market import hardware_known
from planner.rates.nodes import node_of
from planner.rates.site_energy import offers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.instance.channels import Channel
    from planner.loader.finding import PathFinding
    from planner.loader.strict_yaml import Path


def power_findings(instance: Instance) -> Iterator[PathFinding]:
    """Channels that price power of which nobody knows how much a node takes."""
    for path, hardware, channel in channels_of(instance):
        known = hardware_known(instance, hardware)
        if channel.needs_power() and known and node_of(instance, hardware).power_kw is None:
            yield (
                path,
                f"prices energy or colocation, but no power of a {hardware} node is known: give power_kw",
            )


def idle_findings(instance: Instance) -> Iterator[PathFinding]:
    """Idle draw of nodes of which nobody knows what they draw in use, or draw less; nodes that would earn by idling."""
    for path, hardware, channel in channels_of(instance):
        node = node_of(instance, hardware) if hardware_known(instance, hardware) else None
        if node is None or node.idle_kw == 0.0:
            continue
        busy, idle = channel.power_kw_of(node), f"hardware.{hardware}.idle_power_kw_per_node {node.idle_kw:g}"
        if busy == 0.0:
            yield path, f"{idle}, but what a node draws in use is not known: give power_kw_per_node"
        elif busy < node.idle_kw:
            yield path, f"{idle} is more than the {busy:g} kW of a node in use"
        elif _earns_idle(instance, hardware, str(path[2])):
            yield path, f"{idle}: a node would earn by idling, as its site pays more for energy than it costs"


def _earns_idle(instance: Instance, hardware: str, name: str) -> bool:
    """Whether a node that runs nothing costs less than nothing; not where prices do not fit the periods."""
    site = instance.sites.get(instance.site_of(hardware, name) or "")
    stated = None if site is None else site.energy_usd_per_kwh
    misfits = isinstance(stated, tuple) and len(stated) != instance.horizon.periods
    if misfits or isinstance(stated, str):
        return False
    return bool((offers_of(instance, hardware, name).price_usd_per_node < 0).any())


def start_findings(instance: Instance) -> Iterator[PathFinding]:
    """What kinds of channel refuse of a horizon, and nodes that must be held where none can be."""
    for path, _, channel in channels_of(instance):
        for key, message in channel.findings(instance.horizon):
            yield (*path, key), message
    yield from _must_be_held(instance)


def grain_findings(instance: Instance) -> Iterator[PathFinding]:
    """Channels that sell whole domains of hardware whose domain is a node."""
    for path, hardware, channel in channels_of(instance):
        asked = channel.sold_by is Grain.DOMAIN and hardware_known(instance, hardware)
        if asked and node_of(instance, hardware).nodes_per_domain == 1:
            yield (
                (*path, "sold_by"),
                f"a {hardware} node is a scale-up domain by itself: give hardware.{hardware}.nodes_per_domain, or "
                "leave sold_by out",
            )


def channels_of(instance: Instance) -> Iterator[tuple[Path, str, Channel]]:
    """Every channel with its path and its hardware."""
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            yield ("fleet", hardware, name), hardware, channel


def _must_be_held(instance: Instance) -> Iterator[PathFinding]:
    """Nodes that must be held at any time, of channels and of providers that cannot hold any at some time."""
    by_provider: dict[str, np.ndarray] = {}
    for path, hardware, channel in channels_of(instance):
        asked = channel.provider is not None and channel.provider in instance.limits.providers
        least = instance.limits.providers[channel.provider].min_nodes if asked and channel.provider else 0
        if not (channel.min_nodes or least) or not hardware_known(instance, hardware):
            continue
        held = _can_be_held(instance, channel, hardware)
        if channel.min_nodes and not held.all():
            yield (
                (*path, "min_nodes"),
                f"at least {channel.min_nodes} nodes must be held {_when(instance, channel, held)}",
            )
        if channel.provider is not None:
            by_provider[channel.provider] = by_provider.get(channel.provider, np.zeros_like(held)) | held
    for name, limit in instance.limits.providers.items():
        if limit.min_nodes and name in by_provider and not by_provider[name].all():
            first = instance.labels()[int(np.argmin(by_provider[name]))]
            yield (
                ("limits", "providers", name, "min_nodes"),
                f"at least {limit.min_nodes} nodes must be held at any time, but no channel of it has one at {first}",
            )


def _can_be_held(instance: Instance, channel: Channel, hardware: str) -> np.ndarray:
    """Whether a node of the channel can be held, shape [period]."""
    offers = channel.offers(instance.timeline, node_of(instance, hardware))
    change = np.zeros(instance.periods + 1)
    np.add.at(change, offers.first, 1)
    np.add.at(change, offers.last + 1, -1)
    return np.asarray(np.cumsum(change[:-1]) > 0)


def _when(instance: Instance, channel: Channel, held: np.ndarray) -> str:
    if held.any():
        first = instance.labels()[int(np.argmin(held))]
        return f"at any time, but none of this channel can be held at {first}"
    return f"at any time, but {channel.never_held(instance.horizon)}"
