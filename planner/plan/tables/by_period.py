"""Rows of what a record holds in each period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from planner.plan.contents import PlanContents

Item = TypeVar("Item")


def by_period(
    plan: PlanContents,
    records: Iterable[Item],
    series: Callable[[Item], Sequence[Any]],
    cells: Callable[[Item, int, Any], dict[str, Any]],
) -> list[dict[str, Any]]:
    """One row for each record and period in which its `series` is not 0 (None is not).

    A row is the period, then `cells` of the record, the place of the period and the value there.
    """
    return [
        {"period": plan.periods[place], **cells(record, place, value)}
        for record in records
        for place, value in enumerate(series(record))
        if value != 0
    ]
