"""Exchange search on a placement: lower the busiest GPU until no single move does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kernels.arrays import Floats, Integers

ROUNDS = 200  # moves per layer; each lowers the maximum, few layers need more than thirty
LEAST_GAIN = 1e-9  # relative


def refine(placed: Integers, load: Floats) -> Integers:
    """A placement [layers, gpus, slots] no worse than `placed` in any layer.

    A move either exchanges a copy on the busiest GPU with a copy elsewhere, or hands a slot anywhere from
    an expert that has several copies to an expert of the busiest GPU. The best move is taken while it
    lowers the layer's maximum.
    """
    return np.stack([_refine_layer(layer.copy(), row) for layer, row in zip(placed, load, strict=True)])


def _refine_layer(placed: Integers, load: Floats) -> Integers:
    for _ in range(ROUNDS):
        count = np.bincount(placed.ravel(), minlength=len(load))
        weight = (load / np.maximum(count, 1))[placed]
        total = weight.sum(axis=1)
        worst = int(np.argmax(total))
        limit = total[worst] * (1.0 - LEAST_GAIN)
        move = _best_exchange(weight, total, worst, limit)
        if move is not None:
            (gpu, slot), own = move
            placed[worst, own], placed[gpu, slot] = placed[gpu, slot], placed[worst, own]
            continue
        copied = _best_copy(placed, load, count, worst, limit)
        if copied is None:
            break
        placed = copied
    return placed


def _best_exchange(
    weight: Floats, total: Floats, worst: int, limit: float
) -> tuple[tuple[int, int], int] | None:
    """The exchange after which the two GPUs' maximum is lowest, if it is under `limit`."""
    gain = weight[worst][:, None, None] - weight[None]  # own slot, gpu, slot
    after = np.maximum(total[worst] - gain, (total[None, :, None] + gain))
    after[:, worst] = np.inf
    best = int(np.argmin(after))
    if after.flat[best] >= limit:
        return None
    own, gpu, slot = np.unravel_index(best, after.shape)
    return (int(gpu), int(slot)), int(own)


def _best_copy(placed: Integers, load: Floats, count: Integers, worst: int, limit: float) -> Integers | None:
    """The slot handed over after which the layer's maximum is lowest, if it is under `limit`."""
    best, found = limit, None
    spare = np.argwhere(count[placed] > 1)
    for expert in np.unique(placed[worst]):
        for gpu, slot in spare:
            if placed[gpu, slot] == expert:
                continue
            trial = placed.copy()
            trial[gpu, slot] = expert
            copies = np.bincount(trial.ravel(), minlength=len(load))
            top = (load / np.maximum(copies, 1))[trial].sum(axis=1).max()
            if top < best:
                best, found = float(top), trial
    return found
