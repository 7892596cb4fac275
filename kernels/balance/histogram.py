"""Expert-load histograms: how unevenly a router spreads tokens over experts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kernels.arrays import Floats


def expert_load(
    experts: int, alpha: float, groups: int = 1, group_alpha: float = 0.0, layers: int = 1, seed: int = 0
) -> Floats:
    """Share of the routed tokens per expert and layer, shape [layers, experts]; rows sum to one.

    A power law twice over: the r-th hottest group of experts has weight r^-group_alpha, the r-th hottest
    expert inside a group r^-alpha; who is hot is drawn anew for every layer. Experts of a group lie side
    by side, as models number them, so without balancing a hot group heats the same few GPUs.
    """
    rng = np.random.default_rng(seed)
    size = experts // groups
    hot_group = rng.permuted(np.tile(np.arange(1.0, groups + 1.0), (layers, 1)), axis=1)
    hot_expert = rng.permuted(np.tile(np.arange(1.0, size + 1.0), (layers, groups, 1)), axis=2)
    load = hot_group[:, :, None] ** -group_alpha * hot_expert**-alpha
    load = load.reshape(layers, groups * size)
    share: Floats = load / load.sum(axis=1, keepdims=True)
    return share


def drifted(load: Floats, deviation: float, seed: int = 1) -> Floats:
    """The load that really comes when `load` was predicted: every expert off by a log-normal factor.

    `deviation` is the standard deviation of the logarithm; a placement made for the prediction is judged
    on this. Rows keep their sum.
    """
    rng = np.random.default_rng(seed)
    real = load * np.exp(deviation * rng.standard_normal(load.shape))
    scaled: Floats = real * (load.sum(axis=1, keepdims=True) / real.sum(axis=1, keepdims=True))
    return scaled
