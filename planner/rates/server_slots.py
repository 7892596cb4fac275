"""Server slots: how a unit's rate is spread over the requests it holds at the same time.

A unit of rate r that holds n requests works on each at r / n. A prefill unit rated by the kernel is one fast
slot: prompts pass through in batches, and the time of a pass is added to each as a fixed delay. A decode
unit has as many slots as tokens come out in the time per token, n = r * tpot (J. D. C. Little, 1961). Between
the two the cache of the prompt is handed over, which delays the first token as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase
from planner.instance.demand_series import cache_hit_share

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.rates.rates import Rates, Work

MOST_SLOTS = 10**9
"""Of one unit: pools of so many are free of waits, and more could not be counted."""
LEAST_COMPUTED = 1e-9
"""Share of a prompt that is computed at least: one that is cached whole takes next to nothing."""


@dataclass(frozen=True)
class ServerSlots:
    """Requests one unit holds at once, the work per second of each, and a delay every request has.

    `transfer_s` is what passes after a prompt is read until its answer may be written elsewhere, `network_s` what
    lies between users and units, and between sites.
    """

    count: int
    speed: float
    fixed_s: float
    transfer_s: float = 0.0
    network_s: float = 0.0

    @property
    def delay_s(self) -> float:
        """What every request has on top of its own work."""
        return self.fixed_s + self.transfer_s + self.network_s


def mean_work(instance: Instance, work: Work) -> float:
    """Mean work of a request: computed prompt tokens, generated tokens, or 1 for whole requests.

    Raises InstanceError where the workload gives no lengths.
    """
    if work.phase is Phase.REQUEST:
        return 1.0
    lengths = instance.workloads[work.workload].lengths
    if lengths is None:
        where = f"workloads.{work.workload}.lengths"
        raise InstanceError([Fault("waiting and replay need the mean lengths of a request", path=where)])
    if work.phase is Phase.DECODE:
        return lengths.output_tokens
    return lengths.input_tokens * max(LEAST_COMPUTED, 1.0 - cache_hit_share(instance, work.workload))


def server_slots(instance: Instance, rates: Rates, unit: int, work: int) -> ServerSlots:
    """Server slots of one unit for one work it can do.

    Raises InstanceError where a decode unit's time per token is neither rated nor promised.
    """
    kind, rate = rates.works[work], float(rates.rate[unit, work])
    detail = rates.details[unit][kind.name]
    if kind.phase is not Phase.DECODE:
        alone_s = mean_work(instance, kind) / rate
        fixed_s = (
            max(0.0, detail.prefill_ms * SECONDS_PER_MS - alone_s) if detail.prefill_ms is not None else 0.0
        )
        count = detail.prompts_at_once
        transfer_s = (detail.kv_transfer_ms or 0.0) * SECONDS_PER_MS
        network_s = detail.network_ms * SECONDS_PER_MS
        return ServerSlots(count, rate / count, fixed_s, transfer_s, network_s)
    tpot_ms = detail.tpot_ms or instance.workloads[kind.workload].sla.tpot_ms
    if tpot_ms is None:
        where = f"workloads.{kind.workload}.sla.tpot_ms"
        raise InstanceError([Fault("waiting and replay need the time per output token", path=where)])
    count = min(max(1, round(rate * tpot_ms * SECONDS_PER_MS)), MOST_SLOTS)
    return ServerSlots(count=count, speed=rate / count, fixed_s=0.0)
