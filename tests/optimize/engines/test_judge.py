"""Engines that are wrong: whatever they claim, the verdict is right, and says what was not believed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from engine_programs import INF, infeasible, knapsack, program, served

from planner.core.errors import PlannerError
from planner.core.solution import Status, is_proven, relative_gap
from planner.optimize.engines import EngineOptions
from planner.optimize.engines.contest import Contest
from planner.optimize.engines.judge import Judge
from planner.optimize.engines.protocol import Claim, Hint, Outcome, Progress, Task
from planner.optimize.engines.registry import engine_names, proofs_of
from planner.optimize.engines.scaling import scale

ALL = frozenset({Claim.OPTIMAL, Claim.INFEASIBLE, Claim.UNBOUNDED})
BEST = [1.0, 2.0]  # of `knapsack`: 14
GOOD = [3.0, 0.0]  # 16


class Liar:
    """Stands for an engine process: answers a task at once with what it was given to say.

    It is given bounds in the question's own money, and says them in that of the scaled program.
    """

    def __init__(self, engine: str, *said: Progress | Outcome) -> None:
        self.engine, self.version, self.said = engine, "1", said
        self.inbox: Any = None
        self.heard: list[Any] = []
        self.money = 1.0

    def send(self, message: Any) -> None:
        self.heard.append(message)
        if isinstance(message, Task):
            for word in self.said:
                fields = {name: getattr(word, name) for name in word.__dataclass_fields__}
                fields |= {"number": message.number, "bound": fields["bound"] * self.money}
                self.inbox.put((self, type(word)(**fields)))

    def end(self) -> None:
        """Nothing runs."""

    def memory_mb(self) -> float:
        return 0.0


def verdict(*liars: Liar, of: Any = None, gap: float = 0.0) -> Any:
    question = of or knapsack()
    for liar in liars:
        liar.money = scale(question).objective
    return Contest(question, EngineOptions(relative_gap=gap, time_limit_s=5), dict.fromkeys(liars, 1)).run()


def outcome(claim: Claim = Claim.NOTHING, bound: float = -INF, plan: Any = None, **fields: Any) -> Outcome:
    return Outcome(claim=claim, bound=bound, values=None if plan is None else np.array(plan), **fields)


def test_every_engine_says_what_it_proves():
    assert {name: bool(proofs_of(name)) for name in engine_names()} == {
        "alns": False,
        "cbc": False,
        "cpsat": True,
        "highs": True,
        "scip": True,
    }


def test_an_honest_engine_is_believed():
    solution = verdict(Liar("highs", outcome(Claim.OPTIMAL, 14.0, BEST)))
    assert (solution.status, solution.cost, solution.bound) == (Status.OPTIMAL, 14.0, 14.0)
    assert (solution.limit, solution.remarks) == (None, ())


def test_what_tolerances_leave_open_is_closed_by_the_rival():
    """An engine ends with a bound a ten-millionth below its plan; the other is not stopped by that."""
    loose = Liar("cpsat", outcome(Claim.OPTIMAL, 14.0 - 1e-6, BEST))
    exact = Liar("highs", outcome(Claim.OPTIMAL, 14.0, BEST))
    solution = verdict(loose, exact)
    assert (solution.status, solution.bound, solution.limit) == (Status.OPTIMAL, 14.0, None)


def test_what_tolerances_leave_open_is_reported_where_nobody_closes_it():
    solution = verdict(Liar("highs", outcome(Claim.OPTIMAL, 14.0 - 1e-6, BEST)))
    assert (solution.status, solution.limit) == (Status.FEASIBLE, "precision")
    noise = verdict(Liar("highs", outcome(Claim.OPTIMAL, 14.0 * (1 - 1e-9), BEST)))
    assert (noise.status, noise.bound, noise.limit) == (Status.OPTIMAL, 14.0, None)


@pytest.mark.parametrize("cost", [14.0, -14.0, 1e9, 1e-9])
def test_float_noise_between_cost_and_bound_is_no_gap(cost: float) -> None:
    assert is_proven(cost, cost - 1e-9 * abs(cost), 0.0)
    assert not is_proven(cost, cost - 1e-7 * abs(cost), 0.0)
    assert is_proven(cost, cost - 1e-7 * abs(cost), 1e-6)
    assert not is_proven(math.inf, -math.inf, 1.0)


def test_rounding_above_a_plan_that_costs_nothing_is_no_lie():
    """A plan of nothing costs 0, and sums of the engine end a hair above it."""
    free = program([[1, 1]], [-INF], [9], [1, 1])
    solution = verdict(Liar("scip", outcome(Claim.OPTIMAL, 8.7e-15, [0.0, 0.0])), of=free)
    assert (solution.status, solution.cost, solution.bound) == (Status.OPTIMAL, 0.0, 0.0)
    assert solution.remarks == ()


def test_an_engine_without_proofs_gives_plans_only():
    solution = verdict(Liar("cbc", outcome(Claim.OPTIMAL, 14.0, BEST)))
    assert (solution.status, solution.cost, solution.bound) == (Status.FEASIBLE, 14.0, -INF)
    assert solution.limit == "precision"


def test_a_false_optimum_is_not_sold():
    """CBC's 227.19 where 226.88 exists: the dearer plan is a plan, and its bound is no bound."""
    first = Liar("cbc", outcome(Claim.OPTIMAL, 16.0, GOOD))
    second = Liar("highs", outcome(Claim.OPTIMAL, 14.0, BEST))
    solution = verdict(first, second)
    assert (solution.status, solution.cost, solution.bound) == (Status.OPTIMAL, 14.0, 14.0)


def test_a_bound_above_a_checked_plan_costs_an_engine_its_word():
    wrong = Liar("highs", Progress(0, 15.0), outcome(Claim.OPTIMAL, 15.0, GOOD))
    right = Liar("cpsat", Progress(0, 12.0, np.array(BEST)), outcome(limit="time", bound=12.0))
    solution = verdict(wrong, right)
    assert (solution.status, solution.cost, solution.bound) == (Status.FEASIBLE, 14.0, 12.0)
    (remark,) = solution.remarks
    assert remark == ("highs claims a bound of 15, but a checked plan costs 14: none of its proofs is used")


def test_bound_0_of_an_unknown_status_is_no_bound():
    """A program that earns: 0 would lie above every plan."""
    earning = program([[1.0]], [-INF], [10.0], [-3.0])
    silent = verdict(Liar("cpsat", outcome(bound=-INF, limit="time")), of=earning)
    assert (silent.status, silent.bound, silent.limit) == (Status.NO_PLAN, -INF, "time")
    said = verdict(Liar("cpsat", outcome(bound=0.0, plan=[10.0], limit="time")), of=earning)
    assert (said.status, said.cost, said.bound) == (Status.FEASIBLE, -30.0, -INF)
    assert said.remarks


def test_infeasibility_beside_a_checked_plan_is_refused():
    solution = verdict(Liar("highs", Progress(0, 10.0, np.array(GOOD)), outcome(Claim.INFEASIBLE)))
    assert (solution.status, solution.cost, solution.bound) == (Status.FEASIBLE, 16.0, -INF)
    assert "infeasibility, but a checked plan costs 16" in solution.remarks[0]


def test_infeasible_at_a_limit_is_nothing_known():
    """CBC's "infeasible or unbounded" at a limit; and what it calls proven counts no more."""
    for claim in (Claim.INFEASIBLE, Claim.NOTHING):
        solution = verdict(Liar("cbc", outcome(claim, limit="time")))
        assert (solution.status, solution.limit) == (Status.NO_PLAN, "time")
    assert verdict(Liar("highs", outcome(Claim.INFEASIBLE)), of=infeasible()).status is Status.INFEASIBLE


@pytest.mark.parametrize(
    "plan",
    [[0.0, 0.0], [1.5, 2.0], [math.nan, 3.0], [INF, 3.0], [1e16, 0.0], [-1.0, 5.0], [1.0]],
    ids=[
        "breaks a row",
        "no whole number",
        "no number",
        "infinite",
        "too large",
        "below a bound",
        "too short",
    ],
)
def test_a_plan_that_does_not_hold_is_no_plan(plan):
    solution = verdict(Liar("highs", Progress(0, 3.0, np.array(plan)), outcome(Claim.OPTIMAL, 9.0, plan)))
    assert (solution.status, solution.cost, solution.values) == (Status.NO_PLAN, INF, None)
    assert solution.limit == "precision"
    assert "its plan breaks a row" in solution.remarks[0]


@pytest.mark.parametrize("bound", [math.nan, INF, -INF])
def test_a_bound_that_is_no_number_is_no_bound(bound):
    solution = verdict(Liar("highs", Progress(0, bound), outcome(Claim.OPTIMAL, bound, BEST)))
    assert (solution.status, solution.cost, solution.bound) == (Status.FEASIBLE, 14.0, -INF)


def test_a_cost_without_lower_limit_must_be_possible():
    bounded = verdict(Liar("highs", outcome(Claim.UNBOUNDED, plan=BEST)))
    assert bounded.status is Status.FEASIBLE
    assert "without lower limit" in bounded.remarks[0]
    endless = program([[1.0, -1.0]], [-INF], [11.0], [-1.0, 0.0])
    with pytest.raises(PlannerError, match="no lower limit"):
        verdict(Liar("highs", outcome(Claim.UNBOUNDED)), of=endless)
    assert verdict(Liar("cpsat", outcome(Claim.UNBOUNDED)), of=endless).status is Status.NO_PLAN


def test_a_claim_of_optimality_ends_no_race_before_the_gap_is_closed():
    boaster = Liar("highs", outcome(Claim.OPTIMAL, 5.0, GOOD))
    other = Liar("cpsat", outcome(Claim.OPTIMAL, 14.0, BEST))
    assert verdict(boaster, other).cost == 14.0
    alone = verdict(Liar("highs", outcome(Claim.OPTIMAL, 5.0, GOOD)))
    assert (alone.status, alone.limit, alone.bound) == (Status.FEASIBLE, "precision", 5.0)


def test_the_continuous_part_is_solved_anew_beside_rounded_units():
    """Three units of 40.5 serve 121.5 at most: 500 beside them is no plan, and 100 is one."""
    judge = Judge(served(), 0.0, {"highs": ALL})
    judge.receive(outcome(Claim.OPTIMAL, 30.0, [2.999995, 500.0, 0.0]), "highs")
    assert judge.status is Status.OPTIMAL
    assert judge.cost == 30.0
    assert judge.values[0] == 3.0
    assert 100.0 - 1e-6 <= judge.values[1] <= 121.5 + 1e-6
    hopeless = Judge(served(), 0.0, {"highs": ALL})
    assert not hopeless.offer(np.array([2.5, 100.0, 0.0]), "highs", mend=True)


def test_a_plan_is_rounded_and_its_rows_are_checked():
    judge = Judge(program([[1, 1]], [3], [INF], [1, 1]), 0.0)
    assert not judge.offer(np.array([1.0, 1.0]), "x")
    assert not judge.offer(np.array([1.5, 1.5]), "x")
    assert judge.offer(np.array([1.0, 2.0 + 1e-7]), "x")
    assert judge.values.tolist() == [1, 2]
    assert not judge.offer(np.array([2.0, 2.0]), "x")  # dearer


def test_the_cost_is_added_up_here():
    solution = verdict(Liar("highs", Progress(0, 14.0, np.array(BEST)), outcome(Claim.OPTIMAL, 14.0)))
    assert solution.cost == 14.0
    noisy = verdict(Liar("highs", outcome(Claim.OPTIMAL, 14.0 * (1 - 2e-10), BEST)))
    assert (noisy.status, noisy.gap, noisy.bound) == (Status.OPTIMAL, 0.0, 14.0)


def test_prices_too_far_apart_are_no_proof():
    """What the plan pays is 1e-20 of what the other way would cost: an engine sees none of it."""
    apart = program([[1.0, 1.0]], [3], [INF], [1e-10, 1e10], upper=[5, 5])
    solution = verdict(Liar("highs", outcome(Claim.OPTIMAL, 5e-10, [5.0, 0.0])), of=apart)
    assert (solution.status, solution.bound, solution.limit) == (Status.FEASIBLE, -INF, "precision")
    assert "prices are too far apart" in solution.remarks[0]


def test_plans_are_shared_between_rivals_in_their_scale():
    first = Liar("highs", Progress(0, 1.0, np.array(GOOD)), outcome(limit="time"))
    second = Liar("cpsat", outcome(limit="time"))
    verdict(first, second)
    assert any(isinstance(message, Hint) for message in second.heard)


def test_judge_takes_nothing_from_an_engine_that_nobody_declared():
    judge = Judge(knapsack(), 0.0, {"known": ALL})
    assert not judge.raise_bound(10.0, "stranger")
    assert judge.raise_bound(10.0, "known")
    judge.receive(outcome(Claim.INFEASIBLE), "stranger")
    assert judge.status is Status.NO_PLAN


@pytest.mark.parametrize(
    ("cost", "bound", "gap"),
    [
        (0.0, 0.0, 0.0),
        (100.0, 90.0, 0.1),
        (0.0, -5.0, 1.0),
        (-90.0, -100.0, 0.1),
        (5.0, -5.0, 2.0),
        (288032.0, 288032.0 - 1e-4, 0.0),
        (1.0, 2.0, 0.0),
        (INF, 3.0, INF),
        (3.0, -INF, INF),
        (3.0, math.nan, INF),
    ],
)
def test_gap_is_sensible_for_every_sign(cost, bound, gap):
    assert relative_gap(cost, bound) == pytest.approx(gap)
