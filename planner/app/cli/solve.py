"""`planner solve`: find, prove, audit and show a plan."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.options import (
    InstanceFile,
    Json,
    MostChanged,
    MostMoved,
    Quiet,
    Quotes,
    Seed,
    Settings,
    Solver,
    Warm,
)
from planner.core.solution import Method

if TYPE_CHECKING:
    from planner.app.cli.certificate_file import CertificateFile
    from planner.instance import Instance
    from planner.optimize.solve_options import SolveOptions
    from planner.plan.plan import Plan

Out = Annotated[Path | None, typer.Option(help="Write plan.json and CSV tables here.", metavar="DIR")]
Limit = Annotated[
    float, typer.Option(min=0.1, help="Seconds from the command on until the best plan so far is taken.")
]
Gap = Annotated[float, typer.Option(min=0.0, max=1.0, help="Relative gap to prove.")]
RecommendedGap = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Gap up to which a plan without that proof is recommended.")
]
Way = Annotated[Method, typer.Option(help="By size, at once, by period, or by parts.")]
Threads = Annotated[int, typer.Option(min=1, max=256, help="Threads, or processes of long runs.")]
CertificateOut = Annotated[
    Path | None,
    typer.Option(help="Write what proves the bound here, for `check --certificate`.", metavar="JSON"),
]
Events = Annotated[bool, typer.Option("--events", help="Progress as JSON lines on stderr.")]


def solve(
    file: InstanceFile,
    json: Json = False,
    out: Out = None,
    time_limit: Limit = 60.0,
    gap: Gap = 0.005,
    recommended_gap: RecommendedGap = 0.05,
    solver: Solver = "race",
    method: Way = Method.AUTO,
    threads: Threads = 2,
    seed: Seed = 1,
    warm: Warm = None,
    max_nodes_moved: MostMoved = None,
    max_pools_changed: MostChanged = None,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
    quotes: Quotes = None,
    certificate: CertificateOut = None,
    events: Events = False,
    quiet: Quiet = False,
) -> None:
    """Find the cheapest plan of an instance, with a proof of how good it is.

    Exit codes: 0 solved within the gap, 1 the audit refuses the plan that was found, 3 invalid input,
    4 infeasible, 5 a limit came first but the plan is usable, 6 a limit came before any plan,
    7 solver unavailable, 8 no recommendation yet (the gap is wider than `--recommended-gap`), 130 Ctrl-C (the
    best plan is still shown).

    Examples:

      planner solve instances/peak.yaml

      planner solve instances/peak.yaml --set workloads.chat.demand.scale=1.3 --out out/peak

      planner solve instances/week.yaml --method decompose --time-limit 120 --json > plan.json

      planner solve instances/week.yaml --certificate out/week.json

      planner solve instances/peak.yaml --warm out/peak --max-nodes-moved 20 --max-pools-changed 3
    """
    from planner.app.cli.began import left_of
    from planner.app.cli.common import exit_code_of
    from planner.app.cli.plan_folder import table_files
    from planner.core.overwriting import refuse_overwriting
    from planner.optimize.solve_options import SolveOptions

    change = (max_nodes_moved, max_pools_changed)
    refuse_overwriting([certificate], [file, quotes])
    instance, earlier = question_of(file, settings, quotes, warm, change)
    refuse_overwriting([certificate, *([] if out is None else table_files(out))])
    options = SolveOptions(
        time_limit_s=left_of(time_limit),
        relative_gap=gap,
        recommended_gap=recommended_gap,
        solver=solver,
        method=method,
        threads=threads,
        seed=seed,
    )
    proof = _certificate_file(certificate, out, method)
    plan = _find(instance, options, earlier, proof, events, quiet)
    written = _show(plan, instance, out, json)
    if proof is not None:
        written.append(proof.write())
    if plan.status == "infeasible":
        _print_next("explain", [file], _as_asked(settings))
    elif plan.usable and (out is not None or certificate is not None):
        asked = _as_asked(settings, quotes, warm, change)
        proven = "" if certificate is None else f" --certificate {shlex.quote(str(certificate))}"
        _print_next("check", [file, *([] if out is None else [out])], f"{proven}{asked}")
    _print_written(written, quiet)
    raise typer.Exit(exit_code_of(plan))


def _certificate_file(certificate: Path | None, out: Path | None, method: Method) -> CertificateFile | None:
    """What takes the certificate, before anything is solved. Raises BadParameter, InstanceError where none can be."""
    from planner.app.cli.certificate_file import CertificateFile
    from planner.app.cli.plan_folder import check_writable

    for folder in (out, None if certificate is None else certificate.parent):
        if folder is not None:
            check_writable(folder)
    if certificate is None:
        return None
    if method not in (Method.AUTO, Method.DECOMPOSE):
        raise typer.BadParameter(f"only bounds of the decomposition have certificates, not those of {method}")
    return CertificateFile(certificate)


def question_of(
    file: Path,
    settings: list[str],
    quotes: Path | None,
    warm: Path | None,
    most_moved: tuple[int | None, int | None],
) -> tuple[Instance, Plan | None]:
    """The instance as asked for, and the plan to start from. Raises BadParameter, InstanceError."""
    from planner.app.cli.common import messages, read_instance, read_plan
    from planner.loader.price_doubts import price_doubts
    from planner.plan.change import not_repeated, with_change

    instance = read_instance(file, settings, quotes)
    for doubt in price_doubts(instance):
        messages().print(f"! {doubt}", markup=False)
    if warm is not None:
        earlier = read_plan(warm)
        if most_moved == (None, None) and (left_out := not_repeated(instance, earlier)):
            messages().print(f"{warm}: {left_out}", markup=False)
        return with_change(instance, earlier, *most_moved), earlier
    if most_moved != (None, None):
        raise typer.BadParameter("limits on change need the earlier plan: give --warm PLAN")
    return instance, None


def _find(
    instance: Instance,
    options: SolveOptions,
    warm_start: Plan | None,
    certificate: CertificateFile | None,
    events: bool,
    quiet: bool,
) -> Plan:
    """Solve, with progress on stderr; the first Ctrl-C takes the best plan so far."""
    from planner.app.cli.common import cancel_on_signals
    from planner.app.cli.progress import ProgressDisplay
    from planner.optimize.engines import CancelToken
    from planner.optimize.pipeline import solve as find

    cancel = CancelToken()
    cancel_on_signals(cancel)
    with ProgressDisplay(as_json=events, quiet=quiet) as progress:
        take = None if certificate is None else certificate.take
        return find(instance, options, progress, cancel, warm_start, on_certificate=take)


def _show(plan: Plan, instance: Instance, out: Path | None, json: bool) -> list[Path]:
    """Print a plan and write its files. Raises InstanceError where they can't be written, when it has been printed."""
    from planner.app.cli.common import messages, output, print_json
    from planner.app.cli.plan_folder import write_plan
    from planner.rates.promise_doubts import promise_doubts
    from planner.study.baselines import baselines
    from planner.view.reporting.baselines_table import baselines_table, investments_table
    from planner.view.reporting.console import render

    try:
        return [] if out is None else write_plan(plan, out)
    finally:
        if json:
            print_json(plan.to_dict())
            for doubt in promise_doubts(instance):
                messages().print(f"! {doubt}", markup=False)
        else:
            output().print(render(plan))
            if rows := baselines(plan, instance):
                output().print(baselines_table(rows, plan.currency))
                if (worth := investments_table(rows, plan.currency)) is not None:
                    output().print(worth)


def _as_asked(
    settings: list[str],
    quotes: Path | None = None,
    warm: Path | None = None,
    most_moved: tuple[int | None, int | None] = (None, None),
) -> str:
    """The options that make the question another one than the file's, as they are typed; begins with a space."""
    words = [word for setting in settings for word in ("--set", setting)]
    words += ["--quotes", str(quotes)] if quotes is not None else []
    if warm is not None and most_moved != (None, None):
        words += ["--warm", str(warm)]
        for name, most in zip(("--max-nodes-moved", "--max-pools-changed"), most_moved, strict=True):
            words += [name, str(most)] if most is not None else []
    return f" {shlex.join(words)}" if words else ""


def _print_next(verb: str, files: list[Path], options: str) -> None:
    """The command to go on with, on stderr."""
    from planner.app.cli.common import messages

    command = f"{verb} {shlex.join(str(file) for file in files)}{options}"
    messages().print(f"next: planner {command}", style="dim", soft_wrap=True)


def _print_written(written: list[Path], quiet: bool) -> None:
    """The files there are now, on stderr."""
    from planner.app.cli.common import messages

    if not written or quiet:
        return
    messages().print(f"wrote {', '.join(str(path) for path in written)}", style="dim", soft_wrap=True)
