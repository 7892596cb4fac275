"""What a replay holds requests to: every limit that their workload is promised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.units import SECONDS_PER_HOUR, SECONDS_PER_MS
from planner.instance.workload import KEEP_TPOT

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.verify.simulation.schedule import ReplayClock

MOST = 0.99
"""Share that a deadline is promised to."""


@dataclass(frozen=True)
class Limit:
    """A share `quantile` of requests stays within `value`, in the unit that `measure` ends in."""

    measure: str
    quantile: float
    value: float

    @property
    def of_first_token(self) -> bool:
        """Whether it counts until the first token, or until the last phase begins."""
        return self.measure != "tpot_ms"

    def seconds(self, clock: ReplayClock) -> float:
        """The limit on the replay's clock, s."""
        if self.measure == "waited_hours":
            return self.value * SECONDS_PER_HOUR * clock.pace
        return self.value * SECONDS_PER_MS


def limits_of(instance: Instance, workload: str) -> list[Limit]:
    """The limits of a workload: times to first token by percentile, time per token, deadline."""
    given = instance.workloads[workload]
    limits = [
        Limit("ttft_ms", quantile, ms)
        for quantile, ms in (given.sla.ttft_ms.limits() if given.sla.ttft_ms is not None else {}).items()
    ]
    if given.sla.tpot_ms is not None:
        limits.append(Limit("tpot_ms", KEEP_TPOT, given.sla.tpot_ms))
    if given.deferral is not None:
        hours = instance.horizon.period_hours
        limits.append(Limit("waited_hours", MOST, given.deferral.periods(hours) * hours))
    return limits
