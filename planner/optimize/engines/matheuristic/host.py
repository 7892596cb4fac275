"""What the search needs of whoever runs it; `planner.optimize.engines.channel.HostChannel` is one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SearchHost(Protocol):
    """Takes plans, gives plans found elsewhere, and says when to end."""

    @property
    def seconds_left(self) -> float:
        """Seconds to the deadline, inf where there is none."""

    @property
    def interrupted(self) -> bool:
        """Whether to end."""

    def take_hint(self) -> NDArray[np.float64] | None:
        """The newest plan from elsewhere that was not taken yet."""

    def report(self, bound: float = -math.inf, values: NDArray[np.float64] | None = None) -> None:
        """Tell of a better plan."""
