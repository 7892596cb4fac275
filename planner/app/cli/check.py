"""`planner check`: audit a plan, or work out a bound anew, by the instance, without the model and without a solver."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.options import (
    InstanceFile,
    Json,
    MostChanged,
    MostMoved,
    Quotes,
    Settings,
    Warm,
)
from planner.core.errors import ExitCode

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.verify.audit import Audit
    from planner.verify.certificate.prove import BoundVerdict

PlanOrNone = Annotated[
    Path | None, typer.Argument(help="plan.json, or the folder it is in.", metavar="[PLAN]")
]
CertificateIn = Annotated[
    Path | None, typer.Option(help="Verify the bound in this file of `solve --certificate`.", metavar="JSON")
]


def check(
    file: InstanceFile,
    plan: PlanOrNone = None,
    json: Json = False,
    certificate: CertificateIn = None,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
    quotes: Quotes = None,
    warm: Warm = None,
    max_nodes_moved: MostMoved = None,
    max_pools_changed: MostChanged = None,
) -> None:
    """Recompute demand cover, fleet, limits, start-ups and cost of a plan, and name every violation.

    The plan must answer the same question: what was given to `solve` (`--set`, `--quotes`, `--warm` with its
    limits) is given here too. With `--certificate` the bound is worked out anew from the prices in the file; with a
    plan beside it, the bound of the plan must be the one that is proven.

    Exit codes: 0 all of it holds, 3 invalid input, 4 the plan violates a rule or the bound is not proven.

    Examples:

      planner solve instances/peak.yaml --out out/peak; planner check instances/peak.yaml out/peak

      planner check instances/week.yaml --certificate out/week.json
    """
    from planner.app.cli.certificate_file import proof_of
    from planner.app.cli.common import print_json
    from planner.app.cli.solve import question_of

    if plan is None and certificate is None:
        raise typer.BadParameter("give a plan, a certificate of its bound, or both")
    instance, _ = question_of(file, settings, quotes, warm, (max_nodes_moved, max_pools_changed))
    known, verdict = (None, None) if plan is None else _audited(instance, plan)
    proven = None if certificate is None else _of_plan(proof_of(certificate, instance), known)
    if json:
        print_json(_record(verdict, proven))
    else:
        _show(verdict, proven)
    passed = (verdict is None or verdict.passed) and (proven is None or proven.holds)
    raise typer.Exit(ExitCode.SOLVED if passed else ExitCode.INFEASIBLE)


def _audited(instance: Instance, path: Path) -> tuple[Plan, Audit]:
    from planner.app.cli.common import plan_of_record
    from planner.plan.text import read_record
    from planner.verify.audit import check as audit
    from planner.verify.audit.tables import RULE, stated_tables

    record = read_record(path)
    known = plan_of_record(record, path)
    verdict = audit(instance, known)
    in_tables = stated_tables(record, known)
    violations, rules = (*verdict.violations, *in_tables), (*verdict.rules, RULE)
    return known, replace(verdict, violations=violations, rules=rules)


def _of_plan(proof: BoundVerdict, plan: Plan | None) -> BoundVerdict:
    """What is proven, and whether it is the bound that a plan states."""
    from planner.core.solution import FLOAT_NOISE

    if plan is None or plan.bound <= proof.bound + FLOAT_NOISE * abs(proof.bound):
        return proof
    return replace(
        proof, faults=(*proof.faults, f"the bound of the plan is {plan.bound:,.2f}, above what is proven")
    )


def _record(verdict: Audit | None, proof: BoundVerdict | None) -> dict[str, object]:
    record: dict[str, object] = {}
    if verdict is not None:
        violations = [vars(violation) for violation in verdict.violations]
        record |= {"passed": verdict.passed, "cost": verdict.cost, "rules": verdict.rules}
        record |= {"violations": violations, "warnings": verdict.warnings}
    if proof is not None:
        faults = {"holds": proof.holds, "bound": proof.bound, "boxes": proof.boxes, "faults": proof.faults}
        record["certificate"] = faults
    return record


def _show(verdict: Audit | None, proof: BoundVerdict | None) -> None:
    from planner.app.cli.common import output

    lines: list[str] = []
    if verdict is not None:
        lines += [str(violation) for violation in verdict.violations]
        lines += [f"! {warning}" for warning in verdict.warnings]
        outcome = "holds" if verdict.passed else f"breaks {len(verdict.violations)} times a rule"
        lines.append(f"the plan {outcome} ({len(verdict.rules)} rules; cost recomputed {verdict.cost:,.2f})")
    if proof is not None:
        lines += [f"certificate: {fault}" for fault in proof.faults]
        outcome = (
            f"proves that no plan costs less than {proof.bound:,.2f}" if proof.holds else "proves nothing"
        )
        lines.append(f"the certificate {outcome} ({proof.boxes} ranges of fleets)")
    for line in lines:
        output().print(line, markup=False)
