"""Work that may wait, handed from one window of a rolled day to the next.

What has come by period k and is not done is demand of that period in the window that begins there. It gets a
workload of its own for each number of periods that it may still wait, because what arrived j periods ago has j
periods less:

    deadline = deadline of the workload - j       (at least 0: what is overdue is served at once, or shed)

Amounts are tokens/s (requests/s) times periods.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance import Phase
from planner.instance.deferral import Deferral
from planner.instance.demand_series import cache_hit_share, demand_of, phases_of
from planner.instance.workload import Demand

if TYPE_CHECKING:
    from planner.instance import Deployment, Instance, Workload
    from planner.plan.contents import Served, Shed
    from planner.plan.plan import Plan

LEAST_SHARE_OF_PEAK = 1e-6
MARK = "_waiting_"


class Queue:
    """What waits of every workload that may, by the period it arrived in (before 0: the day before)."""

    def __init__(self, instance: Instance, planned: Plan) -> None:
        """What a cyclic day takes over from the day before, by the plan of that day."""
        self._instance = instance
        self._waiting: dict[tuple[str, Phase], dict[int, float]] = {
            (name, phase): {}
            for name, workload in instance.workloads.items()
            if workload.deferral is not None
            for phase in phases_of(workload)
        }
        period_s = instance.horizon.period_hours * SECONDS_PER_HOUR
        cyclic = int(instance.timeline.previous[0]) >= 0
        for entry in planned.backlog if cyclic else ():
            left, demand = (
                entry.waiting[-1] / period_s,
                demand_of(instance, entry.workload, Phase(entry.phase)),
            )
            for period in range(-1, -instance.periods - 1, -1):
                amount = min(left, float(demand[period]))
                self._waiting[entry.workload, Phase(entry.phase)][period] = amount
                left -= amount

    def live(self, period: int, came: Instance, window: Instance, plan: Plan, place: int = 0) -> None:
        """Let a period pass: its demand comes, as in the instance `came`, and what a plan does in its period `place`,
        which is this one, goes."""
        for (name, phase), waiting in self._waiting.items():
            waiting[period] = float(demand_of(came, name, phase)[period])
            done = _done(window, plan, name, phase, place)
            for arrived in sorted(waiting):
                gone = min(done, waiting[arrived])
                waiting[arrived] -= gone
                done -= gone

    def hand_over(self, window: Instance, period: int) -> Instance:
        """The window that begins with a period, with what waits by then."""
        late: dict[str, dict[int, dict[Phase, float]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(float))
        )
        for (name, phase), waiting in self._waiting.items():
            deferral = self._instance.workloads[name].deferral
            assert deferral is not None
            least = LEAST_SHARE_OF_PEAK * float(demand_of(self._instance, name, phase).max(initial=0.0))
            for came, amount in waiting.items():
                if amount > least:
                    left = deferral.periods(self._instance.horizon.period_hours) - (period - came)
                    late[name][max(left, 0)][phase] += amount
        for name, by_left in late.items():
            for left, amounts in by_left.items():
                window = _with_waiting(window, name, left, amounts)
        return window


def _done(window: Instance, plan: Plan, name: str, phase: Phase, place: int) -> float:
    """What a plan serves, sheds and sells of a workload in one of its periods, with what was handed over of it."""
    ours = {other for other in window.workloads if other == name or other.startswith(name + MARK)}
    records: list[Served | Shed] = [*plan.served, *plan.shed]
    done = sum(
        entry.per_s[place] for entry in records if entry.workload in ours and entry.phase == str(phase)
    )
    sold = sum(
        entry.share[place] * float(demand_of(window, entry.workload, phase)[place])
        for entry in plan.outsourced
        if entry.workload in ours
    )
    return float(done + sold)


def _with_waiting(window: Instance, name: str, left: int, amounts: dict[Phase, float]) -> Instance:
    """One more workload, alike but for its demand in the first period and for how long it may wait."""
    workload, other = window.workloads[name], f"{name}{MARK}{left}"
    update = {
        "demand": _demand(window, name, amounts),
        "deferral": Deferral(deadline_hours=left * window.horizon.period_hours),
    }
    workloads = {**window.workloads, other: workload.model_copy(update=update)}
    deployments = tuple(_serving(deployment, name, other) for deployment in window.deployments)
    return window.model_copy(update={"workloads": workloads, "deployments": deployments})


def _demand(window: Instance, name: str, amounts: dict[Phase, float]) -> Demand:
    first = np.zeros(window.periods)
    first[0] = 1.0

    def series(amount: float) -> tuple[float, ...]:
        return tuple((amount * first).tolist())

    workload: Workload = window.workloads[name]
    if workload.demand.requests_per_s is not None:
        return Demand(requests_per_s=series(amounts[Phase.REQUEST]))
    computed, hits = amounts[Phase.PREFILL], cache_hit_share(window, name)
    prompts = computed / (1.0 - hits)
    phases = phases_of(workload)
    return Demand(
        input_tokens_per_s=series(prompts) if Phase.PREFILL in phases else None,
        cached_tokens_per_s=series(prompts - computed),
        output_tokens_per_s=series(amounts[Phase.DECODE]) if Phase.DECODE in phases else None,
    )


def _serving(deployment: Deployment, name: str, other: str) -> Deployment:
    """A deployment that serves another workload as it serves one."""
    update: dict[str, object] = {}
    if deployment.workloads is not None and name in deployment.workloads:
        update["workloads"] = (*deployment.workloads, other)
    for key in ("rate_tokens_per_s", "rate_requests_per_s"):
        rates = getattr(deployment, key)
        if rates is not None and name in rates:
            update[key] = {**rates, other: rates[name]}
    return deployment.model_copy(update=update)
