"""Demand that was observed, as files: the series as CSV, and the part of an instance that reads it as YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.core.commented import commented, commented_yaml
from planner.core.errors import Fault, InstanceError
from planner.core.units import HOURS_PER_WEEK, HOURS_PER_YEAR, MINUTES_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.loader.demand.customers import MeasuredClass
    from planner.loader.demand.measure import Measure
    from planner.loader.demand.observe import Observed


def series_text(observed: Observed) -> str:
    """CSV with the beginning of each period, its mean rates, and those of its busiest stretch as `peak_` columns."""
    periods = observed.periods
    columns = {f"{name}_per_s": rates for name, rates in periods.means.items()}
    columns |= {f"peak_{name}_per_s": rates for name, rates in periods.peaks.items()}
    comments = [
        f"From {', '.join(observed.sources)}",
        "time is the beginning of the period; rates are means over it",
        *(
            [f"peak_ columns are the busiest {_minutes(periods.peak_minutes)} of the period"]
            if periods.peaks
            else []
        ),
        *observed.notes,
    ]
    lines = [",".join(["time", *columns])]
    rows = zip(periods.labels(observed.zone), *(rates.tolist() for rates in columns.values()), strict=True)
    lines += [",".join([label, *(f"{rate:.10g}" for rate in rates)]) for label, *rates in rows]
    return commented(comments, "\n".join(lines) + "\n")


def _minutes(count: int) -> str:
    return "minute" if count == 1 else f"{count} minutes"


def horizon_of(observed: Observed) -> dict[str, Any]:
    """The horizon of the series, as an instance states it."""
    periods = observed.periods
    hours = periods.count * periods.minutes / MINUTES_PER_HOUR
    horizon: dict[str, Any] = {
        "start": periods.labels(observed.zone)[0],
        "period_hours": periods.minutes / MINUTES_PER_HOUR,
        "periods": periods.count,
    }
    if observed.zone is not None and observed.zone.key != "UTC":
        horizon["timezone"] = observed.zone.key
    if hours % HOURS_PER_WEEK == 0:
        horizon["repeats_per_year"] = round(HOURS_PER_YEAR / hours, 4)
    return horizon


def lengths_text(observed: Observed, cached: bool = True) -> str | None:
    """CSV of how many requests are how long, in cells; None where only means are known.

    `cached`: with how much of their prompts was cached, where that is known.
    """
    if observed.log is not None:
        tally = observed.log.tally
        rows, cached = tally.lengths.rows().tolist(), cached and tally.cached_known
    elif observed.cells is not None:
        rows, cached = observed.cells.tolist(), False
    else:
        return None
    names = ["requests", "input_tokens", "output_tokens"] + ["cached_tokens"] * cached
    comments = [
        f"From {', '.join(observed.sources)}",
        "Requests alike in prompt and answer, with their mean lengths",
    ]
    lines = [",".join(names)]
    lines += [",".join(f"{value:.10g}" for value in row[: len(names)]) for row in rows]
    return commented(comments, "\n".join(lines) + "\n")


def lengths_name(csv: str) -> str:
    """Name of the file of lengths beside that of a series."""
    return f"{csv.removesuffix('.csv')}.lengths.csv"


def workload_of(observed: Observed, csv: str) -> dict[str, Any]:
    """A workload with this demand, as an instance states it, without its promises; `csv` is the file of the series.

    Raises InstanceError where neither requests nor tokens of both kinds are known.
    """
    names = observed.periods.means
    tokens = [f"{name}_per_s" for name in ("input_tokens", "cached_tokens", "output_tokens") if name in names]
    in_tokens = "input_tokens" in names and "output_tokens" in names
    if not in_tokens and "requests" not in names:
        told = [name for name in names if name != "cached_tokens"]
        words = "alone, and demand is requests, or prompt and output tokens: add what tells these"
        raise InstanceError([Fault(f"{', '.join(observed.sources)}: tells {', '.join(told)} {words}")])
    columns = tokens if in_tokens else ["requests_per_s"]
    workload: dict[str, Any] = {"demand": {"csv": csv, **{name: name for name in columns}}}
    if observed.log is not None or observed.cells is not None:
        workload["lengths"] = {"csv": lengths_name(csv)}
    elif observed.input_tokens is not None and observed.output_tokens is not None:
        means = (observed.input_tokens.value, observed.output_tokens.value)
        workload["lengths"] = dict(zip(("input_tokens", "output_tokens"), map(_rounded, means), strict=True))
    found = observed.variability
    if found is not None:
        said = found.arrival_scv
        workload["queueing"] = {} if said is None else {"arrival_scv": _rounded(said.value)}
        if found.customers:
            workload["customers"] = {"classes": _classes(found.customers)}
    return workload


def _classes(customers: Sequence[MeasuredClass]) -> list[dict[str, Any]]:
    """Classes of customers as an instance states them, sizes relative to the smallest."""
    least = min(one.requests for one in customers)
    return [
        {
            "count": one.count,
            "burstiness_scv": _rounded(one.burstiness.value),
            "size": _rounded(one.requests / least),
        }
        for one in customers
    ]


def findings(observed: Observed) -> list[tuple[str, Measure]]:
    """Each figure by its name, with its confidence."""
    found = observed.variability
    rows: list[tuple[str, Measure | None]] = [
        ("prompt tokens of a request, mean", observed.input_tokens),
        ("output tokens of a request, mean", observed.output_tokens),
        ("cached share of prompt tokens", observed.cached_share),
    ]
    if found is not None:
        rows += [
            ("squared coefficient of variation, prompt tokens", found.input_scv),
            ("squared coefficient of variation, prefill tokens", found.prefill_scv),
            ("squared coefficient of variation, output tokens", found.decode_scv),
            *(
                (f"index of dispersion of requests in {scale} s", one)
                for scale, one in found.dispersion.items()
            ),
            *(
                (
                    f"burstiness of {one.count:,} customers of {one.requests:,.3g} requests in 10 min",
                    one.burstiness,
                )
                for one in found.customers
            ),
        ]
    return [(name, one) for name, one in rows if one is not None]


def snippet_text(observed: Observed, workload: str, csv: str) -> str:
    """The keys `horizon` and `workloads` of an instance, with where each value is from above them."""
    comments = [
        f"from {', '.join(observed.sources)}",
        *(f"{name}: {one}" for name, one in findings(observed)),
    ]
    if observed.variability is not None and observed.variability.arrival_scv is None:
        comments.append(
            "arrival_scv is left at 1: the log is too short, or its times are too coarse, to tell"
        )
    if observed.log is not None and not observed.log.tally.customers.complete:
        comments.append("customers are left out: there are more than are remembered")
    comments += observed.notes
    data = {"horizon": horizon_of(observed), "workloads": {workload: workload_of(observed, csv)}}
    return commented_yaml(comments, data)


def as_record(observed: Observed, workload: str, csv: str) -> dict[str, Any]:
    """All of it as plain data."""
    figures = {
        name: {"value": one.value, "low": one.low, "high": one.high} for name, one in findings(observed)
    }
    tally = None if observed.log is None else observed.log.tally
    shares = (0.5, 0.9, 0.95, 0.99, 0.999)
    return {
        "sources": list(observed.sources),
        "notes": list(observed.notes),
        "horizon": horizon_of(observed),
        "workloads": {workload: workload_of(observed, csv)},
        "figures": figures,
        "quantiles": {}
        if tally is None
        else {
            name: {str(share): counts.quantile(share) for share in shares}
            for name, counts in (("input_tokens", tally.prompts), ("output_tokens", tally.answers))
        },
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
