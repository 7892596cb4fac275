"""Node prices of one period by cutting planes, near the best ones so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.parameters import StartsParameters


class NodePrices:
    """`next` prices to try by hardware, at least `low`; `cut` takes what came of them."""

    def __init__(
        self,
        low: NDArray[np.float64],
        typical: NDArray[np.float64],
        start: NDArray[np.float64] | None,
        gain_usd: float,
        parameters: StartsParameters,
    ) -> None:
        """It ends where less than `gain_usd` is to be gained."""
        import highspy

        self.low, self.best, self.gain = low, -np.inf, gain_usd
        self.shrink = parameters.node_price_shrink
        least = parameters.least_node_price_reach * float(typical.max())
        self.reach = parameters.node_price_reach * np.maximum(typical, least)
        self.next = self.centre = np.maximum(low if start is None else start, low)
        self.program: Any = highspy.Highs()
        self.program.setOptionValue("output_flag", False)
        self.program.setOptionValue("presolve", "off")
        count = len(low)
        none = np.zeros(0, dtype=np.int32)
        self.program.addCols(
            count + 1,
            np.append(np.zeros(count), -1.0),
            np.append(low, -np.inf),
            np.full(count + 1, np.inf),
            0,
            none,
            none,
            np.zeros(0),
        )
        self.columns = np.arange(count + 1, dtype=np.int32)

    def cut(self, value: float, slope: NDArray[np.float64]) -> bool:
        """Add value + slope (price - next) as a bound from above, and go on; whether that may still gain."""
        import highspy

        if value > self.best:
            self.best, self.centre = value, self.next
        else:
            self.reach = self.reach * self.shrink
        self.program.addRow(
            -np.inf,
            value - float(slope @ self.next),
            len(self.columns),
            self.columns,
            np.append(-slope, 1.0),
        )
        low = np.maximum(self.low, self.centre - self.reach)
        self.program.changeColsBounds(
            len(low), self.columns[:-1], low, np.maximum(low, self.centre + self.reach)
        )
        self.program.run()
        if self.program.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return False
        point = np.asarray(self.program.getSolution().col_value)
        self.next = point[:-1]
        return bool(point[-1] - self.best > self.gain)
