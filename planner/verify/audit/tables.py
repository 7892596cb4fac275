"""The tables that a plan's file carries beside its records: they must say what the records say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.plan.tables import in_file
from planner.verify.audit.rules_proof import gap_of
from planner.verify.audit.verdict import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.plan.plan import Plan

RULE = "tables"
EXACT = 1e-9


def stated_tables(record: dict[str, Any], plan: Plan) -> tuple[Violation, ...]:
    """Violations of the tables, of `gap` and of `summary` in the record that a plan was read from."""
    gap = gap_of(plan.cost, plan.bound)
    found = [
        *(one for name, rows in in_file(plan).items() for one in _differences(record[name], rows, name)),
        *_differences(record["gap"], gap if math.isfinite(gap) else None, "gap"),
        *_differences(record["recommended"], _recommended(plan, gap), "recommended"),
    ]
    if plan.usable and not record["summary"]:
        found.append(("summary", "is empty"))
    return tuple(Violation(RULE, where, message, 1.0) for where, message in found)


def _recommended(plan: Plan, gap: float) -> bool:
    """A plan is one to act on where its proof leaves no more than the wider of two gaps: asked for, and recommended."""
    asked = 0.0 if plan.gap_asked is None else plan.gap_asked
    return plan.usable and gap <= max(asked, plan.recommended_gap)


def _differences(stated: Any, right: Any, path: str) -> Iterator[tuple[str, str]]:
    """Where plain data depart from what they should be."""
    if isinstance(right, dict) and isinstance(stated, dict):
        for key in dict.fromkeys((*right, *stated)):
            if key not in stated or key not in right:
                yield f"{path}.{key}", "is missing" if key in right else "is nothing that the records say"
            else:
                yield from _differences(stated[key], right[key], f"{path}.{key}")
    elif isinstance(right, list) and isinstance(stated, list):
        if len(right) != len(stated):
            yield path, f"has {len(stated)} rows, the records make {len(right)}"
        for place, (one, other) in enumerate(zip(stated, right, strict=False)):
            yield from _differences(one, other, f"{path}[{place}]")
    elif not _same(stated, right):
        yield path, f"is {ascii(stated)[:40]}, the records say {ascii(right)[:40]}"


def _same(stated: Any, right: Any) -> bool:
    numbers = [isinstance(one, int | float) and not isinstance(one, bool) for one in (stated, right)]
    if not all(numbers):
        return type(stated) is type(right) and bool(stated == right)
    return bool(abs(stated - right) <= EXACT * max(abs(stated), abs(right)))
