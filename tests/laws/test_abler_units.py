"""A unit that may serve one more workload never costs more, however strict the promise of that one is."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import planner
from planner.rates.compute import compute_rates
from tests.laws.solving import least_cost, no_less

Data = dict[str, Any]
LIMIT_S = 6.0
"""For what the decomposition leaves to an engine after a share of its time."""
LIMITED = {"lax": {"prefill_busy_limit": 0.9}, "strict": {"prefill_busy_limit": 0.5}}
COMPUTED: Data = {"lax": {"prefill_scv": 1.0}, "strict": {"prefill_scv": 0.2}}


def question(queueing: Data, more: tuple[str, ...] = (), scale: float = 1.0, **apart: bool) -> Data:
    """Two workloads with a unit each; `more` is what the unit of the lax one may serve beside it."""
    lengths = {"input_tokens": 500, "output_tokens": 100}
    lax = {"input_tokens_per_s": [10_000.0, 6_000.0], "scale": scale}
    strict = {"input_tokens_per_s": [3_000.0, 0.0], "scale": scale}
    return {
        "version": 1,
        "name": "abler",
        "horizon": {"start": "2025-01-06T00:00+00:00", "periods": 2},
        "workloads": {
            "lax": {
                "demand": lax,
                "lengths": lengths,
                "sla": {"ttft_ms": {"p90": 60_000}},
                "queueing": queueing["lax"],
            },
            "strict": {
                "demand": strict,
                "lengths": lengths,
                "sla": {"ttft_ms": {"p99": 2_000}},
                "queueing": queueing["strict"],
            },
        },
        "deployments": [
            {
                "name": "able",
                "role": "prefill",
                "nodes": 1,
                "rate_tokens_per_s": {"lax": 1000, **dict.fromkeys(more, 1000)},
                **apart,
            },
            {"name": "other", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"strict": 1000}},
        ],
        "fleet": {"h800": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 10.0, "max_nodes": 60}}},
    }


@pytest.mark.parametrize(
    ("queueing", "method"),
    [(LIMITED, "direct"), (COMPUTED, "direct"), (LIMITED, "decompose")],
    ids=["measured", "computed", "decompose"],
)
def test_a_unit_that_may_serve_more_never_costs_more(queueing: Data, method: str) -> None:
    fewer, more = (
        least_cost(question(queueing, some, scale=0.2), method, LIMIT_S) for some in ((), ("strict",))
    )
    assert no_less(fewer, more)
    if method == "direct":  # on units that serve both the second would be dearer than the first
        together = question(queueing, ("strict",), scale=0.2, serve_apart=False)
        assert least_cost(together, method) > fewer


@pytest.mark.parametrize(
    ("apart", "nodes"),
    [
        (True, [18, 7]),  # 10 / 0.9 + 3 / 0.5 = 17.1; 6 / 0.9 = 6.7: nothing of the strict one comes
        (False, [26, 7]),  # 13 / 0.5 on units that serve both
    ],
)
def test_units_kept_to_the_lax_workload_are_as_busy_as_it_allows(apart: bool, nodes: list[int]) -> None:
    data = question(LIMITED, ("strict",), serve_apart=apart)
    del data["deployments"][1]
    plan = planner.solve(planner.from_dict(data), planner.SolveOptions(relative_gap=0.0))
    assert plan.status == "optimal"
    assert plan.cost == pytest.approx(10.0 * sum(nodes))
    assert not planner.check(planner.from_dict(data), plan).violations


def test_where_availability_is_promised_every_unit_serves_all() -> None:
    data = copy.deepcopy(question(LIMITED, ("strict",)))
    data["workloads"]["strict"]["sla"]["availability"] = 0.99
    names = {unit.name for unit in compute_rates(planner.from_dict(data)).units}
    assert names == {"able", "other"}
