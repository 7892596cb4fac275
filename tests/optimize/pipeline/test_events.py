"""Events of a solve: what the search holds is not audited; the last event is the audited plan."""

from __future__ import annotations

from typing import Any

import pytest

import planner
from tests.examples import small


@pytest.mark.parametrize("method", ["direct", "decompose"])
def test_only_the_last_event_is_of_an_audited_plan(method: str) -> None:
    events: list[Any] = []
    options = planner.SolveOptions(method=method, solver="highs", threads=1)
    plan = planner.solve(small(), options, on_event=events.append)
    assert [event.audited for event in events] == [False] * (len(events) - 1) + [True]
    assert (events[-1].cost, events[-1].bound) == (plan.cost, plan.bound)


def test_where_there_is_no_plan_nothing_is_audited() -> None:
    events: list[Any] = []
    none = small({"fleet.h800.rent.max_nodes": 0, "fleet.h800.reserve.max_nodes": 0})
    assert planner.solve(none, planner.SolveOptions(threads=1), on_event=events.append).status == "infeasible"
    assert not any(event.audited for event in events)
