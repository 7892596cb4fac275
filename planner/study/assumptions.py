"""Assumptions: every figure a plan rests on, given, from the catalog or a default, with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from planner.loader.provenance import provenance

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates

_NOT_FIGURES = ("source", "description", "csv")


class Assumption(NamedTuple):
    """One figure: its path in the instance, how it reads, its origin, its source ("" where none is given)."""

    path: str
    value: str
    origin: str
    source: str


class RateAssumption(NamedTuple):
    """One rate that the plan relies on: tokens (requests) per second, what binds, error band, source."""

    unit: str
    work: str
    rate_per_s: float
    binding: str
    band: str
    provenance: str
    source: str


def assumptions(instance: Instance) -> list[Assumption]:
    """Every figure of an instance. A `source` holds for all figures of the record it is written in."""
    rows = provenance(instance)
    named = (row for row in rows if _key(row.path) == "source" and row.value != "None")
    sources = {_record(row.path): row.value for row in named}
    return [
        Assumption(row.path, row.value, row.source, _nearest(row.path, sources, row.source))
        for row in rows
        if _key(row.path) not in _NOT_FIGURES
    ]


def rate_assumptions(plan: Plan, rates: Rates) -> list[RateAssumption]:
    """The rates of the units that the plan runs."""
    used = {unit.unit for unit in plan.units}
    rows = []
    for index, unit in enumerate(rates.units):
        for name, detail in rates.details[index].items() if unit.name in used else ():
            rate = float(rates.rate[index, [work.name for work in rates.works].index(name)])
            banded = detail.band_low is not None and detail.band_high is not None
            band = f"{detail.band_low:.2f} to {detail.band_high:.2f} times" if banded else ""
            rows.append(
                RateAssumption(unit.name, name, rate, detail.binding, band, detail.provenance, detail.source)
            )
    return rows


def _record(path: str) -> str:
    return path.rpartition(".")[0]


def _key(path: str) -> str:
    return path.rpartition(".")[2]


def _nearest(path: str, sources: dict[str, str], origin: str) -> str:
    """Source of the innermost record that has one; a default or a figure of the catalog has none here."""
    record = _record(path) if origin == "given" else ""
    while record:
        if record in sources:
            return sources[record]
        record = _record(record)
    return ""
