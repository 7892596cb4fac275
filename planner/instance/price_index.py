"""Price index: how a price moves over the years of a plan, for channels that follow it.

factor(t) = level(t) / level(0)        level: straight between its points, as at the nearest one before and after them
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from planner.instance.base import NonNegative, Positive, Strict, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PriceIndex(Strict):
    """A series of price levels, such as a market index of rents, a forecast, or an escalator of a contract.

    With stages, what begins in a stage costs as much as at the beginning of the stage.
    """

    after_years: Annotated[tuple[NonNegative, ...], Field(min_length=1)]
    """Times of the levels, in years from the beginning of the plan, ascending."""
    level: Annotated[tuple[Positive, ...], Field(min_length=1)]
    """Price level at each of them, in any unit: it counts beside that at the beginning."""
    source: Text | None = None
    """Where the levels come from, with their date."""

    @model_validator(mode="after")
    def _one_level_each(self) -> Self:
        if len(self.after_years) != len(self.level):
            raise ValueError(f"{len(self.level)} values of level for {len(self.after_years)} of after_years")
        if any(np.diff(self.after_years) <= 0.0):
            raise ValueError("after_years are not in ascending order, each once")
        return self

    def factor(self, years: NDArray[np.float64]) -> NDArray[np.float64]:
        """Price some years after the beginning relative to that at the beginning, of the shape of `years`."""
        level = np.interp(np.append(years, 0.0), self.after_years, self.level)
        return np.asarray(level[:-1] / level[-1])
