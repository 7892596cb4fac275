"""`planner simulate`: requests, one by one, against the capacity of a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.app.cli.options import Json, PlanFile, Quiet
from planner.core.errors import ExitCode, Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.verify.simulation import PrefixCache, Promise, Replay, ReplayOptions, WorkloadReplay


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
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Step the engines of a plan through requests, with failures, and judge the promises kept.

    Without a trace, arrivals follow the plan's demand with the variability its workloads state. A trace gives
    the shape of gaps and lengths; its rate and mean lengths are scaled to the demand unless it is taken --as-it-is.

    Exit codes: 0 every promise kept in every period, 3 invalid input, 4 a promise broken, or no verdict because what
    was replayed proves nothing.

    Examples:

      planner simulate out/peak

      planner simulate out/peak --trace AzureLLMInferenceTrace_conv.csv --load 1.11

      planner simulate out/peak --trace conversation_trace.jsonl --cache-seconds 600 --json

      planner simulate out/peak --demand actual.csv --rate 0.97 --router round_robin
    """
    from planner.app.cli.common import print_json, read_plan
    from planner.verify.simulation import RANK_RULES, ROUTERS, Lived, PrefixCache, ReplayOptions

    if as_it_is and trace is None:
        raise InstanceError([Fault("--as-it-is needs a --trace")])
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
    raise typer.Exit(_shown(_replayed(found, trace, workload, as_it_is, options, quiet), json))


def _shown(replay: Replay, json: bool) -> ExitCode:
    """Print a replay. Returns the exit code that says whether its promises were kept."""
    from planner.app.cli.common import output, print_json

    if json:
        print_json(replay.to_dict())
    else:
        output().print(_text(replay), markup=False)
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


def _text(result: Replay) -> str:
    """The replay in words: one block a workload, with the periods in which a promise was broken."""
    heading = (
        f"{result.instance}: {result.trace or 'synthetic arrivals'}, load {result.load:g}, "
        f"{'with' if result.failures else 'without'} failures, {result.router}, {len(result.seeds)} seeds"
    )
    return "\n".join(
        [heading, *(line for entry in result.workloads for line in _workload(entry, result.periods))]
    )


def _workload(entry: WorkloadReplay, periods: tuple[str, ...]) -> Iterator[str]:
    yield (
        f"{entry.workload}: {entry.requests:,} requests, {entry.replayed_s_per_period:,.0f} s of every period"
    )
    measured = {"TTFT ms": entry.ttft_ms, "TPOT ms": entry.tpot_ms, "waited h": entry.waited_hours}
    for label, percentiles in measured.items():
        if percentiles:
            yield f"  {label:9} {', '.join(f'{name} {value}' for name, value in percentiles.items())}"
    yield f"  goodput   {entry.goodput_per_s} requests/s, {entry.good_share} of all"
    yield f"  busiest   prefill {max(entry.prefill_utilisation):.1%}, decode {max(entry.decode_utilisation):.1%}"
    if entry.cache_hit_share is not None:
        yield f"  cache     {entry.cache_hit_share:.1%} of prompt tokens"
    if entry.standing_share is not None:
        verdict = "kept" if entry.stands else "broken"
        yield f"  up        {entry.standing_share} of the time, promised {entry.availability:g}: {verdict}"
    for promise in entry.promises:
        yield from _promise(promise, periods)
    unproven = [place for place, reason in enumerate(entry.no_verdict) if reason]
    if unproven:
        yield f"  no verdict in {len(unproven)} of {len(periods)} periods, even where kept; in the first of them,"
        yield f"    {periods[unproven[0]]}  {entry.no_verdict[unproven[0]]}"
    if not entry.planned_for_waits and any(promise.measure == "ttft_ms" for promise in entry.promises):
        yield "  note      the plan keeps no headroom for waits: the workload gives no `queueing`"


def _promise(promise: Promise, periods: tuple[str, ...]) -> Iterator[str]:
    broken = [place for place, kept in enumerate(promise.kept) if not kept]
    verdict = f"broken in {len(broken)} of {len(promise.kept)} periods" if broken else "kept in every period"
    measure, unit = promise.measure.rsplit("_", 1)
    name = measure.upper() if unit == "ms" else measure
    yield f"  promise   {name} p{100 * promise.quantile:g} <= {promise.limit:g} {unit}: {verdict}"
    for place in broken:
        yield f"    {periods[place]}  {promise.share[place]:.2%} ±{promise.error[place]:.2%}"
