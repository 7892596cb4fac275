"""`planner sensitivity`: which inputs move the cost, where decisions flip, what a wrong guess costs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.app.cli.alternatives import share as as_share
from planner.app.cli.executors import executor_of, few_on
from planner.app.cli.options import (
    EachGap,
    EachLimit,
    ExecutorName,
    FewWorkers,
    InstanceFile,
    Json,
    Quiet,
    Scheduler,
    Settings,
    Workers,
)
from planner.app.cli.sensitivity_inputs import (
    known_channel,
    likelihoods,
    moved_input,
    named_cases,
    refuse_misfits,
)
from planner.app.cli.sensitivity_promises import promises

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.optimize.solve_options import SolveOptions


app = typer.Typer(
    no_args_is_help=True,
    help="Which inputs move the cost, where decisions flip, what wrong guesses and promises cost.",
)
app.command()(promises)


@app.command()
def tornado(
    file: InstanceFile,
    inputs: Annotated[
        list[str], typer.Option("--input", help="What moves; may be repeated.", metavar="PATH[=LOW:HIGH]")
    ] = [],  # noqa: B006 (typer reads the default, nobody changes it)
    share: Annotated[
        float, typer.Option(parser=as_share, metavar="SHARE", help="How far inputs without ends move.")
    ] = 0.2,
    json: Json = False,
    time_limit: EachLimit = 60.0,
    gap: EachGap = 0.005,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: Workers = None,
    settings: Settings = [],  # noqa: B006 (as above)
    quiet: Quiet = False,
) -> None:
    """Move each input alone, down and up, and rank inputs by how far the cost swings.

    Without --input the scale of every demand and every price of nodes is moved.

    Exit codes: 0 ranked (an end without a plan has its reason), 3 invalid input, 7 no Dask, 130 Ctrl-C.

    Examples:

      planner sensitivity tornado instances/tiny.yaml

      planner sensitivity tornado instances/deepseek_day.yaml --share 10% --input workloads.chat.demand.scale

      planner sensitivity tornado instances/tiny.yaml --input fleet.h800.rent.price_usd_per_gpu_hour=1.5:3
    """
    from planner.app.cli.common import print_json, read_instance
    from planner.app.cli.sensitivity_tables import show_tornado, tornado_record
    from planner.study.sensitivity import tornado as rank
    from planner.study.sensitivity.swings import ends_around, usual_inputs

    instance = read_instance(file, settings)
    given = dict(moved_input(text) for text in inputs)
    bare = [path for path, ends in given.items() if ends is None] if given else usual_inputs(instance)
    ends = ends_around(instance, bare, share) | {path: pair for path, pair in given.items() if pair}
    refuse_misfits(instance, [{path: end} for path, pair in ends.items() for end in pair])
    with _study(executor, scheduler, workers, _options(time_limit, gap), quiet) as how:
        table = rank(instance, ends, **how)
    if json:
        print_json(tornado_record(instance, table))
    else:
        show_tornado(instance, table, file)


@app.command("break-even")
def break_even(
    file: InstanceFile,
    moved: Annotated[str, typer.Argument(help="The input and its range.", metavar="PATH=LOW:HIGH")],
    held: Annotated[
        str | None,
        typer.Option(help="Watch whether this is held; absent: all channels.", metavar="HARDWARE.CHANNEL"),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(parser=as_share, metavar="SHARE", help="How narrow, as a share of the range.")
    ] = 0.01,
    json: Json = False,
    time_limit: EachLimit = 60.0,
    gap: EachGap = 0.001,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: FewWorkers = 1,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Find the value of an input at which the decision flips, by bisection over solves.

    The decision is which channels hold nodes, or with --held whether one of them does. Near a flip both
    decisions cost nearly the same, so a wide gap blurs where it lies.

    Exit codes: 0 found, or the same at both ends; 2 usage, 3 invalid input, 7 no Dask, 130 Ctrl-C.

    Examples:

      planner sensitivity break-even instances/tiny.yaml fleet.h800.rent.price_usd_per_gpu_hour=1:2

      planner sensitivity break-even instances/tiny.yaml workloads.chat.demand.scale=0.5:2 --held h800.reserve
    """
    from planner.app.cli.common import print_json, read_instance
    from planner.app.cli.sensitivity_tables import break_even_record, show_break_even
    from planner.study.sensitivity import break_even as find
    from planner.study.sensitivity.bisection import channels_held, holds

    if not tolerance > 0:
        raise typer.BadParameter(
            "the range can be narrowed to a share above 0 alone", param_hint="--tolerance"
        )
    path, ends = moved_input(moved)
    if ends is None:
        raise typer.BadParameter(f"'{moved}' has no range: write {path}=LOW:HIGH")
    instance = read_instance(file, settings)
    refuse_misfits(instance, [{path: end} for end in ends])
    watched = channels_held if held is None else holds(known_channel(instance, held))
    with few_on(executor, scheduler, workers) as running:
        found = find(instance, path, *ends, watched, tolerance, _options(time_limit, gap), running)
    if json:
        print_json(break_even_record(instance, found))
    else:
        show_break_even(instance, found, held, file)


@app.command()
def regret(
    file: InstanceFile,
    cases: Annotated[
        list[str],
        typer.Option(
            "--case", help="A case, and what differs in it; repeat for more.", metavar="NAME[:KEY=VALUE]"
        ),
    ],
    probabilities: Annotated[
        list[str],
        typer.Option("--probability", help="How likely a case is; absent: all alike.", metavar="NAME=SHARE"),
    ] = [],  # noqa: B006 (typer reads the default, nobody changes it)
    json: Json = False,
    time_limit: EachLimit = 60.0,
    gap: EachGap = 0.005,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: Workers = None,
    settings: Settings = [],  # noqa: B006 (as above)
    quiet: Quiet = False,
) -> None:
    """Commit the best fleet of each case, and show what each costs where another case occurs.

    Committed is all that is signed before the case is known: nodes bought, leased, reserved or kept, contracts,
    capacity blocks, commitments to spend. Hiring, schedules and shedding follow each case.
    The value of information is an upper bound: a fleet made for no single case may do better than all of
    these. For scenarios of demand `planner worth` finds the value itself.

    Exit codes: 0 done, 2 usage, 3 invalid input, 4 a case has no plan, 7 no Dask, 130 Ctrl-C.

    Example:

      planner sensitivity regret instances/tiny.yaml --case base --case low:workloads.chat.demand.scale=0.5
    """
    from planner.app.cli.common import print_json, read_instance
    from planner.app.cli.sensitivity_tables import regret_record, show_regret
    from planner.study.sensitivity import regret as lived

    instance = read_instance(file, settings)
    named = named_cases(cases)
    refuse_misfits(instance, list(named.values()))
    likely = likelihoods(probabilities, list(named))
    with _study(executor, scheduler, workers, _options(time_limit, gap), quiet) as how:
        found = lived(instance, named, **how)
    if json:
        print_json(regret_record(instance, found, likely))
    else:
        show_regret(instance, found, likely, file)


def _options(time_limit: float, gap: float) -> SolveOptions:
    from dataclasses import replace

    from planner.study.sweeps import CASE_OPTIONS

    return replace(CASE_OPTIONS, time_limit_s=time_limit, relative_gap=gap)


@contextmanager
def _study(
    executor: str, scheduler: str | None, workers: int | None, options: SolveOptions, quiet: bool
) -> Iterator[dict[str, Any]]:
    """What a study of many cases takes: how each is solved, where they run, and who is notified of each."""
    from planner.app.cli.sweep import show_progress

    progress = None if quiet else show_progress
    with executor_of(executor, scheduler, workers) as running:
        yield {"options": options, "executor": running, "workers": workers, "on_progress": progress}
