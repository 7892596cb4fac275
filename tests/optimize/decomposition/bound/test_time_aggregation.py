"""Groups of periods rounded either way."""

from __future__ import annotations

import pytest

from planner.optimize.decomposition.bound.time_aggregation import aggregated, nested
from planner.optimize.decomposition.problem.structure import structure_of
from tests.optimize.decomposition.small import question


def test_groups_enclose_their_periods_and_nest() -> None:
    structure = structure_of(question(5))
    low, high = aggregated(structure, 2), aggregated(structure, 2, up=True)
    assert (low.demand[:, low.of] <= structure.demand).all()
    assert (high.demand[:, high.of] >= structure.demand).all()
    assert low.hours.sum() == pytest.approx(structure.weighted_hours.sum())
    fine = aggregated(structure, 4)
    assert (nested(fine, low)[fine.of] == low.of).all()
