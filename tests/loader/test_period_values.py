"""Demand out of pandas: numbers by period, and times held against the horizon as those of CSV files are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import planner
from planner.instance import Instance

TINY = "instances/tiny.yaml"
TIMES = pd.date_range("2025-01-01", periods=2, freq="h", tz="UTC")
PROMPT, OUTPUT = "workloads.chat.demand.input_tokens_per_s", "workloads.chat.demand.output_tokens_per_s"


@pytest.fixture(scope="module")
def tiny() -> Instance:
    return planner.load(TINY)


def demand(index: Any = TIMES, **more: Any) -> pd.DataFrame:
    values: dict[str, Any] = {"input_tokens_per_s": [1000, 500], "output_tokens_per_s": [200.0, 100.0]}
    return pd.DataFrame(values | more, index=index)


def faults(instance: Instance, values: dict[str, Any]) -> list[str]:
    with pytest.raises(planner.InstanceError) as caught:
        instance.override(values)
    return [f"{fault.path}: {fault.message}" for fault in caught.value.faults]


@pytest.mark.parametrize(
    "frame",
    [
        demand(),
        demand(TIMES.tz_convert("Asia/Shanghai")),
        demand(pd.RangeIndex(2)),
        demand(pd.period_range("2025-01-01", periods=2, freq="h")),
        demand(pd.RangeIndex(2), hour_utc=[0, 1]),
        demand(["2025-01-01T00:00Z", "2025-01-01T01:00Z"]),
        demand(pd.RangeIndex(2), when=TIMES),
    ],
    ids=["moments", "another zone", "no times", "periods", "column of hours", "texts", "column of moments"],
)
def test_a_frame_sets_the_demand(tiny: Instance, frame: pd.DataFrame) -> None:
    changed = tiny.override({"workloads.chat.demand": frame, "workloads.chat.demand.scale": 2.0})
    assert changed.workloads["chat"].demand.input_tokens_per_s == (1000, 500)
    assert changed.workloads["chat"].demand.output_tokens_per_s == (200.0, 100.0)
    assert changed.workloads["chat"].demand.scale == 2.0
    data = tiny.to_dict()
    data["workloads"]["chat"]["demand"] = frame
    made = Instance.from_dict(data)
    assert made == changed.override({"workloads.chat.demand.scale": 1.0})
    assert data["workloads"]["chat"]["demand"] is frame
    assert planner.solve(made).usable


def test_a_series_sets_one_series(tiny: Instance) -> None:
    series = pd.Series([7.0, 8.0], index=TIMES)
    for given in (series, np.array([7.0, 8.0]), series.reset_index(drop=True)):
        changed = tiny.override({PROMPT: given})
        assert changed.workloads["chat"].demand.input_tokens_per_s == (7.0, 8.0)
    staged = planner.load("instances/scenarios.yaml")
    name = next(iter(staged.scenarios))
    factors = pd.Series(np.ones(staged.horizon.periods))
    assert staged.override({f"scenarios.{name}.demand_factors": factors}) is not None


def test_of_a_longer_series_the_values_of_the_horizon_are_taken(tiny: Instance) -> None:
    longer = pd.Series(
        [6.0, 7.0, 8.0, 9.0], index=pd.date_range(TIMES[0], periods=4, freq="h") - pd.Timedelta("1h")
    )
    changed = tiny.override({PROMPT: longer})
    assert changed.workloads["chat"].demand.input_tokens_per_s == (7.0, 8.0)
    assert any("rows 2 to 3 of 4 are those of the horizon" in one for one in changed.assumed)


def test_a_figure_of_numpy_is_a_number(tiny: Instance) -> None:
    assert tiny.override({"fleet.h800.rent.max_nodes": np.int64(7)}).fleet["h800"]["rent"].max_nodes == 7


def test_what_others_hand_over_stays_as_it_is(tiny: Instance) -> None:
    prices = {"kind": "on_demand", "price_cny_per_node_hour": 70.0, "max_nodes": 1}
    rates = {"CNY": {"per_usd": 7.0, "date": "2025-01-01", "source": "assumed"}}
    tiny.override({"exchange_rates": rates, "fleet.h800.more": prices})
    assert "price_cny_per_node_hour" in prices


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({PROMPT: pd.Series([1.0, 2.0], index=TIMES + pd.Timedelta(hours=8))}, "every row is 8 h too late"),
        ({PROMPT: pd.Series([1.0, 2.0], index=TIMES[::-1])}, "the rows are in another order"),
        ({PROMPT: pd.Series([1.0, 2.0, 3.0])}, "has 3 values, the horizon has 2 periods"),
        ({PROMPT: pd.Series([1.0, np.nan])}, "has no value in period 1"),
        ({PROMPT: pd.Series([1.0, -2.0])}, "0 or more"),
        (
            {"workloads.chat.demand": demand(hour=[5, 6])},
            "'hour' has 5 where the horizon has 2025-01-01T00:00",
        ),
        ({"workloads.chat.demand": demand(outputs_per_s=[1, 2])}, "unknown key; did you mean"),
        ({"horizon": demand()}, "unknown key"),
        (
            {PROMPT: pd.Series([1.0, 2.0], index=pd.MultiIndex.from_tuples([(0, 1), (0, 2)]))},
            "several levels",
        ),
    ],
)
def test_what_does_not_fit_is_refused(tiny: Instance, values: dict[str, Any], message: str) -> None:
    assert message in "; ".join(faults(tiny, values))


def test_times_without_a_zone_are_read_in_that_of_the_horizon_and_said_so() -> None:
    night = planner.load("instances/day_night.yaml")
    local = pd.date_range(night.horizon.start.replace(tzinfo=None), periods=24, freq="h")
    name = next(iter(night.workloads))
    changed = night.override({f"workloads.{name}.demand.output_tokens_per_s": pd.Series(1.0, index=local)})
    assert any("read in the zone of the horizon, +08:00" in told for told in changed.assumed)
    shifted = pd.Series(1.0, index=local.tz_localize("UTC"))
    told = faults(night, {f"workloads.{name}.demand.output_tokens_per_s": shifted})
    assert "8 h too late" in told[0]


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("workloads.chatt.demand.scale", "did you mean 'chat'?"),
        ("fleet.h80.rent.max_nodes", "did you mean 'h800'?"),
        ("workload.chat.demand.scale", "did you mean 'workloads'?"),
        ("workloads.chat.demand.scal", "did you mean 'scale'?"),
        ("deployments.prefil.nodes", "did you mean '0', the position of 'prefill'?"),
        ("deployments.2.nodes", "the list has positions 0 to 1"),
    ],
)
def test_an_override_that_misses_names_what_is_near(tiny: Instance, path: str, hint: str) -> None:
    assert hint in "; ".join(faults(tiny, {path: 1}))
