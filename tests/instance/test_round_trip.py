"""An instance as plain data and back: equal in every way of writing it, and solved to the same plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import planner
from planner.instance import Instance
from tests.market.in_process import solve_here
from tests.reference.generate import instance_of

SHIPPED = [
    path for path in sorted(Path("instances").rglob("*.yaml")) if "\nhorizon:" in path.read_text("utf-8")
]
QUICK = {"tiny", "appliance", "day_night", "build_up", "domestic_chips", "gpu_mix_example"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_instances_come_back(path: Path) -> None:
    instance = planner.load(path)
    for data in (instance.model_dump(), instance.to_dict(), json.loads(instance.model_dump_json())):
        assert Instance.from_dict(data) == instance
    again = Instance.from_dict(json.loads(json.dumps(instance.model_dump(mode="json"))))
    assert again == instance
    assert Instance.from_dict(again.to_dict()) == instance
    if path.stem in QUICK:
        assert solve_here(again).cost == pytest.approx(solve_here(instance).cost, rel=1e-12)


def test_quick_ones_are_shipped() -> None:
    assert {path.stem for path in SHIPPED} >= QUICK


@pytest.mark.parametrize("seed", range(60))
def test_random_instances_come_back(seed: int) -> None:
    instance = planner.from_dict(instance_of(seed))
    for data in (instance.model_dump(), json.loads(instance.model_dump_json())):
        assert Instance.from_dict(data) == instance


def test_other_currencies_are_exchanged_once() -> None:
    instance = planner.from_dict(
        planner.load("instances/tiny.yaml").to_dict()
        | {
            "currency": "CNY",
            "exchange_rates": {"CNY": {"per_usd": 7.0, "date": "2025-01-01", "source": "x"}},
        }
    )
    assert Instance.from_dict(instance.model_dump()) == instance
    assert Instance.from_dict(json.loads(instance.model_dump_json())) == instance
