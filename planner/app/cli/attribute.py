"""`planner attribute`: which workload or tenant bears what of the cost."""

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
from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from planner.core.executors.protocol import Executor
    from planner.instance import Instance
    from planner.optimize.solve_options import SolveOptions
    from planner.study.attribution import Attribution


def attribute(
    file: InstanceFile,
    tenants: Annotated[
        list[str],
        typer.Option(
            "--tenant", help="Workloads that are one tenant's; repeat for more.", metavar="NAME=W[,W]"
        ),
    ] = [],  # noqa: B006 (typer reads the default, nobody changes it)
    exact_up_to: Annotated[
        int, typer.Option(min=1, max=8, help="Most tenants of whom every group is solved.")
    ] = 4,
    json: Json = False,
    time_limit: EachLimit = 60.0,
    gap: EachGap = 0.005,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: FewWorkers = 1,
    settings: Settings = [],  # noqa: B006 (as above)
) -> None:
    """Share out the cost among workloads or tenants: by use, and by what the demand of each causes.

    By use, the hours of nodes count that each keeps busy. By cause, groups of tenants are solved alone: who asks for
    much when others do bears the peak. Up to --exact-up-to tenants that is the Shapley value over all groups of them,
    with its proven ends; beyond, what each adds to the others, and the rest in proportion to what it saves by not
    being alone. Both sum to the cost of the plan, to the cent.

    Exit codes: 0 done, 2 usage, 3 invalid input or no plan of a group, 7 no Dask, 130 Ctrl-C.

    Examples:

      planner attribute instances/two_regions.yaml

      planner attribute instances/mixed.yaml --tenant product=chat,code --tenant partners=api,agents
    """
    from planner.app.cli.common import print_json
    from planner.study.attribution import attribution

    def find(instance: Instance, options: SolveOptions, running: Executor | None) -> Attribution:
        return attribution(instance, options, running, _named(tenants), exact_up_to)

    where = (executor, scheduler, workers)
    instance, found = found_by_few(find, file, settings, (time_limit, gap), where)
    if json:
        print_json(_record(instance, found))
    else:
        _show(instance, found)


def _named(texts: list[str]) -> dict[str, list[str]]:
    """Workloads by tenant. Raises InstanceError naming every text that is none."""
    named: dict[str, list[str]] = {}
    faults = []
    for text in texts:
        name, separator, workloads = text.partition("=")
        names = [one.strip() for one in workloads.split(",") if one.strip()]
        if not (separator and name.strip() and names):
            faults.append(Fault(f"--tenant {text}: expected NAME=WORKLOAD[,WORKLOAD]"))
        named.setdefault(name.strip(), []).extend(names)
    if faults:
        raise InstanceError(faults)
    return named


def _record(instance: Instance, found: Attribution) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "instance": instance.name,
        "currency": instance.currency,
        "cost": found.plan.cost,
        "bound": found.plan.bound,
        "method": found.method,
        "solves": found.solves,
        "gap": found.gap,
        "proven": found.proven,
        "shares": [asdict(share) for share in found.shares],
    }


def _show(instance: Instance, found: Attribution) -> None:
    from planner.app.cli.common import output, print_table
    from planner.study.attribution import SHAPLEY
    from planner.view.reporting.bearers import ends

    money, exact = instance.currency, found.method == SHAPLEY
    rows = [
        (
            share.tenant,
            *_amount(share.by_use, found),
            *_amount(share.by_cause, found),
            *((ends(share),) if exact else ()),
            f"{share.alone:,.2f}",
            f"{share.saved_without:,.2f}",
        )
        for share in found.shares
    ]
    total = (f"{found.plan.cost:,.2f}", "")
    rows.append(("total", *total, *total, *(("",) if exact else ()), "", ""))
    proven = ("by proof between",) if exact else ()
    header = ("tenant", "by use", "", "by cause", "", *proven, "alone", "saved without it")
    title = f"{instance.name}: who bears what of {found.plan.cost:,.2f} {money}"
    print_table(header, rows, title, right=range(1, len(header)))
    how = (
        "Shapley value over all groups of tenants" if exact else "separable costs, the rest by what is spared"
    )
    solves = "one solve" if found.solves == 1 else f"{found.solves} solves, each"
    output().print(f"by cause: {how}; {solves} to a gap of {found.gap:.2%} at most", markup=False)
    if not found.proven:
        output().print(
            "! with gaps as wide as that shares by cause may be far off: give more --time-limit",
            style="yellow",
        )


def _amount(amount: float, found: Attribution) -> tuple[str, str]:
    """An amount, and its share of the cost."""
    return f"{amount:,.2f}", f"{amount / found.plan.cost:.1%}" if found.plan.cost > 0 else ""
