"""What the columns of a formulation are about, read off its index: periods and labels. No variable is named here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import spans_of
from planner.model.families import declared_variables
from planner.optimize.engines.raw import ColumnGroups

if TYPE_CHECKING:
    from planner.model.index import Index
    from planner.model.sets import Sets


def groups_of(sets: Sets, index: Index) -> ColumnGroups:
    """Groups of the columns of a formulation; those that a user added are about the whole horizon."""
    count = len(index.column_keys)
    first = np.zeros(count, dtype=np.int32)
    last = np.full(count, max(sets.periods - 1, 0), dtype=np.int32)
    labels = {"variable": np.full(count, -1, dtype=np.int32)}
    declared = declared_variables()
    for place, (name, block) in enumerate(index.columns.items()):
        axes = declared[name].axes
        first[block.number], last[block.number] = spans_of(sets, axes, block.at)
        labels["variable"][block.number] = place
        for position, axis in enumerate(axes):
            for label, of in axis.groups(sets).items():
                found = labels.setdefault(label, np.full(count, -1, dtype=np.int32))
                found[block.number] = of[block.at[:, position]]
    return ColumnGroups(first, last, labels)
