"""Charges of stages and scenarios: whose they are, and those of a stage by the months that it represents.

A stage of half a year is represented by one day, say. A line for each hour of that day would be dated to a day that is
no different from the others, so the lines of one kind are added up, and each month of the stage bears its share.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.view.exports.clock import months_within

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from planner.view.exports.charge import Charge
    from planner.view.exports.clock import PlanClock


def placed(charges: list[Charge], clock: PlanClock) -> list[Charge]:
    """The charges with the names of their stage and scenario, those of stages by the month."""
    value = clock.value[np.searchsorted(clock.block, np.arange(len(clock.stages)))]
    named = [
        replace(
            one,
            stage=clock.stages[one.block],
            scenario=clock.scenarios[one.block],
            value=float(value[one.block]),
        )
        for one in charges
    ]
    return list(_by_month(named, clock)) if clock.spans else named


def _by_month(charges: list[Charge], clock: PlanClock) -> Iterator[Charge]:
    alike: dict[tuple[object, ...], list[Charge]] = defaultdict(list)
    for one in charges:
        what = (one.category, one.term, one.hardware, one.channel, one.kind, one.status, one.unit)
        alike[(one.block, *what)].append(one)
    for lines in alike.values():
        begin, end = clock.spans[lines[0].block]
        for piece in months_within((begin, end)):
            yield _share_of(lines, piece[0], piece[1], (piece[1] - piece[0]) / (end - begin))


def _share_of(lines: list[Charge], start: datetime, end: datetime, share: float) -> Charge:
    one = lines[0]
    state = {"Used": " in use", "Unused": " idle"}.get(one.status, "")
    what = f"{one.hardware} nodes{state}, channel {one.channel}" if one.hardware else one.description
    return replace(
        one,
        start=start,
        end=end,
        billed=share * sum(line.billed for line in lines),
        effective=share * sum(line.effective for line in lines),
        listed=share * sum(line.listed for line in lines),
        quantity=share * sum(line.quantity for line in lines),
        description=f"{what}, this month's share of stage {one.stage}",
    )
