"""Availability of pools of several kinds of units: what the audit finds, the model plans, and a replay attains."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import planner
from kernels.queueing import standing_share
from planner.rates.compute import compute_rates
from planner.rates.standing import losses_of
from planner.verify.audit.standing import alike, share_standing, swapped
from planner.verify.simulation import ReplayOptions

QUICK = planner.SolveOptions(solver="highs", threads=1, relative_gap=1e-6)


def wide_and_narrow(**changes: Any) -> planner.Instance:
    """One unit of 18 nodes could carry the demand alone, nine of two nodes cannot."""
    data = {
        "version": 1,
        "name": "wide_and_narrow",
        "horizon": {"start": "2025-01-01T00:00+00:00", "period_hours": 24, "periods": 1},
        "hardware": {name: {"gpus_per_node": 8} for name in ("a", "b")},
        "workloads": {"chat": {"demand": {"output_tokens_per_s": 190_000}, "sla": {"availability": 0.999}}},
        "deployments": [
            {
                "name": name,
                "role": "decode",
                "hardware": on,
                "nodes": nodes,
                "rate_tokens_per_s": {"chat": rate},
            }
            for name, on, nodes, rate in (("wide", "a", 18, 253_000), ("narrow", "b", 2, 16_800))
        ],
        "fleet": {
            "a": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 16}},
            "b": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 12, "max_nodes": 18}},
        },
    }
    return planner.from_dict(data).override(changes)


def test_a_wide_unit_has_no_stand_in_among_nine_narrow_ones() -> None:
    instance = wide_and_narrow()
    plan = planner.solve(instance, QUICK)
    assert plan.status == "optimal"
    assert plan.cost == pytest.approx(
        20_736.0
    )  # three wide units: two are both down 1.2 thousandths of the time
    unpromised = planner.solve(instance.override({"workloads.chat.sla": {}}), QUICK)
    assert unpromised.cost == pytest.approx(6_912.0)
    short = planner.check(instance, dataclasses.replace(unpromised, instance=instance.name))
    assert any(one.rule == "availability" and "96.53" in one.message for one in short.violations)


def test_the_plan_of_each_kind_apart_is_refused() -> None:
    """One wide and nine narrow units for 12,096 USD once held by 28 rules."""
    instance = wide_and_narrow()
    free = instance.override({"workloads.chat.sla": {}})
    plan = planner.solve(free, QUICK)
    units = {unit.unit: unit for unit in plan.units}
    narrow = dataclasses.replace(units["wide"], unit="narrow", hardware="b", gpus=16, nodes=2, on=(9,))
    mixed = dataclasses.replace(plan, units=(units["wide"], narrow))
    told = planner.check(instance, mixed).violations
    assert any(one.rule == "availability" and one.amount == pytest.approx(0.0336, abs=1e-3) for one in told)


def test_a_mixed_pool_that_keeps_its_promise_is_found_and_replayed() -> None:
    instance = wide_and_narrow(
        **{"hardware.a.failures_per_node_year": 40.0, "hardware.b.failures_per_node_year": 40.0},
        **{"fleet.a.rent.max_nodes": 36, "workloads.chat.sla.availability": 0.98},
        **{"workloads.chat.demand.output_tokens_per_s": 150_000, "workloads.chat.sla.tpot_ms": 50},
        **{"workloads.chat.lengths": {"input_tokens": 100, "output_tokens": 100}},
    )
    plan = planner.solve(instance, QUICK)
    assert plan.usable, plan.reasons
    on = {unit.unit: unit.on[0] for unit in plan.units}
    assert on == {"wide": 2, "narrow": 9}  # either two wide ones or one beside nine narrow ones miss it
    found = planner.simulate(instance, plan, options=ReplayOptions(seeds=(1,), requests=200))
    standing = found.workloads[0].standing_share
    assert standing is not None
    assert standing.mean is not None
    assert standing.mean >= 0.98 - (standing.half_width or 0.0)


@pytest.mark.parametrize("seed", range(6))
def test_two_arithmetics_of_the_same_chance(seed: int) -> None:
    draws = np.random.default_rng(seed)
    instance = wide_and_narrow(
        **{"hardware.a.failures_per_node_year": float(draws.uniform(1, 90))},
        **{"hardware.b.swap_hours": 0.5, "hardware.b.failures_per_node_year": float(draws.uniform(1, 90))},
    )
    rates = compute_rates(instance)
    laws = [losses_of(instance, rates, unit) for unit in (0, 1)]
    count, works = draws.integers(1, 9, 2), int(draws.integers(1, 3))
    rate = draws.uniform(0.5, 3.0, (2, works))
    asked = draws.uniform(0.2, 0.6, works) * (count @ rate)
    lost = 1.0 - (1.0 - laws[0].down) ** 18
    assert laws[1].restarting is not None
    groups = [
        alike((1, 0), int(count[0]), lost),
        swapped((0, 1), int(count[1]), 2, laws[1].down, laws[1].restarting),
    ]
    judged = share_standing(count, groups, rate, asked, 1.0)
    assert judged == pytest.approx(standing_share(count.tolist(), laws, rate, asked), abs=1e-7)


def test_three_works_divide_what_is_up_by_a_linear_program() -> None:
    rate, asked = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]), np.array([1.0, 1.0, 1.0])
    groups = [alike((1, 0), 2, 0.1), alike((0, 1), 2, 0.2)]
    share = share_standing(np.array([2, 2]), groups, rate, asked, 0.999)
    # one of each kind for its own work, and one more of either for the work between
    both, one = 0.81 * 0.64, 0.18 * 0.64 + 0.81 * 0.32
    assert share == pytest.approx(both + one)


def test_small_units_of_two_kinds_on_one_node_fall_together() -> None:
    groups = [alike((2, 2), 1, 0.1), alike((0, 4), 1, 0.1)]
    rate = np.array([[1.0], [1.0]])
    assert share_standing(np.array([2, 6]), groups, rate, np.array([4.0]), 0.999) == pytest.approx(0.99)
    assert share_standing(np.array([2, 6]), groups, rate, np.array([5.0]), 0.999) == pytest.approx(0.81)


def test_units_on_gpus_sold_one_by_one_do_not_all_lie_on_one_node() -> None:
    """A channel that sells GPUs is one name in the plan; its units once all fell with one node."""
    instance = planner.from_dict(
        {
            "version": 1,
            "name": "gpus",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 1},
            "hardware": {"x": {"gpus_per_node": 8, "failures_per_node_year": 20.0, "repair_hours": 24.0}},
            "workloads": {"chat": {"demand": {"requests_per_s": 40.0}, "sla": {"availability": 0.99}}},
            "deployments": [
                {"name": "u", "role": "request", "ep": 2, "rate_requests_per_s": {"chat": 1.0}},
                {"name": "v", "role": "request", "ep": 4, "rate_requests_per_s": {"chat": 2.1}},
            ],
            "fleet": {"x": {"gpus": {"kind": "on_demand", "price_usd_per_gpu_hour": 1.0}}},
        }
    )
    plan = planner.solve(instance, QUICK)
    assert plan.usable, plan.reasons
    assert {node for record in plan.placed for node in record.nodes} == {"gpus:gpus"}


def two_phases(readers: int, writers: int) -> tuple[planner.Instance, planner.Plan]:
    """One of each kind is needed; both are down 5.2 % of the time, and no unit links prefill and decode."""
    fleet = {name: {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 10}} for name in ("a", "b")}
    instance = wide_and_narrow(
        **{
            "hardware": {
                name: {"gpus_per_node": 8, "failures_per_node_year": 20.0, "repair_hours": 24.0}
                for name in ("a", "b")
            },
            "workloads.chat": {
                "demand": {"input_tokens_per_s": 900.0, "output_tokens_per_s": 90.0},
                "sla": {"availability": 0.996},
            },
            "deployments": [
                {
                    "name": "read",
                    "role": "prefill",
                    "hardware": "a",
                    "nodes": 1,
                    "rate_tokens_per_s": {"chat": 1000.0},
                },
                {
                    "name": "write",
                    "role": "decode",
                    "hardware": "b",
                    "nodes": 1,
                    "rate_tokens_per_s": {"chat": 100.0},
                },
            ],
            "fleet": fleet,
        }
    )
    plan = planner.solve(instance, QUICK)
    running = {"read": readers, "write": writers}
    units = tuple(dataclasses.replace(unit, on=(running[unit.unit],)) for unit in plan.units)
    return instance, dataclasses.replace(plan, units=units)


@pytest.mark.parametrize(("readers", "writers", "kept"), [(2, 2, False), (3, 2, False), (3, 3, True)])
def test_each_part_of_a_promise_misses_no_more_than_its_equal_share(
    readers: int, writers: int, kept: bool
) -> None:
    """Two of a kind are both down 0.27 % of the time, three 0.014 %: each phase may miss 0.2 %, both together 0.4 %."""
    instance, plan = two_phases(readers, writers)
    told = [one for one in planner.check(instance, plan).violations if one.rule == "availability"]
    assert (not told) == kept
