"""All doubts about rates, one sentence each: what a plan and `planner rates` say beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rates.cache_doubts import cache_doubts, waiting_cache_doubts
from planner.rates.calibration_doubts import calibration_doubts
from planner.rates.kv_transfer import transfer_doubts
from planner.rates.length_doubts import length_doubts
from planner.rates.promise_doubts import promise_doubts

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.rates.rates import Rates


def rate_doubts(instance: Instance, rates: Rates) -> tuple[str, ...]:
    """What the rates of an instance take for granted."""
    return (
        *transfer_doubts(instance, rates),
        *cache_doubts(instance, rates),
        *waiting_cache_doubts(instance, rates),
        *length_doubts(instance, rates),
        *calibration_doubts(instance, rates),
        *promise_doubts(instance),
    )
