"""Plans outside the safe form of availability: studies read them in a formulation that has them."""

from __future__ import annotations

import planner
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.engines import EngineOptions, EnginePool, program_of
from planner.rates.compute import compute_rates
from planner.study.held_plan import admitting, held_plan
from planner.study.near_optimal import AlternativeOptions, alternatives
from tests.reference.generate_standing import many_kinds_instance_of

OPTIONS = planner.SolveOptions(solver="highs", threads=1, time_limit_s=10, relative_gap=1e-6)


def test_a_plan_that_no_choice_of_the_safe_form_allows_can_be_explained_and_varied() -> None:
    instance = planner.from_dict(many_kinds_instance_of(8))
    sets = sets_of(instance, compute_rates(instance))
    with EnginePool(1) as engines:
        plan = planner.solve(instance, OPTIONS, pool=engines)

        def status(of: object) -> str:
            assert isinstance(of, type(sets))
            kept = held_plan(program := program_of(build(of)), of, plan)
            assert kept.column_count == program.column_count
            return str(
                engines.submit(kept, "highs", EngineOptions(time_limit_s=20, threads=1)).result().status
            )

        assert plan.usable
        assert (status(sets), status(admitting(sets, plan))) == ("infeasible", "optimal")
    explained = planner.explain(instance, plan)
    assert explained.hours
    assert explained.nearby
    assert all((one.at_least, one.possible) in ((None, None), (None, True)) for one in explained.next_best)
    assert not any(told.startswith(("Without", "A million")) for told in explained.sentences)
    assert any("near those of this plan alone" in note for note in explained.notes)
    options = AlternativeOptions(time_limit_s=5, solve=OPTIONS)
    for entry in alternatives(instance, plan, slack=1.0, options=options).found:
        assert planner.check(instance, entry.plan).passed
        assert entry.measure_bound <= entry.measure + 1e-9
        assert entry.measure <= entry.best_measure + 1e-9
