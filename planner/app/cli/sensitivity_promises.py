"""`planner sensitivity promises`: what each promise costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

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

if TYPE_CHECKING:
    from planner.core.executors.protocol import Executor
    from planner.instance import Instance
    from planner.optimize.solve_options import SolveOptions
    from planner.study.sensitivity import PromiseCost


def promises(
    file: InstanceFile,
    workloads: Annotated[
        list[str], typer.Option("--workload", help="Of this workload alone; may be repeated.", metavar="NAME")
    ] = [],  # noqa: B006 (typer reads the default, nobody changes it)
    times: Annotated[
        float, typer.Option(help="How far limits in time move: times or divided by this.")
    ] = 1.5,
    json: Json = False,
    time_limit: EachLimit = 60.0,
    gap: EachGap = 0.001,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: FewWorkers = 1,
    settings: Settings = [],  # noqa: B006 (as above)
) -> None:
    """Cost of each promise: what one step looser saves and one step tighter costs, each by a solve of its own.

    Limits in time move by a factor, their percentile to the next one (p50, p90, p95, p99, p999) at the same limit,
    an availability to ten times or a tenth of the time lost. Every change has its proven interval; where that has
    zero in it, the gaps do not tell a change, and none is shown: prove more with --gap and --time-limit.

    Exit codes: 0 done (a step that nothing can keep says so), 3 invalid input, 7 no Dask, 130 Ctrl-C.

    Example:

      planner sensitivity promises instances/dense_70b.yaml
    """
    from planner.app.cli.common import print_json
    from planner.study.sensitivity import promise_costs

    def find(instance: Instance, options: SolveOptions, running: Executor | None) -> list[PromiseCost]:
        return promise_costs(instance, options, running, times, workloads)

    where = (executor, scheduler, workers)
    instance, found = found_by_few(find, file, settings, (time_limit, gap), where)
    if json:
        print_json(_record(instance, found))
    else:
        _show(instance, found)


def _record(instance: Instance, found: list[PromiseCost]) -> dict[str, Any]:
    """Plain data; a change that the proofs do not tell is null, and so are ends that nobody knows."""
    base = found[0].base
    return {
        "instance": instance.name,
        "currency": instance.currency,
        "cost": base.cost,
        "bound": base.bound,
        "steps": [
            {
                "workload": one.step.workload,
                "promise": one.step.promise,
                "stated": one.step.stated,
                "step": one.step.moved,
                "tighter": one.step.tighter,
                "status": str(one.plan.status),
                "cost": one.plan.cost if one.plan.usable else None,
                "bound": one.plan.bound,
                "change": one.change,
                "change_at_least": one.least,
                "change_at_most": one.most,
            }
            for one in found
        ],
    }


def _show(instance: Instance, found: list[PromiseCost]) -> None:
    from planner.app.cli.common import output, print_table
    from planner.view.reporting.bearers import UNKNOWN, promise_rows

    base = found[0].base
    money = instance.currency
    title = (
        f"{instance.name}: {base.cost:,.2f} {money}, proven no lower than {base.bound:,.2f}; "
        "what one step of each promise changes"
    )
    rows = promise_rows(found)
    header = ("workload", "promise", "step", "", f"cost, {money}", "share", "by proof between")
    print_table(header, rows, title, right=(4, 5, 6))
    if any(one.plan.usable and not one.reported for one in found):
        output().print(UNKNOWN, markup=False)
