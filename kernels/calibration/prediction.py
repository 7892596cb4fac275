"""Predicting measured points, all points of one architecture in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.decode import decode_step
from kernels.effects import Subject
from kernels.mixed import mixed_prompt
from kernels.options import Options
from kernels.prefill import prefill_pass
from kernels.recipe import resolve
from kernels.setting import gather
from kernels.terms.memory import request_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernels.arrays import Floats
    from kernels.calibration.measurement import Measurement
    from kernels.efficiency import Efficiency
    from kernels.setting import Setting


def setting_of(
    points: Sequence[Measurement], lookup: Callable[[Subject], Efficiency] | None = None
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


def subject_of(point: Measurement) -> Subject:
    """What the efficiencies of a point depend on."""
    recipe = resolve(point.recipe, point.accelerator, point.architecture.name)
    sent = point.tensor_parallel < point.gpus and point.architecture.routed_experts > 0
    return Subject.of(point.accelerator, point.architecture, recipe, sent, point.phase, point.engine)


def rates(points: Sequence[Measurement], setting: Setting) -> Floats:
    """Predicted tokens/s per GPU of points that share architecture and phase. Shape [n, m], that of `setting`.

    A co-located unit shares its time: an output token costs its own decode time and the prefill of its
    share of the prompt, 1 / rate = 1 / decode + (computed prompt / output) / prefill. Requests beyond what
    its memory holds wait, and do not run.
    """
    phase, model = points[0].phase, points[0].architecture
    size = np.array([point.size for point in points])[:, None]
    if phase == "prefill":
        run = prefill_pass(model, setting, size)
        reading: Floats = size / run.seconds * setting.prefill_scale
        return reading
    if phase == "colocated":
        least = 1.0 / setting.replica_gpus
        size = np.minimum(size, np.maximum(request_limit(model, setting), least))
    step = decode_step(model, setting, size)
    writing: Floats = size * setting.accept_length / step.seconds * setting.decode_scale
    if phase == "decode":
        return writing
    added = mixed_prompt(model, setting, size).added_s / setting.prefill_scale
    together: Floats = 1.0 / (1.0 / writing + added * setting.replica_gpus / setting.output_tokens)
    return together
