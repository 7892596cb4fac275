"""Requests as arrays: when they arrive, how long they are, which prompt blocks they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Requests:
    """Requests in order of arrival, each array of shape [request].

    `arrival_s` counts from the start of the trace. `blocks` holds the hashes of each prompt's blocks of
    `block_tokens` tokens, where the trace has them.
    """

    arrival_s: NDArray[np.float64]
    input_tokens: NDArray[np.int64]
    output_tokens: NDArray[np.int64]
    blocks: tuple[tuple[int, ...], ...] | None = None
    block_tokens: int = 512

    def __len__(self) -> int:
        return len(self.arrival_s)

    @property
    def span_s(self) -> float:
        """Time the trace covers: first to last arrival, and one mean gap for the way round."""
        count = len(self)
        return float(self.arrival_s[-1] - self.arrival_s[0]) * count / (count - 1) if count > 1 else 0.0

    def arrival_scv(self) -> float:
        """Squared coefficient of variation of the times between arrivals."""
        gaps = np.diff(self.arrival_s)
        return float(gaps.var() / gaps.mean() ** 2) if len(gaps) > 1 and gaps.mean() > 0 else 0.0
