"""One pass over the whole model: its seconds, how they split, and which way of executing it is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.options import OVERLAPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernels.arrays import Booleans, Floats
    from kernels.setting import Setting

NONE, AUTO, TWO, SINGLE = (OVERLAPS.index(mode) for mode in ("none", "auto", "two_batch", "single_batch"))


@dataclass(frozen=True)
class Step:
    """Seconds of one pass over the whole model; `parts` works out how they split, for sweeps do not ask."""

    seconds: Floats
    parts: Callable[[], dict[str, Floats]]

    @property
    def split(self) -> dict[str, Floats]:
        """Seconds by term, which add up. `exchange` is its visible part."""
        return self.parts()

    @classmethod
    def of(cls, layers: dict[str, Floats], pieces: float, once: dict[str, Floats]) -> Step:
        """A step of `pieces` equal micro-batches through the layers, and what comes once beside them."""
        each: Floats = sum(layers.values())  # type: ignore[assignment]
        rest: Floats = sum(once.values())  # type: ignore[assignment]
        return cls(
            (each if pieces == 1.0 else pieces * each) + rest,
            lambda: {name: pieces * seconds for name, seconds in layers.items()} | once,
        )


def fastest(setting: Setting, run: Callable[[float, Floats], Step], two_batch_leak: Floats) -> Step:
    """The step as each option's overlap mode executes it.

    `run(pieces, leak)` is the step cut into micro-batches whose communication leaks. Two micro-batches
    are the published overlaps: in prefill computation and communication of the halves alternate, in
    decode attention is cut in two stages so that five stages interleave (deepseek-ai/open-infra-index,
    day 6). `auto` takes the faster of whole and halved, point by point, where there is communication to hide.
    """
    whole = run(1.0, whole_leak(setting))
    if not _may_halve(setting):
        return whole
    halved = run(2.0, two_batch_leak)
    two = _is_halved(setting, whole, halved)

    def split() -> dict[str, Floats]:
        other = halved.split
        return {name: np.where(two, other[name], seconds) for name, seconds in whole.split.items()}

    return Step(np.where(two, halved.seconds, whole.seconds), split)


def halves(setting: Setting, run: Callable[[float, Floats], Step], two_batch_leak: Floats) -> Booleans | bool:
    """Where `fastest` takes two micro-batches."""
    if not _may_halve(setting):
        return False
    return _is_halved(setting, run(1.0, whole_leak(setting)), run(2.0, two_batch_leak))


def whole_leak(setting: Setting) -> Floats:
    """What leaks of the exchange of a step in one piece: all of it, unless it runs beside the same batch."""
    return np.where(setting.overlap == SINGLE, setting.single_batch_leak, 1.0)


def _may_halve(setting: Setting) -> bool:
    """Whether any option may run as two micro-batches."""
    mode = setting.overlap
    return bool(np.any((mode == TWO) | ((mode == AUTO) & (setting.gpus > setting.attention_gpus))))


def _is_halved(setting: Setting, whole: Step, halved: Step) -> Booleans:
    """Which points run as two micro-batches."""
    mode, sending = setting.overlap, setting.gpus > setting.attention_gpus
    two: Booleans = (mode == TWO) | ((mode == AUTO) & sending & (halved.seconds < whole.seconds))
    return two
