"""Frames add up to the plan they come from; pictures and HTML show what the frames hold."""

from __future__ import annotations

from pathlib import Path

import pytest

import planner
from planner.view.pictures import frames

matplotlib = pytest.importorskip("matplotlib", reason="pictures come with the extra [notebook]")
matplotlib.use("Agg")
INSTANCES = Path(__file__).parents[3] / "instances"


@pytest.fixture(scope="module")
def tiny() -> planner.Instance:
    return planner.load(INSTANCES / "tiny.yaml")


@pytest.fixture(scope="module")
def plan(tiny) -> planner.Plan:
    return planner.solve(tiny, planner.SolveOptions(solver="highs", threads=1))


def test_frames_over_time_add_up(plan) -> None:
    held = frames.held_frame(plan)
    assert held.groupby("hour")["nodes"].sum().tolist() == [6, 3]
    assert frames.units_frame(plan).groupby("hour")["nodes"].sum().tolist() == [6, 3]
    assert frames.hardware_frame(plan)["idle"].tolist() == [0, 0]
    assert frames.served_frame(plan).groupby(["phase", "hour"])["per_s"].sum().loc["decode"].tolist() == [
        350,
        150,
    ]
    assert frames.cost_frame(plan)["cost"].sum() == pytest.approx(plan.cost) == 108


def test_demand_frame_is_scaled(tiny) -> None:
    demand = frames.demand_frame(tiny.override({"workloads.chat.demand.scale": 2.0}))
    assert demand[demand["series"] == "output_tokens_per_s"]["per_s"].tolist() == [700, 300]


def test_measured_rates_have_no_band(tiny) -> None:
    rates = frames.rates_frame(planner.compute_rates(tiny))
    assert rates["low_per_s"].tolist() == rates["high_per_s"].tolist() == [1000, 200]


@pytest.mark.parametrize("kind", ["nodes", "use", "units", "served", "costs"])
def test_every_picture_of_a_plan_is_drawn(plan, kind) -> None:
    axes = plan.plot(kind)
    assert axes.get_title(loc="left").startswith("tiny")
    assert axes.collections or axes.patches or axes.lines
    matplotlib.pyplot.close(axes.figure)


def test_unknown_picture_and_nothing_to_draw(plan, tiny) -> None:
    with pytest.raises(ValueError, match="nodes, use, units, placement, served, costs"):
        plan.plot("nodez")
    none = planner.solve(
        tiny.override({"workloads.chat.demand.scale": 99.0}), planner.SolveOptions(solver="highs")
    )
    with pytest.raises(ValueError, match="infeasible"):
        none.plot()
    assert "infeasible" in none._repr_html_()


def test_instances_and_rates_draw_and_show_themselves(tiny, plan) -> None:
    for thing in (tiny, planner.compute_rates(tiny)):
        matplotlib.pyplot.close(thing.plot().figure)
        assert "<table" in thing._repr_html_()
    assert "108.00 USD" in plan._repr_html_()


def test_html_is_escaped(tiny) -> None:
    assert "<script>" not in tiny.override({"description": "<script>"})._repr_html_()
