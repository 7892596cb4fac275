"""`planner simulate`: requests, one by one, against the capacity of a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.app.cli.options import Json, PlanFile, Quiet
from planner.core.errors import ExitCode, Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.verify.simulation import PrefixCache, Replay, ReplayOptions


TraceFile = Annotated[
    Path | None, typer.Option(help="Requests: Azure's CSV or Mooncake's JSON lines.", metavar="FILE")
]
OfWorkload = Annotated[str | None, typer.Option(help="Workload that the trace is of.")]
Seeds = Annotated[int, typer.Option(min=1, max=1000, help="Replays, each with draws of its own.")]
Load = Annotated[float, typer.Option(min=0.01, help="Demand over the planned one.")]
Requests = Annotated[int, typer.Option(min=1000, help="Requests to aim at in a replay.")]
Demand = Annotated[
    Path | None,
    typer.Option(
        help="What comes instead of what was planned: a CSV, a row for each period, with columns as in `demand` of the "
        "instance (of several workloads: WORKLOAD.input_tokens_per_s).",
        metavar="FILE",
    ),
]
AsItIs = Annotated[
    bool,
    typer.Option(
        "--as-it-is", help="The trace's requests come when and as long as it says, without rescaling."
    ),
]
Rate = Annotated[float, typer.Option(min=0.01, help="Speed of units over the planned one.")]
RouterRule = Annotated[
    str | None,
    typer.Option(
        "--router", help="least_work, round_robin, random or prefix_affinity; absent: as the plan assumes."
    ),
]
Ranks = Annotated[
    str | None,
    typer.Option(
        help="How prompts are spread over the ranks of a unit: even, dealt or bound; absent: as the plan assumes."
    ),
]
Failures = Annotated[
    bool | None,
    typer.Option(help="Whether units fail and spot nodes are taken back; absent: where that counts."),
]
CacheBlocks = Annotated[
    int | None, typer.Option(min=1, help="Blocks that the prefix cache holds; absent: all.")
]
CacheSeconds = Annotated[
    float | None, typer.Option(min=0.0, help="Seconds a block stays unused in it; absent: for ever.")
]
Margins = Annotated[
    bool,
    typer.Option(
        "--margins",
        help="A table of what is attained by demand error and speed of units, a replay for each pair.",
    ),
]
Loads = Annotated[
    str | None, typer.Option(help="With --margins: demand over the forecast.", metavar="0.9,1,1.1")
]
Rates = Annotated[
    str | None,
    typer.Option(
        help="With --margins: speed of units over the planned one; absent: the ends of their band.",
        metavar="0.9,1",
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(help="With --margins: draw it into this file, such as margins.svg.", metavar="FILE"),
]
Measure = Annotated[
    bool, typer.Option("--measure", help="Say how busy units may be with this trace, and stop.")
]


def simulate(
    plan: PlanFile,
    trace: TraceFile = None,
    workload: OfWorkload = None,
    seeds: Seeds = 3,
    load: Load = 1.0,
    demand: Demand = None,
    as_it_is: AsItIs = False,
    rate: Rate = 1.0,
    router: RouterRule = None,
    ranks: Ranks = None,
    requests: Requests = 1_000_000,
    failures: Failures = None,
    cache_blocks: CacheBlocks = None,
    cache_seconds: CacheSeconds = None,
    measure: Measure = False,
    margins: Margins = False,
    loads: Loads = None,
    rates: Rates = None,
    plot: Plot = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Step the engines of a plan through requests, with failures, and judge the promises kept.

    Without a trace, arrivals follow the plan's demand with the variability its workloads state. A trace gives
    the shape of gaps and lengths; its rate and mean lengths are scaled to the demand unless it is taken --as-it-is.

    --margins does so at several loads and speeds of units; a cell has the hours in which a promise breaks, and the
    share in time of the one that is worst kept.

    Exit codes: 0 every promise kept in every period (as planned), 3 invalid input, 4 a promise broken, or no verdict
    because what was replayed proves nothing.

    Examples:

      planner simulate out/peak

      planner simulate out/peak --trace AzureLLMInferenceTrace_conv.csv --load 1.11

      planner simulate out/peak --trace conversation_trace.jsonl --cache-seconds 600 --json

      planner simulate out/peak --demand actual.csv --rate 0.97 --router round_robin

      planner simulate out/peak --margins --plot margins.svg
    """
    from planner.app.cli.common import print_json, read_plan
    from planner.app.cli.simulate_margins import numbers, show_margins
    from planner.verify.simulation import RANK_RULES, ROUTERS, Lived, PrefixCache, ReplayOptions

    if as_it_is and trace is None:
        raise InstanceError([Fault("--as-it-is needs a --trace")])
    if margins and (trace is not None or measure):
        raise InstanceError([Fault("--margins replays the demand that was planned for, without a --trace")])
    factors = numbers("--loads", loads), numbers("--rates", rates)
    if not margins and (plot is not None or factors != (None, None)):
        raise InstanceError([Fault("--loads, --rates and --plot are of --margins")])
    found = read_plan(plan)
    cache = PrefixCache(capacity_blocks=cache_blocks, keep_s=cache_seconds)
    if measure:
        print_json(_measured(found, trace, workload, cache))
        raise typer.Exit(ExitCode.SOLVED)
    options = ReplayOptions(
        seeds=tuple(range(1, seeds + 1)),
        requests=requests,
        failures=failures,
        cache=cache,
        lived=Lived(load=load, more={} if demand is None else _compared(found, demand)),
        rate=rate,
        router=_one_of("--router", router, ROUTERS),
        ranks=_one_of("--ranks", ranks, RANK_RULES),
    )
    if margins:
        with _ReplayBar(quiet) as bar:
            code = show_margins(_question(found.question), found, options, factors, plot, json, bar)
        raise typer.Exit(code)
    raise typer.Exit(_shown(_replayed(found, trace, workload, as_it_is, options, quiet), json))


def _shown(replay: Replay, json: bool) -> ExitCode:
    """Print a replay. Returns the exit code that says whether its promises were kept."""
    from planner.app.cli.common import output, print_json
    from planner.app.cli.simulate_text import replay_text

    if json:
        print_json(replay.to_dict())
    else:
        output().print(replay_text(replay), markup=False)
    return ExitCode.SOLVED if replay.kept else ExitCode.INFEASIBLE


def _replayed(
    plan: Plan, trace: Path | None, workload: str | None, as_it_is: bool, options: ReplayOptions, quiet: bool
) -> Replay:
    """The replay, with its progress and how long it took on stderr."""
    from planner.app.cli.common import messages
    from planner.verify.simulation import COMPILED, NOTE, read_trace
    from planner.verify.simulation import simulate as replay

    if not quiet and not COMPILED:
        messages().print(NOTE, style="dim", markup=False)
    with _ReplayBar(quiet) as bar:
        result = replay(
            _question(plan.question),
            plan,
            None if trace is None else read_trace(trace),
            workload=workload,
            trace_name=None if trace is None else trace.name,
            as_it_is=as_it_is,
            options=options,
            on_progress=bar,
        )
    if not quiet:
        messages().print(f"{result.requests:,} requests in {result.seconds:.1f} s", style="dim", markup=False)
    return result


def _measured(plan: Plan, trace: Path | None, workload: str | None, cache: PrefixCache) -> dict[str, float]:
    """Limits to put under `queueing` of the workload."""
    from planner.verify.simulation import busy_limits, read_trace

    if trace is None:
        raise InstanceError([Fault("--measure needs a --trace")])
    instance = _question(plan.question)
    limits = busy_limits(instance, plan, read_trace(trace), workload or next(iter(instance.workloads)), cache)
    fields = {"prefill_busy_limit": limits.prefill, "decode_busy_limit": limits.decode}
    return {name: limit for name, limit in fields.items() if limit is not None}


def _one_of(option: str, given: str | None, names: tuple[str, ...]) -> str | None:
    """The value of an option. Raises InstanceError where it is none of its names."""
    if given is not None and given not in names:
        raise InstanceError([Fault(f"{option} is one of {', '.join(names)}, not '{given}'")])
    return given


def _compared(plan: Plan, demand: Path) -> Mapping[tuple[str, str], Any]:
    """What comes of each work over what was planned of it, by a CSV of demand."""
    from planner.rates.compute import works_of
    from planner.verify.simulation import compared, read_demand

    planned = _question(plan.question)
    return compared(planned, read_demand(planned, demand), works_of(planned))


def _question(question: dict[str, object]) -> Instance:
    """The instance a plan carries. Raises InstanceError where it carries none."""
    from planner.loader import from_dict

    if not question:
        raise InstanceError([Fault("the plan does not carry its instance; solve it again")])
    return from_dict(question)


class _ReplayBar:
    """A progress bar on stderr, on a terminal only."""

    def __init__(self, quiet: bool) -> None:
        from rich.progress import Progress

        from planner.app.cli.common import messages

        console = messages()
        self._progress = Progress(console=console, transient=True, disable=quiet or not console.is_terminal)
        self._task = self._progress.add_task("replay", total=1.0)

    def __call__(self, share: float) -> None:
        self._progress.update(self._task, completed=share)

    def __enter__(self) -> _ReplayBar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()
