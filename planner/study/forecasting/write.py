"""A forecast as files: the series as CSV, and the part of an instance that reads it, with its scenarios, as YAML."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from planner.core.commented import commented, commented_yaml
from planner.core.units import MINUTES_PER_HOUR
from planner.loader.demand.write import workload_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.loader.demand.observe import Observed
    from planner.study.forecasting.forecast import DemandForecast

DAYS_PER_WEEK = 7
_LEAD_EDGES = (6, 24, 72)


def leads_of(found: DemandForecast) -> list[tuple[int, int]]:
    """Groups of leads, from a period on until before another, that errors are told of."""
    tested = found.test.actual.shape[1]
    edges = [0, *(edge for edge in _LEAD_EDGES if edge < tested), tested]
    return list(pairwise(edges))


def verdict(found: DemandForecast) -> str:
    """The forecast beside the naive one, in a sentence."""
    own, naive = (found.test.error(method.name) for method in (found.chosen, found.yardstick))
    if found.chosen.is_yardstick:
        return (
            f"nothing beat the naive forecast ({found.chosen.name}: {naive:.1%} off in the past): it is taken"
        )
    return f"{found.chosen.name}: {own:.1%} off in the past, the naive forecast ({found.yardstick.name}) {naive:.1%}"


def peaks(found: DemandForecast, labels: Sequence[str]) -> list[tuple[str, float]]:
    """The busiest period of each day and its rate, of the first measure; days are those of the zone of `labels`."""
    rates = next(iter(found.rates.values())).tolist()
    busiest: dict[str, tuple[str, float]] = {}
    for label, rate in zip(labels, rates, strict=True):
        if label[:10] not in busiest or rate > busiest[label[:10]][1]:
            busiest[label[:10]] = (label, rate)
    return list(busiest.values())


def peaks_in_words(found: DemandForecast, labels: Sequence[str]) -> str:
    """The same in a sentence, of a week."""
    name = next(iter(found.rates)).replace("_", " ")
    said = [
        f"{date.fromisoformat(label[:10]):%a} {label[5:16].replace('T', ' ')}: {rate:,.4g}"
        for label, rate in peaks(found, labels)[:DAYS_PER_WEEK]
    ]
    return f"busiest of each day ({name} a second): {', '.join(said)}"


def scenarios_in_words(found: DemandForecast) -> list[str]:
    """Where the scenarios come from, and what they are named by; why there are none."""
    if not found.courses:
        return [
            "no scenarios: fewer than three stretches of the past, of the same weekdays, to see how far off it was"
        ]
    seen = found.courses[0].seen
    days = "weekdays and hours" if seen.of_weekdays else "hours of other weekdays (few weeks known)"
    demand = ", ".join(f"{one.name} {one.demand:.4g}" for one in found.courses)
    return [
        f"scenarios: what came over what was forecast, three stretches of the past laid on the same {days}",
        f"named by their demand in all, the forecast being 1: {demand}",
        f"scenarios stand for {seen.windows} stretches of the past, of a demand of {seen.demand:.4g} of the forecast "
        f"with a standard deviation of {seen.spread:.2g}: they have {seen.demand_kept:.0%} of that, and "
        f"{seen.hours_kept:.0%} of that of single hours",
    ]


def in_words(found: DemandForecast, labels: Sequence[str]) -> list[str]:
    """The forecast in a few sentences: beside the naive one, its peaks, what its scenarios stand for."""
    return [verdict(found), peaks_in_words(found, labels), scenarios_in_words(found)[-1]]


def series_text(found: DemandForecast, labels: Sequence[str], sources: Sequence[str]) -> str:
    """CSV with the beginning of each period and its mean rates."""
    comments = [
        f"Forecast from {', '.join(sources)}",
        verdict(found),
        peaks_in_words(found, labels),
    ]
    lines = [
        ",".join(["time", *(f"{name}_per_s" for name in found.rates)]),
    ]
    columns = [rates.tolist() for rates in found.rates.values()]
    lines += [
        ",".join([label, *(f"{rate:.8g}" for rate in rates)])
        for label, *rates in zip(labels, *columns, strict=True)
    ]
    return commented(comments, "\n".join(lines) + "\n")


def snippet_text(
    found: DemandForecast,
    labels: Sequence[str],
    period_minutes: int,
    observed: Observed,
    workload: str,
    csv: str,
) -> str:
    """The keys `horizon`, `workloads` and `scenarios` of an instance."""
    horizon: dict[str, Any] = {"start": labels[0], "period_hours": period_minutes / MINUTES_PER_HOUR}
    horizon["periods"] = len(labels)
    if observed.zone is not None and observed.zone.key != "UTC":
        horizon["timezone"] = observed.zone.key
    said = workload_of(observed, csv)
    if "csv" in said.get("lengths", {}):
        del said["lengths"]
    data: dict[str, Any] = {"horizon": horizon, "workloads": {workload: said}}
    if found.courses:
        data["scenarios"] = {
            one.name: {
                "probability": one.probability,
                "demand_factors": [float(f"{factor:.4g}") for factor in one.factors.tolist()],
            }
            for one in found.courses
        }
    comments = [f"forecast; {verdict(found)}"]
    comments += scenarios_in_words(found)
    return commented_yaml(comments, data, short_in_a_line=True)


def as_record(found: DemandForecast, labels: Sequence[str]) -> dict[str, Any]:
    """All of it as plain data."""
    return {
        "times": list(labels),
        "rates": {f"{name}_per_s": rates.tolist() for name, rates in found.rates.items()},
        "peaks": dict(peaks(found, labels)),
        "chosen": found.chosen.name,
        "yardstick": found.yardstick.name,
        "errors": {method.name: found.test.error(method.name) for method in found.methods},
        "origins": found.test.origins,
        "scenarios": {
            one.name: {
                "probability": one.probability,
                "demand_over_forecast": one.demand,
                "demand_factors": one.factors.tolist(),
            }
            for one in found.courses
        },
    }
