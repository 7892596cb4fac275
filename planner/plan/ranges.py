"""The natural range of every number of a plan: what a duration, a share, a count or an amount of money can be.

Every numeric field of every record is listed here once; one that is missing has no schema (`KeyError`).
"""

from __future__ import annotations

LARGEST_WHOLE = 2**31 - 1
LARGEST_NUMBER = 1e100

Range = dict[str, float]
"""Keywords of JSON Schema: `minimum` or `exclusiveMinimum`, and `maximum`."""

ANY: Range = {"minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
"""Money that may be earned as well as paid."""
AMOUNT: Range = {"minimum": 0.0, "maximum": LARGEST_NUMBER}
MORE_THAN_NOTHING: Range = {"exclusiveMinimum": 0.0, "maximum": LARGEST_NUMBER}
SHARE: Range = {"minimum": 0.0, "maximum": 1.0}
GAP: Range = {"minimum": 0.0, "maximum": 2.0}
"""Cost and bound of opposite signs lie twice the larger of them apart."""
COUNT: Range = {"minimum": 0, "maximum": LARGEST_WHOLE}
AT_LEAST_ONE: Range = {"minimum": 1, "maximum": LARGEST_WHOLE}

_SPAN = {"first": COUNT, "last": COUNT, "nodes": COUNT}
RANGES: dict[str, dict[str, Range]] = {
    "PlanContents": {
        **{
            "cost": ANY,
            "bound": ANY,
            "gap": GAP,
            "gap_asked": SHARE,
            "recommended_gap": SHARE,
            "cost_terms": ANY,
            "summary": ANY,
        },
        **{"seconds": AMOUNT, "seed": COUNT, "period_hours": MORE_THAN_NOTHING},
        "period_weights": MORE_THAN_NOTHING,
    },
    "Holding": {**_SPAN, "nodes": AMOUNT, "cost": AMOUNT},
    "UnitSchedule": {
        **{"gpus": AT_LEAST_ONE, "nodes": MORE_THAN_NOTHING, "on": COUNT, "busy_limit": SHARE},
        **{"band_low": AMOUNT, "band_high": AMOUNT},
    },
    "Placed": {"number": AT_LEAST_ONE, "first": COUNT, "last": COUNT},
    "Served": {"per_s": AMOUNT},
    "Shed": {"per_s": AMOUNT},
    "Use": {"nodes": AMOUNT},
    "Outsourced": {"share": SHARE, "list_cost": AMOUNT},
    "Lent": {**_SPAN, "credit": AMOUNT},
    "Committed": {"first": COUNT, "last": COUNT, "per_hour": AMOUNT, "cost": AMOUNT},
    "CostOfStage": {"cost": ANY},
    "CashOfStage": {
        **{"paid_at_start": AMOUNT, "paid_over_time": ANY, "received": AMOUNT, "peak_funding": ANY},
    },
    "Backlog": {"waiting": AMOUNT},
    "Routed": {"share": SHARE},
}
"""By the name of the record and of its field; of a list or a table, of each of its values."""
