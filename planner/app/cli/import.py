"""`planner import`: what others measured, as an instance states it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.benchmark_options import (
    Accelerator,
    CachedShare,
    Engine,
    Gpus,
    Model,
    MostFailed,
    RecipeName,
    Results,
    TensorParallel,
)
from planner.app.cli.catalog import import_prices
from planner.app.cli.import_demand import import_demand

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.loader.benchmarks.limits import LatencyLimit
    from planner.loader.benchmarks.measured_rate import MeasuredRate, Wanted
    from planner.loader.benchmarks.point import BenchmarkPoint

app = typer.Typer(no_args_is_help=True, help="Measured rates out of benchmark results, demand out of logs.")


class ReplicaRole(StrEnum):
    """Roles of a deployment that a replica that reads and writes may have."""

    REQUEST = "request"
    COLOCATED = "colocated"


@app.callback()
def _verbs() -> None:
    """Measured rates out of benchmark results, demand out of logs and monitoring."""


app.command("demand")(import_demand)
app.command("prices")(import_prices)

For = Annotated[Path | None, typer.Option("--for", help="Instance whose workload gives lengths and limits.")]
WorkloadName = Annotated[str | None, typer.Option(help="Workload that the rate is of.")]
RoleOption = Annotated[
    ReplicaRole | None, typer.Option(help="request: requests/s; colocated: tokens/s of both phases.")
]
InputTokens = Annotated[float | None, typer.Option(min=1, help="Prompt length wanted.")]
OutputTokens = Annotated[float | None, typer.Option(min=1, help="Output length wanted.")]
TtftLimits = Annotated[list[str] | None, typer.Option(help="Limit, such as p95=2000.")]
TpotLimits = Annotated[list[str] | None, typer.Option(help="Limit, such as 50 (of the mean) or p99=80.")]
Out = Annotated[Path | None, typer.Option(help="File to write; absent: stdout.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of YAML.")]


@app.command("rates")
def rates(
    files: Results,
    accelerator: Accelerator = None,
    gpus: Gpus = None,
    tensor_parallel: TensorParallel = None,
    model: Model = None,
    engine: Engine = None,
    recipe: RecipeName = None,
    instance: For = None,
    workload: WorkloadName = None,
    role: RoleOption = None,
    input_tokens: InputTokens = None,
    output_tokens: OutputTokens = None,
    cached_share: CachedShare = None,
    ttft_ms: TtftLimits = None,
    tpot_ms: TpotLimits = None,
    most_failed: MostFailed = 0.01,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Make a measured rate of benchmark results: the best load within the limits, as a deployment.

    Reads results of vLLM, SGLang, GuideLLM, AIPerf, GenAI-Perf, InferenceX and llm-d, and CSV files.

    Examples:

      planner import rates run_*.json --accelerator h100 --gpus 4 --engine "vllm 0.11.0" --workload chat --tpot-ms 50

      planner import rates sweep.csv --for fleet.yaml --workload chat --out replica.yaml
    """
    from planner.app.cli.common import messages
    from planner.core.named_files import named_files
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.benchmarks.asked import read_asked
    from planner.loader.benchmarks.facts import Given, facts_of
    from planner.loader.benchmarks.limits import limit_of
    from planner.loader.benchmarks.measured_rate import measured_rate
    from planner.loader.benchmarks.read import read_points
    from planner.loader.benchmarks.sweep import best_within, in_order

    files = named_files(files)
    refuse_overwriting([out], [*files, instance])
    asked = read_asked(instance) if instance is not None else None
    wanted, promised = _wanted(asked, workload, role)
    stated = [("ttft", text) for text in ttft_ms or ()] + [("tpot", text) for text in tpot_ms or ()]
    limits = [limit_of(*one) for one in stated] or promised
    points = read_points(files)
    given = Given(accelerator, gpus, tensor_parallel, model, engine, recipe, cached_share)
    facts = facts_of(points, given)
    wanted = _with_lengths(wanted, input_tokens, output_tokens, facts.cached_share, asked is None)
    sweep = in_order(points, most_failed)
    found = measured_rate(facts, best_within(sweep, limits), limits, wanted)
    if not as_json or out is not None:
        messages().print(_table(sweep, limits))
    for warning in found.warnings:
        messages().print(f"warning: {warning}")
    _write(found, out, as_json)


def _write(found: MeasuredRate, out: Path | None, as_json: bool) -> None:
    """The rate as YAML into a file, or on stdout as YAML or JSON."""
    from planner.app.cli.common import messages, print_json
    from planner.core.atomic import write_text
    from planner.loader.benchmarks.write import as_record, deployment_text

    if out is not None:
        write_text(out, deployment_text(found))
        messages().print(f"{found.requests_per_s:.4g} requests/s in {out}; next: put it into an instance")
    if as_json:
        print_json(as_record(found))
    elif out is None:
        typer.echo(deployment_text(found), nl=False)


def _wanted(
    instance: Instance | None, workload: str | None, role: ReplicaRole | None
) -> tuple[Wanted, list[LatencyLimit]]:
    """What the rate is for, and what an instance promises. Raises InstanceError where that is not clear."""
    from planner.core.errors import Fault, InstanceError
    from planner.core.suggest import did_you_mean
    from planner.instance import Role
    from planner.instance.demand_series import cache_hit_share
    from planner.loader.benchmarks.limits import limits_of
    from planner.loader.benchmarks.measured_rate import Wanted
    from planner.loader.words import name_faults

    names = list(instance.workloads) if instance is not None else []
    name = workload or (names[0] if len(names) == 1 else None)
    if name is None:
        raise InstanceError([Fault("give the name of the workload that the rate is of", "--workload")])
    if wrong := name_faults(name, "--workload"):
        raise InstanceError(wrong)
    if instance is None:
        return Wanted(name, Role(role or ReplicaRole.REQUEST)), []
    if name not in instance.workloads:
        hint = did_you_mean(name, names)
        raise InstanceError([Fault(f"the instance has no workload '{name}'{hint}", "--workload")])
    asked = instance.workloads[name]
    in_requests = asked.demand.requests_per_s is not None
    own = Role.REQUEST if in_requests else Role.COLOCATED
    if role is not None and Role(role) is not own:
        raise InstanceError([Fault(f"is {role}, and the demand of '{name}' asks for {own}", "--role")])
    lengths = asked.lengths
    return Wanted(
        name,
        own,
        lengths.input_tokens if lengths is not None else None,
        lengths.output_tokens if lengths is not None else None,
        0.0 if in_requests else cache_hit_share(instance, name),
    ), limits_of(asked)


def _with_lengths(
    wanted: Wanted,
    input_tokens: float | None,
    output_tokens: float | None,
    cached_share: float,
    alone: bool,
) -> Wanted:
    """What is wanted with the lengths of options, which win; without an instance prompts are cached as measured."""
    from dataclasses import replace

    from planner.instance import Role

    return replace(
        wanted,
        input_tokens=input_tokens or wanted.input_tokens,
        output_tokens=output_tokens or wanted.output_tokens,
        cached_share=cached_share if alone or wanted.role is Role.REQUEST else wanted.cached_share,
        measured_cached_share=cached_share,
    )


def _table(sweep: list[BenchmarkPoint], limits: list[LatencyLimit]) -> object:
    """The loads of the sweep, for people: latencies at the statistics that are limited, else means."""
    from planner.loader.benchmarks.limits import answering
    from planner.view.reporting.table import PlainTable

    shown = [(limit.metric, answering(limit, sweep) or limit.statistic) for limit in limits]
    shown += [(metric, "mean") for metric in ("ttft", "tpot") if metric not in dict(shown)]
    headings = [f"{metric.upper()} {statistic}, ms" for metric, statistic in dict.fromkeys(shown)]
    table = PlainTable("concurrency", "requests/s", *headings, "measured in")
    for point in sweep:
        by_metric = {"ttft": point.ttft_ms, "tpot": point.tpot_ms}
        figures = [by_metric[metric].get(statistic) for metric, statistic in dict.fromkeys(shown)]
        cells = ["" if figure is None else f"{figure:,.4g}" for figure in figures]
        table.add_row(f"{point.concurrency:.4g}", f"{point.requests_per_s:.4g}", *cells, point.place)
    return table
