"""Changes that leave the optimum where it was, or move it by a known factor."""

from __future__ import annotations

import pytest

from tests.laws import transforms
from tests.laws.questions import QUESTIONS
from tests.laws.solving import least_cost

COVERED = ("plain", "starts")


def same(question: str, transform: transforms.Transform, factor: float = 1.0, method: str = "direct") -> None:
    before = least_cost(QUESTIONS[question], method)
    after = least_cost(transform(QUESTIONS[question]), method)
    assert after == pytest.approx(factor * before, rel=2e-6)


@pytest.mark.parametrize("factor", [1e-6, 1e5])
@pytest.mark.parametrize("question", QUESTIONS)
def test_prices_times_a_factor(question: str, factor: float) -> None:
    same(question, transforms.prices_times(factor), factor)


@pytest.mark.parametrize("factor", [1e-6, 1e5])
@pytest.mark.parametrize("question", COVERED)
def test_prices_times_a_factor_decomposed(question: str, factor: float) -> None:
    same(question, transforms.prices_times(factor), factor, "decompose")


@pytest.mark.parametrize("question", ["plain", "two_works", "scenarios", "worst_case", "stages", "waiting"])
def test_halved_periods(question: str) -> None:
    same(question, transforms.halved_periods)


@pytest.mark.parametrize("question", QUESTIONS)
def test_other_names_and_the_opposite_order(question: str) -> None:
    same(question, transforms.renamed)


@pytest.mark.parametrize("question", COVERED)
def test_other_names_and_the_opposite_order_decomposed(question: str) -> None:
    same(question, transforms.renamed, method="decompose")


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_option_that_nobody_would_pay_for(question: str) -> None:
    same(question, transforms.dear_option)


@pytest.mark.parametrize("question", [name for name in QUESTIONS if name != "two_works"])
def test_a_workload_that_never_asks(question: str) -> None:
    same(question, transforms.silent_workload)


@pytest.mark.parametrize("question", ["plain", "starts", "market", "scenarios", "stages"])
def test_a_workload_in_two_halves(question: str) -> None:
    same(question, transforms.workload_in_halves)


@pytest.mark.parametrize("question", ["scenarios", "worst_case"])
def test_a_scenario_in_two_halves(question: str) -> None:
    same(question, transforms.scenario_in_halves)


def test_a_stage_in_two_halves() -> None:
    same("stages", transforms.stage_in_halves)


@pytest.mark.parametrize("method", ["direct", "decompose"])
@pytest.mark.parametrize("path", ["chat.input_tokens_per_s", "chat.output_tokens_per_s", "0", "2"])
@pytest.mark.parametrize("question", COVERED)
def test_less_demand_never_costs_more(question: str, path: str, method: str) -> None:
    empty = transforms.no_demand(path)(QUESTIONS[question])
    assert least_cost(empty, method) <= least_cost(QUESTIONS[question]) * (1 + 1e-6)


@pytest.mark.parametrize("question", [name for name in QUESTIONS if name not in COVERED])
@pytest.mark.parametrize("path", ["chat.input_tokens_per_s", "chat.output_tokens_per_s", "1"])
def test_a_part_without_demand(question: str, path: str) -> None:
    empty = transforms.no_demand(path)(QUESTIONS[question])
    assert least_cost(empty) <= least_cost(QUESTIONS[question]) * (1 + 1e-6)
