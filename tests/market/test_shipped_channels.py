"""Every kind of channel, lending and a vendor appear in a proven plan of some shipped instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import planner
from planner import Status
from planner.instance.channels import KINDS

if TYPE_CHECKING:
    from planner.plan.plan import Plan

PLANS = {
    "tiny.yaml": 0.0,
    "peers/contracts_week.yaml": 0.0,
    "peers/commitments_day.yaml": 0.0,
    "day_night.yaml": 0.001,
    "domestic_chips.yaml": 0.002,
    "procurement_week.yaml": 0.02,
}


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    return {
        name: planner.solve(
            planner.load(Path("instances") / name),
            planner.SolveOptions(
                solver="highs", method="direct", relative_gap=gap, time_limit_s=120, threads=1
            ),
        )
        for name, gap in PLANS.items()
    }


def test_every_kind_is_used(plans: dict[str, Plan]) -> None:
    assert {name: plan.status for name, plan in plans.items()} == dict.fromkeys(plans, Status.OPTIMAL)
    told = {name: [one for one in plan.warnings if "means alone" not in one] for name, plan in plans.items()}
    assert told == {name: [] for name in plans}
    used = {holding.kind for plan in plans.values() for holding in plan.holdings}
    assert used == set(KINDS)
    assert any(plan.lent for plan in plans.values())
    assert any(plan.outsourced for plan in plans.values())
    assert any(plan.committed for plan in plans.values())


def test_terms_sum_to_the_cent(plans: dict[str, Plan]) -> None:
    for plan in plans.values():
        assert sum(plan.cost_terms.values()) == pytest.approx(plan.cost, abs=0.01)
        assert planner.Plan.from_dict(plan.to_dict()) == plan
