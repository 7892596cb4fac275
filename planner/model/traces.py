"""Quantities that an engine's arithmetic cannot distinguish from nothing, in words of the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets

# rows are kept to a millionth of what they hold
LOST_SHARE = 1e-6


def trace_remarks(sets: Sets) -> tuple[str, ...]:
    """One sentence for each work that in some period is too little beside others to be distinguished from none."""
    return (*_shared(sets), *_groups_left_out(sets), *_put_off(sets))


def _shared(sets: Sets) -> Iterator[str]:
    rate = np.where(sets.rate > 0, sets.rate, np.inf)[:, :, None]
    lost = sets.traces & (sets.servable / rate < LOST_SHARE)
    for group in sets.unit_groups.groups:
        lost[:, list(group.works)] &= group.grid == 0
    for work in np.flatnonzero(lost.any(axis=(0, 2))).tolist():
        unit = sets.units[int(np.flatnonzero(lost[:, work].any(axis=1))[0])].name
        yield (
            f"{sets.works[work].name}: in {int(lost[:, work].any(axis=0).sum())} period(s) its demand takes less than"
            f" {LOST_SHARE:g} of the time of one unit such as {unit}: a whole unit must run, but beside other work"
            " that fills the unit its time cannot be told from none, neither in the plan nor in the bound"
        )


def _groups_left_out(sets: Sets) -> Iterator[str]:
    if not sets.unit_groups.complete and sets.traces.any():
        yield (
            f"works share units in more ways than are looked at ({len(sets.unit_groups.groups)}): work that takes next"
            " to nothing of a unit's time, beside works that fill their units, may count as none in the plan and in the"
            " bound"
        )


def _put_off(sets: Sets) -> Iterator[str]:
    for work in sets.deferral.most if sets.deferral is not None else ():
        demand = sets.demand[work]
        lost = int(((demand > 0) & (demand < LOST_SHARE * sets.servable[work])).sum())
        if lost:
            yield (
                f"{sets.works[work].name}: in {lost} period(s) its demand is less than {LOST_SHARE:g} of what may"
                " wait there, which is within the numerical tolerance of none"
            )
