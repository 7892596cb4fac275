"""What the scenarios cost together: the expected cost, the dearest outcome, or a mean of the dearest."""

from __future__ import annotations

from tests.reference.limits import limit_month
from tests.reference.program import INFINITE, Terms
from tests.reference.question import Question, times, total


def add_objective(question: Question) -> Terms:
    """Minimise what the risk measure says; returns the expected cost."""
    program, risk = question.program, question.instance.get("risk") or {}
    common = program.costs.get(None, [])
    each = [
        [*common, *program.costs.get(scenario, [])]
        for scenario in range(len(question.timeline.probabilities))
    ]
    weights = question.timeline.probabilities
    expected = total([times(weight, cost) for weight, cost in zip(weights, each, strict=True)])
    limit_month(question, expected)
    measure, weight = risk.get("measure", "expected"), risk.get("weight", 0.5)
    tail = []
    if measure == "cvar" or risk.get("cvar_limit_usd") is not None:
        tail = _tail(question, each, risk.get("level", 0.9))
    if risk.get("cvar_limit_usd") is not None:
        program.row(tail, upper=risk["cvar_limit_usd"])
    if measure == "worst_case":
        program.objective = [(_worst(question, each), 1.0)]
    elif measure == "cvar":
        program.objective = [*times(1 - weight, expected), *times(weight, tail)]
    else:
        program.objective = expected
    return expected


def _worst(question: Question, each: list[Terms]) -> int:
    worst = question.program.column(lower=-INFINITE)
    for cost in each:
        question.program.row([(worst, 1.0), *times(-1.0, cost)], lower=0.0)
    return worst


def _tail(question: Question, each: list[Terms], level: float) -> Terms:
    """CVaR: a threshold, and the mean of what lies above it over the share 1 - level."""
    threshold = question.program.column(lower=-INFINITE)
    tail: Terms = [(threshold, 1.0)]
    for probability, cost in zip(question.timeline.probabilities, each, strict=True):
        above = question.program.column()
        question.program.row([(above, 1.0), (threshold, 1.0), *times(-1.0, cost)], lower=0.0)
        tail.append((above, probability / (1 - level)))
    return tail
