"""The public debate: each figure again from its inputs, and each answer of the optimiser between bounds by hand."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from debate import STATEMENTS, Question, Statement, table, waterfall

import planner
from planner.plan.summary import summary_of
from tests.market.in_process import solve_here
from tests.notebooks import debate_by_hand as by_hand

BY_NAME = {one.name: one for one in STATEMENTS}
ROOT = Path(__file__).parents[2]


@cache
def solved(key: str) -> planner.Plan:
    instance_name, changes = json.loads(key)
    instance = Question(instance_name, changes).load()
    plan = solve_here(instance)
    return replace(plan, summary=summary_of(instance, plan))


def solve(question: Question) -> planner.Plan:
    """The optimal plan of a question, audited; each is solved once."""
    return solved(json.dumps([question.instance, question.changes]))


def test_every_statement_has_its_row_here() -> None:
    assert len(BY_NAME) == len(STATEMENTS)
    assert set(by_hand.SUMS) == {one.name for one in STATEMENTS if one.said is None}
    assert set(by_hand.ANSWERS) == set(BY_NAME)


@pytest.mark.parametrize("one", [one for one in STATEMENTS if one.said is not None], ids=lambda one: one.name)
def test_the_figure_follows_from_its_own_inputs(one: Statement) -> None:
    assert one.said is not None
    assert abs(one.reproduced() - one.said) <= one.rounding


@pytest.mark.parametrize("name", by_hand.SUMS)
def test_the_sum_of_a_question_that_came_without_a_figure(name: str) -> None:
    low, high = by_hand.SUMS[name]
    assert low <= BY_NAME[name].reproduced() <= high


@pytest.mark.parametrize("one", STATEMENTS, ids=lambda one: one.name)
def test_every_input_has_a_source_and_the_row_a_reason(one: Statement) -> None:
    assert all(given.source and given.unit for given in one.inputs.values())
    assert one.questions
    assert one.because.endswith(".")


@pytest.mark.parametrize("name", by_hand.ANSWERS)
def test_the_optimiser_s_answer_lies_between_bounds_by_hand(name: str) -> None:
    bounds = by_hand.ANSWERS[name]()
    answers = BY_NAME[name].answered(solve)
    assert answers.keys() == bounds.keys()
    for label, (low, high) in bounds.items():
        assert low <= answers[label] <= high, (label, answers[label], low, high)


def test_the_table_has_a_line_for_each_statement() -> None:
    shown = table(STATEMENTS, solve)
    assert list(shown.index) == list(BY_NAME)
    assert shown.notna().all(axis=None)
    asked = {name for names in shown["asked of"] for name in names.split(", ")}
    assert asked == {"deepseek_day", "maas_provider", "appliance", "domestic_chips", "day_night"}


@pytest.mark.parametrize(("factor", "earns"), [(0.99, False), (1.01, True)])
def test_the_break_even_price_is_where_the_margin_changes_its_sign(factor: float, earns: bool) -> None:
    share = BY_NAME["break_even_price"].answered(solve)["published units"] / 16 * factor
    prices = {name: share * usd for name, usd in {"input_hit": 0.14, "input_miss": 0.55, "output": 2.19}.items()}
    plan = solve(Question("deepseek_day", {"workloads.chat.price_usd_per_million_tokens": prices}))
    assert (plan.summary["margin_on_cost"] > 0) is earns


@pytest.mark.parametrize(("beyond", "earns"), [(-0.01, True), (0.01, False)])
def test_the_margin_on_income_is_the_share_that_may_be_free(beyond: float, earns: bool) -> None:
    share = BY_NAME["margin_on_income"].answered(solve)["margin"] / 100 + beyond
    plan = solve(Question("deepseek_day", {"workloads.chat.free_share": share}))
    assert (plan.summary["margin_on_cost"] > 0) is earns


@pytest.mark.parametrize(("price", "power_kw", "name"), [(140_000, 0.5, "box_140k"), (1_000_000, 12.75, "box_1m")])
@pytest.mark.parametrize(("factor", "bought"), [(0.98, False), (1.02, True)])
def test_a_box_is_bought_from_the_users_on_that_the_table_says(
    price: int, power_kw: float, name: str, factor: float, bought: bool
) -> None:
    rate = 20 * BY_NAME[name].answered(solve)["users, day and night"] * factor
    changes = {
        "fleet.box.own.price_cny_per_node": price,
        "hardware.box.power_kw_per_node": power_kw,
        "fleet.h200.own.max_nodes": 0,
        "deployments.0.rate_tokens_per_s.chat": rate,
        "workloads.chat.demand.scale": rate / 10,
    }
    assert bool(solve(Question("appliance", changes)).holdings) is bought


def test_the_walk_from_one_sum_to_the_other_adds_up() -> None:
    steps = waterfall(solve)
    margins, parts = steps["margin on income, %"], steps["contributes, points"]
    assert parts.iloc[1:].sum() == pytest.approx(margins.iloc[-1] - margins.iloc[0])
    for name, (low, high) in by_hand.walk().items():
        assert low <= steps.loc[name, "machines, M CNY a month"] <= high, name
    assert margins["size"] == pytest.approx(BY_NAME["margin_on_income"].answered(solve)["margin"])
    incomes = steps["income, M CNY a month"]
    assert incomes["free share"] == pytest.approx(incomes["night price"] / 2)
    assert set(steps.index[parts > 0]) == {"standby", "failures", "peak", "rate per node", "price", "size"}


def test_the_debate_uses_the_public_face_alone() -> None:
    for path in (ROOT / "notebooks" / "debate").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not str(node.module).startswith(("planner", "kernels")), path
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "planner":
                assert node.attr in planner.__all__, path


