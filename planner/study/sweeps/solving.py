"""Solve one case in a worker: base and inputs in, a row out; whatever goes wrong becomes the row's reason.

A worker keeps one warm engine (none for races, nor for constraints of the user's own), the base instance, and the
plans of its last cases: each case starts from the plan of the nearest one.
"""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from planner.core.errors import InstanceError, PlannerError
from planner.loader import from_dict
from planner.model.signed import plain_of, signed_of
from planner.optimize.engines.run import RACE
from planner.optimize.pipeline import solve
from planner.study.sweeps.case_engine import CaseEngine
from planner.study.sweeps.rows import FAILED, INVALID, failed_row, plan_row

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.study.sweeps.case import CaseTask, Inputs
    from planner.study.sweeps.rows import Row

REMEMBERED_PLANS = 64


@dataclass(frozen=True)
class SolvedCase:
    """A plan that later cases may start from."""

    base: str
    inputs: Inputs
    plan: Plan


def solve_task(task: CaseTask) -> Row:
    """The row of a case. Never raises on account of the case."""
    began = time.monotonic()
    try:
        instance = _base(task.base).override(task.inputs)
        near = nearest(task, _memory()) if task.warm_start else task.start
        # a race starts two engines of its own, and the process of a function of the user's own may be the host
        own = task.options.solver == RACE or task.customize is not None
        pool = None if own else _engine()
        plan = solve(instance, task.options, start=near, pool=pool, customize=task.customize)
        if plan.usable:
            _memory().append(SolvedCase(task.base, task.inputs, plan))
        row = plan_row(plan, time.monotonic() - began)
        if task.tell_signed and plan.usable:
            row["signed"] = json.dumps(plain_of(signed_of(instance, plan)))
        return row
    except InstanceError as error:
        reason = "; ".join(f"{fault.path}: {fault.message}" for fault in error.faults)
        return failed_row(INVALID, reason, time.monotonic() - began)
    except PlannerError as error:
        return failed_row(FAILED, str(error), time.monotonic() - began)
    except Exception as error:  # a case that breaks the program must not take the sweep with it
        return failed_row(FAILED, f"{type(error).__name__}: {error}", time.monotonic() - began)


def nearest(task: CaseTask, memory: deque[SolvedCase]) -> Plan | None:
    """Plan of the remembered case of the same base whose inputs lie nearest, the newest among equals.

    The plan that the sweep starts from counts as that of the base itself, the oldest.
    """
    known = [solved for solved in reversed(memory) if solved.base == task.base]
    if task.start is not None:
        known.append(SolvedCase(task.base, {}, task.start))
    if not known:
        return None
    return min(known, key=lambda solved: distance(task.inputs, solved.inputs)).plan


def distance(one: Inputs, other: Inputs) -> float:
    """Sum over the inputs of the relative difference of numbers; 1 for anything else that differs."""
    total = 0.0
    for path in one.keys() | other.keys():
        left, right = one.get(path), other.get(path)
        if left == right:
            continue
        if isinstance(left, int | float) and isinstance(right, int | float):
            total += abs(left - right) / max(abs(left), abs(right))
        else:
            total += 1.0
    return total


def forget() -> None:
    """Drop the plans that this process remembers, where it is not a worker's."""
    _memory().clear()


@lru_cache(maxsize=4)
def _base(text: str) -> Instance:
    return from_dict(json.loads(text))


@cache
def _engine() -> CaseEngine:
    """The warm engine of this process; it ends with the process."""
    return CaseEngine()


@cache
def _memory() -> deque[SolvedCase]:
    return deque(maxlen=REMEMBERED_PLANS)
