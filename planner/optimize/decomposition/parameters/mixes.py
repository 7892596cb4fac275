"""Parameters of mixes of units of both roles that keep a promise of availability."""

from __future__ import annotations

from dataclasses import dataclass

from planner.optimize.parameters import Parameters, parameter, share


@dataclass(frozen=True)
class MixParameters(Parameters):
    """Time against quality of mixes. No value touches a proof: plans are checked row by row."""

    lost_nodes_step: float = parameter(
        0.5,
        "What may be lost is raised by so much, or by `lost_share_step` of it, where a mix keeps no promise.",
        "nodes",
        least=1e-3,
    )
    lost_share_step: float = share(0.1, "The same as a share of what may be lost.")
    most_lost_nodes: float = parameter(
        60.0, "No mix is looked for where more may be lost.", "nodes", least=0.0
    )
    program_gap: float = share(1e-3, "Gap at which the program of a mix ends.")
    program_nodes: int = parameter(
        400, "Nodes of its search at which it ends: unlike seconds, the same on any machine.", "nodes"
    )
    coarse_hours: int = parameter(
        8,
        "Of so many hours, in order of their work, one is looked at first; others do with its mix for want of time.",
        "hours",
    )
    held_price_share: float = share(
        0.01, "What a node costs that is held anyway, of the price of the dearest nodes."
    )
    unpriced_factor: float = parameter(
        10.0,
        "Price of nodes that none can be had of for one period, in that of the dearest.",
        "ratio",
    )
