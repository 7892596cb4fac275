"""A set of fleets: of every pool at least and at most so many nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class FleetBounds:
    """All fleets F with low[pool] <= F[pool] <= high[pool], in nodes, both ends included."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]
