"""What a safe form of availability cannot find is not called infeasible; what no form finds is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import planner
from kernels.queueing import standing_share
from planner.rates.compute import compute_rates
from planner.rates.standing import losses_of

RATES = (1.0, 1.1, 1.2, 1.3, 1.4)
QUICK = planner.SolveOptions(solver="highs", threads=1)


def one_node_of_each(availability: float, per_s: float = 3.0) -> planner.Instance:
    """Five kinds of units, too many for every mix to be listed, and one node of each on offer."""
    names = [f"h{place}" for place in range(len(RATES))]
    own = {"kind": "existing", "nodes": 1}
    return planner.from_dict(
        {
            "version": 1,
            "name": "one_of_each",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 1},
            "hardware": {
                name: {"gpus_per_node": 8, "failures_per_node_year": 20.0, "repair_hours": 24.0}
                for name in names
            },
            "workloads": {
                "chat": {"demand": {"requests_per_s": per_s}, "sla": {"availability": availability}}
            },
            "deployments": [
                {
                    "name": name,
                    "role": "request",
                    "hardware": name,
                    "nodes": 1,
                    "rate_requests_per_s": {"chat": rate},
                }
                for name, rate in zip(names, RATES, strict=True)
            ],
            "fleet": {name: {"own": own} for name in names},
        }
    )


def attained(instance: planner.Instance, per_s: float) -> float:
    rates = compute_rates(instance)
    laws = [losses_of(instance, rates, unit) for unit in range(len(RATES))]
    return standing_share([1] * len(RATES), laws, rates.rate, np.array([per_s]))


@pytest.mark.parametrize(
    ("more", "per_s", "status"), [(-1e-4, 3.0, "no_plan"), (0.0, 7.0, "infeasible"), (-0.3, 3.0, "optimal")]
)
def test_infeasible_is_what_is_proven(more: float, per_s: float, status: str) -> None:
    most = attained(one_node_of_each(0.9, 3.0), 3.0)
    plan = planner.solve(one_node_of_each(most + more, per_s), QUICK)
    assert plan.status == status
    told: Any = " ".join((*plan.reasons, *plan.warnings))
    assert ("whether one keeps it exactly is not known" in told) == (status == "no_plan")
    assert (status == "infeasible") or "safe but not exact" in told or status == "no_plan"
