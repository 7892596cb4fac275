"""Frontiers: what every unit serves at each number of requests at once, beside runs that were measured on such units.

The points of a unit lie between one request at a time, fast for its user, and as many as memory holds, cheap per token.
A solve takes of them the most requests that keep the promised times; headroom then leaves room for waits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import kernels
from kernels.calibration.runs import shipped_runs
from kernels.calibration.validation import read_points
from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_MS
from planner.rates.accelerators import accelerator_of
from planner.rates.kernel import alike_in_conditions, asked_of, conditions_of
from planner.rates.options import expand
from planner.rates.precision import score_refusal

if TYPE_CHECKING:
    from kernels import Conditions, RateFrontier
    from kernels.calibration.measurement import Measurement
    from planner.instance import Instance
    from planner.rates.options import Option

ALIKE = 1.25  # lengths of a measured run over those of the workload, at most, and at least its inverse
COLUMNS = (
    *("unit", "hardware", "role", "gpus", "workload", "requests", "tokens_per_s_per_gpu"),
    *("tokens_per_s_per_user", "tpot_ms", "ttft_ms", "in_time", "efficient", "source", "what"),
)


def frontier_frame(instance: Instance) -> pd.DataFrame:
    """One row per unit, workload and point, those of the kernel first, then measured ones; columns COLUMNS.

    `requests` at once in the unit (of prefill units: tokens of a pass). Rates are output tokens/s, of prefill units
    computed prompt tokens/s. Times leave waits out; `in_time` says whether they keep what the workload promises,
    `efficient` whether no other point of the unit is as fast for its users at a higher rate. `source` is `kernel`
    or `measured`. Units with rates of the instance's own have no points. Raises InstanceError where the kernel
    refuses the question of a workload.
    """
    rows: list[dict[str, Any]] = []
    options = [
        option
        for option in _one_each(expand(instance))
        if not score_refusal(instance, option.run, option.unit)
    ]
    for workload in instance.workloads:
        asked = [
            i for i, one in enumerate(options) if not one.deployment.measured and workload in one.workloads
        ]
        for alike in alike_in_conditions(instance, workload, asked, options):
            some = [options[index] for index in alike]
            try:
                rows += _rows(instance, workload, some)
            except kernels.KernelError as error:
                fault = Fault(f"the kernel cannot rate its units: {error}", path=f"workloads.{workload}")
                raise InstanceError([fault]) from None
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _one_each(options: list[Option]) -> list[Option]:
    """The options without their several prefill passes, which lie on one frontier."""
    found: dict[str, Option] = {}
    for option in options:
        found.setdefault(option.unit.name, option)
    return list(found.values())


def _rows(instance: Instance, workload: str, options: list[Option]) -> list[dict[str, Any]]:
    architecture = kernels.architecture(instance.workloads[workload].model)
    asked = conditions_of(instance, workload, options[0].run, sharing=options[0].workloads)
    found = kernels.frontier(architecture, asked_of(instance, options), asked)
    runs = _runs_of(architecture.name, asked)
    rows: list[dict[str, Any]] = []
    for place, option in enumerate(options):
        unit = option.unit
        start = {"unit": unit.name, "hardware": unit.hardware, "role": str(unit.role), "gpus": unit.gpus}
        predicted = _predicted(found, place, unit.gpus, asked)
        measured = [_measured(run, times, asked) for run, times in runs if _same_unit(instance, option, run)]
        rows += [start | {"workload": workload} | row for row in (*predicted, *measured)]
    return rows


def _predicted(found: RateFrontier, place: int, gpus: int, asked: Conditions) -> list[dict[str, Any]]:
    rows = []
    for point in np.flatnonzero(np.isfinite(found.tokens_per_s[place])).tolist():
        tpot_s, ttft_s = float(found.tpot_s[place, point]), float(found.ttft_s[place, point])
        rows.append(
            {
                "requests": float(found.requests[place, point]),
                "tokens_per_s_per_gpu": float(found.tokens_per_s[place, point]) / gpus,
                "efficient": bool(found.efficient[place, point]),
                "source": "kernel",
                "what": "",
            }
            | _times(tpot_s, ttft_s, asked)
        )
    return rows


def _times(tpot_s: float, ttft_s: float, asked: Conditions) -> dict[str, Any]:
    """Times of a point, NaN where its unit does not write, or does not read."""
    late = tpot_s > asked.tpot_s or ttft_s > asked.prefill_time_s
    return {
        "tokens_per_s_per_user": 1.0 / tpot_s,
        "tpot_ms": tpot_s / SECONDS_PER_MS,
        "ttft_ms": ttft_s / SECONDS_PER_MS,
        "in_time": not late,
    }


def _runs_of(model: str, asked: Conditions) -> list[tuple[Measurement, dict[str, float]]]:
    """Shipped runs of one model at lengths like those asked for, with their times."""
    entries = {str(entry["id"]): entry for entry in shipped_runs() if entry["model_key"] == model}
    points, _ = read_points(entries.values())
    return [
        (point, entries[point.name]["latency"])
        for point in points
        if _alike(point.conditions.input_tokens, asked.input_tokens)
        and _alike(point.conditions.output_tokens, asked.output_tokens)
    ]


def _alike(one: float, other: float) -> bool:
    return abs(math.log(one / other)) <= math.log(ALIKE)


def _same_unit(instance: Instance, option: Option, run: Measurement) -> bool:
    known = accelerator_of(instance, option.unit.hardware)
    tensor = option.run.tensor_parallel
    return (
        known is not None
        and known.name == run.accelerator.name
        and str(option.unit.role) == run.phase
        and option.unit.gpus == run.gpus
        and tensor in (None, run.tensor_parallel)
        and option.run.pipeline_parallel == 1
    )


def _measured(run: Measurement, latency: dict[str, float], asked: Conditions) -> dict[str, Any]:
    return {
        "requests": run.size * run.gpus,
        "tokens_per_s_per_gpu": run.rate_per_gpu,
        "efficient": False,
        "source": "measured",
        "what": f"{run.engine}, {run.recipe}, TP{run.tensor_parallel}: {run.source}",
    } | _times(latency["tpot_ms"] * SECONDS_PER_MS, latency["ttft_ms"] * SECONDS_PER_MS, asked)
