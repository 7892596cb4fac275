"""Families of constraints, in reading order. A new one is a file here and its line in `FAMILIES`.

Beside what the protocol asks for a family may say in its module:

    VARIABLES                    the variables that it brings: axes, domain, whole or not, unit, meaning
    decomposition(sets)          a `Treatment`: what the decomposition may do with it. One that does not say so is not
                                 covered: the whole formulation is solved at once.
    AUDITED_BY                   the rules of the audit (`planner.verify.audit`), by name, that look at what its rows
                                 say. A plan with a family that no rule looks at is refused.
    relaxable(sets)              the limits of its rows that a user can move, which a diagnosis of an infeasible
                                 instance may then name as a repair. Physical rows have none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from planner.model.families import (
    cash,
    change,
    colocation,
    deferral,
    demand,
    first_stage,
    fleet,
    lending,
    limits,
    outsource,
    packing,
    procurement,
    risk,
    seating,
    single_pool,
    site_flow,
    spend,
    spot,
    standing,
    start,
    supply,
    throughput,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from planner.model.decision import DecisionVariable
    from planner.model.relaxable import RelaxableLimit
    from planner.model.sets import Sets
    from planner.model.variables import Row, Variables


class Family(Protocol):
    """A module with one kind of constraint."""

    __name__: str

    def applies(self, sets: Sets) -> bool:
        """Whether the data asks for this family, its rows and its variables."""
        ...

    def rows(self, sets: Sets, variables: Variables) -> Iterator[Row]:
        """Rows: the part of the family, the position on the axes of that part, and the constraint."""
        ...


FAMILIES: tuple[Family, ...] = (
    *(demand, deferral, throughput, colocation, standing, fleet, packing, seating),
    *(procurement, supply, start, outsource, lending, spend, spot, single_pool),
    *(site_flow, first_stage, limits, cash, change, risk),
)


def applying(sets: Sets) -> tuple[Family, ...]:
    """Those that the data asks for."""
    return tuple(family for family in FAMILIES if family.applies(sets))


def name_of(family: Family) -> str:
    """The name that its rows are known by."""
    return family.__name__.rpartition(".")[2]


def variables_of(family: Family) -> tuple[DecisionVariable, ...]:
    """The variables that a family brings."""
    return getattr(family, "VARIABLES", ())


def declared_variables() -> dict[str, DecisionVariable]:
    """Every variable of the model by name, whether the data ask for it or not."""
    return {variable.name: variable for family in FAMILIES for variable in variables_of(family)}


def unaudited(sets: Sets, rules: Collection[str]) -> tuple[str, ...]:
    """Families that the data asks for and that none of the audit's rules looks at."""
    return tuple(
        name_of(family)
        for family in applying(sets)
        if not (named := getattr(family, "AUDITED_BY", ())) or not set(named) <= set(rules)
    )


def relaxable_limits(sets: Sets) -> tuple[RelaxableLimit, ...]:
    """Every limit of the data that can stand in the way of a plan and that a user can move."""
    return tuple(
        replace(limit, family=name_of(family))
        for family in FAMILIES
        if hasattr(family, "relaxable")
        for limit in family.relaxable(sets)
    )
