"""What switching units on costs, and how long it takes."""

from __future__ import annotations

from typing import Literal

from planner.instance.base import NonNegative, Strict


class StartUp(Strict):
    """Start-up of any unit. While it starts, a unit holds its nodes and serves nothing."""

    hours: NonNegative = 0.0
    """Time from switching on to serving."""
    usd_per_node: NonNegative = 0.0
    """Cost of a start, per node of the unit."""
    minimum_up_hours: NonNegative = 0.0
    """Once on, a unit stays on for at least so long."""
    before_first_period: Literal["cyclic", "off"] = "cyclic"
    """What ran before the first period: the same as in the last one, or nothing."""
