"""One pass over the whole model: its seconds, how they split, and which way of executing it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kernels.options import OVERLAPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernels.arrays import Booleans, Floats
    from kernels.setting import Setting

NONE, AUTO, TWO, SINGLE = (OVERLAPS.index(mode) for mode in ("none", "auto", "two_batch", "single_batch"))


class Step(NamedTuple):
    """Seconds of one pass over the whole model, and how they split. `exchange` is its visible part."""

    seconds: Floats
    split: dict[str, Floats]

    @classmethod
    def of(cls, split: dict[str, Floats]) -> Step:
        """A step whose terms add up."""
        total: Floats = sum(split.values())  # type: ignore[assignment]
        return cls(total, split)


def fastest(setting: Setting, run: Callable[[float, Floats], Step], two_batch_leak: Floats) -> Step:
    """The step as each option's overlap mode executes it.

    `run(pieces, leak)` is the step cut into micro-batches whose communication leaks. Two micro-batches
    are the published overlaps: in prefill computation and communication of the halves alternate, in
    decode attention is cut in two stages so that five stages interleave (deepseek-ai/open-infra-index,
    day 6). `auto` takes the faster of whole and halved, point by point, where there is communication to hide.
    """
    mode = setting.overlap
    whole = run(1.0, np.where(mode == SINGLE, setting.single_batch_leak, 1.0))
    sending = setting.gpus > setting.attention_gpus
    if not np.any((mode == TWO) | ((mode == AUTO) & sending)):
        return whole
    halved = run(2.0, two_batch_leak)
    two: Booleans = (mode == TWO) | ((mode == AUTO) & sending & (halved.seconds < whole.seconds))
    split = {name: np.where(two, halved.split[name], whole.split[name]) for name in whole.split}
    return Step(np.where(two, halved.seconds, whole.seconds), split)
