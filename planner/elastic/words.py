"""A diagnosis in words of the field: which work and hour, what is short, by how much, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.elastic.diagnosis import Diagnosis, Move, Repair, Shortage

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
        yield "these periods can be planned by themselves: what stands in the way spans the whole horizon"
    worst = sorted(diagnosis.shortages, key=lambda shortage: -shortage.unserved_per_s / shortage.demand_per_s)
    about = "" if diagnosis.shortage_least else "about "
    for shortage in worst[:MOST_LINES]:
        what = f"{about}{_amount(shortage)} of {shortage.work}"
        yield f"{periods[shortage.period]}: {what} cannot be served{_nodes(shortage)}"
    if len(worst) > MOST_LINES:
        more = len(worst) - MOST_LINES
        yield f"... and {more} more, in {_count(diagnosis)} of {len(periods)} periods altogether"


def _amount(shortage: Shortage) -> str:
    unit = "requests/s" if shortage.work.endswith(".request") else "tokens/s"
    share = shortage.unserved_per_s / shortage.demand_per_s
    return f"{_figure(shortage.unserved_per_s)} of {_figure(shortage.demand_per_s)} {unit} ({share:.1%})"


def _nodes(shortage: Shortage) -> str:
    if shortage.nodes is None:
        return ""
    return f": the work of {shortage.nodes} {shortage.hardware} node{'s' * (shortage.nodes != 1)} at best"


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
        proof = "" if repair.least else "; less may do"
        moves = " and ".join(_move(move) for move in repair.moves)
        yield f"{lead}: {moves}{price}{proof} ({_settings(repair)})"


def _move(move: Move) -> str:
    verb = "raise" if move.moved_to > move.limit else "lower"
    by, old, new = (_figure(value) for value in (abs(move.moved_to - move.limit), move.limit, move.moved_to))
    counted = move.unit in ("nodes", "pools", "kinds")
    unit = move.unit.removesuffix("s") if counted and by == "1" else move.unit
    return f"{verb} {move.key} by {by} {unit}, from {old} to {new}"


def _settings(repair: Repair) -> str:
    return " ".join(f"--set {key}={value:.12g}" for key, value in repair.settings.items())


def _shedding(diagnosis: Diagnosis, periods: Sequence[str]) -> Iterator[str]:
    if not diagnosis.shortages:
        return
    workloads = sorted({shortage.work.rsplit(".", 1)[0] for shortage in diagnosis.shortages})
    keys = ", ".join(f"workloads.{name}" for name in workloads)
    worst = max(diagnosis.shortages, key=lambda shortage: shortage.unserved_per_s)
    yield (
        f"or serve less: up to {_amount(worst)} of {worst.work} at {periods[worst.period]}; "
        f"allowed by a shed price in {keys}"
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.4g}"
