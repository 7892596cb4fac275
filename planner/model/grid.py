"""A grid: the variables of one name by their position on its axes; a position without a variable is absent."""

from __future__ import annotations

import pulp

Grid = dict[tuple[int, ...], pulp.LpVariable]
