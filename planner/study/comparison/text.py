"""A comparison in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.study.comparison import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from planner.study.comparison.compared_plans import ComparedPlans

MOST_LINES = 12


def sentences(comparison: ComparedPlans) -> Iterator[str]:
    """What changes from the first plan to each other one: cost, inputs, fleet, terms, hours."""
    first = comparison.labels[0]
    for place, label in enumerate(comparison.labels[1:], 1):
        yield _headline(comparison, place)
        yield from _changed(comparison.inputs, "path", first, label, "{0}: {1} -> {2}")
        fleet = comparison.fleet[comparison.fleet["figure"] == "nodes at the peak"]
        fleet = fleet.assign(name=fleet["hardware"] + "." + fleet["channel"])
        yield from _changed(fleet, "name", first, label, "{0}: {1:g} -> {2:g} nodes at the peak")
        yield from _changed(comparison.units, "unit", first, label, "unit {0}: {1:g} -> {2:g} at the peak")
        terms = comparison.costs[comparison.costs["term"] != "total"]
        yield from _changed(terms, "term", first, label, "cost of {0}: {1:,.2f} -> {2:,.2f}")
        yield from _hours(comparison, place)


def _headline(comparison: ComparedPlans, place: int) -> str:
    one, other = comparison.plans[0], comparison.plans[place]
    first, second = comparison.labels[0], comparison.labels[place]
    if not (one.usable and other.usable):
        return f"{first} is {one.status}, {second} is {other.status}: there is no cost to compare"
    if one.currency != other.currency:
        return (
            f"{second} costs {other.cost:,.2f} {other.currency} and {first} {one.cost:,.2f} {one.currency}: "
            "the currencies differ, so no difference is shown"
        )
    change = other.cost - one.cost
    share = f" ({change / one.cost:+.1%})" if one.cost > 0 else ""
    line = f"{second} costs {other.cost:,.2f} {other.currency}, {change:+,.2f}{share} against {first}"
    if one.bound <= other.cost and other.bound <= one.cost:
        line += "; the gaps overlap, so which is cheaper at the optimum is not proven"
    return line


def _changed(table: pd.DataFrame, key: str, first: str, second: str, pattern: str) -> Iterator[str]:
    rows = [row for row in table[[key, first, second]].itertuples(index=False, name=None) if row[1] != row[2]]
    for row in rows[:MOST_LINES]:
        yield "  " + pattern.format(*row)
    if len(rows) > MOST_LINES:
        yield f"  ... and {len(rows) - MOST_LINES} more"


def _hours(comparison: ComparedPlans, place: int) -> Iterator[str]:
    plans = comparison.plans[0], comparison.plans[place]
    labels = comparison.labels[0], comparison.labels[place]
    if plans[0].periods != plans[1].periods:
        yield "  the horizons differ: hours are not compared"
    elif all(plan.usable for plan in plans):
        count = len(tables.hours(labels, plans))
        yield f"  nodes held or in use differ in {count} of {len(plans[0].periods)} periods"
