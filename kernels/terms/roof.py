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

    def pipelined_s(self) -> Floats:
        """The classic roofline: loads run under the arithmetic (Williams et al., CACM 52(4), 2009)."""
        return np.maximum(self.compute_s, self.memory_s)

    def serial_s(self) -> Floats:
        """Loads and arithmetic one after the other.

        Measured FP8 GEMM times at small token counts follow this sum, not the maximum: with few tiles in
        flight the weights stream in before the tensor cores fill (alibaba/InferSim bench_data).
        """
        return self.compute_s + self.memory_s


def matrix_product(
    tokens: Floats, weights: Floats | float, weight_bytes: Floats, flop_per_s: Floats, bytes_per_s: Floats
) -> Roof:
    """Roof of `tokens` rows through `weights` parameters: 2 FLOPs per row and weight, one weight read."""
    return Roof(2.0 * tokens * weights / flop_per_s, weights * weight_bytes / bytes_per_s)
