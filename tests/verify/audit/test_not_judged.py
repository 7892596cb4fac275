"""What the audit cannot judge it says: whose caches answers of work that may wait are written from."""

from __future__ import annotations

from typing import Any

import planner

QUICK = planner.SolveOptions(solver="highs", threads=1)


def night(deployments: list[dict[str, Any]], deadline_hours: float) -> planner.Instance:
    """Prompts and answers that one fast reader and one fast writer, both co-located, would rather share out."""
    return planner.from_dict(
        {
            "version": 1,
            "name": "night",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 2},
            "workloads": {
                "batch": {
                    "demand": {"input_tokens_per_s": [900.0, 100.0], "output_tokens_per_s": [90.0, 10.0]},
                    "deferral": {"deadline_hours": deadline_hours},
                }
            },
            "hardware": {"node": {"gpus_per_node": 8}},
            "deployments": deployments,
            "fleet": {"node": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 2.0}}},
        }
    )


def unit(name: str, reads: float, writes: float) -> dict[str, Any]:
    rates = {"batch": {"prefill": reads, "decode": writes}}
    return {"role": "colocated", "name": name, "gpus": 8, "rate_tokens_per_s": rates}


READER, WRITER = unit("reader", 1000.0, 10.0), unit("writer", 100.0, 100.0)


def test_shared_out_phases_of_work_that_waits_are_named() -> None:
    instance = night([READER, WRITER], 1.0)
    plan = planner.solve(instance, QUICK)
    warnings = planner.check(instance, plan).warnings
    assert [line.split(" reads")[0] for line in warnings] == [
        "workloads.batch: reader",
        "workloads.batch: writer",
    ]
    assert any("not held to answer what they read" in warning for warning in plan.warnings)


def test_nothing_is_left_open_where_it_cannot_wait_or_one_kind_does_all() -> None:
    for instance in (night([READER, WRITER], 0.0), night([WRITER], 1.0)):
        assert planner.check(instance, planner.solve(instance, QUICK)).warnings == ()
