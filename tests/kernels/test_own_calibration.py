"""Calibrations of one's own: what a sweep decides, what a file changes, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from kernels import Conditions, KernelError
from kernels.calibration.own_fit import own_fit, with_factors
from kernels.efficiency import engine_names, shipped
from kernels.facts import OWN
from kernels.own_calibration import own_calibrations, own_factors
from planner.rates.replica_prediction import Load, Replica, measurements
from tests.kernels.asking import point

REPLICA = Replica("h100", "llama-3.1-70b", 4, "fp8", 4, "vllm")
FILE = {
    "accelerator": "h100",
    "engine": "vllm",
    "model": "llama-3.1-70b",
    "recipe": "fp8",
    "layout": "replica",
    "date": "2026-11-01",
    "measured": "typed",
    "factors": {"step": 0.5},
    "band": {"low": 0.9, "high": 1.1},
}
ASKED = Conditions(1000, 200, tpot_s=1e9, requests_per_gpu_limit=8.0)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of calibrations that `PLANNER_CATALOG` leads to."""
    (tmp_path / "calibrations").mkdir()
    monkeypatch.setenv(OWN, str(tmp_path))
    return tmp_path / "calibrations"


def filed(folder: Path, name: str = "mine", **changes: Any) -> None:
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(FILE | changes), encoding="utf-8")


def asked(model: str = "llama-3.1-70b", role: str = "colocated", **columns: Any) -> Any:
    """Decode rate, provenance and band of four H100."""
    chosen = {"engine": ("vllm",), "recipe": ("fp8",), "tensor_parallel": np.array([4])} | columns
    found = point("h100", role, 4, ASKED, model, **chosen)
    return float(found.decode_tokens_per_s[0]), found.provenance[0], (found.band_low[0], found.band_high[0])


def test_half_the_speed_of_steps_halves_what_it_is_for(own: Path) -> None:
    """The batch is given and nothing limits time: the rate of decode is proportional to the speed of steps."""
    before, told, _ = asked()
    assert told == "calibrated"
    filed(own)
    rate, told, band = asked()
    assert rate == pytest.approx(before / 2, rel=1e-9)
    assert told == "own calibration, mine.yaml, 2026-11-01"
    assert band == pytest.approx((0.9, 1.1))


@pytest.mark.parametrize(
    "other",
    [
        {"engine": ("sglang",)},
        {"engine": ("vllm-2026-06",)},
        {"engine": ("",)},
        {"recipe": ("bf16",)},
        {"role": "decode"},
        {"model": "qwen3-32b"},
    ],
)
def test_nothing_else_takes_it(own: Path, other: dict[str, Any]) -> None:
    before = asked(**other)
    filed(own)
    assert asked(**other) == before


def test_a_sweep_gives_back_the_factors_it_was_made_with() -> None:
    """Loads made by the kernel with known factors: each factor is found to a third of its distance from 1, loads that
    a fit did not see to 3 %, where the shipped fit is off by more than 15 %."""
    truth = {"step": 0.8, "prompt": 0.7, "host": 1.3}
    loads = [Load(1.0, load, 1000.0, 500.0) for load in (1, 4, 16, 64, 128, 256)]
    made = measurements(REPLICA, loads)
    made = [
        replace(one, rate_per_gpu=rate)
        for one, rate in zip(made, with_factors(made, shipped(), truth).tolist(), strict=True)
    ]
    found = own_fit(made, shipped())
    assert np.abs(found.left_out / found.measured - 1.0).max() < 0.03
    assert np.abs(found.before / found.measured - 1.0).min() > 0.15
    for name, value in truth.items():
        assert abs(np.log(found.factor[name] / value)) < abs(np.log(value)) / 2
        assert 0.0 < found.decided[name] < 1.0
    assert found.band[0] < 1.0 < found.band[1]
    assert np.log(found.band[1]) == pytest.approx(-np.log(found.band[0]))


def test_without_a_difference_nothing_is_changed() -> None:
    """A sweep as the kernel predicts it decides factors of 1."""
    made = measurements(REPLICA, [Load(1.0, load, 1000.0, 500.0) for load in (1, 8, 64, 256)])
    before = with_factors(made, shipped(), dict.fromkeys(own_factors(), 1.0)).tolist()
    found = own_fit(
        [replace(one, rate_per_gpu=rate) for one, rate in zip(made, before, strict=True)], shipped()
    )
    assert found.factor == pytest.approx(dict.fromkeys(own_factors(), 1.0), rel=1e-4)


def test_an_engine_of_ones_own_is_the_typical_one_with_ones_factors(own: Path) -> None:
    typical = asked(engine=("",))[0]
    filed(own, engine="ours")
    assert "ours" in engine_names()
    assert asked(engine=("ours",))[0] == pytest.approx(typical / 2, rel=1e-9)


def test_what_is_wrong_with_a_file_is_told_at_once(own: Path) -> None:
    filed(own, factors={"speed": 1.0, "step": 90.0}, band={"low": 1.2, "high": 1.4})
    with pytest.raises(KernelError) as told:
        own_calibrations()
    for words in ("no factor is called 'speed'", "step is no number between 0.1 and 10", "band must hold 1"):
        assert words in str(told.value)
    for changes, words in (
        ({"layout": "round"}, "layout must be"),
        ({"accelerator": "h1000"}, "h1000"),
        ({"model": ""}, "missing 'model'"),
        ({"speed": 1}, "unknown key 'speed'"),
        ({"factors": [1]}, "factors is no mapping"),
        ({"factors": {"step": "fast"}}, "step is no number"),
    ):
        filed(own, **changes)
        with pytest.raises(KernelError, match=words):
            own_calibrations()


def test_two_that_speak_for_the_same_are_refused(own: Path) -> None:
    filed(own)
    filed(own, "other")
    with pytest.raises(KernelError, match="'mine' and 'other' speak for the same units"):
        own_calibrations()
