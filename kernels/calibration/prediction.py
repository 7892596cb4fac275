"""Predicting measured points, all points of one architecture in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.decode import decode_step
from kernels.options import Options
from kernels.prefill import prefill_pass
from kernels.setting import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernels.accelerator import Accelerator
    from kernels.arrays import Floats
    from kernels.calibration.measurement import Measurement
    from kernels.efficiency import Efficiency
    from kernels.setting import Setting


def setting_of(
    points: Sequence[Measurement], lookup: Callable[[Accelerator, str, str], Efficiency] | None = None
) -> Setting:
    """Columns [n, 1] for points of one architecture."""
    options = Options(
        accelerator=tuple(point.accelerator for point in points),
        role=tuple(point.phase for point in points),
        gpus=np.array([point.gpus for point in points]),
        tensor_parallel=np.array([point.tensor_parallel for point in points]),
        redundant_experts=np.array([point.redundant_experts for point in points]),
        recipe=tuple(point.recipe for point in points),
        overlap=tuple(point.overlap for point in points),
        engine=tuple(point.engine for point in points),
    )
    return gather(points[0].architecture, options, [point.conditions for point in points], lookup)


def rates(points: Sequence[Measurement], setting: Setting) -> Floats:
    """Predicted tokens/s per GPU of points that share architecture and phase. Shape [n, m], that of `setting`.

    A co-located unit shares its time: an output token costs its own decode time and the prefill of its
    share of the prompt, 1 / rate = 1 / decode + (computed prompt / output) / prefill.
    """
    phase = points[0].phase
    size = np.array([point.size for point in points])[:, None]
    if phase == "prefill":
        return _reading(points, setting, size)
    step = decode_step(points[0].architecture, setting, size)
    writing = size * setting.accept_length / step.seconds * setting.decode_scale
    if phase == "decode":
        return writing
    reading = _reading(points, setting, setting.tokens_per_pass / setting.attention_gpus)
    return 1.0 / (1.0 / writing + setting.computed_tokens / setting.output_tokens / reading)


def _reading(points: Sequence[Measurement], setting: Setting, tokens: Floats) -> Floats:
    run = prefill_pass(points[0].architecture, setting, tokens)
    rate: Floats = tokens / run.seconds * setting.prefill_scale
    return rate
