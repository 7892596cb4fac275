"""Margins of a plan, as its summary has them: how much more load, or how much slower units, each promise bears."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from planner.plan.contents import PlanContents

LOAD, RATE = "load_margin.", "rate_margin."
"""How keys of the summary begin; the workload follows."""
SHOWN = 5e-5
"""Margins below are 0.00 % as people read them."""


class PromiseMargin(NamedTuple):
    """Shares by which all load may rise, or all rates may fall, before the promise to a workload breaks."""

    workload: str
    load: float
    rate: float

    def __str__(self) -> str:
        if max(self.load, self.rate) < SHOWN:
            return f"any more load, and any lower rate, breaks the promise to {self.workload}"
        return f"+{self.load:.2%} load or -{self.rate:.2%} rate breaks the promise to {self.workload}"


def margins_of(plan: PlanContents) -> list[PromiseMargin]:
    """Margins of all workloads whose waits are planned for, the least first."""
    names = [key.removeprefix(LOAD) for key in plan.summary if key.startswith(LOAD)]
    found = [
        PromiseMargin(name, plan.summary[LOAD + name], plan.summary[RATE + name])
        for name in names
        if RATE + name in plan.summary
    ]
    return sorted(found, key=lambda one: (one.load, one.workload))


def is_margin(key: str) -> bool:
    """Whether a figure of the summary is one."""
    return key.startswith((LOAD, RATE))
