"""Units known by measurement alone: small boxes whose data sheet explains little."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from kernels.facts import names, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.architecture import Architecture
    from kernels.arrays import Booleans, Floats, Words
    from kernels.conditions import Conditions
    from kernels.operating_points import OperatingPoints
    from kernels.options import Options


@dataclass(frozen=True)
class MeasuredUnit:
    """Rates of a whole unit at the number of requests it was measured with."""

    requests: float
    prefill_tokens_per_s: float
    decode_tokens_per_s: float

    @property
    def tpot_s(self) -> float:
        return self.requests / self.decode_tokens_per_s


@cache
def measured_units() -> dict[tuple[str, str, str, int], MeasuredUnit]:
    """Measured units by (accelerator, model, role, GPUs), from kernels/data/measured."""
    found = {}
    for name in names("measured"):
        entry = read("measured", name)
        for unit in entry["units"]:
            rates = MeasuredUnit(unit["requests"], unit["prefill_tokens_per_s"], unit["decode_tokens_per_s"])
            for model in unit["models"]:
                found[entry["accelerator"], model, unit["role"], int(unit["gpus"])] = rates
    return found


def with_measured(
    points: OperatingPoints, architecture: Architecture, options: Options, conditions: Conditions
) -> OperatingPoints:
    """The same points, where measured units take the place of the model's answer."""
    table = measured_units()
    keys = zip(options.accelerator, options.role, np.asarray(options.gpus).tolist(), strict=True)
    units = [table.get((hardware.name, architecture.name, role, gpus)) for hardware, role, gpus in keys]
    if not any(units):
        return points
    known = np.array([unit is not None for unit in units])
    plain = [unit or MeasuredUnit(np.nan, np.nan, np.nan) for unit in units]
    tpot = np.array([unit.tpot_s for unit in plain])
    reading = np.array([conditions.computed_tokens / unit.prefill_tokens_per_s for unit in plain])
    handed = np.where(np.array(options.role) == "prefill", np.nan_to_num(points.kv_transfer_s), 0.0)
    late, slow = tpot > conditions.tpot_s, reading + handed > conditions.prefill_time_s
    why = np.where(late, "TPOT out of reach", np.where(slow, "prefill time out of reach", ""))
    works = known & (why == "")

    def chosen(measured: Sequence[float] | Floats, modelled: Floats) -> Floats:
        return np.where(works, measured, np.where(known, np.nan, modelled))

    return replace(
        points,
        prefill_tokens_per_s=chosen(
            [unit.prefill_tokens_per_s for unit in plain], points.prefill_tokens_per_s
        ),
        decode_tokens_per_s=chosen([unit.decode_tokens_per_s for unit in plain], points.decode_tokens_per_s),
        batch_per_gpu=chosen(
            [unit.requests for unit in plain] / np.asarray(options.gpus), points.batch_per_gpu
        ),
        tpot_s=chosen(tpot, points.tpot_s),
        prefill_time_s=chosen(reading, points.prefill_time_s),
        binding=_words(works, "measured; request cap", points.binding),
        reason=_words(known, why, points.reason),
        provenance=_words(known, "measured", points.provenance),
        band_low=np.where(known, 1.0, points.band_low),
        band_high=np.where(known, 1.0, points.band_high),
    )


def _words(chosen: Booleans, new: str | Words, old: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(str, np.where(chosen, new, old)))
