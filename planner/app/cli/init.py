"""`planner init`: a first instance, out of options or answers."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.benchmark_options import Engine, Gpus, RecipeName
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
from planner.app.cli.init_answers import Answers, prices_of

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from planner.core.errors import Fault
    from planner.loader.beginning.compose import Service
    from planner.loader.beginning.measured import LoadTest
    from planner.loader.beginning.offers import BeginningOffer

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
Files = Annotated[
    list[Path] | None, typer.Option(help="As `planner import demand` reads them; 'day_*.json' in quotes.")
]
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
        help="Results of one replica, as `planner import rates` reads them; 'run_*.json' in quotes.",
    ),
]
LogModel = Annotated[str | None, typer.Option(help="Model in the log whose requests count.")]
Requests = Annotated[
    float | None, typer.Option(min=1e-6, help="Mean requests a second, where there is no log.")
]
Tokens = Annotated[float | None, typer.Option(min=1, help="Mean length of a request, where there is no log.")]
Price = Annotated[list[str] | None, typer.Option(help="Price of hardware: h100=2.50, USD per GPU-hour.")]
Quotes = Annotated[
    Path | None, typer.Option(help="Prices to take: a CSV file with the columns of price books.")
]
Exchange = Annotated[
    list[str] | None, typer.Option(help="What a US dollar buys, for quotes: EUR=0.92@2026-11-27.")
]
Cloud = Annotated[list[str] | None, typer.Option(help="Clouds whose list prices are taken: aws, nebius ...")]
Ttft = Annotated[float | None, typer.Option(min=1, help="Promised time to first token, p99.")]
Tpot = Annotated[float | None, typer.Option(min=0.1, help="Promised time per output token.")]
Availability = Annotated[float | None, typer.Option(min=0.5, max=0.999999, help="Promised availability.")]
DEFAULT_OUT = "service.yaml"
YAML_SUFFIXES = (".yaml", ".yml")
_OPTIONS = {
    "ttft_ms": "--ttft-ms",
    "tpot_ms": "--tpot-ms",
    "sla.availability": "--availability",
    "lengths.input_tokens": "--input-tokens",
    "lengths.output_tokens": "--output-tokens",
    ".demand": "--requests-per-s",
    "price": "--price",
}
"""Where in the instance the values of options stand."""


def init(
    example: Example = None,
    out: Out = None,
    force: Force = False,
    model: Model = None,
    hardware: Hardware = None,
    from_log: Logs = None,
    from_prometheus: Files = None,
    from_csv: Files = None,
    load_test: Test = None,
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
    from planner.core.errors import InstanceError
    from planner.core.named_files import named_files
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.beginning.compose import Service
    from planner.loader.beginning.exchange_rates import exchange_rates_of
    from planner.loader.beginning.measured import read_load_test
    from planner.loader.beginning.names import model_named
    from planner.loader.benchmarks.facts import Given
    from planner.loader.words import name_faults

    if example is not None:
        _copy(example, out or Path(), force)
        return
    out = out or Path(DEFAULT_OUT)
    tested, load_test = None, named_files(load_test)
    if load_test:
        tested = read_load_test(load_test, hardware or [], Given(None, gpus, None, model, engine, recipe))
        model, hardware = model or tested.facts.model, hardware or [tested.facts.accelerator]
    monitoring = named_files([*(from_prometheus or ()), *(from_csv or ())])
    demanded = named_files(from_log), monitoring, timezone, requests_per_s, input_tokens, output_tokens
    offered = price or [], quotes, cloud or []
    said = Answers(model or "", hardware or [], *demanded, ttft_ms, tpot_ms, *offered)
    said = said.completed() if sys.stdin.isatty() else said
    if faults := [*said.faults(), *name_faults(workload, "--workload"), *name_faults(out.stem, "--out")]:
        raise InstanceError(faults)
    wanted = demand_wanted(said.timezone, start, period_minutes, from_first, mapped, log_model, fill, None)
    refuse_overwriting([out, *written_files(out.with_suffix(".csv"))], [*said.files, *load_test])
    demand = said.demand(f"{out.stem}.csv", wanted)
    offers = _offers(said, rates := exchange_rates_of(exchange_rate or ()))
    names = out.stem, workload, model_named(said.model)
    promised = said.ttft_ms, said.tpot_ms, availability
    _write(Service(*names, demand, offers, *promised, exchange_rates=rates), out, force, tested)


def _offers(said: Answers, rated: Container[str]) -> list[BeginningOffer]:
    from planner.loader.beginning.names import hardware_named
    from planner.loader.beginning.offers import clouds_meant, offers_for
    from planner.loader.catalog import read_book

    book = None if said.quotes is None else read_book(said.quotes)
    clouds = clouds_meant(said.clouds)
    return offers_for(hardware_named(said.hardware), prices_of(said.prices), book, clouds, rated)


def _write(service: Service, out: Path, force: bool, tested: LoadTest | None) -> None:
    """Write the files, with replicas of the size that suits each hardware.

    Nothing is written before all of it is read back. Raises InstanceError with every option that does not fit, or
    where no hardware serves.
    """
    from planner.app.cli.common import messages
    from planner.core.atomic import write_text
    from planner.core.errors import InstanceError
    from planner.loader.beginning.begin import first_instance

    _refuse_existing([out, *(out.with_name(name) for name in service.demand.files)], force)
    try:
        made = first_instance(service, tested)
    except InstanceError as error:
        raise InstanceError(_by_option(error.faults)) from None
    for remark in made.remarks:
        messages().print(remark)
    for name, content in made.files.items():
        write_text(out.with_name(name), content)
    write_text(out, made.text)
    messages().print(
        f"wrote {', '.join([str(out), *made.files])}; {made.assumptions} assumptions are marked in it"
    )
    messages().print(f"next: planner solve {out}")


def _by_option(faults: Sequence[Fault]) -> list[Fault]:
    """The first fault of each option that made the instance unusable; others as they are."""
    found: dict[str, Fault] = {}
    for place, fault in enumerate(faults):
        option = _option_of(fault)
        if option == fault.path:
            found[str(place)] = fault
        else:
            found.setdefault(option, replace(fault, path=option, file="", line=None, column=None))
    return list(found.values())


def _option_of(fault: Fault) -> str:
    """The option that a value of the instance comes from; its path where it comes from none."""
    return next((option for key, option in _OPTIONS.items() if key in fault.path), fault.path)


def _refuse_existing(files: list[Path], force: bool) -> None:
    from planner.core.errors import Fault, InstanceError

    there = [file for file in files if file.exists() and not force]
    if there:
        raise InstanceError(
            [Fault("is there already: --force writes over it", file=str(file)) for file in there]
        )


def _copy(name: str, out: Path, force: bool) -> None:
    from planner.app.cli.common import messages
    from planner.core.atomic import write_bytes
    from planner.loader.beginning.example import files_of_example

    instance, *series = files_of_example(name).items()
    is_file = out.suffix in YAML_SUFFIXES
    file, folder = (out, out.parent) if is_file else (out / instance[0], out)
    contents = {file: instance[1], **{folder / path: content for path, content in series}}
    _refuse_existing(list(contents), force)
    for path, content in contents.items():
        write_bytes(path, content)
    messages().print(f"wrote {', '.join(map(str, contents))}")
    messages().print(f"next: planner solve {file}")
