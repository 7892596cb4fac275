"""By channel: where it is decided channel by channel what lies there, how many units of each size lie where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain

if TYPE_CHECKING:
    from planner.model.sets import Sets
    from planner.model.values import Values


@dataclass(frozen=True)
class Seated:
    """Units inside of domains by size, small ones by size and channel that sells GPUs, sizes in parts; parts of whole
    nodes by channel that sells GPUs.
    """

    inside: dict[int, int]
    on_gpus: dict[tuple[int, int], int]
    nodes: dict[int, int]


def seated_in(sets: Sets, values: Values, hardware: int, period: int) -> Seated | None:
    """What the solution seats in a period; None where that is not decided by channel."""
    for one in sets.seated:
        if one.hardware == hardware:
            count = np.rint(values.market["seated"][:, :, period]).astype(np.int64)
            grains = {channel: sets.channels[channel].grain for channel in one.channels}
            gpus = [channel for channel, grain in grains.items() if grain is Grain.GPU]
            domains = [channel for channel, grain in grains.items() if grain is Grain.DOMAIN]
            return Seated(
                inside={
                    nodes * one.parts: int(count[domains, kind].sum())
                    for kind, nodes in enumerate(one.together, start=1 + len(one.small))
                },
                on_gpus={
                    (size, channel): int(count[channel, kind])
                    for kind, size in enumerate(one.small, start=1)
                    for channel in gpus
                },
                nodes={channel: int(count[channel, 0]) * one.parts for channel in gpus},
            )
    return None
