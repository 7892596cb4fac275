"""The limit that ended a search before the proof that was asked for, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.plan.contents import PlanContents

_WORDS = {
    "interrupt": "stopped by an interrupt",
    "crash": "stopped by a crash of the engine",
    "precision": "the engine finished, but its result could not be confirmed to the gap required",
    "availability": "availability is kept in a form that is safe but may ask for more than is needed",
}
_HELP = "a longer time limit helps, and so do fewer deployments and channels to choose from"
_EXACT = "fewer kinds of units, and units of whole nodes, are counted exactly"


def unproven(plan: PlanContents) -> str:
    """Why a usable plan is no recommendation yet, and what would help; the empty text where it is one."""
    if not plan.usable or plan.recommended:
        return ""
    open_ = "nothing is proven of what was found"
    if math.isfinite(plan.gap):
        open_ = f"up to {plan.gap:.1%} of the cost of what was found could still be saved"
    return (
        f"no recommendation yet ({ending(plan.limit)}): {open_}, and {plan.recommended_gap:.1%} is the most to act on; "
        f"{_EXACT if plan.limit == 'availability' else _HELP}"
    )


def ending(limit: str | None) -> str:
    """What ended a search, to follow a colon; the empty text where nothing did."""
    if limit is None:
        return ""
    return _WORDS.get(limit, f"stopped by the {limit} limit")
