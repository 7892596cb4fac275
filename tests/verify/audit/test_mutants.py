"""Changed plans are named by the check, whatever is changed: a fixed sample (`tests/bench/plan_mutants.py`: all)."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

import pytest

import planner
from planner.rates.compute import compute_rates
from tests.verify.audit.mutants import Mutant, instances, mutants_of, same_question, sample, verdict_of

EACH = 250
FEW_OF_SLOW = 30


@cache
def _plan(name: str) -> planner.Plan:
    plan = planner.solve(instances()[name], planner.SolveOptions(solver="highs", threads=1))
    assert plan.usable, plan.reasons
    return plan


@pytest.mark.parametrize("name", instances())
def test_every_change_of_meaning_is_named(name: str) -> None:
    instance = instances()[name]
    rates = compute_rates(instance)
    record = json.loads(json.dumps(_plan(name).to_dict()))
    mutants = sample(list(mutants_of(record)), FEW_OF_SLOW if name == "waits" else EACH, random.Random(7))
    survived = [
        mutant
        for mutant in mutants
        if not mutant.without_meaning
        and not verdict_of(mutant, instance, rates, Path("plan.json"))
        and not same_question(mutant, instance)
    ]
    assert not survived, [(mutant.what, mutant.where) for mutant in survived]
    assert verdict_of(Mutant("nothing", (), json.dumps(record).encode()), instance, rates, Path("p")) == []


def test_the_plans_have_every_record() -> None:
    """The sample attacks nothing that is not there."""
    tables = ("holdings", "units", "served", "shed", "use", "outsourced", "lent", "committed", "backlog")
    missing = {table for table in tables if not any(getattr(_plan(name), table) for name in instances())}
    assert not missing
