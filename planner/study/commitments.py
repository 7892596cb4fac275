"""What is committed before a case is known, for studies that fix it: channels, and whether limits alone can say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from planner.instance import Instance, Timeline
    from planner.instance.channels import Channel


def first_stage_channels(instance: Instance) -> list[str]:
    """`hardware.channel` of every channel whose nodes are signed before the case is known."""
    return [
        f"{hardware}.{name}" for hardware, name, channel in _channels(instance) if channel.traits.committed
    ]


def limits_say_all(instance: Instance) -> bool:
    """Whether nodes held throughout are all that is signed, so that limits on channels can fix it.

    Otherwise single offers, spending or units are signed, which only `SolveOptions.signed` fixes.
    """
    timeline = instance.timeline
    return (
        not instance.spend_commitments
        and not any(workload.single_pool for workload in instance.workloads.values())
        and all(
            _is_throughout(instance, hardware, channel, timeline)
            for hardware, _, channel in _channels(instance)
            if channel.traits.committed
        )
    )


def _channels(instance: Instance) -> list[tuple[str, str, Channel]]:
    return [
        (hardware, name, channel)
        for hardware, channels in instance.fleet.items()
        for name, channel in channels.items()
    ]


def _is_throughout(instance: Instance, hardware: str, channel: Channel, timeline: Timeline) -> bool:
    """Whether there is one offer, and it covers all periods."""
    offers = channel.offers(timeline, node_of(instance, hardware))
    return bool(offers.first.tolist() == [0] and offers.last.tolist() == [timeline.periods - 1])
