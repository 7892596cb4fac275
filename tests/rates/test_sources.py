"""Where rates come from, how sure they are, and what a user may say about units and speculation."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

import planner
from planner.core.errors import InstanceError
from planner.rates.adapters import static_estimate
from planner.rates.compute import compute_rates
from planner.view.reporting.console import render, standing
from tests.examples import small

CHAT = {
    "workloads.chat.model": "deepseek-v3",
    "workloads.chat.lengths": {"input_tokens": 2000, "output_tokens": 500},
    "workloads.chat.sla": {"tpot_ms": 50},
}


def kernel_rated(*units: dict[str, Any], **changes: Any) -> planner.Instance:
    """Decode on H800 is rated by the kernel, prefill by the instance."""
    prefill = {
        "name": "reader",
        "role": "prefill",
        "hardware": "h800",
        "nodes": 1,
        "rate_tokens_per_s": {"chat": 50_000},
    }
    return small(CHAT | {"deployments": [prefill, *units]} | changes)


DECODE = {"role": "decode", "ep": 32, "hardware": "h800"}


def decode_rates(instance: planner.Instance, **keywords: Any) -> dict[str, Any]:
    rates = compute_rates(instance, **keywords)
    place = next(index for index, work in enumerate(rates.works) if work.name == "chat.decode")
    return {
        unit.name: (float(rates.rate[index, place]), rates.details[index]["chat.decode"])
        for index, unit in enumerate(rates.units)
        if rates.rate[index, place]
    }


def only(instance: planner.Instance) -> tuple[float, Any]:
    (found,) = decode_rates(instance).values()
    return found


def test_a_pessimistic_quantile_plans_with_a_slower_unit_that_still_keeps_tpot() -> None:
    middle, told = only(kernel_rated(DECODE))
    low, careful = only(kernel_rated(DECODE, rates={"quantile": 0.1}))
    assert (told.quantile, careful.quantile) == (0.5, 0.1)
    assert low < middle * told.band_low * 1.001  # a slower step also leaves less room for a batch
    assert careful.tpot_ms <= 50.0 + 1e-6
    assert careful.band_low == pytest.approx(1.0)
    assert careful.band_high == pytest.approx(told.band_high / told.band_low)


def test_a_deployment_may_be_surer_than_the_rest() -> None:
    whole, _ = only(kernel_rated(DECODE, rates={"quantile": 0.1}))
    own, told = only(kernel_rated(DECODE | {"rate_quantile": 0.1}))
    assert own == pytest.approx(whole)
    assert told.quantile == 0.1


def test_speculation_of_a_workload_reaches_the_kernel() -> None:
    def rate(**speculation: float) -> float:
        return only(kernel_rated(DECODE, **{"workloads.chat.speculation": speculation}))[0]

    assert (
        rate(draft_tokens=1, accept_length=1.9)
        > rate(draft_tokens=1, accept_length=1.6)
        > rate(draft_tokens=0)
    )


def test_recipe_of_a_deployment_reaches_the_kernel() -> None:
    plain, narrow = (only(kernel_rated(DECODE | more))[0] for more in ({}, {"recipe": "fp8_kv8"}))
    assert plain != narrow


@pytest.mark.parametrize(
    ("units", "changes", "fault"),
    [
        ([DECODE | {"recipe": "fp9"}], {}, "no recipe 'fp9'"),
        (
            [DECODE],
            {"workloads.chat.speculation": {"draft_tokens": 1, "accept_length": 2.5}},
            "between 1 and 1",
        ),
        ([DECODE], {"rates": {"quantile": 1.0}}, "above 0, below 1"),
        (
            [{"role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 9.0}, "recipe": "fp8"}],
            {},
            "recipe is for rates the kernel computes",
        ),
    ],
)
def test_what_does_not_fit_is_reported_at_the_door(
    units: list[Any], changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(InstanceError) as caught:
        kernel_rated(*units, **changes)
    assert fault in str(caught.value)


def test_measured_source_leaves_out_what_is_computed() -> None:
    rates = compute_rates(kernel_rated(DECODE), source="measured")
    assert [unit.name for unit in rates.units] == ["reader"]
    assert "not measured" in rates.rejected[0].why


def test_aiconfigurator_source_rates_what_it_can_and_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def estimate(model: str, system: str, **asked: Any) -> SimpleNamespace:
        if asked["moe_ep_size"] == 144:
            raise RuntimeError("Cross-node EP requires DeepEP A2A data")
        return SimpleNamespace(tpot=20.0 + asked["batch_size"] / 10, ttft=1000.0)

    monkeypatch.setattr(static_estimate, "_estimate", lambda: estimate)
    static_estimate.decode_seconds.cache_clear()
    units = [DECODE | {"ep": [32, 144]}]
    instance = kernel_rated(*units, **{"hardware": {"h800": {"like": "h200"}}})
    found = compute_rates(instance, source="aiconfigurator")
    static_estimate.decode_seconds.cache_clear()
    rate, told = next(
        (found.rate[index].max(), found.details[index]["chat.decode"])
        for index, unit in enumerate(found.units)
        if unit.name != "reader"
    )
    assert told.source == "aiconfigurator"
    assert rate == pytest.approx(32 * told.batch_per_gpu / (told.tpot_ms / 1e3))
    assert ["DeepEP A2A" in option.why for option in found.rejected] == [True]


def test_the_plan_tells_where_its_rates_are_from() -> None:
    plan = planner.solve(kernel_rated(DECODE))
    by_role = {unit.role: unit for unit in plan.units}
    assert by_role["prefill"].provenance == "measured"
    assert by_role["decode"].provenance == "calibrated"
    assert by_role["decode"].band_low < 1.0 < by_role["decode"].band_high
    again = planner.Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again.units == plan.units
    assert standing(by_role["decode"]).startswith("calibrated, 0.")
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(render(plan))
    assert "calibrated, 0." in console.export_text()
