"""`planner init`: a first instance, out of options or answers."""

from __future__ import annotations

import sys
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
from planner.app.cli.idle import GivenInput, refuse_beside, refuse_idle
from planner.app.cli.init_answers import Answers, prices_of
from planner.app.cli.init_files import copy_example, write_first
from planner.core.demand_traits import DemandTrait

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from planner.core.errors import Fault
    from planner.loader.beginning.measured import LoadTest
    from planner.loader.beginning.offers import BeginningOffer
    from planner.loader.beginning.quoted import QuotedLines
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
    from planner.core.errors import InstanceError, tried
    from planner.core.named_files import named_files
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.beginning.compose import Service
    from planner.loader.beginning.exchange_rates import exchange_rates_of
    from planner.loader.beginning.names import model_named
    from planner.loader.benchmarks.facts import Given
    from planner.loader.words import name_faults

    if example is not None:
        refuse_beside(context, "--example", ("out", "force"))
        copy_example(example, out or Path(), force)
        return
    out = out or Path(DEFAULT_OUT)
    faults: list[Fault] = []
    load_test, given = named_files(load_test), Given(accelerator, gpus, None, model, engine, recipe)
    if (tested := _tested(load_test, hardware or [], given, faults)) is not None:
        model, hardware = model or tested.facts.model, hardware or [tested.facts.accelerator]
    monitoring = named_files([*(from_prometheus or ()), *(from_csv or ())])
    demanded = named_files(from_log), monitoring, timezone, requests_per_s, input_tokens, output_tokens
    offered = price or [], named_files(quotes), cloud or []
    said = Answers(model or "", hardware or [], *demanded, ttft_ms, tpot_ms, *offered)
    said = said.completed() if sys.stdin.isatty() else said
    wrong = [*said.faults(), *name_faults(workload, "--workload"), *name_faults(out.stem, "--out")]
    faults += [one for one in wrong if one not in faults]
    wanted = demand_wanted(said.timezone, start, period_minutes, from_first, mapped, log_model, fill, None)
    refuse_overwriting([out, *written_files(out.with_suffix(".csv"))], [*said.files, *load_test])
    demand = tried(faults, lambda: said.demand(f"{out.stem}.csv", wanted)) if said.tells_demand else None
    rates = exchange_rates_of(exchange_rate or ())
    quoted = tried(faults, lambda: _quoted(said, rates))
    if faults or demand is None:
        raise InstanceError(faults)
    refuse_idle(context, {*demand.traits, *said.given(bool(load_test))})
    offers = _offers(said, quoted)
    remarks = [f"note: {note}" for note in wanted.fill.idle(demand.defects)]
    remarks += [*([] if quoted is None else quoted.remarks()), *_doubts(said)]
    names = out.stem, workload, model_named(said.model)
    promised = said.ttft_ms, said.tpot_ms, availability
    write_first(Service(*names, demand, offers, *promised, exchange_rates=rates), out, force, tested, remarks)


def _tested(files: list[Path], hardware: list[str], given: Given, faults: list[Fault]) -> LoadTest | None:
    """What a load test tells; None without one, or where it is wrong and what it would tell is said beside it."""
    from planner.core.errors import InstanceError, tried
    from planner.loader.beginning.measured import read_load_test

    tested = tried(faults, lambda: read_load_test(files, hardware, given)) if files else None
    if faults and (given.model is None or not hardware):
        raise InstanceError(faults)
    return tested


def _quoted(said: Answers, rates: Mapping[str, Mapping[str, Any]]) -> QuotedLines | None:
    from datetime import date

    from planner.loader.beginning.names import hardware_named
    from planner.loader.beginning.quoted import quoted_lines
    from planner.loader.catalog import read_books

    if not said.quotes:
        return None
    stated = prices_of(said.prices)
    unpriced = [one for one in hardware_named(said.hardware) if one not in stated]
    unread: list[Fault] = []
    books = read_books(said.quotes, unread)
    return quoted_lines(books, unpriced, rates, date.today(), unread)


def _offers(said: Answers, quoted: QuotedLines | None) -> list[BeginningOffer]:
    from planner.loader.beginning.names import hardware_named
    from planner.loader.beginning.offers import clouds_meant, offers_for

    clouds = clouds_meant(said.clouds)
    return offers_for(hardware_named(said.hardware), prices_of(said.prices), quoted, clouds)


def _doubts(said: Answers) -> list[str]:
    """Prices of options that may be of another unit."""
    from planner.loader.catalog.check import above_known

    return [
        f"doubtful: --price {one}: {doubt}"
        for one, price in prices_of(said.prices).items()
        if (doubt := above_known(one, price, 1)) is not None
    ]
