"""Rates as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.reporting.table import PlainTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.rates import Rates
    from planner.rates.rates import RateDetail


def rates_table(rates: Rates) -> PlainTable:
    """One row per unit and work: rate per unit and per node, operating point, what binds, provenance.

    Where lengths are given as a distribution, beside the rate over it stands what it would be if all were alike.
    """
    details = [detail for one in rates.details for detail in one.values()]
    varied = any(detail.nominal_per_s for detail in details)
    distant = any(detail.network_ms for detail in details)
    table = PlainTable(title="Rates", title_justify="left", box=None, header_style="bold")
    for heading in ("unit", "work"):
        table.add_column(heading, no_wrap=True)
    speeds = ("nodes", "per s, unit", *(("if alike", "share") if varied else ()), "per s, node")
    times = ("batch/GPU", "TPOT ms", "prefill ms", "KV ms", *(("network ms",) if distant else ()))
    for heading in (*speeds, *times):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("runs as", "binds", "provenance"):
        table.add_column(heading)
    for index, unit in enumerate(rates.units):
        for place, work in enumerate(rates.works):
            rate = float(rates.rate[index, place])
            if rate > 0:
                detail = rates.details[index][work.name]
                table.add_row(unit.name, work.name, *_cells(rate, unit.nodes, detail, varied, distant))
    return table


def _cells(rate: float, nodes: float, detail: RateDetail, varied: bool, distant: bool) -> Iterator[str]:
    """The cells of one rate, behind those that say what it is of."""
    yield f"{nodes:g}"
    yield _rate(rate)
    if varied:
        yield from _nominal(rate, detail.nominal_per_s)
    yield _rate(rate / nodes)
    yield _number(detail.batch_per_gpu)
    yield _number(detail.tpot_ms)
    yield _number(detail.prefill_ms)
    yield _number(detail.kv_transfer_ms)
    if distant:
        yield _number(detail.network_ms)
    yield detail.runs_as
    yield detail.binding
    banded = detail.band_low is not None and detail.band_high is not None
    yield detail.provenance + (f" {detail.band_low:.2f}..{detail.band_high:.2f}" if banded else "")


def rejected_table(rates: Rates) -> PlainTable:
    """One row per option that was left out, with the reason."""
    table = PlainTable(title="Left out", title_justify="left", box=None, header_style="bold")
    table.add_column("unit", no_wrap=True)
    table.add_column("nodes", justify="right")
    table.add_column("why")
    for option in rates.rejected:
        table.add_row(option.name, f"{option.nodes:g}", option.why)
    return table


def _rate(per_s: float) -> str:
    return f"{per_s:,.0f}" if per_s >= 100.0 else f"{per_s:.3g}"


def _nominal(rate: float, alike: float | None) -> tuple[str, str]:
    """The rate if all requests were the mean one, and the rate over it."""
    return ("", "") if alike is None else (_rate(alike), f"{rate / alike:.2f}")


def _number(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:,.1f}"
