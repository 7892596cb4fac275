"""What `planner track` prints: tables in 80 columns, and one record."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.study.tracking import Tracking
    from planner.study.tracking.hindsight import FromHere, Hindsight

MOST_PERIODS = 5
"""Periods of the largest differences that are shown."""
MOST_OTHERS = 4
LEAST_MONEY = 0.005


class SolvedBeside(NamedTuple):
    """What solves add: the optimum of what happened, and what to change from here on, or why there is no such plan."""

    hindsight: Hindsight
    from_here: FromHere | str


def solved(found: Tracking, max_nodes_moved: int | None, limits: tuple[float, float]) -> SolvedBeside:
    """The solves, each within seconds and a relative gap."""
    from planner.optimize.solve_options import SolveOptions
    from planner.study.tracking.hindsight import hindsight_of, replanned

    options = SolveOptions(time_limit_s=limits[0], relative_gap=limits[1])
    return SolvedBeside(hindsight_of(found, options), replanned(found, max_nodes_moved, options))


def record(found: Tracking, others: Mapping[str, float], best: SolvedBeside | None) -> dict[str, Any]:
    """All of it as plain data; money in the currency of the plan."""
    return {
        "instance": found.instance.name,
        "currency": found.plan.currency,
        "from": _first(found),
        "periods": int(found.covered.sum()),
        "planned_cost": found.planned_cost,
        "actual_cost": found.actual_cost,
        "by_cause": found.by_cause,
        "channels": [asdict(one) for one in found.hours],
        "works": [asdict(one) for one in found.works],
        "terms": {term: {"planned": was, "actual": now} for term, (was, now) in found.terms.items()},
        "not_of_the_plan": dict(others),
        "table": found.frame().to_dict("records"),
        "notes": list(found.notes),
        "hindsight": None if best is None else _hindsight(best.hindsight),
        "from_here": None if best is None else _from_here(best.from_here),
    }


def _hindsight(best: Hindsight) -> dict[str, Any]:
    optima = {"with_signed": best.with_signed, "free": best.free}
    return {
        "as_it_went": best.went,
        **{
            name: {
                "cost": best.cost_of(plan) if plan.usable else None,
                "gap": plan.gap,
                "status": str(plan.status),
                "reasons": list(plan.reasons),
            }
            for name, plan in optima.items()
        },
    }


def _from_here(best: FromHere | str) -> dict[str, Any]:
    if isinstance(best, str):
        return {"none": best}
    return {
        "from": best.before.periods[0],
        "demand_over_planned": best.drift,
        "most_nodes_moved": best.moved,
        "changes": [
            dict(zip(("unit", "period", "planned", "now"), row, strict=True)) for row in _changes(best)
        ],
        "status": str(best.plan.status),
        "reasons": list(best.plan.reasons),
    }


def _first(found: Tracking) -> str:
    return str(found.plan.periods[int(found.covered.argmax())])


def show(found: Tracking, others: Mapping[str, float], best: SolvedBeside | None) -> None:
    """Print it."""
    from planner.app.cli.common import output

    count, every = int(found.covered.sum()), len(found.covered)
    _sentence(found, f"{found.instance.name}: {count} of {every} periods, from {_first(found)} on")
    _channels(found)
    _works(found)
    _causes(found)
    _largest(found)
    if best is not None:
        _show_hindsight(found.plan.currency, best.hindsight)
        _show_from_here(best.from_here)
    if others:
        dear = sorted(others.items(), key=lambda item: -abs(item[1]))
        named = ", ".join(f"{name} {usd:,.2f}" for name, usd in dear[:MOST_OTHERS])
        more = f" and {len(dear) - MOST_OTHERS} more" if len(dear) > MOST_OTHERS else ""
        output().print(f"note: of bills, not of the plan's nodes: {named}{more}", markup=False)
    for note in found.notes:
        output().print(f"note: {note}", markup=False)


def _sentence(found: Tracking, title: str) -> None:
    from planner.app.cli.common import output

    was, now = found.planned_cost, found.actual_cost
    money = found.plan.currency
    share = f" ({(now - was) / was:+.1%})" if was > 0 else ""
    output().print(f"{title}: {now:,.2f} {money} instead of {was:,.2f}{share}", style="bold", markup=False)


def _channels(found: Tracking) -> None:
    from planner.app.cli.common import print_table

    rows = [
        (
            f"{one.hardware}.{one.channel}",
            f"{one.planned_hours:,.1f}",
            f"{one.actual_hours:,.1f}",
            f"{one.planned_cost:,.2f}",
            f"{one.actual_cost:,.2f}",
        )
        for one in found.hours
    ]
    hours = found.grid.hours
    for name, use in found.outturn.use.items():
        there = found.covered
        if use.is_told and (use.planned[there].any() or use.used[there].any()):
            was, now = (float(series[there].sum()) * hours for series in (use.planned, use.used))
            rows.append((f"{name}, in use", f"{was:,.1f}", f"{now:,.1f}", "", ""))
        if use.down[there].any():
            rows.append((f"{name}, down", "0.0", f"{float(use.down[there].sum()) * hours:,.1f}", "", ""))
    rows += [
        (term.replace("_", " "), "", "", f"{was:,.2f}", f"{now:,.2f}")
        for term, (was, now) in found.terms.items()
    ]
    header = ("node-hours and cost", "planned", "actual", f"planned, {found.plan.currency}", "paid")
    print_table(header, rows, right=range(1, 5))


def _works(found: Tracking) -> None:
    from planner.app.cli.common import print_table

    rows = [
        (
            f"{one.workload}.{one.phase}",
            f"{one.planned:,.0f}",
            f"{one.actual:,.0f}",
            f"{one.actual / one.planned - 1:+.1%}" if one.planned > 0 else "",
        )
        for one in found.works
    ]
    if rows:
        print_table(("tokens (requests) served", "planned", "came", ""), rows, right=range(1, 4))


def _causes(found: Tracking) -> None:
    from planner.app.cli.common import print_table

    total = found.actual_cost - found.planned_cost
    rows = [(cause, f"{usd:+,.2f}") for cause, usd in found.by_cause.items()]
    rows.append(("difference", f"{total:+,.2f}"))
    print_table(("why the cost is another", found.plan.currency), rows, right=(1,))


def _largest(found: Tracking) -> None:
    """Hardware and periods of the largest differences, by all causes together in size."""
    from planner.app.cli.common import print_table
    from planner.study.tracking.variance import CAUSES

    frame = found.frame()
    frame["size"] = frame[list(CAUSES)].abs().sum(axis=1)
    dear = frame[frame["size"] > LEAST_MONEY].nlargest(MOST_PERIODS, "size")
    rows = [
        (
            row["period"],
            row["hardware"],
            f"{row['nodes_planned']:,.6g}",
            f"{row['nodes_held']:,.6g}",
            ", ".join(f"{cause} {row[cause]:+,.2f}" for cause in CAUSES if abs(row[cause]) > LEAST_MONEY),
        )
        for _, row in dear.iterrows()
    ]
    if rows:
        print_table(("largest differences", "of", "planned", "held", "why"), rows, right=(2, 3))


def _show_hindsight(money: str, best: Hindsight) -> None:
    from planner.app.cli.common import output, print_table

    rows = [("as it went", f"{best.went:,.2f}", "", "")]
    for name, plan in (
        ("the optimum with what was signed", best.with_signed),
        ("the optimum, all free", best.free),
    ):
        if plan.usable:
            cost = best.cost_of(plan)
            rows.append((name, f"{cost:,.2f}", f"{best.went - cost:+,.2f}", f"{plan.gap:.2%}"))
        else:
            rows.append((name, "no plan", "", ""))
    print_table(("the whole horizon", f"cost, {money}", "saved", "gap"), rows, right=(1, 2, 3))
    for plan in (best.with_signed, best.free):
        for reason in plan.reasons if not plan.usable else ():
            output().print(f"- {reason}", markup=False)


def _show_from_here(best: FromHere | str) -> None:
    from planner.app.cli.common import output, print_table

    if isinstance(best, str):
        output().print(f"from here on: {best}", markup=False)
        return
    begins = best.before.periods[0]
    drift = ", ".join(f"{name} {ratio:.1%}" for name, ratio in best.drift.items())
    output().print(f"from {begins} on, with demand as it was ({drift} of planned):", markup=False)
    if not best.plan.usable:
        for reason in best.plan.reasons or (str(best.plan.status),):
            output().print(f"- no plan: {reason}", markup=False)
        return
    rows = [tuple(map(str, row)) for row in _changes(best)]
    if rows:
        print_table(("what to change", "first at", "units planned", "units now"), rows, right=(2, 3))
    else:
        output().print("nothing: the plan stays as it is", markup=False)


def _changes(best: FromHere) -> list[tuple[str, str, int, int]]:
    """Kinds of units of which another number runs: the first period in which, planned and now; soonest first."""
    was, now = ({unit.unit: unit.on for unit in plan.units} for plan in (best.before, best.plan))
    none = (0,) * len(best.before.periods)
    rows = []
    for name in sorted({*was, *now}):
        old, new = was.get(name, none), now.get(name, none)
        place = next(
            (place for place, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]), None
        )
        if place is not None:
            rows.append((place, name, old[place], new[place]))
    return [(name, str(best.before.periods[place]), old, new) for place, name, old, new in sorted(rows)]
