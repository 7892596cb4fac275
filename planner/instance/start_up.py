"""What switching units on costs, and how long it takes.

A unit is switched on at the beginning of a period, holds its nodes from then on, serves nothing for `hours`, and
serves from then on, also for the rest of the period in which it becomes ready. It is not switched off before it
is ready, so that units that start never serve less than nothing. Where start-up is longer than a period, the unit
is on and serves nothing in all periods until then; where the horizon repeats (`cyclic`), also at its beginning,
for what was started near its end. What is not ready at the end of a horizon that does not repeat is of no use.
Where waits are promised (`queueing`) and the horizon repeats, a unit counts only from the first period on at whose
beginning it is ready.
"""

from __future__ import annotations

from typing import Literal

from planner.instance.base import NonNegative, Strict


class StartUp(Strict):
    """Start-up of any unit. While it starts, a unit holds its nodes and serves nothing."""

    hours: NonNegative = 0.0
    """Time from switching on to serving; a unit that is switched on stays on at least for so long."""
    usd_per_node: NonNegative = 0.0
    """Cost of a start, per node of the unit."""
    minimum_up_hours: NonNegative = 0.0
    """Once on, a unit stays on for at least so long."""
    before_first_period: Literal["cyclic", "off"] = "cyclic"
    """What ran before the first period: the same as in the last one, or nothing."""
