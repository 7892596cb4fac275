"""To be signed, as CSV: vendor, quote, term, end, obligation in all, paid at signing, cancellation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.study.signatures import signatures
from planner.view.exports.text import csv_text

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan

HEADER = (
    *("what", "amount", "unit", "vendor", "quote", "begins", "ends", "times", "total_obligation"),
    *("paid_at_signing", "currency", "cancellation"),
)


def to_be_signed_csv(plan: Plan, instance: Instance) -> str:
    """One row a signature; money is of one time."""
    rows = [
        (
            *(one.what, one.amount, one.unit, one.vendor, one.quote, one.begins.isoformat()),
            *(None if one.ends is None else one.ends.isoformat(), one.times),
            None if one.obligation is None else round(one.obligation, 2),
            *(round(one.at_signing, 2), plan.currency, one.cancellation),
        )
        for one in signatures(plan, instance)
    ]
    return csv_text(HEADER, rows)
