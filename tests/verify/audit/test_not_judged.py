"""What the audit cannot judge it says: whose caches answers of work that may wait are written from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import planner
from tests.reference.reference import optimum

QUICK = planner.SolveOptions(solver="highs", threads=1)


def night(
    deployments: list[dict[str, Any]],
    deadline_hours: float,
    answers: list[float] | None = None,
    prompts: list[float] | None = None,
) -> planner.Instance:
    """Prompts and answers that one fast reader and one fast writer, both co-located, would rather share out."""
    return planner.from_dict(
        {
            "version": 1,
            "name": "night",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 2},
            "workloads": {
                "batch": {
                    "demand": {
                        "input_tokens_per_s": prompts or [900.0, 100.0],
                        "output_tokens_per_s": answers or [90.0, 10.0],
                    },
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


def test_units_that_answer_what_they_read_cost_what_both_take() -> None:
    """By hand: 1,000 prompts and 100 answers take 1 + 10 hours of a reader, 10 + 1 of a writer: 11 at 2 USD."""
    data = night([READER, WRITER], 1.0).model_dump(mode="json", exclude_unset=True)
    plan = planner.solve(night([READER, WRITER], 1.0), QUICK)
    assert plan.cost == pytest.approx(22.0)
    assert optimum(data).expected == pytest.approx(22.0)
    audit = planner.check(night([READER, WRITER], 1.0), plan)
    assert (audit.violations, audit.warnings) == ((), ())
    assert not any("held to answer" in warning for warning in plan.warnings)
    moved = replace(plan, served=tuple(replace(one, unit=_of(one)) for one in plan.served))
    assert any(
        one.rule == "colocation" for one in planner.check(night([READER, WRITER], 1.0), moved).violations
    )


def test_more_may_be_done_in_a_period_than_any_brings() -> None:
    """By hand: a unit of 11 nodes does all 1,000 prompts and 100 answers in one hour of both, for 22 USD."""
    large = unit("large", 11_000.0, 110.0) | {"gpus": 88}
    instance = night([large, WRITER], 1.0, prompts=[500.0, 500.0], answers=[50.0, 50.0])
    plan = planner.solve(instance, QUICK)
    assert (str(plan.status), plan.cost) == ("optimal", pytest.approx(22.0))


def _of(record: Any) -> str:
    """Who would do it, if readers read and writers wrote."""
    return "reader" if record.phase == "prefill" else "writer"


def test_shared_out_phases_of_work_that_waits_in_other_proportions_are_named() -> None:
    instance = night([READER, WRITER], 1.0, answers=[90.0, 20.0])
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
