"""How busy units may be is found twice: whatever the plan's formula gets wrong, the audit refuses the plan."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.special import gammaincc

import planner
from planner.instance import Phase
from planner.rates.compute import compute_rates
from planner.rates.waits import wait_cap
from planner.verify.audit.demanded import asked
from planner.verify.audit.promises import _ServerPool
from planner.verify.audit.requests import RequestFacts
from planner.verify.audit.token_times import erlang_wait, gamma_tail

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.instance import Instance

QUICK = planner.SolveOptions(solver="highs", threads=1)
MEANS: dict[str, Any] = {"input_tokens": 2511.0, "output_tokens": 23.0}
HURRIED = {"ttft_ms": {"p50": 1500}, "tpot_ms": 12}
"""Of units that only write the time per token is what limits a batch, not memory."""
ALL_LENGTHS: dict[str, Any] = {
    "classes": [
        {"share": 1.0, "input_tokens": 100.0 + 30.0 * one, "output_tokens": 5.0 + one} for one in range(96)
    ]
}


def pool(
    role: str, lengths: dict[str, Any] = MEANS, queueing: dict[str, Any] | None = None, **workload: Any
) -> Instance:
    roles = [role] if role == "colocated" else ["prefill", "decode"]
    return planner.from_dict(
        {
            "version": 1,
            "name": "pool",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 1},
            "workloads": {
                "code": {
                    "model": "qwen3-32b",
                    "demand": {
                        "input_tokens_per_s": 25110.0,
                        "cached_tokens_per_s": 5000.0,
                        "output_tokens_per_s": 230.0,
                    },
                    "lengths": lengths,
                    "sla": {"ttft_ms": {"p99": 1500}, "tpot_ms": 40},
                    "queueing": queueing or {},
                    **workload,
                }
            },
            "deployments": [{"role": role, "ep": 8, "tensor_parallel": 4} for role in roles],
            "fleet": {
                "h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 90}}
            },
        }
    )


@cache
def sound(role: str) -> Instance:
    hurried = {"sla": HURRIED} if role == "hurried" else {}
    instance = pool(role, queueing={"ranks": "bound"}, **hurried)
    plan = planner.solve(instance, QUICK)
    assert plan.usable, plan.reasons
    return instance


def more(right: Callable[..., Any], *given: Any) -> Any:
    return right(*given) * 1.05


def slower(right: Callable[..., Any], *given: Any) -> Any:
    reading = right(*given)
    return None if reading is None else replace(reading, full_s=reading.full_s * 0.95)


WRONG: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "time per token": ("colocated", "waits.token_time_cap", more),
    "time per token of steps": ("hurried", "waits.step_time_cap", more),
    "places in memory": ("decode", "waits.packed_share", more),
    "passes": ("prefill", "waits.reading_of", slower),
    "ranks": ("prefill", "waits.ranks_apart", lambda right, *given: 1),
    "work of a request": ("prefill", "waits.mean_work", lambda right, *given: right(*given) * 0.5),
    "variation of prompts": ("prefill", "waits.prefill_scv", lambda right, *given: 0.2),
    "variation of answers": ("colocated", "token_times.decode_scv", lambda right, *given: 0.2),
    "slots": (
        "decode",
        "waits.server_slots",
        lambda right, *given: replace(right(*given), count=3 * right(*given).count),
    ),
    "share to keep": ("prefill", "waits.share_to_keep", lambda right, *given: right(*given) - 0.005),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_formula_of_the_plan_is_refused(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    role, where, wrong = WRONG[what]
    instance, (module, name) = sound(role), where.split(".")
    right = getattr(import_module(f"planner.rates.{module}"), name)
    monkeypatch.setattr(f"planner.rates.{where}", lambda *given: wrong(right, *given))
    assert planner.solve(instance, QUICK).status == "refused"


@pytest.mark.parametrize(
    "instance",
    [
        pool("colocated"),
        pool("colocated", ALL_LENGTHS, {"arrival_scv": 4.0}),
        pool("colocated", MEANS, {"router": "round_robin", "decode_scv": 3.0, "prefill_scv": 0.5}),
        pool("prefill", MEANS | {"input_scv": 1.4, "output_scv": 0.3}, {"router": "random"}),
        pool("prefill", queueing={"ranks": "even"}),
        pool("prefill", queueing={"ranks": "bound"}, sla=HURRIED),
        pool("prefill", MEANS | {"input_scv": 1.4, "output_scv": 0.3}, sla=HURRIED),
    ],
)
def test_both_find_the_same_by_different_routes(instance: Instance) -> None:
    """Of pools of every size, between the sizes that are worked out too."""
    rates, sizes = compute_rates(instance), np.array([3, 9, 40])
    requests, compared = RequestFacts(instance, rates, asked(instance)), 0
    for unit, work in np.argwhere(rates.rate > 0).tolist():
        mine = _ServerPool(requests, unit, work).carried(sizes) / sizes
        np.testing.assert_allclose(mine, wait_cap(instance, rates, unit, work, sizes), rtol=1e-9)
        compared += rates.works[work].phase is Phase.DECODE and mine.max() < 1.0
    assert compared


def test_the_tail_of_a_gamma_law() -> None:
    np.testing.assert_allclose(gamma_tail(np.ones(3), np.array([0.0, 1.0, 5.0])), np.exp([0.0, -1.0, -5.0]))
    assert gamma_tail(np.zeros(1), np.zeros(1)).tolist() == [0.0]
    shape, above = (
        one.ravel() for one in np.meshgrid(np.geomspace(1e-3, 1e3, 25), np.geomspace(1e-4, 2e3, 25))
    )
    np.testing.assert_allclose(gamma_tail(shape, above), gammaincc(shape, above), atol=1e-11)


def test_erlangs_formula_by_hand() -> None:
    assert erlang_wait(1, 0.5) == pytest.approx(0.5)
    assert erlang_wait(2, 1.0) == pytest.approx(1.0 / 3.0)
    assert (erlang_wait(3, 3.0), erlang_wait(3, 0.0)) == (1.0, 0.0)
    assert erlang_wait(10_000, 100.0) == pytest.approx(0.0, abs=1e-200)
