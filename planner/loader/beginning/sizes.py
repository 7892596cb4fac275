"""How many GPUs a replica of a first instance has: what costs least for a request at full load, by the kernel.

cost = price of a GPU-hour * GPUs * (prompt tokens to compute / prefill rate + output tokens / decode rate)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.demand_series import cache_hit_share
from planner.instance.deployment import Phase

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.rates.rates import Rates


def cheapest_sizes(instance: Instance, rates: Rates, workload: str) -> dict[str, tuple[int, ...]]:
    """GPUs of the best replica of each hardware that can serve the workload. Raises TypeError without lengths."""
    lengths = instance.workloads[workload].lengths
    if lengths is None:
        raise TypeError(f"{workload} has no lengths")
    place = {work.phase: index for index, work in enumerate(rates.works) if work.workload == workload}
    computed = lengths.input_tokens * (1.0 - cache_hit_share(instance, workload))
    with np.errstate(divide="ignore"):
        seconds = (
            computed / rates.rate[:, place[Phase.PREFILL]]
            + lengths.output_tokens / rates.rate[:, place[Phase.DECODE]]
        )
    best: dict[str, tuple[float, int]] = {}
    for unit, busy in zip(rates.units, seconds.tolist(), strict=True):
        if np.isfinite(busy):
            found = (busy * unit.gpus, unit.gpus)
            best[unit.hardware] = min(best.get(unit.hardware, found), found)
    return {hardware: (gpus,) for hardware, (_, gpus) in best.items()}
