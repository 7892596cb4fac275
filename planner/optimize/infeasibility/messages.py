"""A diagnosis in words of the field: which work and hour, what is short, by how much, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance.money_keys import DOLLARS, path_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.optimize.infeasibility.diagnosis import Diagnosis, Move, Repair
    from planner.optimize.infeasibility.shortage import Shortage

MOST_LINES = 5


def reasons_of(diagnosis: Diagnosis, periods: Sequence[str], currency: str) -> tuple[str, ...]:
    """Sentences, the worst shortages first, then the repairs, cheapest first."""
    short, repairs = _short(diagnosis, periods), _repairs(diagnosis, currency)
    return (*short, *repairs, *_headroom(diagnosis), *_shedding(diagnosis, periods))


def _short(diagnosis: Diagnosis, periods: Sequence[str]) -> Iterator[str]:
    if not diagnosis.shortage_found:
        yield "no limit can be kept by serving less: the limits contradict each other, whatever the demand"
        return
    if not diagnosis.shortages:
        yield (
            "no single period is short by a millionth of its demand or more: the shortage is smaller, or comes from a"
            " limit over the whole horizon"
        )
    groups = _by_share(diagnosis)
    about = "" if diagnosis.shortage_least else "about "
    for group in groups[:MOST_LINES]:
        where, share = periods[group[0].period], max(shortage.share for shortage in group)
        amounts = " and ".join(_amount(shortage) for shortage in group)
        yield f"{where}: {about}{share:.1%} of {group[0].workload} cannot be served: {amounts}"
    if len(groups) > MOST_LINES:
        more = len(groups) - MOST_LINES
        yield f"... and {more} more, in {_count(diagnosis)} of {len(periods)} periods altogether"


def _by_share(diagnosis: Diagnosis) -> list[list[Shortage]]:
    """Shortages of one workload and period together, the greatest share first."""
    groups: dict[tuple[int, str], list[Shortage]] = {}
    for shortage in diagnosis.shortages:
        groups.setdefault((shortage.period, shortage.workload), []).append(shortage)
    return sorted(groups.values(), key=lambda group: -max(shortage.share for shortage in group))


def _amount(shortage: Shortage) -> str:
    """`100 of 500 decode tokens/s (the work of 1 h800 node)`."""
    unit = "requests/s" if shortage.phase == "request" else f"{shortage.phase} tokens/s"
    amount = f"{_figure(shortage.unserved_per_s)} of {_figure(shortage.demand_per_s)} {unit}"
    if shortage.nodes is None:
        return amount
    return f"{amount} (the work of {shortage.nodes} {shortage.hardware} node{'s' * (shortage.nodes != 1)})"


def _headroom(diagnosis: Diagnosis) -> Iterator[str]:
    if diagnosis.only_headroom:
        yield (
            "or promise less: without the capacity kept back for waits and failures "
            "(sla: ttft_ms, availability) there is a plan"
        )


def _count(diagnosis: Diagnosis) -> int:
    return len({shortage.period for shortage in diagnosis.shortages})


def _repairs(diagnosis: Diagnosis, currency: str) -> Iterator[str]:
    for rank, repair in enumerate(diagnosis.repairs[:MOST_LINES]):
        lead = "cheapest repair" if rank == 0 and repair.usd is not None else "repair"
        price = "" if repair.usd is None else f", {repair.usd:,.0f} {currency} at most"
        least = "" if repair.at_least is None else f", but at least {_figure(repair.at_least)}"
        proof = "" if repair.least else f"; less may do{least}"
        moves = " and ".join(_move(move, currency) for move in repair.moves)
        yield f"{lead}: {moves}{price}{proof} ({_settings(repair, currency)})"


def _move(move: Move, currency: str) -> str:
    verb = "raise" if move.moved_to > move.limit else "lower"
    by, old, new = (_figure(value) for value in (abs(move.moved_to - move.limit), move.limit, move.moved_to))
    counted = isinstance(move.moved_to, int)
    unit = move.unit.removesuffix("s") if counted and by == "1" else move.unit
    unit = unit.replace(DOLLARS, currency)
    return f"{verb} {path_in(move.key, currency)} by {by} {unit}, from {old} to {new}"


def _settings(repair: Repair, currency: str) -> str:
    return " ".join(f"--set {path_in(key, currency)}={value:.12g}" for key, value in repair.settings.items())


def _shedding(diagnosis: Diagnosis, periods: Sequence[str]) -> Iterator[str]:
    if not diagnosis.shortages:
        return
    keys = ", ".join(sorted({f"workloads.{shortage.workload}" for shortage in diagnosis.shortages}))
    worst = max(diagnosis.shortages, key=lambda shortage: shortage.share)
    yield (
        f"or serve up to {worst.share:.1%} of {worst.workload} less, at {periods[worst.period]}: "
        f"allowed by a shed price in {keys}"
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.4g}"
