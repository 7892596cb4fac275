"""One place is one place: a family of constraints is a file and its line in `FAMILIES`, and a rule of the audit.

The family is written to a temporary folder: no more nodes run at once than a ceiling, which it tells by a variable of
its own. It is then solved, audited, explained, printed, exported, documented, and named where it stands in the way.
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
from planner.model import families
from planner.model.decode import values_of
from planner.model.prepare import sets_of
from planner.rates.compute import compute_rates
from planner.verify.audit import verdict
from planner.view.exports.program import lp
from planner.view.reporting.console import render
from tests.examples import small
from tests.model.listing import listing, program_for
from tests.project.formulation import chapter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXACT = planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1)
SHED = {"workloads.chat.shed_usd_per_million_tokens": 100.0}
CEILING = '''
"""Ceiling: no more nodes run at once than the ceiling allows.

    sum_u nodes[u] * on[u,t] <= together       all t

nodes. Dual: USD per further node.
"""

import numpy as np

from planner.model.axes import PLAN
from planner.model.decision import DecisionVariable, domain
from planner.model.relaxable import RelaxableLimit, rows_of
from planner.model.treatment import refused
from planner.model.variables import affine

MOST = {most}
AUDITED_BY = ("ceiling",)
TOGETHER = DecisionVariable(
    "together", (PLAN,), lambda sets: domain([(0,)], 1), "nodes", "that run at once", whole=True
)
VARIABLES = (TOGETHER,)


def applies(sets):
    """Always."""
    return True


def decomposition(sets):
    """What the decomposition may do with it."""
    return refused("nodes that run have a ceiling")


def relaxable(sets):
    """Limits that a user can move."""
    yield RelaxableLimit("limits.ceiling", "nodes", MOST, rows_of("most", [()]), np.inf, whole=True)


def rows(sets, variables):
    """One row per period, and the ceiling."""
    together = variables["together"][0,]
    for period in range(sets.periods):
        running = [(variables["on"][unit, period], float(sets.nodes[unit])) for unit in range(len(sets.units))]
        yield "", (period,), affine([*running, (together, -1.0)]) <= 0
    yield "most", (), affine([(together, 1.0)]) <= MOST
'''


def ceiling_rule(facts: Any) -> Iterator[tuple[str, str, float]]:
    """The audit's own arithmetic: nodes under the units that run."""
    for period in range(facts.periods):
        nodes = sum(unit.nodes * unit.on[period] for unit in facts.plan.units)
        if nodes > 6:
            yield f"period {period}", f"{nodes} nodes run", nodes - 6


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A ceiling of six nodes; nine are needed in the last hour."""
    (tmp_path / "added_families").mkdir()
    (tmp_path / "added_families" / "ceiling.py").write_text(CEILING.replace("{most}", "6"))
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("added_families.ceiling")
    monkeypatch.setattr(families, "FAMILIES", (*families.FAMILIES, module))
    yield module
    for name in ("added_families.ceiling", "added_families"):
        del sys.modules[name]


@pytest.fixture
def audited(family: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The same with a rule that looks at it."""
    monkeypatch.setattr(verdict, "RULES", (*verdict.RULES, ("ceiling", ceiling_rule)))
    return family


@pytest.mark.usefixtures("family")
def test_a_family_that_nobody_audits_is_refused() -> None:
    plan = planner.solve(small(SHED), EXACT)
    assert plan.status is planner.Status.REFUSED
    assert plan.reasons == ("audit: no rule looks at the family ceiling",)


def test_every_family_is_audited_by_rules_that_exist() -> None:
    rules = {name for name, _ in verdict.RULES}
    for family in families.FAMILIES:
        assert getattr(family, "AUDITED_BY", ()), f"nobody audits {families.name_of(family)}"
        assert set(family.AUDITED_BY) <= rules, families.name_of(family)


@pytest.mark.usefixtures("audited")
def test_it_is_solved_explained_printed_exported_and_documented(capsys: pytest.CaptureFixture[str]) -> None:
    instance = small(SHED)
    plan = planner.solve(instance, EXACT)
    assert plan.status is planner.Status.OPTIMAL, plan.reasons
    assert max(sum(u.nodes * u.on[period] for u in plan.units) for period in range(3)) == 6
    assert plan.cost_terms["shed"] > 0
    assert planner.check(instance, plan).passed
    binding = planner.explain(instance, plan).hours
    assert ["limits.ceiling" in hour.binds for hour in binding] == [True, True, True]
    Console().print(render(plan))
    assert "shed" in capsys.readouterr().out
    text = lp(instance).decode()
    assert "ceiling_2:" in text
    assert "ceiling_most:" in text
    section = chapter().partition("### Ceiling")[2]
    assert "sum_u nodes[u] * on[u,t] <= together" in section
    assert "Audited by: `ceiling`" in section
    assert "| `together[plan]` | nodes | whole, 0 or more | that run at once | `ceiling` |" in chapter()


@pytest.mark.usefixtures("audited")
def test_its_rows_and_its_variable_are_found_by_the_index() -> None:
    program = program_for(small(SHED))
    rows = listing(program)
    assert rows["ceiling_1"][1] == {"on_0_1": 1.0, "on_1_1": 2.0, "together_0": -1.0}
    assert program.index.row("ceiling", part="most") == program.row_count - 1
    numbers = program.index.spread({"together": np.array([6.0])})
    sets = sets_of(small(SHED), compute_rates(small(SHED)))
    assert values_of(sets, program.index, numbers).at("together").tolist() == [6.0]


@pytest.mark.usefixtures("audited")
def test_the_decomposition_leaves_it_to_the_whole_program() -> None:
    plan = planner.solve(small(SHED), planner.SolveOptions(method="decompose", relative_gap=0.0, threads=1))
    assert (plan.status, plan.method) == (planner.Status.OPTIMAL, "direct")
    assert plan.method_reason.endswith("nodes that run have a ceiling")


@pytest.mark.usefixtures("audited")
def test_where_it_stands_in_the_way_it_is_named() -> None:
    plan = planner.solve(small(), EXACT)
    assert plan.status is planner.Status.INFEASIBLE
    assert any("raise limits.ceiling by 3 nodes, from 6 to 9" in reason for reason in plan.reasons), (
        plan.reasons
    )


def test_a_plan_above_the_ceiling_is_refused_by_its_rule(
    audited: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audited, "MOST", 9)
    plan = planner.solve(small(), EXACT)
    assert plan.status is planner.Status.REFUSED
    assert plan.reasons == ("audit: ceiling: period 2: 9 nodes run",)
