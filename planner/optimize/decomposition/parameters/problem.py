"""Parameters of what is covered."""

from __future__ import annotations

from dataclasses import dataclass

from planner.optimize.parameters import Parameters, parameter


@dataclass(frozen=True)
class ProblemParameters(Parameters):
    """Size up to which a question is covered: tables over nodes are that long."""

    largest_pool_nodes: int = parameter(
        1500, "Most nodes of one pool in a question that is covered.", "nodes"
    )
    largest_hire_nodes: int = parameter(
        100_000, "Most nodes hired of one channel in a question that is covered.", "nodes"
    )
    most_spans: int = parameter(
        8,
        "Most spans of nodes that are held over some periods and not over others, in a question that is covered.",
        "spans",
    )
    rate_classes: int = parameter(
        40,
        "Classes of periods by what units do in them, at most: each has tables of its own.",
        "classes",
    )
    merged_columns: int = parameter(
        60_000,
        "Largest linear relaxation that is solved for what works that share units are worth, hour by hour.",
        "columns",
        least=0,
    )
    efficiency_power: float = parameter(
        8.0,
        "Where periods are compared, a unit counts by its rate per node over the best of its hardware to this power.",
        "power",
        least=0,
    )
