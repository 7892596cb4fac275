"""Checks of channels against horizon and hardware: power, starts on the grid of periods, nodes that are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_DAY
from planner.instance.channels import CapacityBlock, Contract, Purchase
from planner.loader.validate_market import hardware_known
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.instance.channels import Channel
    from planner.loader.strict_yaml import Path

Finding = tuple["Path", str]
SLACK_HOURS = 1e-6
MOST_STARTS = 1_000_000


def power_findings(instance: Instance) -> Iterator[Finding]:
    """Channels that price power of which nobody knows how much a node takes."""
    for path, hardware, channel in channels_of(instance):
        asks = isinstance(channel, Purchase) and channel.needs_power() and channel.power_kw is None
        if asks and hardware_known(instance, hardware) and node_of(instance, hardware).power_kw is None:
            yield (
                path,
                f"prices energy or colocation, but no power of a {hardware} node is known: give power_kw",
            )


def start_findings(instance: Instance) -> Iterator[Finding]:
    """Capacity blocks that cannot begin or end with a period, and nodes that are due where none can stand."""
    for path, _, channel in channels_of(instance):
        if isinstance(channel, CapacityBlock):
            yield from _block(instance, channel, path)
    yield from _due(instance)


def channels_of(instance: Instance) -> Iterator[tuple[Path, str, Channel]]:
    """Every channel with its path and its hardware."""
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            yield ("fleet", hardware, name), hardware, channel


def _block(instance: Instance, channel: CapacityBlock, path: Path) -> Iterator[Finding]:
    horizon, lengths = instance.horizon, sorted(set(_days(channel)))
    if lengths[0] * HOURS_PER_DAY > horizon.hours + SLACK_HOURS:
        yield (
            (*path, "days"),
            f"a block of {lengths[0]} days is longer than the horizon of {horizon.hours / HOURS_PER_DAY:g} days: "
            "lengthen the horizon, or leave the channel out",
        )
        return
    odd = [days for days in lengths if not _whole(days * HOURS_PER_DAY / horizon.period_hours)]
    if odd:
        yield (
            (*path, "days"),
            f"a block of {odd[0]} days is no whole number of periods of {horizon.period_hours:g} h: it would end "
            "off the grid; change horizon.period_hours",
        )
        return
    starts = _starts(channel, horizon.hours)
    latest = horizon.hours - lengths[0] * HOURS_PER_DAY
    if not np.any(starts <= latest + SLACK_HOURS):
        yield (
            (*path, "first_start_hours"),
            f"a block of {lengths[0]} days that starts {channel.first_start_hours:g} h after the beginning ends "
            f"after the horizon of {horizon.hours:g} h: no block can be had",
        )
        return
    off = starts[
        np.abs(starts / horizon.period_hours - np.round(starts / horizon.period_hours)) > SLACK_HOURS
    ]
    if off.size:
        yield _off_grid(instance, channel, path, float(off[0]))


def _off_grid(instance: Instance, channel: CapacityBlock, path: Path, start: float) -> Finding:
    length = instance.horizon.period_hours
    key = "first_start_hours" if not _whole(channel.first_start_hours / length) else "start_every_hours"
    finer = next((length / parts for parts in (2, 3, 4, 6, 12, 60) if _fits(channel, length / parts)), None)
    advice = "" if finer is None else f"; give horizon.period_hours: {finer:g}"
    return (
        (*path, key),
        f"a block starts {start:g} h after the beginning, at {instance.horizon.moment_at(start)}, which is off the "
        f"grid of periods of {length:g} h that begin at {instance.horizon.moment_at(0.0)}{advice}, or move the "
        "start to a period's",
    )


def _fits(channel: CapacityBlock, length: float) -> bool:
    return _whole(channel.first_start_hours / length) and _whole(channel.start_every_hours / length)


def _starts(channel: CapacityBlock, hours: float) -> np.ndarray:
    """Hours from the beginning to every start on sale within the horizon."""
    window = np.inf if channel.start_window_hours is None else channel.start_window_hours
    last = min(hours, channel.first_start_hours + window)
    count = max(
        0.0, np.floor((last - channel.first_start_hours) / channel.start_every_hours + SLACK_HOURS) + 1
    )
    return channel.first_start_hours + channel.start_every_hours * np.arange(min(count, MOST_STARTS))


def _days(channel: CapacityBlock) -> tuple[int, ...]:
    return channel.days if isinstance(channel.days, tuple) else (channel.days,)


def _whole(value: float) -> bool:
    return abs(value - round(value)) <= SLACK_HOURS


def _due(instance: Instance) -> Iterator[Finding]:
    """Nodes that must be held at any time, of channels and of providers that cannot hold any at some time."""
    standing: dict[str, np.ndarray] = {}
    for path, hardware, channel in channels_of(instance):
        asked = channel.provider is not None and channel.provider in instance.limits.providers
        least = instance.limits.providers[channel.provider].min_nodes if asked and channel.provider else 0
        if not (channel.min_nodes or least) or not hardware_known(instance, hardware):
            continue
        stands = _can_stand(instance, channel, hardware)
        if channel.min_nodes and not stands.all():
            yield (
                (*path, "min_nodes"),
                f"at least {channel.min_nodes} nodes are due {_when(instance, channel, stands)}",
            )
        if channel.provider is not None:
            standing[channel.provider] = standing.get(channel.provider, np.zeros_like(stands)) | stands
    for name, limit in instance.limits.providers.items():
        if limit.min_nodes and name in standing and not standing[name].all():
            first = instance.labels()[int(np.argmin(standing[name]))]
            yield (
                ("limits", "providers", name, "min_nodes"),
                f"at least {limit.min_nodes} nodes are due at any time, but none of its channels can stand at {first}",
            )


def _can_stand(instance: Instance, channel: Channel, hardware: str) -> np.ndarray:
    """Whether a node of the channel can be held, shape [period]."""
    offers = channel.offers(instance.timeline, node_of(instance, hardware))
    change = np.zeros(instance.periods + 1)
    np.add.at(change, offers.first, 1)
    np.add.at(change, offers.last + 1, -1)
    return np.asarray(np.cumsum(change[:-1]) > 0)


def _when(instance: Instance, channel: Channel, stands: np.ndarray) -> str:
    if stands.any():
        first = instance.labels()[int(np.argmin(stands))]
        return f"at any time, but none of this channel can stand at {first}"
    hours = instance.horizon.hours
    if isinstance(channel, Contract):
        return f"at any time, but a contract of {channel.hours:g} h cannot start in a horizon of {hours:g} h"
    return f"at any time, but none can stand within the horizon of {hours:g} h"
