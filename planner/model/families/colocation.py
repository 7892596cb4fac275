"""Colocation: a unit that reads prompts and writes answers does both for the same requests.

    read[u,w,t] = rate[u,p] * busy[u,p,t] / demand[p,t],    answered[u,w,t] the same of its decode d
    read[u,w,t] = answered[u,w,t]                                       co-located u where no link takes w, all t

    where links take w from the place s of u, or to it, with the sums over the co-located units there:
    both[u,w,t] <= read[u,w,t],   both[u,w,t] <= answered[u,w,t]
    sum_u read[u,w,t] - both[u,w,t] <= sum_{r over a link from s} flow[w,r,t]
    sum_u answered[u,w,t] - both[u,w,t] <= sum_{r over a link to s} flow[w,r,t]

    sum_u both[u,w,t] <= flow[w,s,t]                   where units of s that keep the time of links read for it too

    where w may wait, off being what the family deferral puts off:
    sum_u rate[u,p] * busy[u,p,t] + taken[p,t] + shed[p,t] + off[p,t] <= demand[p,t]           co-located u; d alike

shares of the requests of a workload; p and d are its prefill and decode. The cache of a prompt stays where it was read,
as nothing carries it to a unit of another kind: what a kind of unit reads it answers, and nothing else. A link carries
caches away from those who read, and brings them to those who answer, no more than takes its routes. Stands where
another kind of unit could do a phase of the workload; the only one does all of both. Of work that may wait, shares are
of what the busiest period brings, with answers in the proportion of its block: a plan that leaves caches on a unit from
one period to another serves in the same time of the same units as many requests whole, none later. Where hours of a
block come in other proportions it is not held to this: nobody knows whose requests meet. Dual: USD per workload more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase
from planner.model.axes import PERIOD, UNIT, WORKLOAD
from planner.model.decision import DecisionVariable, Domain, domain
from planner.model.families.deferral import put_off
from planner.model.families.demand import served
from planner.model.families.outsource import taken
from planner.model.treatment import Treatment, dropped
from planner.model.variables import affine, minus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model.deferral import Order
    from planner.model.sets import Sets
    from planner.model.variables import Row, Term, Variables

AUDITED_BY = ("colocation",)


@dataclass(frozen=True)
class Together:
    """Co-located units of one place, and a workload whose phases they share out with others: positions on the axes.

    `stays`, `leaves` and `comes` are its routes at the place: without a link, over one from there, over one to there.
    `beside`: whether units of another place that stand at this one may read for it.
    """

    place: int
    workload: int
    prefill: int
    decode: int
    units: tuple[int, ...]
    stays: tuple[int, ...] = ()
    leaves: tuple[int, ...] = ()
    comes: tuple[int, ...] = ()
    beside: bool = False

    @property
    def linked(self) -> bool:
        """Whether links take caches from the place or to it."""
        return bool(self.leaves or self.comes)

    def requests(self, sets: Sets) -> NDArray[np.float64]:
        """Prompts and answers in the proportion of requests, tokens/s, shape [2, period]; 0 where hours mix in others.

        What a period brings; of work that may wait, what the one with most prompts does.
        """
        demand = sets.demand[[self.prefill, self.decode]]
        order = self.order(sets)
        if order is None:
            return demand
        answers = np.nan_to_num(order.alike)
        return np.asarray(demand[0].max() * np.stack([answers > 0, answers]))

    def order(self, sets: Sets) -> Order | None:
        """How answers follow prompts of work that may wait; None where it may not."""
        orders = () if sets.deferral is None else sets.deferral.orders
        return next((order for order in orders if order.first == self.prefill), None)

    def asked(self, sets: Sets) -> list[int]:
        """Periods in which both phases are asked for."""
        return np.flatnonzero((self.requests(sets) > 0).all(axis=0)).tolist()


def _both(sets: Sets) -> Domain:
    linked = [group for group in together(sets) if group.linked]
    at = [
        (unit, group.workload, period)
        for group in linked
        for unit in group.units
        for period in group.asked(sets)
    ]
    return domain(at, 3, upper=1)


VARIABLES = (
    DecisionVariable(
        "both",
        (UNIT, WORKLOAD, PERIOD),
        _both,
        "share",
        "of the requests of a workload that a co-located unit both reads and answers, where links take others",
    ),
)


def applies(sets: Sets) -> bool:
    """Where units of several kinds could share out the phases of a workload, and some do both."""
    return bool(together(sets))


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on what units do while they run, no part of the cost")


def together(sets: Sets) -> list[Together]:
    """Co-located units by place and workload, where others could do a phase of it too."""
    found: dict[tuple[int, int], list[int]] = {}
    at = np.zeros(len(sets.units), dtype=np.int64) if sets.sites is None else sets.sites.place_of
    for unit, workload in sets.keeps_caches:
        found.setdefault((int(at[unit]), workload), []).append(unit)
    groups = []
    for (place, workload), units in found.items():
        mine = [work for work, of in enumerate(sets.market.workload_of) if of == workload]
        prefill, decode = sorted(mine, key=lambda work: sets.works[work].phase is Phase.DECODE)
        group = _with_routes(sets, Together(place, workload, prefill, decode, tuple(units)))
        able = sets.rate[:, [prefill, decode]] > 0
        beside = np.isin(at, [place, *_readers_beside(sets, group)])
        some = tuple(unit for unit in units if able[unit].any())
        alone = len(some) == 1 and np.count_nonzero(able.any(axis=1) & beside) == 1 and able[some[0]].all()
        if some and not alone:
            groups.append(replace(group, units=some))
    return groups


def _with_routes(sets: Sets, group: Together) -> Together:
    """The same with the routes of its workload at its place."""
    sites = sets.sites
    if sites is None:
        return group
    open_to, over = sites.may[group.workload], sites.link >= 0
    begins, ends = sites.first == group.place, sites.last == group.place

    def positions(of: NDArray[np.bool_]) -> tuple[int, ...]:
        return tuple(np.flatnonzero(open_to & of).tolist())

    return replace(
        group,
        stays=positions(begins & ends),
        leaves=positions(begins & over),
        comes=positions(ends & over),
        beside=bool(positions(ends & ~begins & ~over)),
    )


def _readers_beside(sets: Sets, group: Together) -> list[int]:
    """Other places whose units stand at the place of a group and may read for it."""
    sites = sets.sites
    if sites is None or not group.beside:
        return []
    at = sites.may[group.workload] & (sites.last == group.place) & (sites.link < 0)
    return [int(place) for place in sites.first[at] if place != group.place]


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Rows per co-located unit, workload and period in which both phases are asked for, and per place of them."""
    for group in together(sets):
        requests = group.requests(sets)
        for period in group.asked(sets):
            shares = [_shares(sets, variables, group, unit, period, requests) for unit in group.units]
            if group.linked:
                yield from _linked_rows(variables, group, period, shares)
                continue
            for unit, (read, answered) in zip(group.units, shares, strict=True):
                row = affine([*read, *minus(answered)]) == 0
                yield "", (unit, group.workload, period), row
            if group.beside:
                yield _stays_row(variables, group, period, [term for read, _ in shares for term in read])
            if group.order(sets) is not None:
                yield from _due_rows(sets, variables, group, period)


def _due_rows(sets: Sets, variables: Variables, group: Together, period: int) -> Iterator[Row]:
    """Of work that waits units do no more than is not put off: what is due of prompts and answers may differ."""
    for work in (group.prefill, group.decode):
        if sets.servable[work, period] > 0:
            terms = served(sets, variables, work, period, group.units)
            terms += [*variables.unserved(sets, work, period), *taken(sets, variables, work, period)]
            terms += put_off(sets, variables, work, period)
            demand = float(sets.demand[work, period] / sets.demand_scale[work, period])
            yield "due", (work, period), affine(terms) <= demand


def _linked_rows(
    variables: Variables, group: Together, period: int, of_units: list[tuple[list[Term], list[Term]]]
) -> Iterator[Row]:
    """What units read and do not answer leaves over links, what they answer and did not read came over links."""
    where = (group.place, group.workload, period)
    given: dict[str, list[Term]] = {"leaves": [], "comes": []}
    kept: list[Term] = []
    for unit, of_unit in zip(group.units, of_units, strict=True):
        both = (variables["both"][unit, group.workload, period], 1.0)
        shares = zip(("leaves", "comes"), of_unit, strict=True)
        for (part, share), name in zip(shares, ("read", "answered"), strict=True):
            yield name, (unit, group.workload, period), affine([both, *minus(share)]) <= 0
            given[part] += [*share, *minus([both])]
        kept.append(both)
    for part, routes in (("leaves", group.leaves), ("comes", group.comes)):
        flow = [(variables["flow"][group.workload, route, period], -1.0) for route in routes]
        yield part, where, affine([*given[part], *flow]) <= 0
    if group.beside:
        yield _stays_row(variables, group, period, kept)


def _stays_row(variables: Variables, group: Together, period: int, kept: list[Term]) -> Row:
    """What units both read and answer goes neither over links nor was it read by those beside them."""
    flow = [(variables["flow"][group.workload, route, period], -1.0) for route in group.stays]
    return "stays", (group.place, group.workload, period), affine([*kept, *flow]) <= 0


def _shares(
    sets: Sets,
    variables: Variables,
    group: Together,
    unit: int,
    period: int,
    requests: NDArray[np.float64],
) -> tuple[list[Term], list[Term]]:
    """Terms of the shares of a workload's prompts that a unit reads, and of its answers that it writes."""
    read, answered = (
        [(variables["busy"][unit, work, period], float(sets.rate[unit, work] / requests[place, period]))]
        if sets.rate[unit, work] > 0
        else []
        for place, work in enumerate((group.prefill, group.decode))
    )
    return read, answered


def read_and_answered(
    sets: Sets, due: NDArray[np.float64], there: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What co-located units do of works whose caches they keep: of both phases the share that they have of the lesser,
    or, where links take the workload, what is there.

    `due`, `there` and the result have the shape [unit, work, period]; NaN where a unit is not held to this.
    """
    alike = np.full_like(there, np.nan)
    for group in together(sets):
        works, waits = [group.prefill, group.decode], group.order(sets) is not None
        for unit in group.units:
            asked = group.requests(sets) if waits else due[unit, works]
            both = (asked > 0).all(axis=0)
            share = np.divide(there[unit, works], asked, out=np.zeros_like(asked), where=asked > 0).min(
                axis=0
            )
            mine = there[unit, works] if group.linked else share * asked
            alike[np.ix_([unit], works)] = np.where(both, mine, np.nan)
    return alike


def decided(sets: Sets) -> NDArray[np.bool_]:
    """Where rows with the routes of links, or with what is put off, say how much units do of works.

    Shape [unit, work, period]: no more is done there with time that is left over.
    """
    found = np.zeros((*sets.rate.shape, sets.periods), dtype=bool)
    for group in together(sets):
        if group.linked or group.beside or group.order(sets) is not None:
            found[np.ix_(group.units, [group.prefill, group.decode], group.asked(sets))] = True
    return found
