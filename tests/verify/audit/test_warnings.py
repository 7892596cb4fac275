"""What a question takes for granted stands in its plan: a warning that is gone or reworded is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import planner
from tests.examples import small

QUICK = planner.SolveOptions(solver="highs", threads=1)
HAVE = {"kind": "existing", "nodes": 5, "increment_nodes": 2, "free": True}
QUESTION: dict[str, Any] = {
    "fleet.h800.have": HAVE,
    "fleet.h800.buy": {"kind": "purchase", "price_usd_per_node": 300_000.0, "life_years": 4},
    "fleet.h800.late": {
        **{"kind": "contract", "hours": 900, "price_usd_per_node_hour": 1.0, "lead_time_hours": 50.0},
    },
    "stages": {"now": {"years": 1}},
    "workloads.chat.sla": {"ttft_ms": {"p99": 9000.0}},
    "workloads.chat.free": True,
    "assumed": ["day.csv: hours in UTC, as nothing else is said"],
}
SAID = (
    "day.csv: hours in UTC",
    "money of all years counts alike",
    "fleet.h800.have: its nodes cost nothing",
    "fleet.h800.have: its 5 nodes are held in multiples of 2",
    "fleet.h800.buy: what is paid at the start costs no interest",
    "fleet.h800.late: never starts",
    "fleet.h800.late: none of its nodes stands in time",
    "workloads.chat.sla.ttft_ms: promised to a share of 0.99",
)


@pytest.fixture(scope="module")
def solved() -> tuple[planner.Instance, planner.Plan]:
    instance = small({key: value for key, value in QUESTION.items() if key != "workloads.chat.free"})
    return instance, planner.solve(instance, QUICK)


def test_every_warning_that_is_gone_or_reworded_is_named(
    solved: tuple[planner.Instance, planner.Plan],
) -> None:
    instance, plan = solved
    assert not planner.check(instance, plan).violations
    for begin in SAID:
        (sentence,) = (one for one in plan.warnings if one.startswith(begin))
        others = tuple(one for one in plan.warnings if one != sentence)
        for changed in (others, (*others, sentence.replace(" ", " not ", 1))):
            broken = planner.check(instance, replace(plan, warnings=changed))
            assert [(one.rule, sentence in one.message) for one in broken.violations] == [("warnings", True)]


def test_words_of_the_search_are_told_as_such(solved: tuple[planner.Instance, planner.Plan]) -> None:
    instance, plan = solved
    said = "highs claims a bound of 9, but a checked plan costs 8: none of its proofs is used"
    audit = planner.check(instance, replace(plan, warnings=(*plan.warnings, said)))
    assert (audit.passed, audit.warnings) == (True, (f"of the search, not judged: {said}",))


def test_constraints_of_its_own_are_among_them() -> None:
    instance = small()

    def steady(model: Any) -> None:
        first, *others = model.find("on", unit="decode").values()
        for running in others:
            model.problem += running >= first

    plan = planner.solve(instance, QUICK, customize=steady)
    assert not planner.check(instance, plan).violations
    broken = planner.check(instance, replace(plan, warnings=()))
    assert [one.message for one in broken.violations] == [
        "the plan does not say: solved with 2 constraints of its own: ..."
    ]
