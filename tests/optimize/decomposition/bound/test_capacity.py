"""Capacity of whole nodes, by hand."""

from __future__ import annotations

import numpy as np

from planner.optimize.decomposition.bound.capacity import capacity_of


def test_capacity_of_whole_nodes() -> None:
    # units of 2 nodes (10/s) and 3 nodes (18/s): 7 nodes hold 3+2+2 = 38/s, 6 nodes 3+3 = 36/s, 1 nothing
    capacity = capacity_of(np.array([0, 1]), np.array([2, 3]), np.array([10.0, 18.0]), 8)
    assert capacity.table.tolist() == [0, 0, 10, 18, 20, 28, 36, 38, 46]
    assert capacity.units_in(7) == {0: 2, 1: 1}
    assert capacity.needed(np.array([0.0, 11.0, 36.0, 36.5, 47.0])).tolist() == [0, 3, 6, 7, 9]
