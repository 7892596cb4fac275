"""`planner deferral`: what it is worth that some work may wait."""

from __future__ import annotations

import math

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


def deferral(
    file: InstanceFile,
    json: Json = False,
    time_limit: EachLimit = 60.0,
    gap: EachGap = 0.005,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: FewWorkers = 1,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Cost with the deadlines of an instance, and were all work served in the period it arrives in.

    Example:

      planner deferral instances/mixed.yaml
    """
    from planner.app.cli.common import output, print_json
    from planner.study.sensitivity.deferral import deferral_value

    where = (executor, scheduler, workers)
    instance, found = found_by_few(deferral_value, file, settings, (time_limit, gap), where)
    money, known = instance.currency, math.isfinite(found.value)
    if json:
        figures = {
            "cost": found.deferred.cost,
            "cost_without_deferral": found.at_once.cost,
            "value": found.value,
            "value_at_least": found.least,
            "value_at_most": found.most,
        }
        print_json(figures)
        return
    lines = [f"{found.deferred.cost:,.2f} {money}: work waits until its deadline where that saves"]
    share = f", {found.share:.1%} of the cost without it" if math.isfinite(found.share) else ""
    if known:
        lines += [
            f"{found.at_once.cost:,.2f} {money}: all work is served in the period it arrives in",
            f"{found.value:,.2f} {money}: value of deferral{share} "
            f"(by proof between {found.least:,.2f} and {found.most:,.2f})",
        ]
    else:
        lines.append(
            f"no plan was found that serves all work in the period it arrives in ({found.at_once.status})"
        )
    for line in lines:
        output().print(line, markup=False)
