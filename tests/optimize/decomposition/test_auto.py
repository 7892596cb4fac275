"""Which method suits a question."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.loader import from_dict
from planner.model.prepare import sets_of
from planner.optimize.decomposition.auto import choose
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated
from tests.optimize.decomposition.small import question, record

if TYPE_CHECKING:
    from planner.model import Sets


def test_what_is_not_covered_is_reported() -> None:
    sets = question(2)
    shed = replace(sets, shed_usd=np.full_like(sets.shed_usd, 1.0))
    with pytest.raises(NotCovered, match="shed"):
        structure_of(shed)
    method, reason = choose(shed)
    assert method == "direct"
    assert "shed" in reason
    assert choose(sets)[0] == "direct"


def test_auto_goes_by_size_and_an_engine_of_a_pool_takes_more() -> None:
    def sets_for(hardware: int) -> Sets:
        instance = generated(Hardness(periods=24, hardware=hardware))
        return sets_of(instance, compute_rates(instance))

    one, three, eight = sets_for(1), sets_for(3), sets_for(8)
    assert [choose(sets)[0] for sets in (question(2), three, eight)] == ["direct", "decompose", "decompose"]
    assert [choose(sets, pooled=True)[0] for sets in (one, three, eight)] == ["direct", "direct", "decompose"]


def test_what_the_hours_have_in_part_goes_by_size_and_its_families_are_named() -> None:
    data = record(2, starts=True)
    data["start_up"] = {"hours": 0.5, "minimum_up_hours": 2}
    instance = from_dict(data)
    sets = sets_of(instance, compute_rates(instance))

    def chosen(**sizes: int) -> str:
        parameters = DEFAULTS.override(**{f"run__{name}": size for name, size in sizes.items()})
        return choose(sets, parameters=parameters)[0]

    assert chosen() == "direct"
    assert chosen(whole_cells=0) == "matheuristic"
    assert chosen(whole_cells=0, most_whole_cells=0) == "decompose"
    assert choose(sets, pooled=True, parameters=DEFAULTS.override(run__whole_cells=0))[0] == "direct"
    assert "in part: start" in choose(sets)[1]
