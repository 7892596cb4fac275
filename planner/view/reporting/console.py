"""The console view: a plan that a person reads at a glance."""

from __future__ import annotations

import io
import shutil
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from planner.core.solution import Status
from planner.plan.ending import ending, unproven
from planner.plan.margins import margins_of
from planner.plan.quantities import held, in_use, share_of_cost
from planner.plan.tables import rows_of
from planner.view.reporting.plan_tables import console_tables
from planner.view.reporting.table import PlainTable
from planner.view.reporting.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType

    from planner.plan.contents import UnitSchedule
    from planner.plan.plan import Plan

BLOCKS = " ▁▂▃▄▅▆▇█"
LETTERS = " .:-=+*%#"
CHART_WIDTH = 96
TEXT_WIDTH = 120
FEW = 10
"""Below it parts of a node are shown."""
"""Columns of the view as a text where no terminal says how many there are."""


def render(plan: Plan) -> RenderableType:
    """Everything about a plan on one screen: verdict, fleet, units, hours, cost, warnings."""
    parts: list[RenderableType] = [_headline(plan)]
    if plan.usable:
        parts += [
            _fleet(plan),
            *console_tables(plan),
            _units(plan),
            _Chart(plan),
            _costs(plan),
            *_figures(plan),
        ]
    parts += [Text(f"! {warning}", style="yellow") for warning in plan.warnings]
    parts += [Text(f"- {reason}") for reason in plan.reasons]
    return Group(*parts)


def plan_text(plan: Plan) -> str:
    """The console view as a text, as wide as the terminal, without colours; what `print(plan)` shows."""
    stream = _TextFor(getattr(sys.stdout, "encoding", None))
    width = shutil.get_terminal_size((TEXT_WIDTH, 24)).columns
    Terminal(file=stream, width=width).print(render(plan))
    return stream.getvalue().rstrip("\n")


class _TextFor(io.StringIO):
    """A text that is made to be printed where characters have an encoding."""

    def __init__(self, encoding: str | None) -> None:
        super().__init__()
        self._encoding = encoding or "utf-8"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Says whether block characters can be shown."""
        return self._encoding


def _headline(plan: Plan) -> Text:
    verdicts = {
        Status.OPTIMAL: ("solved within the gap", "bold green"),
        Status.FEASIBLE: (f"usable plan: {ending(plan.limit)}", "bold yellow"),
        Status.INFEASIBLE: ("infeasible: no plan can meet this demand", "bold red"),
        Status.REFUSED: ("refused: the audit does not accept the plan that was found", "bold red"),
        Status.NO_PLAN: (f"no plan found: {ending(plan.limit)}", "bold red"),
    }
    verdict, style = verdicts[plan.status]
    if plan.usable and not plan.recommended:
        verdict, style = unproven(plan), "bold red"
    line = Text.assemble((plan.instance, "bold"), ": ", (verdict, style))
    if plan.usable:
        line.append(
            f"\n{plan.cost:,.2f} {plan.currency}, proven no lower than {plan.bound:,.2f} (gap {plan.gap:.3%})"
            f"  [{plan.solver}, {plan.method}, {plan.seconds:.1f} s]\n{plan.method}: {plan.method_reason}"
        )
    return line


def _fleet(plan: Plan) -> PlainTable:
    table = PlainTable(title="Fleet", title_justify="left", box=None, header_style="bold")
    for heading in ("hardware", "channel", "kind"):
        table.add_column(heading)
    for heading in ("nodes, peak", "nodes, mean", "node-hours", f"cost, {plan.currency}"):
        table.add_column(heading, justify="right")
    for row in rows_of(plan, "fleet"):
        table.add_row(
            row["hardware"],
            row["channel"],
            row["kind"],
            f"{row['nodes_peak']:,}",
            f"{row['nodes_mean']:,.1f}",
            amount(row["node_hours"]),
            f"{row['cost']:,.2f}",
        )
    return table


def _units(plan: Plan) -> PlainTable:
    table = PlainTable(title="Units at their peak", title_justify="left", box=None, header_style="bold")
    table.add_column("unit")
    table.add_column("what that is")
    table.add_column("on in periods", justify="right")
    table.add_column("its rate is")
    for unit in plan.units:
        on = f"{sum(1 for count in unit.on if count)}"
        table.add_row(unit.unit, describe(unit), on, standing(unit))
    return table


def standing(unit: UnitSchedule) -> str:
    """`calibrated, 0.87 to 1.10 of it`: where the rate of a unit is from, and its error band."""
    if unit.band_low is None or unit.band_high is None or unit.band_low == unit.band_high:
        return unit.provenance
    return f"{unit.provenance}, {unit.band_low:.2f} to {unit.band_high:.2f} of it"


def describe(unit: UnitSchedule) -> str:
    """`36 nodes = 2 decode units x 144 GPUs`, at the peak of a unit type."""
    count = max(unit.on)
    nodes, plural = count * unit.nodes, "" if count == 1 else "s"
    return f"{nodes:,.6g} node{'s' * (nodes != 1)} = {count} {unit.role} unit{plural} x {unit.gpus} GPUs"


class _Chart:
    """Nodes held and in use over time, in blocks where the terminal has them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        yield _chart(self._plan, LETTERS if options.ascii_only else BLOCKS)


def _chart(plan: Plan, blocks: str) -> Text:
    """Nodes held (light) and in use (full) over time, one column a period, or a mean where there are many."""
    total_held = _sum(held(plan).values(), len(plan.periods))
    total_used = _sum(in_use(plan).values(), len(plan.periods))
    top = max(1.0, *total_held, *total_used)
    span = f"{plan.periods[0]} ... {plan.periods[-1]}"
    text = Text(f"Nodes by period ({span}), full scale {top:,.0f}\n", style="bold")
    for label, series in (("held  ", total_held), ("in use", total_used)):
        columns = "".join(blocks[round(value / top * (len(blocks) - 1))] for value in _condensed(series))
        text.append(f"{label} {columns}  {amount(min(series))}..{amount(max(series))}\n", style="not bold")
    return text


def amount(value: float) -> str:
    """`1,234`, and `0.625`: nodes or node-hours, parts of a node where there are few."""
    return f"{value:,.0f}" if abs(value) >= FEW or value == round(value) else f"{value:.3g}"


def _sum(rows: Iterable[Sequence[float]], periods: int) -> list[float]:
    return [float(sum(values)) for values in zip(*rows, strict=True)] or [0.0] * periods


def _condensed(series: list[float]) -> list[float]:
    if len(series) <= CHART_WIDTH:
        return series
    edges = [round(step * len(series) / CHART_WIDTH) for step in range(CHART_WIDTH + 1)]
    return [max(series[low:high]) for low, high in pairwise(edges)]


def _costs(plan: Plan) -> PlainTable:
    table = PlainTable(title="Cost", title_justify="left", box=None, header_style="bold")
    table.add_column("term")
    table.add_column(plan.currency, justify="right")
    table.add_column("share", justify="right")
    for term, cost in plan.cost_terms.items():
        share = share_of_cost(plan, cost)
        table.add_row(term, f"{cost:,.2f}", "" if share is None else f"{share:.1%}")
    table.add_row("total", f"{plan.cost:,.2f}", "", style="bold")
    return table


def _figures(plan: Plan) -> Iterator[Text]:
    lines = (
        ("utilisation_of_held_nodes", "{:.1%} of the node-hours held are in use"),
        ("cost_per_million_tokens", "{:,.4f} {} per million tokens, prompt and output"),
        (
            "cost_per_million_output_tokens",
            "{:,.4f} {} per million output tokens, if they bear all",
        ),
        ("cost_per_year", "{:,.0f} {} a year, if all of it is like this"),
        ("income", "{:,.0f} {} theoretical income, were every token sold"),
        ("margin_on_cost", "{:.0%} margin on cost"),
        ("put_off_share", "{:.1%} of the work that may wait is served after the period it arrives in"),
        ("energy_kwh", "{:,.0f} kWh drawn by nodes in use"),
        ("idle_energy_kwh", "{:,.0f} kWh drawn by idle nodes"),
        ("joules_per_token", "{:,.4g} J per token, prompt and output: watts for each token a second"),
        ("carbon_kg", "{:,.0f} kg of carbon dioxide emitted"),
        ("node_hours_saved", "{:,.0f} node-hours saved against the baseline schedule"),
    )
    for name, pattern in lines:
        if name in plan.summary:
            yield Text("  " + pattern.format(plan.summary[name], plan.currency))
    yield from (Text(f"  {margin}") for margin in margins_of(plan))
