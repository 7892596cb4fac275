"""Hiding communication behind computation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kernels.arrays import Floats


def overlapped(compute_s: Floats, exchange_s: Floats, leak: Floats | float) -> Floats:
    """Seconds of two streams of which the shorter one leaks: max + leak min.

    leak = 1 is no overlap at all, leak = 0 the ideal one. Two micro-batches of half the tokens, one
    computing while the other communicates, take twice this time of a half, so weights are read and
    kernels launched twice: at small batch the overlap costs more than it hides
    (deepseek-ai/open-infra-index day 6; LMSYS 2025-05-05).
    """
    return np.maximum(compute_s, exchange_s) + leak * np.minimum(compute_s, exchange_s)
