"""The least that must go unserved, and the least move of each limit that makes a plan possible.

All questions are asked of one elastic program, in engine processes side by side:

    shortage   the least share of the requests unserved             all limits as they are
    repair m   min slack[m]                                         only limit m moves
    headroom   min 0                                                no time kept for waits and failures
    together   min sum_m usd[m] * slack[m]                          all limits move, each at its price
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.solution import Status
from planner.optimize.engines import EngineOptions, prover
from planner.optimize.engines import solve as run_engine
from planner.optimize.engines.program import FEASIBILITY_TOLERANCE
from planner.optimize.infeasibility.diagnosis_runs import ask
from planner.optimize.infeasibility.program import ElasticProgram, elastic_program
from planner.optimize.infeasibility.shortage import Shortage, shortage_question, shortages_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.solution import Solution
    from planner.model.relaxable import RelaxableLimit
    from planner.model.sets import Sets


@dataclass(frozen=True)
class Move:
    """One limit moved, in its own unit."""

    key: str
    unit: str
    limit: float
    moved_to: float


@dataclass(frozen=True)
class Repair:
    """Limits which, moved together, make a plan possible.

    `usd` is what the moves cost over the horizon at most, None where a move has no price. `least` says
    whether it is proven that no smaller move does; if not, a limit that moves alone moves by `at_least`.
    """

    moves: tuple[Move, ...]
    usd: float | None
    least: bool
    at_least: float | None = None

    @property
    def settings(self) -> dict[str, float]:
        """Instance keys and their new values, as `--set` takes them."""
        return {move.key: move.moved_to for move in self.moves}


@dataclass(frozen=True)
class Diagnosis:
    """What stands in the way of a plan. `shortages` is empty where shedding alone does not help, or where no
    answer came in time (`shortage_found` says which). Repairs come cheapest first, those without price last.
    `only_headroom` says that there is a plan as soon as units may be busy all the time, that is, if waits and
    failures need no capacity.
    """

    shortages: tuple[Shortage, ...]
    shortage_found: bool
    shortage_least: bool
    repairs: tuple[Repair, ...]
    only_headroom: bool


def diagnose(sets: Sets, time_limit_s: float = 20.0, seed: int = 1, workers: int = 2) -> Diagnosis:
    """Find out why the formulation of `sets` has no plan; the questions share `time_limit_s`."""
    elastic = elastic_program(sets)
    everything = list(range(len(elastic.limits)))
    repairs = {
        f"repair {place}": elastic.question([place], False, _moved(elastic, [place], priced=False))
        for place in everything
    }
    if len(everything) > 1:
        repairs["together"] = elastic.question(everything, False, _moved(elastic, everything, priced=True))
    shortage, answers = ask(elastic, shortage_question(elastic), repairs, time_limit_s, seed, workers)
    found = [_repair(elastic, answer, name != "together") for name, answer in answers.items()]
    return Diagnosis(
        shortages=shortages_of(elastic, shortage),
        shortage_found=shortage.values is not None,
        shortage_least=shortage.status is Status.OPTIMAL,
        repairs=_ranked([repair for repair in found if repair is not None]),
        only_headroom=_only_headroom(sets, max(1.0, time_limit_s / 4), seed),
    )


def _only_headroom(sets: Sets, time_limit_s: float, seed: int) -> bool:
    """Whether there is a plan as soon as no time is kept back for waits and failures."""
    if sets.headroom is None:
        return False
    free = elastic_program(replace(sets, headroom=None, standing=None))
    options = EngineOptions(time_limit_s=time_limit_s, relative_gap=1.0, threads=1, seed=seed)
    return run_engine(free.question([], False, free.zeros()), prover(), options).values is not None


def scaled(diagnosis: Diagnosis, factor: float) -> Diagnosis:
    """The diagnosis of a part, its repairs priced for a horizon `factor` times as long."""
    repairs = tuple(
        replace(repair, usd=None if repair.usd is None else repair.usd * factor)
        for repair in diagnosis.repairs
    )
    return replace(diagnosis, repairs=repairs)


def _moved(elastic: ElasticProgram, places: list[int], priced: bool) -> NDArray[np.float64]:
    """Cost of moving limits: 1 a unit, or what a unit costs; unpriced ones last."""
    cost = elastic.zeros()
    for place in places:
        limit = elastic.limits[place]
        usd = limit.usd if limit.usd is not None else _dear(elastic, limit)
        cost[elastic.slack[place]] = usd if priced else 1.0
    return cost


def _dear(elastic: ElasticProgram, limit: RelaxableLimit) -> float:
    """A price for a limit without one, so high that priced limits are moved first."""
    prices = [other.usd * other.most for other in elastic.limits if other.usd and math.isfinite(other.most)]
    return max(prices, default=1.0) * 10.0 / max(limit.limit, 1.0)


def _repair(elastic: ElasticProgram, answer: Solution, alone: bool) -> Repair | None:
    """The repair in an answer, of one limit `alone` or of several; None where there is none."""
    if answer.values is None:
        return None
    amounts = answer.values[elastic.slack]
    moves, prices = [], []
    for place in np.flatnonzero(amounts > FEASIBILITY_TOLERANCE).tolist():
        limit = elastic.limits[place]
        amount = _rounded_up(float(amounts[place]), limit)
        target = limit.limit + limit.step * amount
        moves.append(Move(limit.key, limit.unit, limit.limit, int(target) if limit.whole else target))
        prices.append(None if limit.usd is None else limit.usd * amount)
    if not moves:
        return None
    usd = None if None in prices else sum(price for price in prices if price is not None)
    least = answer.status is Status.OPTIMAL
    return Repair(tuple(moves), usd, least, _at_least(answer.bound, moves[0]) if alone else None)


def _at_least(bound: float, move: Move) -> float:
    """The proven least by which a limit that moves alone must move."""
    whole = isinstance(move.moved_to, int)
    return max(1.0, float(math.ceil(bound - FEASIBILITY_TOLERANCE))) if whole else max(0.0, bound)


def _rounded_up(amount: float, limit: RelaxableLimit) -> float:
    """Whole, or to four figures away from zero: a limit that people can type."""
    if limit.whole:
        return float(round(amount))
    quantum = 10.0 ** (math.floor(math.log10(amount)) - 3)
    return min(math.ceil(amount / quantum) * quantum, limit.most)


def _ranked(repairs: list[Repair]) -> tuple[Repair, ...]:
    """Cheapest first; of two with the same limits the first stays."""
    unique: dict[tuple[str, ...], Repair] = {}
    for repair in repairs:
        unique.setdefault(tuple(move.key for move in repair.moves), repair)
    return tuple(
        sorted(unique.values(), key=lambda repair: (repair.usd is None, repair.usd or 0.0, len(repair.moves)))
    )
