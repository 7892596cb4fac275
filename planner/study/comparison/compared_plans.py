"""Plans that are compared, and the tables of what differs between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from planner.core.errors import InstanceError
from planner.loader import from_dict
from planner.plan.period_names import period_columns, zone_of_question
from planner.study.comparison import tables

if TYPE_CHECKING:
    import pandas as pd

    from planner.instance import Instance
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class ComparedPlans:
    """Plans, each table with a column for every plan, and `change` against the first when two.

    `labels` are the plans' names; `instances` their questions where these were given. Amounts in different currencies
    have no `change`.
    """

    labels: tuple[str, ...]
    plans: tuple[Plan, ...]
    instances: tuple[Instance | None, ...]

    @cached_property
    def verdict(self) -> pd.DataFrame:
        """Status, cost, bound, gap and the summary figures, one row each."""
        table = tables.verdict(self.labels, self.plans)
        return self._with_change(table, numeric_only=True) if self.one_currency else table

    @cached_property
    def inputs(self) -> pd.DataFrame:
        """Values that differ between the instances, one row a path; those that plans carry where none were given."""
        return tables.inputs(self.labels, self.questions)

    @cached_property
    def questions(self) -> tuple[Instance | None, ...]:
        """The instance of each plan, as it was given or as the plan carries it; None where it carries none."""
        return tuple(
            _carried(plan) if instance is None else instance
            for plan, instance in zip(self.plans, self.instances, strict=True)
        )

    @property
    def one_currency(self) -> bool:
        """Whether all plans are in the same currency."""
        return len({plan.currency for plan in self.plans}) == 1

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
        table = tables.costs(self.labels, self.plans)
        return self._with_change(table) if self.one_currency else table

    @cached_property
    def hours(self) -> pd.DataFrame:
        """Nodes held and in use in the periods in which plans differ; other horizons have no row."""
        import pandas as pd

        table = tables.hours(self.labels, self.plans)
        first = self.plans[0]
        zone = zone_of_question(first.question)
        periods = period_columns(table["period"].tolist(), first.periods, zone=zone)
        return pd.concat([pd.DataFrame(periods), table.drop(columns="period")], axis=1)

    def _with_change(self, table: pd.DataFrame, numeric_only: bool = False) -> pd.DataFrame:
        if len(self.labels) != 2:
            return table
        import pandas as pd

        first, second = (table[label] for label in self.labels)
        if numeric_only:
            first, second = (pd.to_numeric(column, errors="coerce") for column in (first, second))
        return table.assign(change=second - first)


def _carried(plan: Plan) -> Instance | None:
    """The instance that a plan carries; None where it carries none that can be read."""
    try:
        return from_dict(plan.question) if plan.question else None
    except InstanceError:
        return None
