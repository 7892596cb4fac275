"""`planner worth`: what looking at all scenarios is worth, and what knowing the future would be."""

from __future__ import annotations

from planner.app.cli.executors import found_by_few
from planner.app.cli.options import (
    EachGap,
    EachLimit,
    ExecutorName,
    FewWorkers,
    InstanceFile,
    Json,
    Scheduler,
    Settings,
)


def worth(
    file: InstanceFile,
    json: Json = False,
    time_limit: EachLimit = 60.0,
    gap: EachGap = 0.005,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: FewWorkers = 1,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Value of the stochastic solution and of perfect information, for an instance with scenarios.

    All figures are expected costs, whatever the instance says under risk (JSON: `risk_left_out`).

    Example:

      planner worth instances/scenarios.yaml
    """
    from planner.app.cli.common import output, print_json
    from planner.study.uncertainty import worth as value

    where = (executor, scheduler, workers)
    instance, found = found_by_few(value, file, settings, (time_limit, gap), where)
    if json:
        figures = {"rp": found.rp, "ws": found.ws, "eev": found.eev if found.eev < float("inf") else None}
        known = figures["eev"] is not None
        values = {"evpi": found.evpi, "vss": found.vss if known else None, "gap": found.gap}
        measured = {"measure": "expected", "risk_left_out": not instance.risk.neutral}
        print_json({**figures, **values, **measured, "currency": instance.currency})
        return
    money = instance.currency
    lines = (
        f"{found.rp:,.2f} {money}: the plan that looks at all scenarios",
        f"{found.ws:,.2f} {money}: with the scenario known beforehand, on average",
        f"{found.eev:,.2f} {money}: with the fleet that fits the mean demand",
        f"{found.evpi:,.2f} {money}: value of perfect information",
        f"{found.vss:,.2f} {money}: value of looking at all scenarios (each figure to a gap of {found.gap:.2%})",
    )
    for line in lines:
        output().print(line, markup=False)
    if not instance.risk.neutral:
        output().print("expected costs: what the instance says under risk is left out", markup=False)
