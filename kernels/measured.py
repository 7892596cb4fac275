"""Units known by measurement alone: small boxes whose data sheet explains little."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.accelerator import accelerator_names
from kernels.architecture import architecture_names
from kernels.errors import KernelError
from kernels.facts import names, read
from kernels.options import ROLES, stages_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.architecture import Architecture
    from kernels.arrays import Booleans, Floats, Words
    from kernels.conditions import Conditions
    from kernels.operating_points import OperatingPoints
    from kernels.options import Options


PROVENANCE = "measured"  # of rates that are a measured unit's


@dataclass(frozen=True)
class MeasuredUnit:
    """Rates of a whole unit at the number of requests it was measured with."""

    requests: float
    prefill_tokens_per_s: float
    decode_tokens_per_s: float

    @property
    def tpot_s(self) -> float:
        return self.requests / self.decode_tokens_per_s


Key = tuple[str, str, str, int]
_NUMBERS = ("requests", "prefill_tokens_per_s", "decode_tokens_per_s")
_KEYS = {"models", "role", "gpus", "source", *_NUMBERS}
LARGEST = 1e12


def measured_units() -> dict[Key, MeasuredUnit]:
    """Measured units by (accelerator, model, role, GPUs), from the files in kernels/data/measured and one's own.

    Raises KernelError with every fault of a file at once, and where a unit is stated twice.
    """
    found: dict[Key, MeasuredUnit] = {}
    stated: dict[Key, str] = {}
    for name in names("measured"):
        entry = read("measured", name)
        faults = _faults(entry)
        if not faults:
            for key, unit in _units(entry):
                if key in stated:
                    faults.append(f"{', '.join(map(str, key))} GPUs is stated in {stated[key]} too")
                stated.setdefault(key, name)
                found[key] = unit
        if faults:
            raise KernelError(f"measured units {name!r}: " + "; ".join(faults))
    return found


def _units(entry: dict[str, Any]) -> list[tuple[Key, MeasuredUnit]]:
    """The units of a file that has no faults."""
    return [
        (
            (entry["accelerator"], model, unit["role"], int(unit["gpus"])),
            MeasuredUnit(*(float(unit[key]) for key in _NUMBERS)),
        )
        for unit in entry["units"]
        for model in unit["models"]
    ]


def _faults(entry: dict[str, Any]) -> list[str]:
    """All that is wrong with a file of measured units."""
    faults = [f"unknown key {key!r}" for key in entry if key not in ("name", "accelerator", "units")]
    if entry.get("accelerator") not in accelerator_names():
        faults.append(f"no accelerator {entry.get('accelerator')!r} in the catalog")
    units = entry.get("units")
    if not isinstance(units, list) or not units or not all(isinstance(unit, dict) for unit in units):
        return [*faults, "units must be a list of mappings"]
    for index, unit in enumerate(units):
        faults += [f"units.{index}: {fault}" for fault in _unit_faults(unit)]
    return faults


def _unit_faults(unit: dict[str, Any]) -> list[str]:
    faults = [f"unknown key {key!r}" for key in unit if key not in _KEYS]
    faults += [f"missing {key!r}" for key in sorted(_KEYS - unit.keys())]
    models = unit.get("models")
    if not isinstance(models, list) or not models:
        faults.append("models must be a list of names")
    else:
        known = architecture_names()
        faults += [f"no model {model!r} in the catalog" for model in models if model not in known]
    if unit.get("role") not in ROLES:
        faults.append(f"role must be one of {', '.join(ROLES)}")
    gpus = unit.get("gpus")
    if isinstance(gpus, bool) or not isinstance(gpus, int) or gpus < 1:
        faults.append("gpus must be a whole number, at least 1")
    return faults + [
        f"{key} must be a number above 0 and at most {LARGEST:g}"
        for key in _NUMBERS
        if isinstance(unit.get(key), bool)
        or not isinstance(unit.get(key), int | float)
        or not 0 < unit[key] <= LARGEST
    ]


def with_measured(
    points: OperatingPoints, architecture: Architecture, options: Options, conditions: Conditions
) -> OperatingPoints:
    """The same points, where measured units take the place of the model's answer; none was measured in stages."""
    table = measured_units()
    whole = (stages_of(options) == 1).tolist()
    keys = zip(options.accelerator, options.role, np.asarray(options.gpus).tolist(), whole, strict=True)
    units = [
        table.get((hardware.name, architecture.name, role, gpus)) if one else None
        for hardware, role, gpus, one in keys
    ]
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
        memory_bound=points.memory_bound & ~works,
        reason=_words(known, why, points.reason),
        provenance=_words(known, PROVENANCE, points.provenance),
        band_low=np.where(known, 1.0, points.band_low),
        band_high=np.where(known, 1.0, points.band_high),
    )


def _words(chosen: Booleans, new: str | Words, old: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(str, np.where(chosen, new, old)))
