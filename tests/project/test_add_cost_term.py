"""One place is one place: a cost term is a function and its line in `COSTS`, and arithmetic of the audit's own.

The term charges every node-hour that runs. It is then solved, audited, explained, printed, exported and documented.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from rich.console import Console

import planner
from planner.model import costs
from planner.model.costs import CostTerm
from planner.verify.audit import costs as audit_costs
from planner.view.exports.charges import charges_of
from planner.view.exports.program import lp
from planner.view.reporting.console import render
from tests.examples import small
from tests.project.formulation import chapter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXACT = planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1)
LEVY = '''
"""Levy: what the authorities charge for nodes that run.

sum_{u,t} 2 * nodes[u] * hours[t] * weight[t] * on[u,t]            USD
"""

import numpy as np

from planner.model.axes import PERIOD, UNIT
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import refused


def _running(plan):
    return np.sum([unit.nodes * np.asarray(unit.on) for unit in plan.units], axis=0)


@cost_term(refused("nodes that run are levied"), "levy", activity=_running, billed=False)
def usd(sets):
    """USD per unit that runs in a period."""
    return {"levy": Priced("on", np.outer(2.0 * sets.nodes, sets.timeline.weighted_hours), (UNIT, PERIOD))}
'''


def levied(facts: Any) -> dict[str, float]:
    """The audit's own arithmetic."""
    hours = facts.calendar.counted_hours
    return {"levy": sum(2.0 * unit.nodes * float(np.asarray(unit.on) @ hours) for unit in facts.plan.units)}


@pytest.fixture
def term(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A levy of two dollars a node-hour."""
    (tmp_path / "added_costs").mkdir()
    (tmp_path / "added_costs" / "levy.py").write_text(LEVY)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("added_costs.levy")
    monkeypatch.setattr(costs, "COSTS", (*costs.COSTS, module.usd))
    yield module
    for name in ("added_costs.levy", "added_costs"):
        del sys.modules[name]


@pytest.fixture
def audited(term: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The same with arithmetic of the audit."""
    monkeypatch.setitem(audit_costs.ARITHMETIC, "levy", levied)
    return term


@pytest.mark.usefixtures("term")
def test_a_term_that_nobody_audits_is_refused() -> None:
    plan = planner.solve(small(), EXACT)
    assert plan.status is planner.Status.REFUSED
    assert "audit: known terms: term levy: no such term of cost" in plan.reasons


def test_every_line_of_every_term_is_audited() -> None:
    for cost in costs.COSTS:
        assert isinstance(cost, CostTerm)
        assert set(cost.lines) <= audit_costs.known_terms(), cost
    told = [line for cost in costs.COSTS if isinstance(cost, CostTerm) for line in cost.lines]
    assert len(told) == len(set(told))
    assert set(audit_costs.ARITHMETIC) <= set(told)


@pytest.mark.usefixtures("audited")
def test_it_is_solved_explained_printed_exported_and_documented(capsys: pytest.CaptureFixture[str]) -> None:
    instance = small()
    plan = planner.solve(instance, EXACT)
    assert plan.status is planner.Status.OPTIMAL, plan.reasons
    # 6, 3 and 9 nodes run
    assert plan.cost_terms["levy"] == pytest.approx(36.0)
    assert planner.check(instance, plan).passed
    assert planner.explain(instance, plan).hours
    Console().print(render(plan))
    assert "levy" in capsys.readouterr().out
    charges = [charge for charge in charges_of(plan, instance) if charge.term == "levy"]
    assert sum(charge.effective for charge in charges) == pytest.approx(36.0)
    assert {charge.billed for charge in charges} == {0.0}
    assert {charge.category for charge in charges} == {"Adjustment"}
    assert " on_0_0" in lp(instance).decode().partition("Subject")[0]
    section = chapter().partition("### Levy")[2]
    assert "In the breakdown: `levy`." in section
    assert "refused: nodes that run are levied" in section


@pytest.mark.usefixtures("audited")
def test_an_export_spreads_it_by_what_it_says() -> None:
    months = small({"horizon": {"start": "2025-01-31T22:00+00:00", "periods": 3}})
    plan = planner.solve(months, EXACT)
    levies = [charge.effective for charge in charges_of(plan, months) if charge.term == "levy"]
    assert levies == pytest.approx([18.0, 18.0])  # 6 and 3 nodes in January, 9 in February


@pytest.mark.usefixtures("audited")
def test_the_decomposition_leaves_it_to_the_whole_program() -> None:
    plan = planner.solve(small(), planner.SolveOptions(method="decompose", relative_gap=0.0, threads=1))
    assert (plan.status, plan.method) == (planner.Status.OPTIMAL, "direct")
    assert plan.method_reason.endswith("nodes that run are levied")
    assert plan.cost_terms["levy"] == pytest.approx(36.0)
