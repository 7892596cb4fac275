"""An explanation on the console: tables that answer one question each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from planner.core.solution import Status
from planner.view.reporting.table import PlainTable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from planner.study.explanation.records import (
        Commitment,
        DualCheck,
        Explanation,
        Hour,
        Lost,
        Marginal,
        NextBest,
    )

MOST_HOURS = 48
MOST_ROWS = 12


def render_explanation(explanation: Explanation) -> RenderableType:
    """Everything an explanation says; reasons alone where there is no plan."""
    head = Text.assemble((explanation.instance, "bold"), f": {_ended(explanation)}")
    if explanation.cost is None:
        return Group(head, *(Text(f"- {reason}") for reason in explanation.reasons))
    head.append(f"\n{explanation.cost:,.2f} {explanation.currency}")
    if explanation.bound is not None:
        head.append(f", proven no lower than {explanation.bound:,.2f}")
    told = [Text(sentence) for sentence in explanation.sentences]
    parts: list[RenderableType] = [head, *told, _hours(explanation), _marginals(explanation)]
    parts += [_next_best(explanation.next_best, explanation.currency)] if explanation.next_best else []
    parts += [_lost(explanation.lost, explanation.currency)] if explanation.lost else []
    parts += [_break_even(explanation.break_even)] if explanation.break_even else []
    return Group(*parts, *(Text(f"- {note}") for note in explanation.notes))


def _ended(explanation: Explanation) -> str:
    """The status in words: solved only to the gap that was asked for."""
    if explanation.status != Status.OPTIMAL:
        return {Status.FEASIBLE: "usable, not proven to the gap that was asked for"}.get(
            Status(explanation.status), explanation.status
        )
    asked = (
        "" if explanation.gap_asked is None else f" of {100 * explanation.gap_asked:.4g} % that was asked for"
    )
    return f"solved within the gap{asked}"


def _table(title: str, left: tuple[str, ...], right: tuple[str, ...], last: str | None = None) -> PlainTable:
    table = PlainTable(title=f"\n{title}", title_justify="left", box=None, header_style="bold")
    for heading in left:
        table.add_column(heading)
    for heading in right:
        table.add_column(heading, justify="right")
    if last is not None:
        table.add_column(last)
    return table


def _hours(explanation: Explanation) -> PlainTable:
    """Every period, or where there are many the ones with the highest dual value of nodes."""
    hours = explanation.hours
    title = "What binds in which hour"
    if len(hours) > MOST_HOURS:
        dearest = sorted(hours, key=lambda hour: -sum(hour.node_worth.values()))[:MOST_HOURS]
        hours = tuple(hour for hour in hours if hour in dearest)
        title += f" (the {MOST_HOURS} of {len(explanation.hours)} with the highest dual value of nodes)"
    price = {(entry.work, entry.period): entry.relaxed_per_million for entry in explanation.marginals}
    works = list(dict.fromkeys(entry.work for entry in explanation.marginals))
    right = (*(f"{work}, {explanation.currency}/M" for work in works), "idle nodes")
    table = _table(title, ("period",), right, "binds")
    for hour in hours:
        prices = [_number(price.get((work, hour.period))) for work in works]
        table.add_row(hour.period, *prices, _idle(hour), ", ".join(hour.binds) or "nothing")
    return table


def _idle(hour: Hour) -> str:
    idle = {name: count for name, count in hour.idle_nodes.items() if count}
    return ", ".join(f"{count:g} {name}" for name, count in idle.items()) or "0"


def _marginals(explanation: Explanation) -> PlainTable:
    title = "One more token/s, throughout the period: periods that were checked by re-solves"
    money = explanation.currency
    right = ("headroom/s", f"units held, {money}", f"divisible, {money}", f"next unit, {money}")
    table = _table(title, ("work", "period"), right, "checks")
    for entry in explanation.marginals:
        if entry.relaxed_check is not None:
            table.add_row(
                *(entry.work, entry.period, f"{entry.headroom_per_s:,.0f}"),
                *(_number(entry.units_held), _number(entry.relaxed), _next_unit(entry)),
                _checks(entry),
            )
    return table


def _next_unit(entry: Marginal) -> str:
    return "no plan" if entry.next_unit is None else _number(entry.next_unit)


def _checks(entry: Marginal) -> str:
    return "; ".join(
        f"{name} {_verdict(check)}"
        for name, check in (("held", entry.units_held_check), ("divisible", entry.relaxed_check))
        if check is not None
    )


def _verdict(check: DualCheck) -> str:
    if not check.agrees:
        return f"DISAGREES with {_number(check.left)}..{_number(check.right)}"
    if check.degenerate:
        right = "no plan" if check.right is None else _number(check.right)
        return f"degenerate, {_number(check.left)}..{right}"
    return "agrees"


def _next_best(records: tuple[NextBest, ...], money: str) -> PlainTable:
    right = (f"at least, {money}", f"at most, {money}", f"divisible, {money}")
    table = _table("What the next best would cost more", ("without",), right)
    for record in records[:MOST_ROWS]:
        if record.possible is False:
            table.add_row(record.without, "no plan", "", "")
        else:
            table.add_row(
                *(record.without, "open" if record.at_least is None else _money(record.at_least)),
                *("open" if record.at_most is None else _money(record.at_most), _money(record.relaxed)),
            )
    return table


def _lost(records: tuple[Lost, ...], money: str) -> PlainTable:
    right = (f"once, {money}", f"throughout, {money}")
    table = _table(
        "Why others lost: extra cost when forced in, all else divisible", ("option",), right, "why"
    )
    for record in records:
        table.add_row(record.name, _money(record.once), _money(record.throughout), record.why)
    return table


def _break_even(records: tuple[Commitment, ...]) -> PlainTable:
    right = ("break-even, h a day", "nodes held", "last node, h a day", "one more, h a day")
    table = _table("Commitments against hiring", ("commitment", "against"), right, "")
    for record in records:
        table.add_row(
            *(record.channel, record.against or "-", _number(record.hours_per_day)),
            *(f"{record.held_nodes:,}", _number(record.last_node_hours), _number(record.next_node_hours)),
            record.note,
        )
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}"


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"
