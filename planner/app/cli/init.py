"""`planner init`: a first instance, out of options or answers."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.benchmark_options import Accelerator, Engine, Gpus, RecipeName
from planner.app.cli.demand_options import (
    FillOption,
    FromFirst,
    Mapped,
    PeriodMinutes,
    Start,
    Timezone,
    WorkloadName,
    demand_wanted,
    written_files,
)
from planner.app.cli.idle import GivenInput, refuse_beside
from planner.app.cli.init_answers import Answers
from planner.app.cli.init_files import copy_example
from planner.core.demand_traits import DemandTrait
from planner.core.named_files import named_files

if TYPE_CHECKING:
    from planner.core.errors import Fault
    from planner.loader.beginning.measured import LoadTest
    from planner.loader.benchmarks.facts import Given

Example = Annotated[
    str | None, typer.Option(help="Copy this shipped instance with its series, nothing else.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Instance to write, its series beside it (service.yaml); with --example this file, or its folder."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Write over files that are there.")]
Model = Annotated[
    str | None, typer.Option(help="Served model: a name of `planner catalog models`, or part of one.")
]
Hardware = Annotated[
    list[str] | None, typer.Option(help="Hardware: a name of `planner catalog hardware`, or part of one.")
]
Files = Annotated[list[Path] | None, typer.Option(help="As `planner import demand` reads them.")]
Logs = Annotated[
    list[Path] | None,
    typer.Option(
        help="Request logs. Beside monitoring they tell lengths and bursts, and --map is of the monitoring."
    ),
]
Test = Annotated[
    list[Path] | None,
    typer.Option(
        "--load-test",
        help="Results of one replica, as `planner import rates` reads them: run_*.json.",
    ),
]
LogModel = Annotated[
    str | None,
    typer.Option(
        help="Model in the files whose requests count; all: every one.",
        rich_help_panel=DemandTrait.MODELS.value,
    ),
]
Requests = Annotated[
    float | None,
    typer.Option(min=1e-6, help="Mean requests a second.", rich_help_panel=GivenInput.NO_FILES.value),
]
Tokens = Annotated[
    float | None, typer.Option(min=1, help="Mean length of a request, where no file tells it.")
]
Price = Annotated[list[str] | None, typer.Option(help="Price of hardware: h100=2.50, USD per GPU-hour.")]
Quotes = Annotated[
    list[Path] | None,
    typer.Option(
        help="Prices to take: CSV or XLSX with the columns of price books: quote_*.csv.",
        rich_help_panel=GivenInput.QUOTES.value,
    ),
]
Exchange = Annotated[
    list[str] | None,
    typer.Option(help="What a US dollar buys: EUR=0.92@2026-11-27.", rich_help_panel=GivenInput.QUOTES.value),
]
Cloud = Annotated[
    list[str] | None,
    typer.Option(
        help="Clouds whose list prices are taken: aws, nebius ...",
        rich_help_panel=GivenInput.LIST_PRICES.value,
    ),
]
Ttft = Annotated[float | None, typer.Option(min=1, help="Promised time to first token, p99.")]
Tpot = Annotated[float | None, typer.Option(min=0.1, help="Promised time per output token.")]
Availability = Annotated[float | None, typer.Option(min=0.5, max=0.999999, help="Promised availability.")]
DEFAULT_OUT = "service.yaml"


def init(
    context: typer.Context,
    example: Example = None,
    out: Out = None,
    force: Force = False,
    model: Model = None,
    hardware: Hardware = None,
    from_log: Logs = None,
    from_prometheus: Files = None,
    from_csv: Files = None,
    load_test: Test = None,
    accelerator: Accelerator = None,
    gpus: Gpus = None,
    engine: Engine = None,
    recipe: RecipeName = None,
    timezone: Timezone = None,
    start: Start = None,
    period_minutes: PeriodMinutes = 60,
    from_first: FromFirst = False,
    mapped: Mapped = None,
    fill: FillOption = None,
    log_model: LogModel = None,
    requests_per_s: Requests = None,
    input_tokens: Tokens = None,
    output_tokens: Tokens = None,
    price: Price = None,
    quotes: Quotes = None,
    exchange_rate: Exchange = None,
    cloud: Cloud = None,
    ttft_ms: Ttft = None,
    tpot_ms: Tpot = None,
    availability: Availability = None,
    workload: WorkloadName = "chat",
) -> None:
    """Write a first instance of your own service, which solves at once; what nobody said is assumed and marked.

    Asks for model, hardware, demand, promises and prices where one that is needed is not given, at a terminal only.

    Examples:

      planner init --example dense_70b --out mine

      planner init --model llama-3.1-70b --hardware h100 --hardware h200 --cloud aws --cloud nebius --requests-per-s 20
      --input-tokens 1500 --output-tokens 300

      planner init --model qwen3-32b --hardware h200 --from-log gateway.jsonl --ttft-ms 1500 --tpot-ms 40

      planner init --from-log gateway.jsonl --load-test run.json --hardware h100 --gpus 2 --engine 'vllm 0.11.0'
    """
    from planner.app.cli.init_service import ServiceAsked
    from planner.core.errors import tried
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.benchmarks.facts import Given
    from planner.loader.demand.observe import DemandWanted
    from planner.loader.words import name_faults

    if example is not None:
        refuse_beside(context, "--example", ("out", "force"))
        copy_example(example, out or Path(), force)
        return
    out = out or Path(DEFAULT_OUT)
    faults: list[Fault] = []
    named = [tried(faults, partial(named_files, one)) or [] for one in (load_test, from_log, quotes)]
    monitoring = tried(faults, lambda: named_files([*(from_prometheus or ()), *(from_csv or ())])) or []
    (tests, logs, quoted), unread = named, bool(faults)
    given = Given(accelerator, gpus, None, model, engine, recipe)
    if (tested := _tested(tests, hardware or [], given, faults)) is not None:
        model, hardware = model or tested.facts.model, hardware or [tested.facts.accelerator]
    demanded = logs, monitoring, timezone, requests_per_s, input_tokens, output_tokens
    said = Answers(model or "", hardware or [], *demanded, ttft_ms, tpot_ms, price or [], quoted, cloud or [])
    said = said.completed() if sys.stdin.isatty() and not faults else said
    told = {"--model", "--hardware"} if load_test else set()
    told |= {"--from-log"} if from_log or from_prometheus or from_csv else set()
    wrong = [*said.faults(told), *name_faults(workload, "--workload"), *name_faults(out.stem, "--out")]
    faults += [one for one in wrong if one not in faults]
    options = (said.timezone, start, period_minutes, from_first, mapped, log_model, fill, None)
    wanted = tried(faults, lambda: demand_wanted(*options)) or DemandWanted()
    written = [out, *written_files(out.with_suffix(".csv"))]
    tried(faults, lambda: refuse_overwriting(written, [*said.files, *tests]))
    promised = workload, availability, exchange_rate or ()
    asked = ServiceAsked(said, tested, wanted, *promised, out, force, faults, unread)
    asked.write(context, bool(load_test))


def _tested(files: list[Path], hardware: list[str], given: Given, faults: list[Fault]) -> LoadTest | None:
    """What a load test tells; None without one, or where it is wrong."""
    from planner.core.errors import tried
    from planner.loader.beginning.measured import read_load_test

    return tried(faults, lambda: read_load_test(files, hardware, given)) if files else None
