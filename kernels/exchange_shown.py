"""What shows of the exchange between attention and experts where some rank has more attention than the mean one.

Ranks exchange together, so that an exchange runs beside what the busiest of them computes. Of a step in which x
seconds are exchanged, its part `leak` always shows; the rest is hidden by what is computed in layers with experts, b
seconds without attention and the share h of A, the seconds of attention of all layers on the busiest rank:

    shown = max(least, most - hides A),   least = leak x,   most = leak x + (1 - leak) max(x - b, 0),
                                          hides = (1 - leak) h
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from kernels.step import halves, whole_leak

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting
    from kernels.step import Step

LONG_S = 1e3
"""Attention of a layer that hides whatever can be hidden."""


class Shown(NamedTuple):
    """Seconds of a step: least, most, and what a second of attention hides; each [n, points]."""

    least: Floats
    most: Floats
    hides: Floats

    def faster(self, times: float) -> Shown:
        """The same of units that are so many times as fast."""
        return Shown(self.least / times, self.most / times, self.hides)


class StepInPieces(Protocol):
    """A step in pieces with a leak; the last is what attention takes in a layer, absent: what it does."""

    def __call__(self, pieces: float, leak: Floats, attention_s: float | None = None, /) -> Step: ...


def shown_beside(
    architecture: Architecture,
    setting: Setting,
    run: StepInPieces,
    two_batch_leak: Floats,
    extra_layers: Floats | float = 0.0,
) -> Shown:
    """What shows of the exchange of steps that are cut as the fastest ones with their own attention are.

    `extra_layers` are those of drafts, as `kernels.layers.pass_seconds` has them.
    """
    two, leak = halves(setting, run, two_batch_leak), whole_leak(setting)
    within = architecture.moe_layers + extra_layers if architecture.moe_layers else 0.0
    layers = architecture.moe_layers + architecture.dense_layers + extra_layers
    share = within / layers
    whole, halved = _way(run, 1.0, leak, share), _way(run, 2.0, two_batch_leak, share)
    return Shown(*(np.where(two, other, one) for one, other in zip(whole, halved, strict=True)))


def _way(run: StepInPieces, pieces: float, leak: Floats, share: Floats | float) -> Shown:
    none, long = (run(pieces, leak, attention_s) for attention_s in (0.0, LONG_S))
    least = long.split.get("exchange", np.zeros_like(long.seconds))
    most = none.split.get("exchange", least)
    return Shown(least, most, (1.0 - leak) * share + 0.0 * least)
