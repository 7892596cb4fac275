"""Attribution: what of a plan's cost each tenant bears, by use and by what its demand causes, peaks included.

    by use     the work of each, in proportion to the nodes it keeps busy (`planner/study/economics/unit_cost.py`), and
               what of it goes unserved
    by cause   by v(S), the least cost of serving the tenants S alone (`planner/study/cost_shares.py`): the Shapley
               value up to `exact_up_to` tenants, above that separable costs, with two solves for each tenant

A tenant whose peak falls where others ask for little causes less than its use says. Both ways share out what the plan
costs, to the cent. A tenant is a workload, or several; one that is left out asks for nothing, and is promised nothing
but its time per output token.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.suggest import did_you_mean
from planner.core.units import MILLION, SECONDS_PER_HOUR
from planner.instance import Instance
from planner.instance.workload import TOKEN_SERIES
from planner.optimize.solve_options import SolveOptions
from planner.plan.contents import RECOMMENDED_GAP
from planner.study.cost_shares import CostRange, cents_around, separable, shapley, to_the_cent
from planner.study.economics import unit_costs
from planner.study.sweeps.plans import plans_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.core.executors.protocol import Executor
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.study.cost_shares import Group

EXACT_UP_TO = 4
"""Most tenants of which every group is solved where nobody says otherwise: 14 solves beside the plan's."""
SHAPLEY, SEPARABLE = "shapley", "separable costs"


@dataclass(frozen=True)
class TenantShare:
    """What one tenant bears, in whole cents of the instance's currency.

    `least` and `most` are the proven ends of `by_cause`, None where separable costs are shared. `alone` is what serving
    it alone costs, `saved_without` what the plan saves were it gone, each to the gaps of its solves.
    """

    tenant: str
    workloads: tuple[str, ...]
    by_use: float
    by_cause: float
    least: float | None
    most: float | None
    alone: float
    saved_without: float


@dataclass(frozen=True)
class Attribution:
    """The plan whose cost is shared out, by which `method`, in how many solves, and the widest gap of them."""

    plan: Plan
    shares: tuple[TenantShare, ...]
    method: str
    solves: int
    gap: float

    @property
    def proven(self) -> bool:
        """Whether every solve is proven as far as a plan that is recommended."""
        return self.gap <= RECOMMENDED_GAP


def attribution(
    instance: Instance,
    options: SolveOptions | None = None,
    executor: Executor | None = None,
    tenants: Mapping[str, Sequence[str]] | None = None,
    exact_up_to: int = EXACT_UP_TO,
    plan: Plan | None = None,
) -> Attribution:
    """Solve an instance, unless its `plan` is given, and groups of its tenants alone; on an `executor` side by side.

    `tenants` names workloads of each; a workload that is none of them is a tenant of its own. Raises InstanceError for
    tenants that do not fit, and where there is no plan of the whole or of a group.
    """
    options = options or SolveOptions()
    of = tenants_of(instance, tenants or {})
    method = SHAPLEY if len(of) <= max(1, exact_up_to) else SEPARABLE
    groups, every = list(_groups(list(of), method)), frozenset(of)
    alone = [_only(instance, of, group) for group in groups]
    asked = alone if plan is not None else [instance, *alone]
    found = list(plans_of(asked, options, executor))
    whole = plan if plan is not None else found.pop(0)
    plans = dict(zip(groups, found, strict=True))
    _refuse_without_plan(whole, plans)
    plans[every] = whole
    costs = {group: CostRange(plan.cost, plan.bound) for group, plan in plans.items()}
    shared = shapley(list(of), costs) if method == SHAPLEY else separable(list(of), costs)
    use = costs_by_use(instance, whole, of)
    cause = to_the_cent([share.value for share in shared], whole.cost)
    ends = [cents_around(share.least, share.most) for share in shared]
    shares = tuple(
        TenantShare(
            tenant=name,
            workloads=of[name],
            by_use=use[place],
            by_cause=cause[place],
            least=ends[place][0],
            most=ends[place][1],
            alone=plans[frozenset([name])].cost,
            saved_without=whole.cost - (plans[every - {name}].cost if len(of) > 1 else 0.0),
        )
        for place, name in enumerate(of)
    )
    return Attribution(whole, shares, method, len(asked), max(plan.gap for plan in plans.values()))


def tenants_of(instance: Instance, named: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Workloads by tenant, in the order of the instance. Raises InstanceError with every fault of `named`."""
    owner: dict[str, str] = {}
    faults = []
    for tenant, workloads in named.items():
        for name in workloads:
            if name not in instance.workloads:
                hint = did_you_mean(name, instance.workloads)
                faults.append(Fault(f"tenant {tenant}: there is no workload {name!r}{hint}"))
            elif name in owner:
                faults.append(
                    Fault(f"workload {name} belongs to {owner[name]} and to {tenant}: name it once")
                )
            owner[name] = tenant
    faults += [
        Fault(f"tenant {name}: is also the name of a workload that is not its own")
        for name in named
        if name in instance.workloads and owner.get(name) != name
    ]
    if faults:
        raise InstanceError(faults)
    of: dict[str, tuple[str, ...]] = {}
    for name in instance.workloads:
        tenant = owner.get(name, name)
        of[tenant] = (*of.get(tenant, ()), name)
    return of


def _groups(names: list[str], method: str) -> Iterator[Group]:
    """Groups to be solved beside the whole, small ones first."""
    sizes = range(1, len(names)) if method == SHAPLEY else sorted({1, len(names) - 1})
    for size in sizes:
        yield from map(frozenset, combinations(names, size))


def _only(instance: Instance, of: dict[str, tuple[str, ...]], group: Group) -> Instance:
    """The instance with the demand of a group of tenants alone."""
    data: dict[str, Any] = instance.to_dict()
    for name in (name for tenant, names in of.items() if tenant not in group for name in names):
        one = data["workloads"][name]
        stated = [key for key in (*TOKEN_SERIES, "requests_per_s") if one["demand"].get(key) is not None]
        one["demand"] = dict.fromkeys(stated, 0.0)
        sla = instance.workloads[name].sla
        one["sla"] = {} if sla.tpot_ms is None else {"tpot_ms": sla.tpot_ms}
    return Instance.from_dict(data)


def _refuse_without_plan(whole: Plan, plans: dict[Group, Plan]) -> None:
    named = {"all tenants": whole} | {" and ".join(sorted(group)): plan for group, plan in plans.items()}
    faults = [
        Fault(f"no plan for {what}: {'; '.join(plan.reasons) or plan.status}", "workloads")
        for what, plan in named.items()
        if not plan.usable
    ]
    if faults:
        raise InstanceError(faults)


def costs_by_use(
    instance: Instance, plan: Plan, of: Mapping[str, Sequence[str]], rates: Rates | None = None
) -> list[float]:
    """Cost by use of each tenant, whose workloads `of` names, what goes unserved included, to the cent."""
    cost = {entry.workload: entry.cost for entry in unit_costs(instance, plan, rates)}
    shed = dict.fromkeys(instance.workloads, 0.0)
    hours = instance.timeline.discounted_hours
    for record in plan.shed:
        workload = instance.workloads[record.workload]
        price = workload.shed_usd_per_million_tokens or workload.shed_usd_per_million_requests or 0.0
        shed[record.workload] += price / MILLION * SECONDS_PER_HOUR * float(np.asarray(record.per_s) @ hours)
    told, whole = plan.cost_terms.get("shed", 0.0), sum(shed.values())
    factor = told / whole if whole > 0 else 0.0
    shares = [sum(cost[name] + factor * shed[name] for name in names) for names in of.values()]
    return to_the_cent(shares, plan.cost)
