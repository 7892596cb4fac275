"""What rating would stumble over is told when the instance is read, at its place; what it can rate is rated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import kernels
from planner.app.cli.main import app
from planner.core.errors import InstanceError
from planner.loader import from_dict
from planner.rates import kernel
from planner.rates.compute import compute_rates, rehearse
from tests.examples import plain

if TYPE_CHECKING:
    from pathlib import Path


def kernel_rated(**changes: Any) -> dict[str, Any]:
    data = plain(changes)
    data["workloads"]["chat"] |= {
        "model": "deepseek-r1",
        "lengths": {"input_tokens": 1000, "output_tokens": 200},
    }
    data["deployments"] = [{"role": "prefill", "ep": 16}, {"role": "decode", "ep": 16}]
    return data


@pytest.mark.parametrize("value", ["abc", [], {"value": "x"}, -1, 0, 1e300, None, {"value": None}])
@pytest.mark.parametrize("energy", [0.0, 0.1])
def test_facts_that_are_no_figures_are_reported_once_at_their_place(value: Any, energy: float) -> None:
    own = {"kind": "purchase", "price_usd_per_node": 10, "life_years": 1, "energy_usd_per_kwh": energy}
    facts = {"hardware": {"h800": {"accelerator": {"hbm_gb": value}}}, "fleet.h800.own": own}
    with pytest.raises(InstanceError) as refused:
        from_dict(kernel_rated(**facts))
    assert [fault.path for fault in refused.value.faults] == ["hardware.h800.accelerator"]
    assert "hbm_gb" in str(refused.value)


@pytest.mark.parametrize("facts", [{"nonsense": 1}, {"gpus_per_node": 0.5}, {"gpus_per_node": 7.5}])
def test_unknown_facts_and_parts_of_gpus_are_reported(facts: dict[str, Any]) -> None:
    with pytest.raises(InstanceError) as refused:
        from_dict(kernel_rated(hardware={"h800": {"accelerator": facts}}))
    assert [fault.path for fault in refused.value.faults] == ["hardware.h800.accelerator"]


def test_prompts_that_are_cached_whole_can_be_rated() -> None:
    cached = {"workloads.chat.demand.cached_tokens_per_s": [1500, 900, 2500]}
    assert compute_rates(from_dict(kernel_rated(**cached))).units


def test_validate_rehearses_the_rates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise kernels.KernelError("no such thing")

    file = tmp_path / "instance.yaml"
    file.write_text(json.dumps(kernel_rated()))
    assert CliRunner().invoke(app, ["validate", str(file)]).exit_code == 0
    monkeypatch.setattr(kernel.kernels, "operating_points", refuse)
    with pytest.raises(
        InstanceError, match=r"workloads\.chat: the kernel cannot rate its units: no such thing"
    ):
        rehearse(from_dict(kernel_rated()))
    told = CliRunner().invoke(app, ["validate", str(file)])
    assert isinstance(told.exception, InstanceError)
