"""A first instance out of what a client has: a log, monitoring, a load test; as `planner init` makes it of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from planner.app.service.page_words import in_page_words
from planner.app.service.questions import scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

    from planner.core.errors import Fault

UploadName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_\-]*(\.[A-Za-z0-9_\-]+)*\.(csv|json|jsonl|ndjson)$",
        max_length=100,
        description="a file name such as day.csv, of letters, digits, _ and -: .csv, .json, .jsonl or .ndjson",
    ),
]
Uploads = Annotated[dict[UploadName, str], Field(max_length=10)]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Amount = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class Beginning(BaseModel):
    """What a team says of its service, and its files as texts by name; nothing is read from the server."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z_][A-Za-z0-9_\-]{0,59}$",
            description="a name of letters, digits, _ and - that begins with a letter",
        ),
    ] = "service"
    """Name of the instance."""
    model: Word | None = None
    """Served model, as `planner catalog models` knows it; absent: the load test says it."""
    hardware: Annotated[list[Word], Field(max_length=20)] = []
    """Hardware, as `planner catalog hardware` knows it; absent: the load test says it."""
    logs: Uploads = {}
    """Request logs; beside monitoring they tell lengths and bursts alone."""
    monitoring: Uploads = {}
    """Answers of Prometheus, exports of Grafana, CSV files over time."""
    load_test: Uploads = {}
    """Benchmark results of one replica."""
    gpus: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """GPUs of the replica that was tested, where its files do not say it."""
    engine: Word | None = None
    """Engine that was tested, with its version, where its files do not say it."""
    timezone: Word | None = None
    """IANA zone of times without an offset."""
    period_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    from_first: bool = False
    """Whether periods begin with the first row, not on the clock."""
    fill: Annotated[list[Word], Field(max_length=10)] = []
    """What to do about defects of the files, such as `gaps=interpolate`."""
    columns: Annotated[list[Word], Field(max_length=20)] = []
    """Where it is, of files with names of their own: `time=NAME`."""
    requests_per_s: Amount | None = None
    """Mean requests a second, in the shape of a public week, where there is no file."""
    input_tokens: Amount | None = None
    output_tokens: Amount | None = None
    price_usd_per_gpu_hour: Annotated[dict[Word, Amount], Field(max_length=20)] = {}
    """Prices by hardware; others are the cheapest of the price books."""
    ttft_ms: Amount | None = None
    """Promised time to first token, p99."""
    tpot_ms: Amount | None = None
    """Promised time per output token."""

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        lacking = []
        if not self.load_test and (self.model is None or not self.hardware):
            lacking.append("name model and hardware, or give a load test that does")
        mean = (self.requests_per_s, self.input_tokens, self.output_tokens)
        if not (self.logs or self.monitoring) and None in mean:
            lacking.append("give a log, monitoring, or requests_per_s with input_tokens and output_tokens")
        if lacking:
            raise ValueError("; ".join(lacking))
        return self


def first_instance_of(asked: dict[str, Any]) -> dict[str, Any]:
    """Text and files of the first instance of a `Beginning`. Raises InstanceError with every fault, in its words."""
    from planner.core.errors import InstanceError

    said = Beginning(**asked)
    with scratch_folder() as folder:
        try:
            found = _made(said, folder)
        except InstanceError as error:
            raise InstanceError(in_page_words(error.faults)) from None
        text = found["instance"].replace(f"{folder}/", "")
    return {**found, "instance": text}


def _made(said: Beginning, folder: Path) -> dict[str, Any]:
    from planner.core.errors import InstanceError, tried
    from planner.loader.beginning.begin import first_instance
    from planner.loader.beginning.compose import Service
    from planner.loader.beginning.measured import read_load_test
    from planner.loader.beginning.names import hardware_named, model_named
    from planner.loader.beginning.offers import offers_for, stand_in_offers
    from planner.loader.benchmarks.facts import Given

    faults: list[Fault] = []
    hardware = tried(faults, lambda: hardware_named(said.hardware)) or []
    tested, model = None, said.model
    if said.load_test:
        given = Given(None, said.gpus, None, said.model, said.engine, None)
        files = _written(said.load_test, folder / "tests")
        if (tested := tried(faults, lambda: read_load_test(files, said.hardware, given))) is not None:
            model, hardware = model or tested.facts.model, hardware or [tested.facts.accelerator]
    demand = tried(faults, lambda: _demand(said, folder))
    named = said.price_usd_per_gpu_hour.items()
    prices = tried(faults, lambda: {hardware_named([word])[0]: price for word, price in named})
    known = prices is not None and bool(hardware)
    offers = tried(faults, lambda: offers_for(hardware, prices or {}, None, [])) if known else None
    served = tried(faults, lambda: model_named(model)) if model else None
    if demand is None or served is None or not hardware:
        raise InstanceError(faults)
    names, offers = (said.name, "chat", served), offers or stand_in_offers(hardware)
    service = Service(*names, demand, offers, said.ttft_ms, said.tpot_ms)
    made = tried(faults, lambda: first_instance(service, tested))
    if faults or made is None:
        raise InstanceError(faults)
    return {"instance": made.text, "series": made.files, "remarks": list(made.remarks)}


def _demand(said: Beginning, folder: Path) -> Any:
    from planner.instance.time_zone import zone_of
    from planner.loader.beginning.demand import assumed_demand, demand_of_files
    from planner.loader.demand.fill import fill_of
    from planner.loader.demand.mapping import mapping_of
    from planner.loader.demand.observe import DemandWanted

    csv = f"{said.name}.csv"
    if not (said.logs or said.monitoring):
        rate, prompt, output = (
            value or 0.0 for value in (said.requests_per_s, said.input_tokens, said.output_tokens)
        )
        return assumed_demand(rate, prompt, output, csv)
    wanted = DemandWanted(
        zone=None if said.timezone is None else zone_of(said.timezone, "timezone"),
        period_minutes=said.period_minutes,
        from_first=said.from_first,
        mapping=mapping_of(said.columns),
        fill=fill_of(said.fill),
    )
    logs, monitoring = _written(said.logs, folder / "logs"), _written(said.monitoring, folder / "monitoring")
    return demand_of_files(logs, monitoring, wanted, csv)


def _written(uploads: dict[str, str], folder: Path) -> list[Path]:
    """The texts as files of a folder; their names hold no folder of their own."""
    folder.mkdir()
    for name, text in uploads.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in uploads]
