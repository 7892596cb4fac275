"""Demand of a first instance: as it was observed, or so many requests a second in the shape of a public week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.csv_table import read_csv_table
from planner.core.errors import Fault, InstanceError
from planner.core.units import WEEKS_PER_YEAR
from planner.loader.demand.amounts import MOST_PER_S
from planner.loader.demand.measure import Measure
from planner.loader.demand.observe import observe
from planner.loader.demand.write import horizon_of, lengths_name, lengths_text, series_text, workload_of
from planner.loader.lengths import MOST_TOKENS
from planner.loader.shipped import examples_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.core.demand_traits import DemandTrait
    from planner.loader.demand.observe import DemandWanted, Observed

SHAPE = "series/azure2024_conv_week.csv"
SHAPE_SOURCE = "Azure's conversation service, the week from 2024-05-12 (Azure/AzurePublicDataset, CC-BY-4.0)"
ARRIVAL_SCV = 2.0
MEANS_ALONE = "means alone (--input-tokens, --output-tokens): a log says how they vary"


@dataclass(frozen=True)
class BeginningDemand:
    """Horizon and keys of the workload as an instance states them, files by name, and notes: where each is from."""

    horizon: dict[str, Any]
    workload: dict[str, Any]
    files: dict[str, str]
    notes: dict[str, str]
    remarks: tuple[str, ...] = ()
    """What is to be known of how files were read."""
    traits: frozenset[DemandTrait] = frozenset()
    defects: frozenset[str] = frozenset()
    """Defects of files that a `Fill` treats, and that were met."""


def demand_of_files(
    logs: Sequence[Path],
    monitoring: Sequence[Path],
    wanted: DemandWanted,
    csv: str,
    stated: tuple[float | None, float | None] = (None, None),
) -> BeginningDemand:
    """Demand as files tell it. Where there are logs beside monitoring, these tell how long requests are and how they
    come; columns that the user names are those of the monitoring. Mean lengths that are `stated`, of prompts and
    answers, are for files that tell none. Raises InstanceError with every fault."""
    try:
        return _of_files(logs, monitoring, wanted, csv, stated)
    except InstanceError as error:
        raise InstanceError([_in_words_of_init(one) for one in error.faults]) from None


def _in_words_of_init(fault: Fault) -> Fault:
    """A fault of reading demand: of its `--model`, which here is the one that is served, as the option here."""
    path, message = (
        text.replace("--model NAME", "--log-model NAME").replace("--model all", "--log-model all")
        for text in (fault.path, fault.message)
    )
    return replace(fault, message=message, path="--log-model" if path == "--model" else path)


def _of_files(
    logs: Sequence[Path],
    monitoring: Sequence[Path],
    wanted: DemandWanted,
    csv: str,
    stated: tuple[float | None, float | None],
) -> BeginningDemand:
    if logs and monitoring:
        fill = replace(wanted.fill, gaps=wanted.fill.gaps or "zero")
        as_log = replace(wanted, period_minutes=1, from_first=True, mapping={}, fill=fill)
        log = observe(logs, as_log)
        _check_lengths(log, stated)
        return observed_demand(observe(monitoring, wanted), csv, log)
    observed = observe([*logs, *monitoring], wanted)
    if _check_lengths(observed, stated):
        return observed_demand(observed, csv)
    means = [None if value is None else Measure(value) for value in stated]
    found = observed_demand(replace(observed, input_tokens=means[0], output_tokens=means[1]), csv)
    return replace(found, notes={**found.notes, "lengths": MEANS_ALONE})


def _check_lengths(observed: Observed, stated: tuple[float | None, float | None]) -> bool:
    """Whether files tell how long requests are. Raises InstanceError unless they, or the options, do: one of both."""
    told = observed.log is not None or observed.cells is not None
    told = told or (observed.input_tokens is not None and observed.output_tokens is not None)
    advice = "leave this out" if told else "give this, or a log of requests by --from-log"
    words = f"the files {'' if told else 'do not '}tell how long requests are: {advice}"
    options = zip(("--input-tokens", "--output-tokens"), stated, strict=True)
    faults = [Fault(words, option) for option, value in options if (value is not None) is told]
    if faults:
        raise InstanceError(faults)
    return told


def observed_demand(observed: Observed, csv: str, log: Observed | None = None) -> BeginningDemand:
    """Demand as monitoring or logs gave it; with a log beside monitoring, lengths and bursts are those of the log."""
    own_cached = "cached_tokens" in observed.periods.means
    cached = None if log is None or own_cached else log.cached_share
    observed = observed if cached is None else _with_cached(observed, cached.value)
    files = {csv: series_text(observed)}
    seen = observed if log is None else _as_in_log(observed, log)
    lengths = lengths_text(observed) if log is None else lengths_text(log, cached=not own_cached)
    if lengths is not None:
        files[lengths_name(csv)] = lengths
    workload = workload_of(seen, csv)
    if cached is not None and "input_tokens" not in observed.periods.means:
        workload["demand"]["cached_share"] = round(cached.value, 6)
    source = f"measured: {', '.join(observed.sources)}"
    of_requests = source if log is None else f"measured: {', '.join(log.sources)}"
    shared = "" if cached is None else f"; {cached.value:.2%} of prompt tokens cached, as the log has it"
    notes = {
        "demand": source + shared,
        "lengths": of_requests,
        "queueing": of_requests,
        "customers": of_requests,
    }
    if not workload.get("queueing"):
        workload["queueing"] = {"arrival_scv": ARRIVAL_SCV}
        why = (
            "monitoring does not tell bursts"
            if seen.variability is None
            else "the log is too short to tell bursts"
        )
        notes["queueing"] = f"ASSUMED: {why}; public chat traces have 1 to 4"
    both = [observed] if log is None else [observed, log]
    return BeginningDemand(
        horizon_of(observed),
        workload,
        files,
        notes,
        remarks=(*observed.notes, *(log.log.notes if log is not None and log.log is not None else ())),
        traits=frozenset().union(*(one.traits for one in both)),
        defects=frozenset().union(*(one.defects for one in both)),
    )


def _as_in_log(observed: Observed, log: Observed) -> Observed:
    """Monitoring, with the lengths and the bursts of a log."""
    means = log.input_tokens, log.output_tokens
    return replace(
        observed, input_tokens=means[0], output_tokens=means[1], variability=log.variability, log=log.log
    )


def _with_cached(observed: Observed, share: float) -> Observed:
    """Monitoring with a share of its prompt tokens as cached, where it tells prompt tokens."""
    means = observed.periods.means
    if "input_tokens" not in means:
        return observed
    cached = {"cached_tokens": means["input_tokens"] * share}
    return replace(observed, periods=replace(observed.periods, means={**means, **cached}))


def assumed_demand(
    requests_per_s: float, input_tokens: float, output_tokens: float, csv: str
) -> BeginningDemand:
    """So many requests a second in the mean of a week, in the shape of a public one, of the lengths given.

    Raises InstanceError with the options that say more than anybody serves.
    """
    _refuse_absurd(requests_per_s, input_tokens, output_tokens)
    table = read_csv_table(examples_folder() / SHAPE)
    place = table.header.index("requests_per_s")
    shape = np.array([float(row.cells[place]) for row in table.rows])
    rates = shape * requests_per_s / shape.mean()
    names = ("requests_per_s", "input_tokens_per_s", "output_tokens_per_s")
    lines = [
        f"# {requests_per_s:g} requests a second in the mean, in the shape of {SHAPE_SOURCE}",
        f"# of {input_tokens:g} prompt and {output_tokens:g} output tokens each",
        ",".join(("time", *names)),
    ]
    lines += [
        f"{row.cells[0]},{rate:.8g},{rate * input_tokens:.8g},{rate * output_tokens:.8g}"
        for row, rate in zip(table.rows, rates.tolist(), strict=True)
    ]
    horizon = {
        "start": table.rows[0].cells[0],
        "period_hours": 1,
        "periods": len(shape),
        "repeats_per_year": round(WEEKS_PER_YEAR, 2),
    }
    workload = {
        "demand": {"csv": csv, **{name: name for name in names[1:]}},
        "lengths": {"input_tokens": input_tokens, "output_tokens": output_tokens},
        "queueing": {"arrival_scv": ARRIVAL_SCV},
    }
    notes = {
        "demand": f"ASSUMED: the shape of {SHAPE_SOURCE}; the mean is --requests-per-s",
        "lengths": MEANS_ALONE,
        "queueing": "ASSUMED: public chat traces have 1 to 4",
    }
    return BeginningDemand(horizon, workload, {csv: "\n".join(lines) + "\n"}, notes)


def _refuse_absurd(requests_per_s: float, input_tokens: float, output_tokens: float) -> None:
    bounds = (
        ("--requests-per-s", requests_per_s, MOST_PER_S),
        ("--input-tokens", input_tokens, float(MOST_TOKENS)),
        ("--output-tokens", output_tokens, float(MOST_TOKENS)),
    )
    faults = [
        Fault(f"{value:g} is more than anybody serves: {most:g} is the most", option)
        for option, value, most in bounds
        if not value <= most
    ]
    tokens = requests_per_s * (input_tokens + output_tokens)
    if not faults and tokens > MOST_PER_S:
        faults.append(Fault(f"makes {tokens:g} tokens a second: {MOST_PER_S:g} is the most", bounds[0][0]))
    if faults:
        raise InstanceError(faults)
