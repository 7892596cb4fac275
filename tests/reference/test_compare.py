"""What compares the planner with the second model lets nothing pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

import planner
from planner.core.solution import Status
from tests.examples import small
from tests.reference.compare import judge
from tests.reference.reference import Optimum


@pytest.mark.parametrize("proven", [True, False])
def test_a_plan_that_its_audit_refuses_is_a_fault_however_it_was_searched(proven: bool) -> None:
    plan = planner.solve(small())
    right = Optimum("optimal", plan.cost, plan.cost)
    assert judge(plan, right, proven).fault == ""
    refused = replace(plan, status=Status.REFUSED, reasons=("audit: a row is broken",))
    assert "a row is broken" in judge(refused, right, proven).fault
