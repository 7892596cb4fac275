"""Compare: what changes between plans in the question, the verdict, the fleet, the cost and the hours."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from planner.instance import Instance
from planner.optimize.solve_options import SolveOptions
from planner.study.comparison.compared_plans import ComparedPlans
from planner.study.comparison.tables import hours
from planner.study.comparison.text import sentences
from planner.study.sweeps.plans import plans_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.core.executors.protocol import Executor
    from planner.plan.plan import Plan

SCHEMA_VERSION = 1


class Comparison(ComparedPlans):
    """Plans side by side: the tables of what differs, and the same in sentences."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: every table as a list of records."""
        named = {name: getattr(self, name) for name in TABLES} | {"hours": hours(self.labels, self.plans)}
        records = {name: json.loads(table.to_json(orient="records")) for name, table in named.items()}
        return {"schema_version": SCHEMA_VERSION, "plans": list(self.labels), **records}

    def text(self) -> str:
        """What changes from the first plan to each other one, in sentences."""
        return "\n".join(sentences(self))

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        parts = [
            f"<h4>{name}</h4>{getattr(self, name).to_html(index=False, na_rep='')}" for name in TABLES[:-1]
        ]
        return f"<pre>{escape(self.text())}</pre>" + "".join(parts)


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
