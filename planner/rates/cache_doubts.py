"""Doubts about KV caches: who may hand them to whom, where nobody says it or nothing holds units to it.

Hardware of several makers may hand them to each other, and nobody says whether they fit. Units that read and answer
keep those of what they read; of work that may wait, and of which hours come in other proportions, nothing holds them to
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.deferral import answers_per_prompt
from planner.instance.demand_series import demand_of
from planner.instance.deployment import Phase, Role
from planner.rates.places import has_places, maker_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.rates.rates import Rates


def cache_doubts(instance: Instance, rates: Rates) -> Iterator[str]:
    """A sentence where units of several makers may hand KV caches to each other, and nobody says whether they can."""
    if has_places(instance):
        return
    makers: dict[tuple[str, Role], set[str]] = {}
    for unit, row in zip(rates.units, rates.rate, strict=True):
        maker = maker_of(instance, unit.hardware)
        for column in np.flatnonzero(row > 0).tolist() if maker else ():
            makers.setdefault((rates.works[column].workload, unit.role), set()).add(maker)
    for name in instance.workloads:
        both = makers.get((name, Role.PREFILL), set()), makers.get((name, Role.DECODE), set())
        if all(both) and len(both[0] | both[1]) > 1:
            named = " and ".join(sorted(both[0] | both[1]))
            yield (
                f"workloads.{name}: hardware of {named} may read its prompts and answer them in any mixture: say "
                "hardware.NAME.kv_cache where KV caches do not fit"
            )


def waiting_cache_doubts(instance: Instance, rates: Rates) -> Iterator[str]:
    """A sentence where work may wait, in hours of other proportions, that several units could do, some both phases."""
    roles = [unit.role for unit in rates.units]
    for name, workload in instance.workloads.items():
        mine = [place for place, work in enumerate(rates.works) if work.workload == name]
        deferral, able = workload.deferral, (rates.rate[:, mine] > 0).any(axis=1)
        waits = deferral is not None and deferral.periods(instance.horizon.period_hours) > 0
        both = any(roles[unit] is Role.COLOCATED for unit in np.flatnonzero(able).tolist())
        if not (waits and both and np.count_nonzero(able) > 1 and len(mine) > 1):
            continue
        prompts, answers = (demand_of(instance, name, phase) for phase in (Phase.PREFILL, Phase.DECODE))
        if np.isnan(answers_per_prompt(prompts, answers, instance.timeline)).any():
            yield (
                f"workloads.{name}.deferral: hours have other answers per prompt, so that units that read and answer "
                "are not held to answer what they read, and the cost may be too low: give it one kind of them "
                "(deployments), or prefill and decode units alone, or a demand with as many answers per prompt always"
            )
