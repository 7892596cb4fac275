"""An instance whose plan may depart only so far from an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.instance.change import Change
from planner.instance.change_findings import change_findings

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan


def pools_of(plan: Plan) -> dict[str, tuple[float, ...]]:
    """Nodes of each pool of a plan in every period."""
    return {unit.unit: tuple(count * unit.nodes for count in unit.on) for unit in plan.units}


def other_grid(instance: Instance, plan: Plan) -> str:
    """How the periods of an earlier plan are not those of an instance, whenever they begin; empty where they are."""
    hours = instance.horizon.period_hours
    if (len(plan.periods), plan.period_hours) == (instance.periods, hours):
        return ""
    theirs, ours = (
        f"{len(plan.periods)} periods of {plan.period_hours:g} h",
        f"{instance.periods} of {hours:g} h",
    )
    return f"the earlier plan has {theirs}, the horizon has {ours}"


def not_repeated(instance: Instance, plan: Plan) -> str:
    """What a search that begins with an earlier plan does not take over of it; empty where it may be all of it."""
    fleet = {(hardware, channel) for hardware, channels in instance.fleet.items() for channel in channels}
    shared = any((one.hardware, one.channel) in fleet for one in plan.holdings)
    if not shared and not any(unit.hardware in instance.fleet for unit in plan.units):
        return "none of its units and channels is of this instance: the search begins without it"
    other = other_grid(instance, plan)
    return f"{other}: the search begins with what has the same position" if other else ""


def with_change(
    instance: Instance, plan: Plan, max_nodes_moved: int | None = None, max_pools_changed: int | None = None
) -> Instance:
    """The instance with limits on change against `plan`: those given here, else those the instance states.

    Without any the instance stays as it is. Raises InstanceError when the plan has other periods: another number of
    them, or longer or shorter ones.
    """
    stated = instance.limits.change or Change()
    nodes = stated.max_nodes_moved if max_nodes_moved is None else max_nodes_moved
    pools = stated.max_pools_changed if max_pools_changed is None else max_pools_changed
    if nodes is None and pools is None:
        return instance
    if other := other_grid(instance, plan):
        raise InstanceError([Fault(f"limits on change compare pools period by period: {other}")])
    change = Change(pools=pools_of(plan), max_nodes_moved=nodes, max_pools_changed=pools)
    limits = instance.limits.model_copy(update={"change": change})
    changed = instance.model_copy(update={"limits": limits})
    faults = [Fault(message, path=".".join(map(str, path))) for path, message in change_findings(changed)]
    if faults:
        raise InstanceError(faults)
    return changed
