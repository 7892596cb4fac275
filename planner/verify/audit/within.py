"""The records of a plan in some of its periods, so that they can be costed alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.plan.contents import Holding
    from planner.plan.plan import Plan


def records_within(plan: Plan, inside: NDArray[np.bool_]) -> Plan:
    """The records of a plan that lie within some periods."""

    def masked(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple((np.asarray(values) * inside).tolist())

    return replace(
        plan,
        holdings=tuple(record for record in plan.holdings if inside[record.first : record.last + 1].all()),
        units=tuple(replace(unit, on=tuple(int(count) for count in masked(unit.on))) for unit in plan.units),
        shed=tuple(replace(record, per_s=masked(record.per_s)) for record in plan.shed),
        use=tuple(replace(record, nodes=masked(record.nodes)) for record in plan.use),
        outsourced=tuple(replace(record, share=masked(record.share)) for record in plan.outsourced),
        routed=tuple(replace(record, share=masked(record.share)) for record in plan.routed),
        lent=tuple(record for record in plan.lent if inside[record.first : record.last + 1].all()),
        committed=tuple(record for record in plan.committed if inside[record.first : record.last + 1].all()),
    )


def held_beside(plan: Plan, priced: Plan, inside: NDArray[np.bool_]) -> tuple[Holding, ...]:
    """What of the holdings of a plan lies within some periods, run by run, but for those that are priced there."""
    runs = np.flatnonzero(np.diff(inside, prepend=False, append=False)).reshape(-1, 2).tolist()
    return tuple(
        replace(one, first=max(one.first, begin), last=min(one.last, end - 1))
        for one in plan.holdings
        if one not in priced.holdings
        for begin, end in runs
        if one.first < end and one.last >= begin
    )
