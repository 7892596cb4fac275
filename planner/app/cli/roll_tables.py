"""What `planner roll` prints: steps with drift and churn, what the day cost, and one record of it all."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.study.tracking.happened import DemandThatCame
    from planner.study.uncertainty.rolling import RollingDay, RollingState

MOST_STEPS = 24
"""Steps that are shown, those that move most where there are more."""


def record(instance: Instance, found: RollingDay | RollingState, told: DemandThatCame) -> dict[str, Any]:
    """All of it as plain data; money in the currency of the instance."""
    from planner.study.uncertainty.rolling import RollingDay

    return {
        "instance": instance.name,
        "currency": instance.currency,
        "steps": [asdict(step) for step in found.steps],
        "churn": _churn(found),
        "costs": {name: _cost(plan) for name, plan in _plans(found).items()},
        "regret": found.regret if isinstance(found, RollingDay) else None,
        "from_here": None if isinstance(found, RollingDay) else found.running.to_dict(),
        "notes": _notes(instance, told),
    }


def _churn(found: RollingDay | RollingState) -> dict[str, int]:
    moved = [step.nodes_moved for step in found.steps]
    return {
        "plans": len(moved),
        "plans_that_moved": sum(nodes > 0 for nodes in moved),
        "nodes_moved": sum(moved),
        "nodes_moved_at_most": max(moved, default=0),
        "without_plan": sum(step.no_plan for step in found.steps),
    }


def _plans(found: RollingDay | RollingState) -> dict[str, Plan]:
    from planner.study.uncertainty.rolling import RollingDay

    if not isinstance(found, RollingDay):
        return {"as planned": found.planned}
    return {
        "as planned": found.planned,
        "first plan held": found.held,
        "rolled": found.lived,
        "in hindsight": found.hindsight,
    }


def _cost(plan: Plan) -> dict[str, float]:
    return {"cost": plan.cost, "unserved_cost": plan.cost_terms.get("shed", 0.0), "gap": plan.gap}


def _notes(instance: Instance, told: DemandThatCame) -> list[str]:
    left = [name for name in instance.workloads if name not in told.told]
    return [f"no file tells the demand of {', '.join(left)}: it came as stated"] if left else []


def show(instance: Instance, found: RollingDay | RollingState, told: DemandThatCame) -> None:
    """Print it."""
    from planner.app.cli.common import output
    from planner.study.uncertainty.rolling import RollingDay

    _steps(instance, found)
    churn = _churn(found)
    output().print(
        f"churn: {churn['plans_that_moved']} of {churn['plans']} plans moved nodes, {churn['nodes_moved']} together, "
        f"{churn['nodes_moved_at_most']} at most",
        markup=False,
    )
    if isinstance(found, RollingDay):
        _costs(instance, found)
    else:
        _from_here(found)
    for note in _notes(instance, told):
        output().print(f"note: {note}", markup=False)


def _steps(instance: Instance, found: RollingDay | RollingState) -> None:
    from planner.app.cli.common import output, print_table

    shown = sorted(found.steps, key=lambda step: -step.nodes_moved)[:MOST_STEPS]
    rows = [
        (
            step.period,
            *(f"{ratio:.1%}" for ratio in step.drift.values()),
            f"{step.nodes_moved:,}",
            "no plan within the limits: the one before runs on" if step.no_plan else "",
        )
        for step in sorted(shown, key=lambda step: step.period)
    ]
    header = ("planned anew from", *(f"{name} came" for name in instance.workloads), "nodes moved", "")
    title = f"{instance.name}: demand that came over the one stated, in the period before each new plan"
    print_table(header, rows, title, right=range(1, len(header) - 1))
    if len(found.steps) > len(shown):
        output().print(f"and {len(found.steps) - len(shown)} more plans, which moved no more", markup=False)


def _costs(instance: Instance, found: RollingDay) -> None:
    from planner.app.cli.common import output, print_table

    rows = [
        (name, f"{plan.cost:,.2f}", f"{plan.cost_terms.get('shed', 0.0):,.2f}", f"{plan.gap:.2%}")
        for name, plan in _plans(found).items()
    ]
    print_table(
        ("the whole horizon", f"cost, {instance.currency}", "of it unserved", "gap"), rows, right=(1, 2, 3)
    )
    saved, noise = found.held.cost - found.lived.cost, max(found.held.gap, found.lived.gap) * found.held.cost
    share = f" ({abs(saved) / found.held.cost:.2%})" if found.held.cost > 0 else ""
    if abs(saved) <= noise:
        said = "planning anew was worth no more than the gaps of the solves leave open"
    elif saved > 0:
        said = f"planning anew saved {saved:,.2f} against the first plan held{share}"
    else:
        said = f"planning anew cost {-saved:,.2f} more than the first plan held{share}"
    output().print(f"{said}; regret {found.regret:,.2f}", markup=False)


def _from_here(found: RollingState) -> None:
    from planner.app.cli.common import output, print_table

    plan = found.running
    output().print(
        f"the plan from {plan.periods[0]} on, {len(plan.periods)} period{'s' * (len(plan.periods) != 1)}:",
        markup=False,
    )
    before = {unit.unit: unit.on[found.first :] for unit in found.planned.units}
    rows = [
        (unit.unit, f"{before.get(unit.unit, (0,))[0]:,}", f"{unit.on[0]:,}", f"{max(unit.on):,}")
        for unit in plan.units
        if any(unit.on)
    ]
    print_table(("units", "first plan, now", "now", "at most"), rows, right=(1, 2, 3))
