"""What `planner sensitivity` prints: tables for people, plain data for programs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.app.cli.common import messages, output, print_table
from planner.app.cli.sweep import end_progress
from planner.core.plain import plain

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from planner.instance import Instance
    from planner.study.sensitivity import BreakEven, Regret

BAR_WIDTH = 24
Probabilities = dict[str, float] | None


def tornado_record(instance: Instance, table: pd.DataFrame) -> dict[str, Any]:
    """Rows by swing, the widest first; costs are null where there is no plan."""
    return {
        "instance": instance.name,
        "currency": instance.currency,
        "inputs": plain(table.to_dict("records")),
    }


def show_tornado(instance: Instance, table: pd.DataFrame, file: Path) -> None:
    """The ranking with bars, what the gaps leave open, and what to look at next."""
    end_progress()
    widest = table["swing"].max()
    rows = [
        (
            row["path"],
            f"{_value(row['low'])} .. {_value(row['high'])}",
            *(_money(row[name]) for name in ("cost_low", "cost_high")),
            f"{'' if row['proven'] or row['reason'] else '~'}{_money(row['swing'])}",
            row["reason"] or "▇" * round(BAR_WIDTH * (row["swing"] / widest if widest > 0 else 0.0)),
        )
        for row in table.to_dict("records")
    ]
    base = table["cost_base"].iloc[0] if len(table) else math.nan
    title = f"{instance.name}: {_money(base)} {instance.currency}; what moves it most"
    header = ("input", "low .. high", "cost, low", "cost, high", "swing", "")
    print_table(header, rows, title, right=(2, 3, 4))
    if any(not row["proven"] and not row["reason"] for row in table.to_dict("records")):
        output().print("~ no wider than the gaps of the solves: not distinguished from 0", markup=False)
    if len(table) and table["swing"].notna().any():
        top = table.iloc[0]
        ends = f"{top['path']}={_value(top['low'])}:{_value(top['high'])}"
        _next(f"planner sensitivity break-even {file} {ends}")


def break_even_record(instance: Instance, found: BreakEven) -> dict[str, Any]:
    """The interval, the decisions at its ends, and every solve."""
    probes = [
        plain(row | {"decision": _decided(row["decision"])}) for row in found.frame().to_dict("records")
    ]
    return {
        "instance": instance.name,
        "currency": instance.currency,
        "path": found.path,
        "flips": found.flips,
        "below": found.below,
        "above": found.above,
        "decision_below": _decided(found.decision_below),
        "decision_above": _decided(found.decision_above),
        "probes": probes,
    }


def show_break_even(instance: Instance, found: BreakEven, held: str | None, file: Path) -> None:
    """Where it flips, in a line; the solves; what to look at next."""

    def words(decision: Any) -> str:
        if held is not None:
            return f"{held} is held" if decision else f"{held} is not held"
        return f"nodes in {', '.join(sorted(decision))}" if decision else "no plan, or no nodes"

    if found.flips:
        output().print(
            f"{found.path} flips between {found.below:.6g} and {found.above:.6g}\n"
            f"  below: {words(found.decision_below)}\n  above: {words(found.decision_above)}",
            markup=False,
        )
    else:
        ends = f"{found.below:.6g} and {found.above:.6g}"
        output().print(f"{found.path}: the same at {ends}: {words(found.decision_below)}", markup=False)
    rows = [
        (
            _value(row["value"]),
            _money(row["cost"]),
            f"{row['gap']:.3%}" if math.isfinite(row["gap"]) else "-",
            row["status"],
            words(row["decision"]),
        )
        for row in found.frame().to_dict("records")
    ]
    header = ("value", f"cost, {instance.currency}", "gap", "status", "decision")
    print_table(header, rows, "solves", right=(0, 1, 2))
    if found.flips:
        _next(f"planner solve {file} --set {found.path}={found.above:.6g}")


def regret_record(instance: Instance, found: Regret, likely: Probabilities) -> dict[str, Any]:
    """Matrices by the case planned for, then by the case that occurs; null where there is no plan."""
    return {
        "instance": instance.name,
        "currency": instance.currency,
        "fleet": found.fleet.to_dict("index"),
        "cost": _by_row(found.cost),
        "regret": _by_row(found.matrix),
        "minimax": found.minimax(),
        "expected_cost": plain(found.expected(likely).to_dict()),
        "value_of_information_at_most": plain(found.value_of_information(likely)),
        "gap": found.gap,
    }


def show_regret(instance: Instance, found: Regret, likely: Probabilities, file: Path) -> None:
    """The matrix with its largest and expected figures, the fleets, and the value of information."""
    end_progress()
    names = list(found.cost.columns)
    largest, expected = found.matrix.max(axis=1).to_dict(), found.expected(likely).to_dict()
    rows = [
        (name, *(_money(regret) for regret in regrets), _money(largest[name]), _money(expected[name]))
        for name, regrets in zip(names, found.matrix.to_numpy().tolist(), strict=True)
    ]
    title = f"{instance.name}: regret in {instance.currency}, fleet made for (row), case that occurs (column)"
    header = ("made for", *names, "largest", "expected cost")
    print_table(header, rows, title, right=range(1, len(header)))
    if len(found.fleet.columns):
        fleets = [(name, *found.fleet.loc[name]) for name in names]
        header = ("made for", *found.fleet.columns)
        print_table(header, fleets, "nodes committed, at their peak", right=range(1, len(header)))
    else:
        output().print("nothing is signed beforehand: every case is planned anew", markup=False)
    most = found.value_of_information(likely)
    for line in (
        f"smallest largest regret: the fleet made for {found.minimax()}",
        f"knowing the case beforehand is worth at most {_money(most)} {instance.currency} on average",
        f"regrets below {found.gap:.2%} of the cost are not distinguished from 0",
    ):
        output().print(line, markup=False)
    if instance.scenarios:
        _next(f"planner worth {file}")


def _by_row(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {
        str(name): {str(lived): plain(value) for lived, value in row.items()}
        for name, row in frame.iterrows()
    }


def _decided(decision: Any) -> Any:
    return sorted(decision) if isinstance(decision, frozenset) else decision


def _value(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def _money(value: float) -> str:
    return "-" if math.isnan(value) else "no plan" if math.isinf(value) else f"{value:,.2f}"


def _next(command: str) -> None:
    messages().print(f"next: {command}", style="dim", markup=False, soft_wrap=True)
