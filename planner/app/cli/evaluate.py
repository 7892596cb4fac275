"""`planner evaluate`: what a fleet or schedule that someone already runs costs, covers and earns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.app.cli.options import InstanceFile, Json, Settings
from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from planner.instance import Instance
    from planner.study.evaluation import Evaluation, FleetSchedule


DEAREST_HOURS = 5


def evaluate(
    file: InstanceFile,
    schedule: Annotated[
        Path | None, typer.Option(help="CSV of node steps: start, nodes[, hardware, channel].", metavar="CSV")
    ] = None,
    fleet: Annotated[
        list[str], typer.Option("--fleet", help="Nodes held throughout.", metavar="HARDWARE[.CHANNEL]=NODES")
    ] = [],  # noqa: B006 (typer reads the default, nobody changes it)
    optimum: Annotated[bool, typer.Option("--optimum/--no-optimum", help="Also find the best plan.")] = True,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for the best plan.")] = 60.0,
    gap: Annotated[float, typer.Option(min=0.0, max=1.0, help="Relative gap of the best plan.")] = 0.005,
    settings: Settings = [],  # noqa: B006 (as above)
    json: Json = False,
) -> None:
    """Judge a schedule or a fixed fleet against an instance, next to the optimum.

    Without either, the baseline that the instance states is judged.

    Examples:

      planner evaluate instances/deepseek_day.yaml --schedule instances/series/deepseek_nodes.csv

      planner evaluate instances/deepseek_day.yaml --fleet h800=278 --no-optimum
    """
    from planner.app.cli.common import output, print_json, read_instance
    from planner.optimize.solve_options import SolveOptions
    from planner.study.evaluation import evaluate as judge

    instance = read_instance(file, settings)
    options = SolveOptions(time_limit_s=time_limit, relative_gap=gap) if optimum else None
    result = judge(instance, _schedule(instance, schedule, fleet), options)
    if json:
        print_json(_record(instance, result))
    else:
        for part in _tables(instance, result):
            output().print(part)


def _schedule(instance: Instance, schedule: Path | None, fleet: list[str]) -> FleetSchedule:
    from planner.loader import assignments
    from planner.study.evaluation import baseline_schedule, constant_schedule, read_schedule

    if schedule is None and not fleet and instance.baseline is not None:
        return baseline_schedule(instance)
    if (schedule is None) == (not fleet):
        raise InstanceError([Fault("give --schedule CSV or --fleet HARDWARE=NODES, one of them")])
    if schedule is not None:
        return read_schedule(schedule, instance)
    nodes = assignments(fleet, "--fleet")
    wrong = [label for label, count in nodes.items() if not isinstance(count, int) or count < 0]
    if wrong:
        raise InstanceError(
            [Fault(f"--fleet {label}: nodes must be a whole number, 0 or more") for label in wrong]
        )
    return constant_schedule(instance, {label: float(count) for label, count in nodes.items()})


def _record(instance: Instance, result: Evaluation) -> dict[str, Any]:
    """Plain data of an evaluation; money in the instance's currency."""
    from dataclasses import asdict

    from planner.study.baselines import baselines
    from planner.study.economics import break_even_loads, hour_costs, paybacks, unit_costs

    plan = result.optimum
    return {
        "instance": instance.name,
        "currency": instance.currency,
        "nodes_mean": result.nodes_mean,
        "nodes_peak": result.nodes_peak,
        "node_hours": result.node_hours,
        "cost": result.cost,
        "cost_by_channel": result.cost_by_channel,
        "start_cost": result.start_cost,
        "unserved_cost": result.unserved_cost,
        "risk_premium": result.risk_premium,
        "served_share": result.served_share,
        "serves_less": result.serves_less,
        "short": [asdict(period) for period in result.short],
        "theoretical": _margin(result.theoretical),
        "served": _margin(result.margin),
        "optimum": None if plan is None else plan.to_dict(),
        "saving": result.saving,
        "break_even": [asdict(entry) for entry in break_even_loads(instance)],
        "unit_costs": [asdict(entry) for entry in unit_costs(instance, plan)] if plan is not None else [],
        "payback": [asdict(entry) for entry in paybacks(instance, plan)] if plan is not None else [],
        "baselines": [asdict(entry) for entry in baselines(plan, instance)] if plan is not None else [],
        "hour_costs": asdict(hour_costs(instance)) if plan is not None and plan.usable else None,
    }


def _margin(margin: Any) -> dict[str, float | None]:
    return {
        "income": margin.income,
        "profit": margin.profit,
        "margin_on_cost": margin.on_cost,
        "margin_on_revenue": margin.on_revenue,
    }


def _tables(instance: Instance, result: Evaluation) -> list[RenderableType]:
    from planner.view.reporting.table import PlainTable

    table = PlainTable(
        title=f"{instance.name}: schedule against optimum ({instance.currency})", title_justify="left"
    )
    for column in ("", "schedule", "optimum"):
        table.add_column(column, justify="left" if not column else "right")
    for name, mine, best in _rows(instance, result):
        table.add_row(name, mine, best)
    parts: list[RenderableType] = [table]
    if result.short:
        rows = [(entry.period, entry.work, f"{entry.served_share:.2%}") for entry in result.short]
        parts.append(_table("not fully served within the service level", ("period", "work", "served"), rows))
    return [*parts, *_economics(instance, result)]


def _economics(instance: Instance, result: Evaluation) -> list[RenderableType]:
    """Break-even loads of the instance; cost per token and payback of the optimum."""
    from planner.study.economics import break_even_loads, paybacks, unit_costs

    plan = result.optimum if result.optimum is not None and result.optimum.usable else None
    loads = [
        (
            f"{entry.hardware}.{entry.commitment}",
            entry.instead_of,
            "never" if entry.load is None else f"{entry.load:.1%}",
        )
        for entry in break_even_loads(instance)
    ]
    costs = [
        (
            entry.workload,
            f"{entry.cost:,.2f}",
            _money(entry.per_million_tokens),
            _money(entry.per_million_output_tokens),
        )
        for entry in (unit_costs(instance, plan) if plan is not None else ())
    ]
    owned = [
        (f"{entry.hardware}.{entry.channel}", f"{entry.use_share:.1%}", _years(entry.payback_years))
        for entry in (paybacks(instance, plan) if plan is not None else ())
    ]
    hours = _dearest_hours(instance) if plan is not None else []
    titles = (
        ("break-even load of commitments", ("commitment", "instead of", "load"), loads),
        (
            "cost of the optimum",
            ("workload", "cost", "per million tokens", "per million output tokens"),
            costs,
        ),
        ("payback of purchases in the optimum", ("purchase", "in use", "years"), owned),
        ("hours whose demand costs most at the margin", ("period", "cost", "share"), hours),
    )
    return [_table(title, header, rows) for title, header, rows in titles if rows]


def _dearest_hours(instance: Instance) -> list[tuple[str, str, str]]:
    """Periods by the cost that their demand causes, and its share of all."""
    from planner.study.economics import hour_costs

    costs = hour_costs(instance)
    order = sorted(range(len(costs.usd)), key=lambda period: -costs.usd[period])[:DEAREST_HOURS]
    return [(costs.periods[p], f"{costs.usd[p]:,.2f}", _part(costs.usd[p], costs.total)) for p in order]


def _part(amount: float, total: float) -> str:
    """Share of a total; nothing to say where that is nothing or a credit."""
    return f"{amount / total:.1%}" if total > 0 else "-"


def _table(title: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> RenderableType:
    from planner.view.reporting.table import PlainTable

    table = PlainTable(*header, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _years(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f}"


def _rows(instance: Instance, result: Evaluation) -> list[tuple[str, str, str]]:
    """Label, figure of the schedule, figure of the optimum."""
    plan = result.optimum
    best = plan.summary if plan is not None and plan.usable else {}
    cost = f"{plan.cost:,.2f} ({plan.status})" if plan is not None and plan.usable else "-"
    rows = [
        ("nodes, mean", f"{result.nodes_mean:,.2f}", _figure(best, "nodes_mean", ",.2f")),
        ("nodes, peak", f"{result.nodes_peak:,.0f}", _figure(best, "nodes_peak", ",.0f")),
        ("node-hours", f"{result.node_hours:,.1f}", _figure(best, "node_hours_held", ",.1f")),
        ("cost", f"{result.cost:,.2f}", cost),
    ]
    if result.unserved_cost > 0:
        shed = "" if plan is None or not plan.usable else f"{plan.cost_terms.get('shed', 0.0):,.2f}"
        rows.append(("of it for what is not served", f"{result.unserved_cost:,.2f}", shed))
    if result.risk_premium != 0.0:
        premium = (
            f"{plan.cost_terms.get('risk_premium', 0.0):,.2f}" if plan is not None and plan.usable else ""
        )
        rows.append(("of it the premium for risk", f"{result.risk_premium:,.2f}", premium))
    rows += [(f"served, {work}", f"{share:.2%}", "") for work, share in result.served_share.items()]
    if result.theoretical.income > 0:
        rows += [
            ("income, all demand", f"{result.theoretical.income:,.0f}", _figure(best, "income", ",.0f")),
            ("margin on cost", _share(result.theoretical.on_cost), _figure(best, "margin_on_cost", ".1%")),
            ("margin on revenue", _share(result.theoretical.on_revenue), ""),
            ("income, served", f"{result.margin.income:,.0f}", ""),
            ("margin on cost, served", _share(result.margin.on_cost), ""),
        ]
    if result.saving is not None:
        rows.append(_saving(result.saving, result.serves_less))
    return rows


def _saving(saving: float, serves_less: bool) -> tuple[str, str, str]:
    """What the optimum saves; beside a schedule that serves less than it must, their costs are not of one service."""
    if not serves_less:
        return ("the optimum saves", "", f"{saving:,.2f}")
    label = "saves at least" if saving >= 0 else "serves all, for more by"
    return (f"the optimum {label}", "serves less than is demanded", f"{abs(saving):,.2f}")


def _figure(figures: dict[str, float], name: str, spec: str) -> str:
    return format(figures[name], spec) if name in figures else "-"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
