"""Cost never falls when demand, a price, a promise or a limit tightens, nor rises with another option."""

from __future__ import annotations

import pytest

from tests.examples import SCALE
from tests.laws.questions import QUESTIONS
from tests.laws.solving import changed, least_cost, no_less

COVERED = ("plain", "starts")  # what the decomposition answers itself
ASKED = [*((name, "direct") for name in QUESTIONS), *((name, "decompose") for name in COVERED)]
RENT = "fleet.h800.rent"

TIGHTER: dict[str, dict[str, float]] = {
    "more demand": {SCALE: 2.3},
    "a little more demand": {SCALE: 1.01},
    "a dearer node": {f"{RENT}.price_usd_per_node_hour": 19.0},
    "fewer nodes": {f"{RENT}.max_nodes": 1},
    "larger increments": {"fleet.h800.reserve.increment_nodes": 4},
    "nodes that must be held": {"fleet.h800.reserve.min_nodes": 12},
    "one kind of hardware": {"limits.hardware_types": 1},
    "starts that cost": {"start_up.usd_per_node": 50.0},
    "starts that last": {"start_up.minimum_up_hours": 3.0},
}


@pytest.mark.parametrize("tighter", TIGHTER)
@pytest.mark.parametrize(("question", "method"), ASKED)
def test_tighter_is_never_cheaper(question: str, tighter: str, method: str) -> None:
    base = QUESTIONS[question]
    changes = dict(TIGHTER[tighter])
    if SCALE in changes:
        changes[SCALE] *= base["workloads"]["chat"]["demand"].get("scale", 1.0)
    assert no_less(least_cost(changed(base, changes), method), least_cost(base, method))
