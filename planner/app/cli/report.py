"""`planner report`: one self-contained page about a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.options import EachLimit, PlanFile
from planner.app.cli.plan_folder import PLAN_FILE
from planner.core.errors import ExitCode, Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.study.attribution import Attribution
    from planner.study.explanation import Explanation
    from planner.study.sensitivity import PromiseCost

Alternatives = Annotated[
    list[str],
    typer.Option(
        "--alternative",
        help="Another plan to set beside it, or the folder that `planner alternatives --out` wrote.",
        metavar="NAME=PLAN|DIR",
    ),
]


def report(
    plan: PlanFile,
    html: Annotated[Path, typer.Option(help="The page to write.", metavar="FILE")],
    instance: Annotated[
        Path | None,
        typer.Option(help="Instance to audit against; absent: the one the plan carries."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add marginal costs and the next best; needs a solver.")
    ] = False,
    attribute: Annotated[
        bool, typer.Option("--attribute", help="Add who causes what of the cost; needs a solver.")
    ] = False,
    promises: Annotated[
        bool, typer.Option("--promises", help="Add what each promise costs; needs a solver.")
    ] = False,
    time_limit: EachLimit = 60.0,
    alternatives: Alternatives = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Write a page that opens offline: decision, fleet, hours, cost, service, assumptions, audit.

    With --attribute groups of workloads are solved alone, as `planner attribute` does, with --promises the question
    with each promise one step looser and tighter, as `planner sensitivity promises` does; --time-limit is of each.

    Exit codes: 0 written, 3 invalid input.

    Examples:

      planner report out/peak --html peak.html

      planner report out/peak --html peak.html --explain --alternative "rent only=out/rent"
    """
    from planner.app.cli.common import messages, read_instance, read_plan
    from planner.core.atomic import write_text
    from planner.core.extras import need
    from planner.core.overwriting import refuse_overwriting
    from planner.view.reporting.html import report as page

    refuse_overwriting([html], [plan, plan / PLAN_FILE, instance])
    need("the HTML report", "jinja2")  # said before anything is solved for it
    known = read_plan(plan)
    question = read_instance(instance, []) if instance is not None else None
    others = dict(pair for text in alternatives for pair in named_plans(text))
    explanation = _explained(known, question) if explain else None
    shares = _attributed(known, question, time_limit) if attribute else None
    steps = _promised(known, question, time_limit) if promises else ()
    write_text(html, page(known, question, others, explanation, shares, steps))
    messages().print(f"wrote {html}", style="dim", markup=False)
    raise typer.Exit(ExitCode.SOLVED)


def named_plans(text: str) -> Iterator[tuple[str, Plan]]:
    """Plans of `NAME=PLAN`, or of every folder in `DIR` that holds one. Raises InstanceError."""
    from planner.app.cli.common import read_plan

    folder = Path(text)
    found = sorted(folder.glob("*/plan.json")) if folder.is_dir() else []
    if found:
        yield from ((file.parent.name.replace("_", " "), read_plan(file)) for file in found)
        return
    name, separator, file = text.partition("=")
    if not separator or not name or not file:
        raise InstanceError([Fault(f"expected NAME=PLAN or a folder of plans, got '{text}'")])
    yield name, read_plan(Path(file))


def _explained(plan: Plan, instance: Instance | None) -> Explanation:
    from planner.study.explanation import explain

    return explain(_question(plan, instance), plan)


def _attributed(plan: Plan, instance: Instance | None, seconds: float) -> Attribution:
    from planner.optimize.solve_options import SolveOptions
    from planner.study.attribution import attribution

    question = _audited(plan, instance)
    return attribution(question, SolveOptions(time_limit_s=seconds), plan=plan)


def _promised(plan: Plan, instance: Instance | None, seconds: float) -> Sequence[PromiseCost]:
    from planner.optimize.solve_options import SolveOptions
    from planner.study.sensitivity import promise_costs

    question = _audited(plan, instance)
    return promise_costs(question, SolveOptions(time_limit_s=seconds, relative_gap=0.001), plan=plan)


def _question(plan: Plan, instance: Instance | None) -> Instance:
    from planner.view.reporting.content import question_of

    question = instance if instance is not None else question_of(plan)
    if question is None:
        raise InstanceError([Fault("the plan does not carry its instance: give --instance too")])
    return question


def _audited(plan: Plan, instance: Instance | None) -> Instance:
    """The question of a plan whose cost may be set beside that of others. Raises InstanceError, PlanRefused."""
    from planner.core.errors import PlanRefused
    from planner.optimize.verdict import of_the_instance
    from planner.verify.audit import check

    question = _question(plan, instance)
    if not of_the_instance(plan, "what others would cost").usable:
        raise InstanceError([Fault(f"there is no plan to set others beside: {plan.status}")])
    if (audit := check(question, plan)).violations:
        raise PlanRefused("the plan", tuple(map(str, audit.violations)))
    return question
