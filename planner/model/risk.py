"""The variables of the risk family, and the scenario that a decision belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import spans_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.model.axes import Axis
    from planner.model.sets import Sets

FIRST_STAGE = -1
RISK_VARIABLES = ("premium", "tail", "excess")


def scenarios_of(sets: Sets, axes: Sequence[Axis], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Scenario that each decision is taken in, shape [count], by its position `at`, shape [count, axis], on the axes
    of its variable; FIRST_STAGE where it is taken before any is known.
    """
    first, last = spans_of(sets, axes, at)
    scenario = sets.timeline.scenario
    return np.where(scenario[first] == scenario[last], scenario[first], FIRST_STAGE)
