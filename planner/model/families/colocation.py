"""Colocation: a unit that reads prompts and writes answers does both for the same requests.

    rate[u,p] * busy[u,p,t] / demand[p,t] = rate[u,d] * busy[u,d,t] / demand[d,t]      co-located u, workloads w, t

shares of the requests of a workload; p and d are its prefill and decode. The cache of a prompt stays where it was read,
as nothing carries it to a unit of another kind: what a kind of unit reads it answers, and nothing else. Stands where
another kind of unit could do a phase of the workload; the only one does all of both. A unit that can do one phase alone
has no rates for the workload at all. Where a link that takes the workload begins or ends at the site of a unit caches
may be handed over, and of work that may wait prompts and answers of different hours meet, in other proportions: neither
is held to this. Dual: USD per workload more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase
from planner.model.treatment import Treatment, dropped
from planner.model.variables import affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.variables import Row, Variables

AUDITED_BY = ("colocation",)


def applies(sets: Sets) -> bool:
    """Where units of several kinds could share out the phases of a workload, and some do both."""
    return bool(tied_works(sets))


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on what units do while they run, no part of the cost")


def tied_works(sets: Sets) -> list[tuple[int, int, int]]:
    """Unit, its prefill work and its decode work of each workload that it must read and answer alike."""
    found = []
    for unit, workload in sets.keeps_caches:
        mine = [work for work, of in enumerate(sets.market.workload_of) if of == workload]
        prefill, decode = sorted(mine, key=lambda work: sets.works[work].phase is Phase.DECODE)
        able = sets.rate[:, [prefill, decode]] > 0
        others = np.count_nonzero(able.any(axis=1) & _same_place(sets, unit)) > 1
        if able[unit].all() and others:
            found.append((unit, prefill, decode))
    return found


def _same_place(sets: Sets, unit: int) -> NDArray[np.bool_]:
    """Units whose prompts and answers are counted together with those of a unit, shape [unit]."""
    if sets.sites is None:
        return np.ones(len(sets.units), dtype=bool)
    same: NDArray[np.bool_] = sets.sites.place_of == sets.sites.place_of[unit]
    return same


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One row per co-located unit, workload and period in which both phases are asked for."""
    busy = variables["busy"]
    for unit, prefill, decode in tied_works(sets):
        workload = sets.market.workload_of[prefill]
        asked = (sets.demand[prefill] > 0) & (sets.demand[decode] > 0)
        for period in np.flatnonzero(asked).tolist():
            read, written = (
                (busy[unit, work, period], float(sets.rate[unit, work] / sets.demand[work, period]))
                for work in (prefill, decode)
            )
            row = affine([read, (written[0], -written[1])]) == 0
            yield "", (unit, workload, period), row


def read_and_answered(
    sets: Sets, due: NDArray[np.float64], there: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What units do of works that they read and answer alike: of both the share that they have of the lesser.

    `due`, `there` and the result have the shape [unit, work, period]; NaN where a unit is not held to this.
    """
    alike = np.full_like(there, np.nan)
    for unit, *works in tied_works(sets):
        asked = due[unit, works]
        both = (asked > 0).all(axis=0)
        share = np.divide(there[unit, works], asked, out=np.zeros_like(asked), where=asked > 0).min(axis=0)
        alike[np.ix_([unit], works)] = np.where(both, share * asked, np.nan)
    return alike
