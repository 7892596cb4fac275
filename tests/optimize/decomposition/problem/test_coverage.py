"""Nothing is covered by the decomposition that does not say so itself: families, cost terms, fields, variables."""

from __future__ import annotations

from dataclasses import field, make_dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from planner.loader import from_dict
from planner.model import costs, families
from planner.model.axes import OFFER
from planner.model.costs import Priced, cost_term
from planner.model.data import ChannelOffers
from planner.model.market import Market
from planner.model.sets import Sets
from planner.model.treatment import FIELD, dropped, kept, refused
from planner.optimize.decomposition.auto import choose
from planner.optimize.decomposition.problem.coverage import LeftOut, NotCovered
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions
from tests.optimize.decomposition.small import question, record

if TYPE_CHECKING:
    from collections.abc import Callable


def family(**parts: Any) -> SimpleNamespace:
    return SimpleNamespace(
        __name__="planner.model.families.dummy",
        applies=lambda sets: True,
        rows=lambda sets, variables: iter(()),
        **parts,
    )


def double_price(sets: Sets) -> dict[str, Priced]:
    """Every node once more at its price."""
    return {"surcharge": Priced("acquire", sets.offer_price * sets.offer_increment, (OFFER,))}


def test_a_family_that_says_nothing_is_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = question(2)
    assert not structure_of(sets).left_out
    monkeypatch.setattr(families, "FAMILIES", (*families.FAMILIES, family()))
    with pytest.raises(NotCovered, match="the family dummy does not say"):
        structure_of(sets)
    assert choose(sets)[0] == "direct"


@pytest.mark.parametrize("treatment", [dropped("only weaker"), kept("as it is")])
def test_plans_beside_a_family_without_a_look_at_its_rows_are_checked_by_the_whole_program(
    monkeypatch: pytest.MonkeyPatch, treatment: Any
) -> None:
    dummy = family(decomposition=lambda sets: treatment)
    monkeypatch.setattr(families, "FAMILIES", (*families.FAMILIES, dummy))
    assert LeftOut("dummy", "only the whole program has its rows") in structure_of(question(2)).left_out


def test_a_refused_family_and_a_silent_cost_term_go_the_direct_way(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = from_dict(record(2))
    plain = solve(instance, SolveOptions(method="direct", relative_gap=1e-6))
    monkeypatch.setattr(costs, "COSTS", (*costs.COSTS, double_price))
    with pytest.raises(NotCovered, match="the cost term surcharge does not say"):
        structure_of(question(2))
    dearer = solve(instance, SolveOptions(method="decompose", relative_gap=1e-6))
    assert dearer.method == "direct"
    assert "surcharge does not say" in dearer.method_reason
    assert dearer.bound > plain.cost
    monkeypatch.setattr(costs, "COSTS", costs.COSTS[:-1])
    monkeypatch.setattr(
        families, "FAMILIES", (*families.FAMILIES, family(decomposition=lambda sets: refused("no")))
    )
    with pytest.raises(NotCovered, match="no"):
        structure_of(question(2))


def test_a_cost_term_below_zero_is_refused_whatever_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def credit(sets: Sets) -> dict[str, Priced]:
        return {"credit": Priced("acquire", np.where(np.arange(len(sets.first)) == 0, -0.01, 0.0), (OFFER,))}

    for says in (kept("it does"), dropped("it does not")):
        monkeypatch.setattr(costs, "COSTS", (*costs.COSTS, cost_term(says)(credit)))
        with pytest.raises(NotCovered, match="negative"):
            structure_of(question(2))


@pytest.mark.parametrize("record_type", [Sets, Market, ChannelOffers])
def test_a_field_that_says_nothing_is_not_covered(record_type: type, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import fields, replace

    assert all(FIELD in one.metadata for one in fields(record_type)), (
        "a new field must say what becomes of it"
    )
    further = make_dataclass(
        "further", [("surprise", float, field(default=0.0))], bases=(record_type,), frozen=True
    )
    sets = question(2)

    def more(old: Any) -> Any:
        return further(**{one.name: getattr(old, one.name) for one in fields(old)})

    changed: dict[type, Callable[[], Sets]] = {
        Sets: lambda: more(sets),
        Market: lambda: replace(sets, market=more(sets.market)),
        ChannelOffers: lambda: replace(sets, channels=tuple(map(more, sets.channels))),
    }
    with pytest.raises(NotCovered, match=r"surprise does not say"):
        structure_of(changed[record_type]())


def test_every_part_of_the_model_says_what_may_be_done_with_it() -> None:
    assert all(hasattr(one, "decomposition") for one in families.FAMILIES)
    assert all(hasattr(one, "decomposition") for one in costs.COSTS)
