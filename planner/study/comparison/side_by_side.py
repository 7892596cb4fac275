"""Compare: what changes between plans in the question, the verdict, the fleet, the cost and the hours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from planner.instance import Instance
from planner.optimize.pipeline import SolveOptions
from planner.study.comparison import tables
from planner.study.sweeps.plans import plans_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from planner.core.executors.protocol import Executor
    from planner.plan.plan import Plan

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Comparison:
    """Plans side by side. Each table has a column for every plan, and `change` against the first when two.

    `labels` are the plans' names; `instances` their questions where these were given.
    """

    labels: tuple[str, ...]
    plans: tuple[Plan, ...]
    instances: tuple[Instance | None, ...]

    @cached_property
    def verdict(self) -> pd.DataFrame:
        """Status, cost, bound, gap and the summary figures, one row each."""
        return self._with_change(tables.verdict(self.labels, self.plans), numeric_only=True)

    @cached_property
    def inputs(self) -> pd.DataFrame:
        """Values that differ between the instances, one row a path; empty where plans alone were given."""
        return tables.inputs(self.labels, self.instances)

    @cached_property
    def fleet(self) -> pd.DataFrame:
        """Nodes at the peak and node-hours by hardware and channel."""
        return self._with_change(tables.fleet(self.labels, self.plans))

    @cached_property
    def units(self) -> pd.DataFrame:
        """Units on at the peak by unit type."""
        return self._with_change(tables.units(self.labels, self.plans))

    @cached_property
    def costs(self) -> pd.DataFrame:
        """Cost by term, and the total."""
        return self._with_change(tables.costs(self.labels, self.plans))

    @cached_property
    def hours(self) -> pd.DataFrame:
        """Nodes held and in use in the periods in which plans differ; other horizons have no row."""
        return tables.hours(self.labels, self.plans)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: every table as a list of records."""
        named = {name: getattr(self, name) for name in TABLES}
        records = {name: json.loads(table.to_json(orient="records")) for name, table in named.items()}
        return {"schema_version": SCHEMA_VERSION, "plans": list(self.labels), **records}

    def text(self) -> str:
        """What changes from the first plan to each other one, in sentences."""
        from planner.study.comparison.text import sentences

        return "\n".join(sentences(self))

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        parts = [
            f"<h4>{name}</h4>{getattr(self, name).to_html(index=False, na_rep='')}" for name in TABLES[:-1]
        ]
        return f"<pre>{escape(self.text())}</pre>" + "".join(parts)

    def _with_change(self, table: pd.DataFrame, numeric_only: bool = False) -> pd.DataFrame:
        if len(self.labels) != 2:
            return table
        import pandas as pd

        first, second = (table[label] for label in self.labels)
        if numeric_only:
            first, second = (pd.to_numeric(column, errors="coerce") for column in (first, second))
        return table.assign(change=second - first)


TABLES = ("verdict", "inputs", "fleet", "units", "costs", "hours")


def compare(
    *things: Plan | Instance,
    labels: Sequence[str] | None = None,
    options: SolveOptions | None = None,
    executor: Executor | None = None,
) -> Comparison:
    """Put plans side by side; an instance is solved first, with `options`, several at a time on an `executor`.

    `labels` name the plans; absent: the names of their instances, made different. Raises ValueError for fewer
    than two things or a wrong number of labels, and what `solve` raises.
    """
    if len(things) < 2:
        raise ValueError(f"comparing needs two or more plans or instances, not {len(things)}")
    if labels is not None and len(labels) != len(things):
        raise ValueError(f"{len(labels)} labels for {len(things)} plans")
    asked = [thing for thing in things if isinstance(thing, Instance)]
    solved = iter(plans_of(asked, options or SolveOptions(), executor))
    plans = tuple(next(solved) if isinstance(thing, Instance) else thing for thing in things)
    names = tuple(labels) if labels is not None else _different([plan.instance for plan in plans])
    if len(set(names)) != len(names):
        raise ValueError(f"labels must differ: {', '.join(names)}")
    instances = tuple(thing if isinstance(thing, Instance) else None for thing in things)
    return Comparison(names, plans, instances)


def _different(names: list[str]) -> tuple[str, ...]:
    """Names as they are where all differ, else with their position."""
    if len(set(names)) == len(names):
        return tuple(names)
    return tuple(
        f"{name} {chr(ord('A') + place % 26)}{place // 26 or ''}" for place, name in enumerate(names)
    )
