"""Financed: channels that tie up money for a term or a life, and may owe or own something when the plan ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance.base import NonNegative, Share
from planner.instance.channels.base import Channel
from planner.instance.channels.capital import recovery_of, rest_years

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from planner.instance.channels.offers import Run
    from planner.instance.timeline import Timeline


class Financed(Channel):
    """A channel of which something may be paid at the start, for all the years it lasts."""

    cost_of_capital: NonNegative | None = None
    """Yearly rate that money paid at the start must earn. The plan's `discount_rate_per_year` stands before it; where
    neither is given the money costs nothing, and plans say so."""
    rest_value_share: Share = 0.0
    """With stages: share of what is still to be paid after the last of them that is not lost, because the nodes go on
    in use or are sublet. 0: the whole obligation counts."""

    def ties_up_money(self) -> bool:
        """Whether anything is paid at the start."""
        raise TypeError(f"{type(self).__name__} does not say whether it ties up money")

    def recovery(self, timeline: Timeline, years: float) -> float:
        """Yearly payment that repays 1 over some years."""
        return recovery_of(timeline, self.cost_of_capital, years)

    def years_lost(self, timeline: Timeline, run: Run, years: float | None) -> NDArray[np.float64]:
        """Years of each offer after the plan that are paid for in vain, at present value, shape [offer]."""
        return rest_years(timeline, run, years) * (1.0 - self.rest_value_share)

    def doubts_of_rate(self, discount_rate_per_year: float | None) -> Iterator[str]:
        """What is odd about the rate at which its money is tied up."""
        own = self.cost_of_capital
        if discount_rate_per_year is None:
            if own is None and self.ties_up_money():
                yield (
                    "what is paid at the start costs no interest: give cost_of_capital, or discount_rate_per_year of "
                    "the plan (0 where that is meant)"
                )
        elif own is not None and own != discount_rate_per_year:
            rate = f"{discount_rate_per_year:g}"
            yield f"cost_of_capital {own:g} is not used: discount_rate_per_year of the plan is {rate}"
