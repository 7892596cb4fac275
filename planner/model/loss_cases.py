"""Cases of losses in several groups, as many as matter."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_LOST = 12


@lru_cache(maxsize=64)
def cases_of(groups: int, most: int) -> NDArray[np.int64]:
    """Numbers of losses by group that are no more than `most` in all, shape [case, group]."""
    if groups == 0:
        return np.zeros((1, 0), dtype=np.int64)
    return np.vstack(
        [np.insert(cases_of(groups - 1, most - first), 0, first, axis=1) for first in range(most + 1)]
    )


def most_losses(mean: float, rare: float) -> int:
    """Losses of all groups together beyond which there are more with a chance of `rare`, for a Poisson number."""
    more = 1.0 - np.cumsum(_poisson(mean, MOST_LOST))[1:]
    return 1 + int((more <= rare).argmax()) if more[-1] <= rare else MOST_LOST


def _poisson(mean: float, most: int) -> NDArray[np.float64]:
    """P(0), ..., P(most) of a Poisson number."""
    number = np.arange(most + 1)
    return np.asarray(np.exp(number * np.log(max(mean, 1e-300)) - mean - gammaln(number + 1)))
