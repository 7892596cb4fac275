"""What a vendor would charge for a workload, and how many tokens that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance.demand_series import series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.instance import Instance


def takes(instance: Instance, vendor: str, workload: str) -> bool:
    """Whether a vendor may take a workload: one in tokens, that it does not leave out."""
    allowed = instance.vendors[vendor].workloads
    in_tokens = instance.workloads[workload].demand.requests_per_s is None
    return in_tokens and (allowed is None or workload in allowed)


def list_usd_per_hour(instance: Instance, vendor: str, workload: str) -> NDArray[np.float64]:
    """USD per hour for all of a workload at the vendor's prices before tier discounts, shape [period]."""
    cached = series(instance, workload, "cached_tokens_per_s")
    computed = series(instance, workload, "input_tokens_per_s") - cached
    output = series(instance, workload, "output_tokens_per_s")
    prices = instance.vendors[vendor].prices_usd_per_token(instance.timeline)
    return np.asarray((prices * np.array([cached, computed, output])).sum(axis=0) * SECONDS_PER_HOUR)


def tokens_per_s(instance: Instance, workload: str) -> NDArray[np.float64]:
    """Prompt and generated tokens of a workload, shape [period]."""
    return series(instance, workload, "input_tokens_per_s") + series(
        instance, workload, "output_tokens_per_s"
    )
