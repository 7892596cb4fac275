"""A log of requests as few classes: cells of requests alike in prompt, cached prefix and answer.

The cell that differs most within itself is cut at its mean, along the measure in which it does, until there are
enough: few wide cells where requests are many and alike, narrow ones where lengths count most. A class stands for
the mean of its cell, so that means are those of the log exactly, and squares nearly.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_CELLS = 400
LEAST_SPREAD = 1e-6
"""Of the mean square of a measure: what varies less within a cell is alike."""
LEAST_SQUARE = 1e-300
"""Of a measure that is 0 throughout, such as cached tokens where none are."""


def classes_of(tokens: dict[str, Array], counts: Array) -> list[dict[str, float]]:
    """Classes of the requests of a log, as an instance states them.

    `tokens` are arrays [row] by key; a row stands for `counts` [row] requests.
    """
    values = np.stack(list(tokens.values()), axis=1)
    mean_squares = counts @ values**2 / counts.sum()
    scaled = values / np.sqrt(np.maximum(mean_squares, LEAST_SQUARE))
    return [
        {"share": float(counts[cell].sum())}
        | dict(zip(tokens, np.round(_mean(values[cell], counts[cell]), 6).tolist(), strict=True))
        for cell in _cells(scaled, counts)
    ]


def _cells(scaled: Array, counts: Array) -> list[NDArray[np.int64]]:
    """Rows by cell, shape [row, measure] to a list of places."""
    whole = np.arange(len(scaled))
    alike = LEAST_SPREAD * counts.sum() / MOST_CELLS
    heap = [(-_spread(scaled, counts, whole).sum(), 0, whole)]
    while len(heap) < MOST_CELLS and -heap[0][0] > alike:
        _, _, cell = heapq.heappop(heap)
        measure = int(np.argmax(_spread(scaled, counts, cell)))
        below = scaled[cell, measure] <= _mean(scaled[cell], counts[cell])[measure]
        for half in (cell[below], cell[~below]):
            heapq.heappush(heap, (-_spread(scaled, counts, half).sum(), int(half[0]), half))
    return [cell for _, _, cell in sorted(heap, key=lambda one: one[1])]


def _spread(scaled: Array, counts: Array, cell: NDArray[np.int64]) -> Array:
    """Sum of squared distances from the mean of a cell, by measure."""
    inner = scaled[cell]
    return np.asarray(counts[cell] @ (inner - _mean(inner, counts[cell])) ** 2)


def _mean(values: Array, counts: Array) -> Array:
    return np.asarray(counts @ values / counts.sum())
