"""A priced variable: what every cost term consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Priced:
    """USD per unit of a variable: its name, and an array on its axes."""

    variable: str
    usd: NDArray[np.float64]
