"""Sensitivity against the hand-worked instance: 6 nodes, then 3, hired at 16 an hour or reserved at 10."""

from __future__ import annotations

import math
from itertools import count
from typing import TYPE_CHECKING

import pytest

import planner
from planner.study.sensitivity.bisection import channels_held
from planner.study.sensitivity.swings import ends_around
from tests.examples import PRICE as RENT
from tests.examples import SCALE

if TYPE_CHECKING:
    from collections.abc import Callable

RESERVE = "fleet.h800.reserve.price_usd_per_node_hour"


def test_tornado_orders_inputs_by_their_swing(tiny, executor) -> None:
    table = planner.tornado(tiny, [RENT, RESERVE], share=0.2, executor=executor)
    assert table["path"].tolist() == [RESERVE, RENT]
    # reserved 3 nodes x 2 h at 8..12 USD; hired 3 nodes x 1 h x 8 GPUs at 1.6..2.4 USD
    assert table["swing"].tolist() == pytest.approx([3 * 2 * 4, 3 * 8 * 0.8])
    assert table["proven"].all()


def test_tornado_says_why_an_end_has_no_plan(tiny, executor) -> None:
    table = planner.tornado(tiny, {SCALE: (0.5, 50.0), RENT: (2.0, 2.0)}, executor=executor)
    assert table["path"].tolist() == [RENT, SCALE]
    assert not table["proven"].any()
    assert table["reason"][1]


def test_tornado_needs_numbers(tiny) -> None:
    with pytest.raises(planner.InstanceError, match="give its low and high"):
        planner.tornado(tiny, ["name"])


def test_break_even_price_is_where_reserving_pays(tiny) -> None:
    # a node used in both hours: hired 2 x 8 x p, reserved 2 x 10; equal at p = 1.25
    found = planner.break_even(tiny, RENT, 1.0, 2.0, planner.holds("h800.reserve"), tolerance=0.005)
    assert found.flips
    assert found.below <= 1.25 <= found.above
    assert found.above - found.below <= 0.005
    assert (found.decision_below, found.decision_above) == (False, True)
    assert found.frame()["value"].is_monotonic_increasing


def test_figures_that_take_whole_numbers_alone_are_moved_by_them(tiny) -> None:
    limits = ("fleet.h800.rent.max_nodes", "fleet.h800.reserve.max_nodes")
    assert ends_around(tiny, limits[:1], 0.25) == {limits[0]: (7, 13)}
    # 6 nodes are needed in the first hour, and 4 can be reserved: without 2 more there is no plan
    short = tiny.override({limits[1]: 4})
    found = planner.break_even(short, limits[0], 0, 9, lambda plan: plan.usable, tolerance=1e-9)
    assert (found.flips, found.below, found.above) == (True, 1, 2)


@pytest.mark.parametrize("tolerance", [0.0, -1.0, float("nan")])
def test_break_even_needs_a_width_to_stop_at(tiny, tolerance: float) -> None:
    with pytest.raises(ValueError, match="is not above 0"):
        planner.break_even(tiny, RENT, 1.0, 2.0, tolerance=tolerance)


def test_break_even_ends_where_no_number_lies_between(tiny) -> None:
    low = 1.25
    high = math.nextafter(math.nextafter(low, 2.0), 2.0)
    found = planner.break_even(tiny, RENT, low, high, decision_by_turns(), tolerance=1e-30)
    assert (found.flips, len(found.probes)) == (True, 3)


def decision_by_turns() -> Callable[[planner.Plan], int]:
    """Another decision for every plan it is asked of."""
    turns = count()
    return lambda plan: next(turns)


def test_break_even_without_a_flip_says_so(tiny) -> None:
    found = planner.break_even(tiny, RENT, 2.0, 2.4)
    assert not found.flips
    assert len(found.probes) == 2
    assert found.decision_below == channels_held(found.probes[0].plan) == {"h800.rent", "h800.reserve"}


def test_regret_of_a_fleet_in_the_wrong_case(tiny, executor) -> None:
    cases = {"low": {SCALE: 0.5}, "base": {}, "high": {SCALE: 1.4}}
    found = planner.regret(tiny, cases, executor=executor)
    # low needs 3 nodes in both hours; base 6 then 3; high 9 then 6 (prefill 3 + 2 x 3, then 2 + 2 x 2)
    assert found.fleet["h800.reserve"].tolist() == [3, 3, 6]
    # with 6 reserved (120) low hires none and base none; with 3 reserved (60) high hires 6 then 3 (144)
    assert found.cost.loc["high", ["low", "base"]].tolist() == pytest.approx([120.0, 120.0])
    assert found.cost.loc["base", "high"] == pytest.approx(60 + (6 + 3) * 16)
    assert found.matrix.to_numpy().diagonal().tolist() == [0, 0, 0]
    assert found.minimax() in ("low", "base")
    # equally likely: 3 reserved cost (60 + 108 + 204) / 3 = 124, knowing costs (60 + 108 + 168) / 3 = 112
    assert found.value_of_information() == pytest.approx(124 - 112)
    assert found.value_of_information({"low": 0, "base": 1, "high": 0}) == pytest.approx(0)


def test_regret_is_infinite_where_a_fleet_cannot_live(tiny, executor) -> None:
    no_rent = tiny.override({"fleet.h800.rent.max_nodes": 1})
    found = planner.regret(no_rent, {"base": {}, "high": {SCALE: 1.4}}, executor=executor)
    assert found.cost.loc["base", "high"] == float("inf")
    assert found.minimax() == "high"


def test_regret_refuses_cases_without_a_plan_and_odd_probabilities(tiny, executor) -> None:
    with pytest.raises(planner.PlannerError, match="case worst has no plan"):
        planner.regret(tiny, {"worst": {SCALE: 99.0}}, executor=executor)
    found = planner.regret(tiny, {"base": {}}, executor=executor)
    with pytest.raises(ValueError, match="adding up to 1"):
        found.expected({"base": 0.4})
