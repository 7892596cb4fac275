"""Service in figures: what each kind of work asks and gets, what was promised, and the room left."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.verify.audit.facts import facts_of

if TYPE_CHECKING:
    from planner.instance import Instance, ServiceLevel
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.verify.audit.facts import Facts


class ServiceRow(NamedTuple):
    """One kind of work, in tokens (requests) per second.

    `room` is what the units that are on could serve more at the tightest hour, as a share of the demand
    then, were they to do nothing else; None where nothing is demanded.
    """

    work: str
    unit: str
    demand_mean: float
    demand_peak: float
    shed_share: float
    room: float | None
    promise: str
    slowest_tpot_ms: float | None


def service_rows(plan: Plan, instance: Instance, rates: Rates) -> list[ServiceRow]:
    """One row for each kind of work."""
    facts = facts_of(instance, plan, rates)
    hours = instance.timeline.weighted_hours
    rows = []
    for place, work in enumerate(rates.works):
        demand = facts.demand[place]
        wanted = float(demand @ hours) * SECONDS_PER_HOUR
        shed = float(facts.shed[place] @ hours) * SECONDS_PER_HOUR
        rows.append(
            ServiceRow(
                work=work.name,
                unit="requests/s" if work.phase == "request" else "tokens/s",
                demand_mean=float(demand @ hours / hours.sum()),
                demand_peak=float(demand.max(initial=0.0)),
                shed_share=shed / wanted if wanted > 0 else 0.0,
                room=_room(facts, place),
                promise=_promise(instance.workloads[work.workload].sla),
                slowest_tpot_ms=_slowest_tpot(plan, rates, work.name),
            )
        )
    return rows


def _room(facts: Facts, work: int) -> float | None:
    """Smallest spare capacity over the periods, as a share of the demand in its period."""
    rate = facts.rates.rate
    busy = np.divide(
        facts.served, rate[:, :, None], out=np.zeros_like(facts.served), where=rate[:, :, None] > 0
    )
    idle = np.maximum(facts.usable - busy.sum(axis=1), 0.0)
    spare = rate[:, work] @ idle
    asked = facts.demand[work] > 0
    return float((spare[asked] / facts.demand[work][asked]).min()) if asked.any() else None


def _promise(sla: ServiceLevel) -> str:
    parts = []
    if sla.ttft_ms is not None:
        parts += [f"TTFT {name} <= {limit:g} ms" for name, limit in sla.ttft_ms if limit is not None]
    if sla.tpot_ms is not None:
        parts.append(f"TPOT <= {sla.tpot_ms:g} ms")
    if sla.availability is not None:
        parts.append(f"availability {sla.availability:.3%}")
    return ", ".join(parts)


def _slowest_tpot(plan: Plan, rates: Rates, work: str) -> float | None:
    """Time per output token of the slowest unit in use that does this work, where the rates know it."""
    used = {unit.unit for unit in plan.units}
    times = [
        detail.tpot_ms
        for unit, details in zip(rates.units, rates.details, strict=True)
        if unit.name in used and (detail := details.get(work)) is not None and detail.tpot_ms is not None
    ]
    known = [time for time in times if time == time]
    return max(known) if known else None
