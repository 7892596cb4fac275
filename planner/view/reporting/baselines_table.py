"""Baselines on the console: what the same work would cost had its nodes come another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.reporting.table import PlainTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.study.baselines import CostBaseline
    from planner.study.economics import Investment


def baselines_table(baselines: Sequence[CostBaseline], currency: str) -> PlainTable:
    """A row for each, with what the plan saves against it, or why there is none."""
    table = PlainTable(title="Against", title_justify="left", box=None, header_style="bold")
    table.add_column("the same work by")
    table.add_column(currency, justify="right")
    table.add_column("saved", justify="right")
    table.add_column("")
    for one in baselines:
        cost = "" if one.cost is None else f"{one.cost:,.2f}"
        table.add_row(one.name, cost, saved(one), one.note)
    return table


def investments_table(baselines: Sequence[CostBaseline], currency: str) -> PlainTable | None:
    """What choosing the plan instead of each is worth; None where payments have no dates, or no rate is given."""
    heading = worth_heading(baselines)
    if heading is None:
        return None
    table = PlainTable(title="As an investment", title_justify="left", box=None, header_style="bold")
    table.add_column("instead of")
    for column in (f"{heading}, {currency}", "IRR", "paid back"):
        table.add_column(column, justify="right")
    for one in baselines:
        if one.investment is not None:
            table.add_row(one.name, *earned(one))
    return table


def saved(one: CostBaseline) -> str:
    """The saving as a share of what the baseline costs."""
    if one.cost is None or one.saving is None or one.cost <= 0:
        return ""
    return f"{one.saving / one.cost:.1%}"


def worth_heading(baselines: Sequence[CostBaseline]) -> str | None:
    """Heading of net present values; None where payments have no dates, or no rate is given."""
    judged = next((one.investment for one in baselines if one.investment is not None), None)
    return None if judged is None else f"NPV at {judged.rate_per_year:.4g} a year"


def earned(one: CostBaseline) -> tuple[str, str, str]:
    """Net present value, internal rates of return, and when it is paid back; empty without dates or a rate."""
    if one.investment is None:
        return "", "", ""
    return f"{one.investment.npv:,.2f}", rates_text(one.investment), payback_text(one.investment)


def rates_text(judged: Investment) -> str:
    """Every internal rate of return: where there are several none of them is the one."""
    return " or ".join(f"{rate:,.1%}" for rate in judged.internal_rates) or "none"


def payback_text(judged: Investment) -> str:
    """Years until payments alone have paid it back."""
    if judged.payback_years is None:
        return "not in the plan"
    return "at once" if judged.payback_years == 0.0 else f"{judged.payback_years:.2f} years"
