"""The least cost of an instance by the second model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.reference.carbon import add_carbon
from tests.reference.cash import add_cash
from tests.reference.holding import add_holding
from tests.reference.limits import add_limits
from tests.reference.market import add_commitments, add_lending, add_vendors
from tests.reference.packing import add_packing
from tests.reference.program import Program
from tests.reference.question import Question
from tests.reference.risk import add_objective
from tests.reference.running import add_running
from tests.reference.serving import add_serving
from tests.reference.standing import add_standing
from tests.reference.using import add_using


@dataclass(frozen=True)
class Optimum:
    """Status ("optimal", "infeasible" or why it is unknown), least objective, and the expected cost there."""

    status: str
    objective: float
    expected: float


def program_of(instance: dict[str, Any]) -> tuple[Program, list[tuple[int, float]]]:
    """The whole program, and the expected cost as an expression in its columns."""
    question = Question.of(instance)
    add_holding(question)
    add_running(question)
    add_vendors(question)
    add_serving(question)
    add_standing(question)
    add_lending(question)
    add_commitments(question)
    used = add_using(question)
    add_packing(question, used)
    add_limits(question, used)
    add_carbon(question)
    add_cash(question)
    expected = add_objective(question)
    return question.program, expected


def optimum(instance: dict[str, Any], time_limit_s: float = 60.0, presolve: bool = True) -> Optimum:
    """Least cost of an instance in plain data, as a YAML file gives it; without `presolve` for a second opinion."""
    program, expected = program_of(instance)
    answer = program.solve(time_limit_s, presolve)
    if answer.columns is None:
        return Optimum(answer.status, answer.value, answer.value)
    cost = sum(answer.columns[column] * value for column, value in expected)
    return Optimum(answer.status, answer.value, float(cost))
