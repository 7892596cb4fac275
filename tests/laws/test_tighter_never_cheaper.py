"""Cost never falls when demand, a price, a promise or a limit tightens, nor rises with another option."""

from __future__ import annotations

import pytest

from tests.laws.questions import QUESTIONS
from tests.laws.solving import changed, least_cost, no_less

METHODS = ("direct", "decompose")
RENT = "fleet.h800.rent"

TIGHTER = {
    "more demand": {"workloads.chat.demand.scale": 2.3},
    "a little more demand": {"workloads.chat.demand.scale": 1.01},
    "a dearer node": {f"{RENT}.price_usd_per_node_hour": 19.0},
    "fewer nodes": {f"{RENT}.max_nodes": 1},
    "larger increments": {"fleet.h800.reserve.increment_nodes": 4},
    "nodes that must be held": {"fleet.h800.reserve.min_nodes": 12},
    "one kind of hardware": {"limits.hardware_types": 1},
    "starts that cost": {"start_up.usd_per_node": 50.0},
    "starts that last": {"start_up.minimum_up_hours": 3.0},
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tighter", TIGHTER)
@pytest.mark.parametrize("question", QUESTIONS)
def test_tighter_is_never_cheaper(question: str, tighter: str, method: str) -> None:
    if method == "decompose" and question not in ("plain", "starts"):
        pytest.skip("the decomposition hands this question to the direct method")
    base = QUESTIONS[question]
    tightened = changed(base, TIGHTER[tighter])
    if tighter.endswith("demand"):
        scale = base["workloads"]["chat"]["demand"].get("scale", 1.0)
        tightened = changed(base, {"workloads.chat.demand.scale": scale * TIGHTER[tighter]["workloads.chat.demand.scale"]})
    assert no_less(least_cost(tightened, method), least_cost(base, method))
