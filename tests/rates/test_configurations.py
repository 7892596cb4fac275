"""What a deployment says of how its units run: choices, their names, and what the kernel makes of them."""

from __future__ import annotations

from typing import Any

import pytest

import planner
from planner.instance import Deployment
from planner.rates.compute import compute_rates
from planner.rates.configurations import configurations_of

Data = dict[str, Any]


def question(**deployment: Any) -> Data:
    """DeepSeek-R1 on H200, one deployment."""
    return {
        "version": 1,
        "name": "runs",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 1},
        "workloads": {
            "chat": {
                "model": "deepseek-r1",
                "demand": {"output_tokens_per_s": 2000},
                "lengths": {"input_tokens": 2000, "output_tokens": 1000},
                "sla": {"tpot_ms": 50},
            }
        },
        "deployments": [{"role": "decode"} | deployment],
        "fleet": {"h200": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 3.0}}},
    }


def units(**deployment: Any) -> dict[str, Any]:
    """Every unit by name, with how its decode rate came about; those that others dominate have None."""
    rates = compute_rates(planner.from_dict(question(**deployment)))
    kept = {unit.name: rates.details[place]["chat.decode"] for place, unit in enumerate(rates.units)}
    return {one.name: None for one in rates.rejected} | kept


def test_what_is_listed_is_in_the_name_and_what_is_not_is_as_usual() -> None:
    assert set(units(ep=16)) == {"h200.decode.ep16"}
    assert set(units(gpus=16, recipe="fp8", engine="sglang")) == {"h200.decode.ep16"}
    some = units(
        gpus=[8, 16],
        tensor_parallel=[1, 8],
        recipe=["fp8", "w4a8"],
        speculative=["none", {"draft_tokens": 2}],
    )
    assert len(some) == 16
    assert "h200.decode.ep16.tp8.w4a8.draft2" in some
    assert max(map(len, some)) <= 40


def test_rates_tell_how_units_run() -> None:
    usual = units(ep=16)["h200.decode.ep16"]
    assert (usual.recipe, usual.tensor_parallel, usual.draft_tokens) == ("fp8", 1, 0.0)
    assert usual.runs_as == "fp8, TP1, typical"
    given = units(ep=16, tensor_parallel=8, recipe="w4a8", engine="vllm", speculative="none")[
        "h200.decode.ep16.tp8"
    ]
    assert given.runs_as == "w4a8, TP8, vllm"


def test_each_choice_reaches_the_kernel() -> None:
    def rate(**deployment: Any) -> float:
        rates = compute_rates(planner.from_dict(question(ep=16, **deployment)))
        return float(rates.rate[0, 0])

    usual = rate()
    for choice in (
        {"tensor_parallel": 8},
        {"recipe": "bf16"},
        {"engine": "vllm"},
        {"engine": "vllm-2026-07"},
        {"speculative": {"draft_tokens": 1}},
        {"speculative": {"draft_tokens": 2, "accept_length": 2.5}},
        {"requests_per_gpu": 4},
    ):
        assert rate(**choice) != pytest.approx(usual, rel=1e-3), choice
    assert rate(tensor_parallel=1) == pytest.approx(usual)
    assert rate(speculative="none") == pytest.approx(usual)  # nothing is drafted unless asked for
    assert rate(requests_per_gpu=4) < rate(requests_per_gpu=16)


def test_a_pass_that_is_stated_is_the_only_one() -> None:
    data = question(ep=8, pass_tokens=[2048, 8192])
    data["deployments"][0]["role"] = "prefill"
    data["workloads"]["chat"]["demand"] = {"input_tokens_per_s": 4000}
    rates = compute_rates(planner.from_dict(data))
    told = {unit.name for unit in rates.units} | {one.name for one in rates.rejected}
    assert told <= {"h200.prefill.ep8.pass2048", "h200.prefill.ep8.pass8192", "h200.prefill.ep8"}
    assert any("pass" in name for name in told)


def test_attention_replicas_fill_the_unit() -> None:
    deployment = Deployment.model_validate({"role": "decode", "gpus": [8, 12], "tensor_parallel": [4, 8]})
    assert [run.tensor_parallel for run in configurations_of(deployment, 12)] == [4]
    assert [run.tensor_parallel for run in configurations_of(deployment, 8)] == [4, 8]


@pytest.mark.parametrize(
    ("deployment", "message"),
    [
        ({"ep": 8, "gpus": 8}, "give ep or gpus, not both"),
        ({"ep": 8, "tensor_parallel": 3}, "tensor_parallel 3 divides none of the sizes 8"),
        ({"ep": [8, 12], "tensor_parallel": 8}, "no tensor_parallel divides the size 12"),
        ({"ep": 8, "pipeline_parallel": 3}, "pipeline_parallel 3 divides none of the sizes 8"),
        ({"ep": [8, 12], "pipeline_parallel": 8}, "no pipeline_parallel divides the size 12"),
        (
            {"ep": 8, "pipeline_parallel": [2, 4], "tensor_parallel": 8},
            "no tensor_parallel x pipeline_parallel divides the size 8",
        ),
        (
            {"gpus": 8, "pipeline_parallel": [1, 2], "rate_tokens_per_s": {"chat": 1000.0}},
            "one number of stages",
        ),
        ({"ep": 8, "recipe": "fp9"}, "no recipe 'fp9' in the catalog"),
        ({"ep": 8, "recipe": ["fp8", "fp9"]}, "no recipe 'fp9'"),
        ({"ep": 8, "engine": "sglan"}, "no engine 'sglan'"),
        (
            {"ep": 8, "rate_tokens_per_s": {"chat": 1000.0}, "engine": "sglang"},
            "engine is for rates the kernel",
        ),
        ({"ep": 8, "speculative": {"draft_tokens": 1, "accept_length": 3.0}}, "accept_length lies between"),
    ],
)
def test_what_cannot_be_run_is_refused(deployment: Data, message: str) -> None:
    with pytest.raises(planner.InstanceError, match=message):
        planner.from_dict(question(**deployment))


def test_units_with_measured_rates_may_have_pipeline_stages() -> None:
    data = question(gpus=16, pipeline_parallel=2, rate_tokens_per_s={"chat": 9000.0})
    (unit,) = compute_rates(planner.from_dict(data)).units
    assert (unit.gpus, unit.nodes, unit.name) == (16, 2, "h200.decode.ep16.pp2")


def test_stages_are_a_choice_rated_by_the_kernel() -> None:
    some = units(gpus=16, tensor_parallel=8, pipeline_parallel=[1, 2])
    assert set(some) == {"h200.decode.ep16.tp8", "h200.decode.ep16.tp8.pp2"}
    (cut,) = units(gpus=16, tensor_parallel=8, pipeline_parallel=2).values()
    assert cut.runs_as == "fp8, TP8, PP2, typical"
    assert (cut.tensor_parallel, cut.pipeline_parallel, cut.provenance) == (8, 2, "extrapolated")
    assert cut.split_ms["bubble"] > 0.0
    (usual,) = units(gpus=16, pipeline_parallel=16).values()
    assert usual.tensor_parallel == 1  # all GPUs of a stage are one


def test_stages_that_leave_no_whole_replica_are_left_out() -> None:
    deployment = Deployment.model_validate(
        {"role": "decode", "gpus": 8, "tensor_parallel": [2, 8], "pipeline_parallel": [1, 4]}
    )
    ways = [(run.tensor_parallel, run.pipeline_parallel) for run in configurations_of(deployment, 8)]
    assert ways == [(2, 1), (2, 4), (8, 1)]


def test_a_name_that_a_choice_makes_is_not_to_be_given() -> None:
    data = question(ep=8, name="mine", recipe=["fp8", "w4a8"])
    data["deployments"].append({"role": "decode", "ep": 16, "name": "mine.w4a8"})
    with pytest.raises(planner.InstanceError, match=r"'mine\.w4a8' is what a unit of 'mine'"):
        planner.from_dict(data)
