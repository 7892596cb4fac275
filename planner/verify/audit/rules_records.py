"""Rules on records as such: nothing negative that another row could hide, nothing twice, nothing empty."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.verify.audit.sellers import seller_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts

Row = Any

TABLES: dict[str, tuple[tuple[str, ...], str]] = {
    "holdings": (("hardware", "channel", "first", "last"), "nodes"),
    "units": (("unit",), "on"),
    "served": (("workload", "phase", "unit"), "per_s"),
    "shed": (("workload", "phase"), "per_s"),
    "use": (("hardware", "channel"), "nodes"),
    "outsourced": (("vendor", "workload"), "share"),
    "lent": (("lending", "hardware", "first", "last"), "nodes"),
    "committed": (("commitment", "first", "last"), "per_hour"),
    "backlog": (("workload", "phase"), "waiting"),
    "routed": (("workload", "read_at", "answered_at", "link"), "share"),
}
WHOLE = frozenset({"units", "lent"})


def records(facts: Facts) -> Iterator[Broken]:
    """Rows have distinct keys; amounts are finite, none negative, some above nothing, units whole.

    Nodes that are lent are whole too; those held are judged by what their channel sells (`offered`).
    """
    for table, (keys, amount) in TABLES.items():
        rows = getattr(facts.plan, table)
        names = [tuple(getattr(row, key) for key in keys) for row in rows]
        for name, count in Counter(names).items():
            if count > 1:
                yield f"{table} {_label(name)}", f"is given {count} times", float(count)
        for name, row in zip(names, rows, strict=True):
            yield from _amounts(f"{table} {_label(name)}", getattr(row, amount), table in WHOLE)


def _label(name: Any) -> str:
    return " ".join(map(str, name))


def _amounts(where: str, amount: Any, whole: bool) -> Iterator[Broken]:
    values = np.atleast_1d(np.asarray(amount, dtype=np.float64))
    if not np.isfinite(values).all():
        yield where, "is not finite", 1.0
    elif (values < 0).any():
        yield where, f"is less than nothing ({values.min():g})", float(-values.min())
    elif not (values > 0).any():
        yield where, "is nothing, and needs no record", 0.0
    elif whole and (values != np.round(values)).any():
        yield where, "is no whole number", 1.0


def first_stage(facts: Facts) -> Iterator[Broken]:
    """What is signed before the scenario is known is the same in all scenarios of a stage."""
    calendar = facts.calendar
    if calendar.scenarios == 1:
        return
    taken: dict[tuple[Any, ...], np.ndarray[Any, np.dtype[np.float64]]] = {}
    for what, first, last, amount in _signed(facts):
        inside = facts.within(first, last) and calendar.block[first] == calendar.block[last]
        whole = (
            (calendar.block[last] - calendar.block[first] + 1) % calendar.scenarios == 0
            if not inside
            else False
        )
        if inside:
            key = (*what, int(calendar.stage[first]), first % calendar.each, last % calendar.each)
            series = taken.setdefault(key, np.zeros(calendar.scenarios))
            series[calendar.scenario[first]] += amount
        elif not whole:
            yield _label(what), f"periods {first}-{last} lie in several scenarios, and not in all", amount
    for key, series in taken.items():
        if series.max() - series.min() > 1e-9 * max(1.0, series.max()):
            amounts = ", ".join(f"{amount:g}" for amount in series)
            where = f"{_label(key[:-3])} from period {key[-2]} to {key[-1]} of a scenario"
            yield (
                where,
                f"is signed before the scenario is known, and differs: {amounts}",
                float(np.ptp(series)),
            )


def _signed(facts: Facts) -> Iterator[tuple[tuple[str, ...], int, int, float]]:
    for row in facts.plan.holdings:
        channel = facts.channels.get((row.hardware, row.channel))
        if channel is not None and not seller_of(channel).by_the_period:
            yield (row.hardware, row.channel), row.first, row.last, float(row.nodes)
    for promise in facts.plan.committed:
        yield (promise.commitment,), promise.first, promise.last, float(promise.per_hour)


record_rules = (("records", records), ("first stage", first_stage))
