"""Rooflines: how the time to compute and the time to move bytes combine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from kernels.arrays import Floats


class Roof(NamedTuple):
    """Seconds one kernel would take if only its arithmetic, or only its memory traffic, cost time."""

    compute_s: Floats
    memory_s: Floats

    def seconds(self) -> Floats:
        """The roofline with its ridge rounded off: (compute^4 + memory^4)^(1/4).

        Loads run under the arithmetic (Williams et al., CACM 52(4), 2009), but where both take about as long
        neither hides wholly: GEMMs measured on H100 and H200 between 128 and 512 rows take up to a fifth
        longer than the larger of the two (kernels/data/terms.json).
        """
        compute, memory = self.compute_s * self.compute_s, self.memory_s * self.memory_s
        found: Floats = np.sqrt(np.sqrt(compute * compute + memory * memory))
        return found


def matrix_product(
    tokens: Floats, weights: Floats | float, weight_bytes: Floats, flop_per_s: Floats, bytes_per_s: Floats
) -> Roof:
    """Roof of `tokens` rows through `weights` parameters: 2 FLOPs per row and weight, one weight read.

    What options have alike at every batch is multiplied first, here and in every term: an array of points is
    touched once.
    """
    return Roof(tokens * (2.0 * weights / flop_per_s), weights * weight_bytes / bytes_per_s)
