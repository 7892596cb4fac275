"""Families of constraints, in reading order. A new one is a file here and its line in `FAMILIES`.

Beside what the protocol asks for a family says in a function `decomposition(sets) -> Treatment` what the
decomposition may do with it. One that does not say so is not covered: the whole formulation is solved at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from planner.model.families import (
    change,
    deferral,
    demand,
    first_stage,
    fleet,
    lending,
    limits,
    outsource,
    procurement,
    risk,
    single_pool,
    spend,
    spot,
    start,
    supply,
    throughput,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.model.sets import Sets
    from planner.model.variables import Variables


class Family(Protocol):
    """A module with one kind of constraint."""

    __name__: str

    def applies(self, sets: Sets) -> bool:
        """Whether the data asks for this family."""
        ...

    def rows(self, sets: Sets, variables: Variables) -> Iterator[tuple[str, pulp.LpConstraint]]:
        """Named rows; every name begins with the name of the family."""
        ...


FAMILIES: tuple[Family, ...] = (
    *(demand, deferral, throughput, fleet, procurement, supply, start),
    *(outsource, lending, spend, spot, single_pool, first_stage, limits, change, risk),
)


def applying(sets: Sets) -> tuple[Family, ...]:
    """Those that the data asks for."""
    return tuple(family for family in FAMILIES if family.applies(sets))


def name_of(family: Family) -> str:
    """The name that its rows begin with."""
    return family.__name__.rpartition(".")[2]
