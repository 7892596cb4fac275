"""A line of a bill, as far as a plan is compared with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BillLine:
    """One charge over [`begin_s`, `end_s`), seconds since 1970; `cost` is amortised, in the currency of the bill.

    It is of nodes of a channel (`hardware`, `channel`), or of a term of the cost that no channel has (`term`).
    `node_hours` are those that it counts, 0 where it counts none (tax, a fee, a purchase whose use other lines tell).
    `in_use`: whether nodes ran; None where the bill does not say it.
    """

    begin_s: float
    end_s: float
    cost: float
    hardware: str = ""
    channel: str = ""
    term: str = ""
    node_hours: float = 0.0
    in_use: bool | None = None


@dataclass(frozen=True)
class NodeSample:
    """Nodes of a hardware that were in use, or down, at a moment; `series` tells those apart that add up."""

    second: float
    hardware: str
    measure: str
    nodes: float
    series: str = ""


USED, DOWN = "nodes_used", "nodes_down"
"""Measures of `NodeSample`."""
