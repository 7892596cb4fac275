"""Payments by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import CSV, Format, usable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.cash import cash_csv

    return cash_csv(usable(plan), instance).encode()


FORMAT = Format(_write, "Payments by month, as CSV.", "cash.csv", CSV)
