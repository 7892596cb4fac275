"""Plans that are compared, and the tables of what differs between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from planner.plan.period_names import period_columns
from planner.study.comparison import tables

if TYPE_CHECKING:
    import pandas as pd

    from planner.instance import Instance
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class ComparedPlans:
    """Plans, each table with a column for every plan, and `change` against the first when two.

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
        import pandas as pd

        table = tables.hours(self.labels, self.plans)
        periods = period_columns(table["period"].tolist(), self.plans[0].periods)
        return pd.concat([pd.DataFrame(periods), table.drop(columns="period")], axis=1)

    def _with_change(self, table: pd.DataFrame, numeric_only: bool = False) -> pd.DataFrame:
        if len(self.labels) != 2:
            return table
        import pandas as pd

        first, second = (table[label] for label in self.labels)
        if numeric_only:
            first, second = (pd.to_numeric(column, errors="coerce") for column in (first, second))
        return table.assign(change=second - first)
