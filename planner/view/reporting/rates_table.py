"""Rates as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.reporting.table import PlainTable

if TYPE_CHECKING:
    from planner.rates import Rates


def rates_table(rates: Rates) -> PlainTable:
    """One row per unit and work: rate per unit and per node, operating point, what binds, provenance.

    Where lengths are given as a distribution, beside the rate over it stands what it would be if all were alike.
    """
    table = PlainTable(title="Rates", title_justify="left", box=None, header_style="bold")
    for heading in ("unit", "work"):
        table.add_column(heading, no_wrap=True)
    varied = any(detail.nominal_per_s for one in rates.details for detail in one.values())
    distant = any(detail.network_ms for one in rates.details for detail in one.values())
    speeds = ("nodes", "per s, unit", *(("if alike", "share") if varied else ()), "per s, node")
    for heading in (
        *speeds,
        "batch/GPU",
        "TPOT ms",
        "prefill ms",
        "KV ms",
        *(("network ms",) if distant else ()),
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("runs as")
    table.add_column("binds")
    table.add_column("provenance")
    for index, unit in enumerate(rates.units):
        for place, work in enumerate(rates.works):
            rate = float(rates.rate[index, place])
            if rate <= 0:
                continue
            detail = rates.details[index][work.name]
            banded = detail.band_low is not None and detail.band_high is not None
            band = f" {detail.band_low:.2f}..{detail.band_high:.2f}" if banded else ""
            table.add_row(
                unit.name,
                work.name,
                f"{unit.nodes:g}",
                _rate(rate),
                *(_nominal(rate, detail.nominal_per_s) if varied else ()),
                _rate(rate / unit.nodes),
                _number(detail.batch_per_gpu),
                _number(detail.tpot_ms),
                _number(detail.prefill_ms),
                _number(detail.kv_transfer_ms),
                *((_number(detail.network_ms),) if distant else ()),
                detail.runs_as,
                detail.binding,
                f"{detail.provenance}{band}",
            )
    return table


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
