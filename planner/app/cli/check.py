"""`planner check`: audit a plan against its instance, without the model and without a solver."""

from __future__ import annotations

from dataclasses import replace

import typer

from planner.app.cli.options import (
    InstanceFile,
    Json,
    MostChanged,
    MostMoved,
    PlanFile,
    Quotes,
    Settings,
    Warm,
)
from planner.core.errors import ExitCode


def check(
    file: InstanceFile,
    plan: PlanFile,
    json: Json = False,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
    quotes: Quotes = None,
    warm: Warm = None,
    max_nodes_moved: MostMoved = None,
    max_pools_changed: MostChanged = None,
) -> None:
    """Recompute demand cover, fleet, limits, start-ups and cost of a plan, and name every violation.

    The plan must answer the same question: what was given to `solve` (`--set`, `--quotes`, `--warm` with its
    limits) is given here too.

    Exit codes: 0 the plan holds, 3 invalid input, 4 the plan violates a rule.

    Example:

      planner solve instances/peak.yaml --out out/peak; planner check instances/peak.yaml out/peak
    """
    from planner.app.cli.common import output, plan_of_record, print_json
    from planner.app.cli.solve import question_of
    from planner.plan.text import read_record
    from planner.verify.audit import check as audit
    from planner.verify.audit.tables import RULE, stated_tables

    instance, _ = question_of(file, settings, quotes, warm, (max_nodes_moved, max_pools_changed))
    record = read_record(plan)
    known = plan_of_record(record, plan)
    verdict = audit(instance, known)
    in_tables = stated_tables(record, known)
    verdict = replace(verdict, violations=(*verdict.violations, *in_tables), rules=(*verdict.rules, RULE))
    if json:
        violations = [vars(violation) for violation in verdict.violations]
        print_json(
            {
                **{"passed": verdict.passed, "cost": verdict.cost, "rules": verdict.rules},
                **{"violations": violations, "warnings": verdict.warnings},
            }
        )
    else:
        for violation in verdict.violations:
            output().print(str(violation), markup=False)
        for warning in verdict.warnings:
            output().print(f"! {warning}", markup=False)
        outcome = "holds" if verdict.passed else f"breaks {len(verdict.violations)} times a rule"
        output().print(
            f"the plan {outcome} ({len(verdict.rules)} rules; cost recomputed {verdict.cost:,.2f})",
            markup=False,
        )
    raise typer.Exit(ExitCode.SOLVED if verdict.passed else ExitCode.INFEASIBLE)
