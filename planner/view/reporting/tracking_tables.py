"""A tracked plan as tables of texts, each narrow enough for 80 columns: for the console and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.study.tracking.hindsight import FromHere
from planner.study.tracking.variance import CAUSES
from planner.view.reporting.plan_tables import TextTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.study.tracking import Tracking
    from planner.study.tracking.hindsight import Hindsight, SolvedBeside

MOST_PERIODS = 5
"""Periods of the largest differences that are shown."""
MOST_OTHERS = 4
LEAST_MONEY = 0.005

Row = tuple[str, ...]


def sentence(found: Tracking) -> str:
    """What was paid instead of what was planned."""
    was, now = found.planned_cost, found.actual_cost
    share = f" ({(now - was) / was:+.1%})" if was > 0 else ""
    return f"{now:,.2f} {found.plan.currency} instead of {was:,.2f}{share}"


def span(found: Tracking) -> str:
    """The periods that are compared."""
    first = found.plan.periods[int(found.covered.argmax())]
    return f"{int(found.covered.sum())} of {len(found.covered)} periods, from {first} on"


def tracking_tables(found: Tracking, best: SolvedBeside | None) -> Iterator[TextTable]:
    """Every table that there is something for, in the order of reading."""
    money = found.plan.currency
    yield _made(
        "Hours and cost",
        ("node-hours and cost", "planned", "actual", f"planned, {money}", "paid"),
        _hours(found),
    )
    yield _made("Demand", ("tokens (requests) served", "planned", "came", ""), _works(found))
    yield _made("Promises", ("promise", "of requests", "kept it", ""), _promises(found), texts=(0, 3))
    yield _made("Why the cost is another", ("why the cost is another", money), _causes(found))
    largest = ("largest differences", "of", "planned", "held", "why")
    yield _made("Largest differences", largest, _largest(found), texts=(0, 1, 4))
    if best is not None:
        header = ("the whole horizon", f"cost, {money}", "saved", "gap")
        yield _made("What the optimum would have cost", header, _optima(best.hindsight))
        if isinstance(best.from_here, FromHere):
            changes = ("what to change", "first at", "units planned", "units now")
            yield _made(
                "What to change", changes, [tuple(map(str, row)) for row in best.from_here.changes], (0, 1)
            )


def said_of(found: Tracking, others: Mapping[str, float], best: SolvedBeside | None) -> list[str]:
    """Sentences beside the tables: what cannot be planned, what the bills have besides, what figures leave out."""
    lines = [] if best is None else [*_without_plan(best.hindsight), *_from_here(best.from_here)]
    if others:
        dear = sorted(others.items(), key=lambda item: -abs(item[1]))
        named = ", ".join(f"{name} {usd:,.2f}" for name, usd in dear[:MOST_OTHERS])
        more = f" and {len(dear) - MOST_OTHERS} more" if len(dear) > MOST_OTHERS else ""
        lines.append(f"note: of bills, not of the plan's nodes: {named}{more}")
    return [*lines, *(f"note: {note}" for note in found.notes)]


def _made(title: str, header: Row, rows: Sequence[Row], texts: Sequence[int] = (0,)) -> TextTable:
    numeric = tuple(place not in texts for place in range(len(header)))
    return TextTable(title, header, numeric, tuple(rows), 0)


def _hours(found: Tracking) -> list[Row]:
    rows: list[Row] = [
        (
            f"{one.hardware}.{one.channel}",
            *(f"{hours:,.1f}" for hours in (one.planned_hours, one.actual_hours)),
            *(f"{cost:,.2f}" for cost in (one.planned_cost, one.actual_cost)),
        )
        for one in found.hours
    ]
    for name, use in found.outturn.use.items():
        was, now, down = (
            float(series[found.covered].sum()) * found.grid.hours
            for series in (use.planned, use.used, use.down)
        )
        if use.is_told and (was or now):
            rows.append((f"{name}, in use", f"{was:,.1f}", f"{now:,.1f}", "", ""))
        if down:
            rows.append((f"{name}, down", "0.0", f"{down:,.1f}", "", ""))
    terms = found.terms.items()
    return rows + [
        (term.replace("_", " "), "", "", f"{was:,.2f}", f"{now:,.2f}") for term, (was, now) in terms
    ]


def _works(found: Tracking) -> list[Row]:
    return [
        (
            f"{one.workload}.{one.phase}",
            f"{one.planned:,.0f}",
            f"{one.actual:,.0f}",
            f"{one.actual / one.planned - 1:+.1%}" if one.planned > 0 else "",
        )
        for one in found.works
    ]


def _promises(found: Tracking) -> list[Row]:
    return [
        (
            f"{one.workload}: {one.promise.removesuffix('_ms').upper()} up to {one.limit_ms:,g} ms",
            f"{one.needed:.1%}",
            _ends(one.least, one.most),
            one.verdict,
        )
        for one in found.promises
    ]


def _ends(least: float, most: float) -> str:
    return f"{least:.2%}" if f"{least:.2%}" == f"{most:.2%}" else f"{least:.2%} to {most:.2%}"


def _causes(found: Tracking) -> list[Row]:
    rows = [(cause, f"{usd:+,.2f}") for cause, usd in found.by_cause.items()]
    return [*rows, ("difference", f"{found.actual_cost - found.planned_cost:+,.2f}")]


def _largest(found: Tracking) -> list[Row]:
    """Hardware and periods of the largest differences, by all causes together in size."""
    frame = found.frame()
    frame["size"] = frame[list(CAUSES)].abs().sum(axis=1)
    dear = frame[frame["size"] > LEAST_MONEY].nlargest(MOST_PERIODS, "size")
    return [
        (
            str(row["period"]),
            str(row["hardware"]),
            f"{row['nodes_planned']:,.6g}",
            f"{row['nodes_held']:,.6g}",
            ", ".join(f"{cause} {row[cause]:+,.2f}" for cause in CAUSES if abs(row[cause]) > LEAST_MONEY),
        )
        for _, row in dear.iterrows()
    ]


def _optima(best: Hindsight) -> list[Row]:
    rows: list[Row] = [("as it went", f"{best.went:,.2f}", "", "")]
    for name, plan in best.optima.items():
        if plan.usable:
            cost = best.cost_of(plan)
            rows.append((name, f"{cost:,.2f}", f"{best.went - cost:+,.2f}", f"{plan.gap:.2%}"))
        else:
            rows.append((name, "no plan", "", ""))
    return rows


def _without_plan(best: Hindsight) -> list[str]:
    return [
        f"{name}: {reason}"
        for name, plan in best.optima.items()
        if not plan.usable
        for reason in plan.reasons
    ]


def _from_here(best: FromHere | str) -> list[str]:
    if isinstance(best, str):
        return [f"from here on: {best}"]
    drift = ", ".join(f"{name} {ratio:.1%}" for name, ratio in best.drift.items())
    head = f"from {best.before.periods[0]} on, with demand as it was ({drift} of planned)"
    if not best.plan.usable:
        return [f"{head}: no plan: {reason}" for reason in best.plan.reasons or (str(best.plan.status),)]
    if not best.changes:
        return [f"{head}: nothing to change"]
    return [f"{head}: {len(best.changes)} kinds of units change, {best.moved} nodes at most move in a period"]
