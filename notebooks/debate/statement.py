"""A statement of the debate: words, figure, inputs, the sum behind the figure, and the questions that answer it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import planner

INSTANCES = Path(__file__).parents[2] / "instances"

CNY_PER_USD = 7.25
"""The exchange rate of every instance of the debate, rounded, February 2025."""
DAYS_PER_MONTH = 365 / 12
"""A month of a hired machine has 730 hours."""


@dataclass(frozen=True)
class Input:
    """A number that goes into a statement's sum. `implied` where nobody said it and it follows from the claim."""

    value: float
    unit: str
    source: str
    implied: bool = False


@dataclass(frozen=True)
class Question:
    """A shipped instance with changes, as `planner.load` takes them."""

    instance: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    def load(self) -> planner.Instance:
        """The instance of this question."""
        return planner.load(INSTANCES / f"{self.instance}.yaml", dict(self.changes))


Solve = Callable[[Question], planner.Plan]


@dataclass(frozen=True)
class Statement:
    """One line of the debate.

    `said` is the figure in `unit`, known to within `rounding`; None where a question was asked without one. The
    function `sum` takes the values of `inputs` by name and gives the figure again. `questions` are solved, and
    `answer` reads their plans by name: figures in `answer_unit` by what each of them is of.
    """

    name: str
    words: str
    said: float | None
    rounding: float
    unit: str
    inputs: Mapping[str, Input]
    sum: Callable[..., float]
    questions: Mapping[str, Question]
    answer: Callable[[Mapping[str, planner.Plan]], dict[str, float]]
    answer_unit: str
    because: str

    def reproduced(self) -> float:
        """The figure from its own inputs, in `unit`."""
        return self.sum(**{name: given.value for name, given in self.inputs.items()})

    def answered(self, solve: Solve) -> dict[str, float]:
        """What the optimiser answers, in `answer_unit`."""
        return self.answer({name: solve(question) for name, question in self.questions.items()})


def options() -> planner.SolveOptions:
    """How the notebook asks: within 1 %, on one core."""
    return planner.SolveOptions(relative_gap=0.01, time_limit_s=20, solver="highs", threads=1)


def solver() -> Solve:
    """A solve that keeps its plans: statements share questions. Raises RuntimeError where there is no usable plan."""
    known: dict[str, planner.Plan] = {}

    def solved(question: Question) -> planner.Plan:
        key = json.dumps([question.instance, question.changes], sort_keys=True)
        if key not in known:
            known[key] = planner.solve(question.load(), options())
            if not known[key].usable:
                raise RuntimeError(f"{key}: {known[key].status}: {'; '.join(known[key].reasons)}")
        return known[key]

    return solved


def table(statements: Sequence[Statement], solve: Solve | None = None) -> pd.DataFrame:
    """One row a statement: the words, what was said, the sum again, the answer and where they differ."""
    solve = solve or solver()
    rows = [
        {
            "statement": one.words,
            "said": "-" if one.said is None else f"{one.said:,.5g} {one.unit}",
            "its own sum": f"{one.reproduced():,.5g} {one.unit}",
            "inputs": "; ".join(shown(name, given) for name, given in one.inputs.items()),
            "asked of": ", ".join(sorted({question.instance for question in one.questions.values()})),
            "the optimiser": "; ".join(f"{of}: {value:,.4g}" for of, value in one.answered(solve).items())
            + f" {one.answer_unit}",
            "what the difference comes from": one.because,
        }
        for one in statements
    ]
    return pd.DataFrame(rows, index=pd.Index([one.name for one in statements], name="name"))


def shown(name: str, given: Input) -> str:
    """An input in words, with its source."""
    return f"{name.replace('_', ' ')} {given.value:,.8g} {given.unit} ({'implied: ' if given.implied else ''}{given.source})"


def monthly_million_cny(usd_per_day: float) -> float:
    """USD a day as millions of CNY in a month of 730 hours."""
    return usd_per_day * DAYS_PER_MONTH * CNY_PER_USD / 1e6
