"""Decode: the values of the variables -> records of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.costs import priced_terms
from planner.model.decode_deferral import put_off_demand
from planner.model.decode_market import outsourced_demand, shed_demand
from planner.model.decode_sites import sent_to
from planner.model.families import declared_variables
from planner.model.families.colocation import decided, read_and_answered
from planner.model.premium import tight_premium
from planner.model.values import NEGLIGIBLE, Values
from planner.plan.contents import Holding, Served, Shed, UnitSchedule, Use

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.index import Index
    from planner.model.sets import Sets


def values_of(sets: Sets, index: Index, columns: NDArray[np.float64]) -> Values:
    """Arrays from the values of all columns, shape [column]; where there is no column the value is 0."""
    found: dict[str, NDArray[np.float64]] = {}
    for name, variable in declared_variables().items():
        values = index.gathered(columns, name, variable.shape(sets))
        found[name] = (
            np.rint(values) if variable.whole else values if variable.free else np.maximum(values, 0.0)
        )
    # what a tolerance leaves behind serves nothing, and would count as a second kind of unit
    serves = sets.rate[:, :, None] * found["busy"] > NEGLIGIBLE * sets.servable
    on = found.pop("on").astype(np.int64)
    del found["start"]
    return Values(
        acquire=found.pop("acquire").astype(np.int64),
        on=on,
        start=starts_of(sets, on),
        busy=np.where(serves, found.pop("busy"), 0.0),
        shed=found.pop("shed"),
        use=found.pop("use"),
        market=found,
    )


def cost_terms_of(sets: Sets, values: Values) -> dict[str, float]:
    """USD by cost term."""
    terms = {
        name: float((priced.usd * values.at(priced.variable)).sum())
        for name, priced in priced_terms(sets).items()
    }
    return terms if sets.risk is None else {**terms, "risk_premium": tight_premium(sets, values)}


def starts_of(sets: Sets, on: NDArray[np.int64]) -> NDArray[np.int64]:
    """Units switched on at the beginning of each period, shape [unit, period]."""
    previous = sets.timeline.previous
    before = np.where(previous >= 0, on[:, previous], 0)
    return np.maximum(on - before, 0)


def usable_of(sets: Sets, on: NDArray[np.int64]) -> NDArray[np.float64]:
    """Units' worth of time to serve in, start-up time and headroom taken off, shape [unit, period]."""
    usable = on.astype(np.float64)
    started, at = starts_of(sets, on), np.arange(sets.periods)
    for lost in sets.lost_share:
        usable -= np.where(at >= 0, started[:, at], 0) * lost
        at = np.where(at >= 0, sets.timeline.previous[at], -1)
    return usable * sets.busy_limit


def holdings_of(sets: Sets, acquire: NDArray[np.int64]) -> tuple[Holding, ...]:
    """Offers taken, one record each."""
    holdings: list[Holding] = []
    for offer in np.flatnonzero(acquire).tolist():
        channel = sets.channels[sets.offer_channel[offer]]
        parts = int(sets.parts[channel.hardware])
        nodes = whole_or_part(round(int(acquire[offer]) * channel.increment_nodes * parts), parts)
        first, last = int(sets.first[offer]), int(sets.last[offer])
        cost = float(sets.offer_bare[offer] * nodes)
        holdings.append(
            Holding(
                hardware=sets.hardware[channel.hardware],
                channel=channel.name,
                kind=channel.kind,
                term=channel.term,
                first=first,
                last=last,
                nodes=nodes,
                cost=cost,
            )
        )
    return tuple(holdings)


def whole_or_part(parts: int, of: int) -> float:
    """So many parts of nodes as nodes: a whole number where it is one."""
    return parts // of if parts % of == 0 else parts / of


def units_of(sets: Sets, on: NDArray[np.int64]) -> tuple[UnitSchedule, ...]:
    """Unit types that ever run."""
    return tuple(
        UnitSchedule(
            unit=unit.name,
            hardware=unit.hardware,
            role=str(unit.role),
            gpus=unit.gpus,
            nodes=unit.nodes,
            on=tuple(on[index].tolist()),
            busy_limit=() if sets.waits is None else tuple(sets.waits[index].tolist()),
            provenance=unit.provenance,
            band_low=unit.band_low,
            band_high=unit.band_high,
        )
        for index, unit in enumerate(sets.units)
        if on[index].any()
    )


def served_of(sets: Sets, values: Values) -> tuple[Served, ...]:
    """What each unit type serves: units that share their time in the shares decided, the others all they can.

    Units that read and answer the same requests come first, the others do what these leave.
    """
    due = _due(sets, values)
    usable = np.maximum(usable_of(sets, values.on), 0.0)
    # time beyond what a work needs is another's: of little work an engine may give far more in its tolerance
    there = sets.rate[:, :, None] * values.busy
    needed = _needed(sets, due, there)
    time = np.divide(
        needed, sets.rate[:, :, None], out=np.zeros_like(needed), where=sets.rate[:, :, None] > 0
    )
    busy = time.sum(axis=1)
    whole = np.divide(usable, busy, out=np.zeros_like(usable), where=busy > 0)
    capacity = sets.rate[:, :, None] * time * whole[:, None, :]
    for unit in sets.dedicated_units:
        work = int(np.argmax(sets.rate[unit] > 0))
        capacity[unit, work] = sets.rate[unit, work] * usable[unit]
    served = _needed(sets, due, np.where(decided(sets), np.minimum(capacity, needed), capacity))
    return tuple(
        Served(
            workload=work.workload,
            phase=str(work.phase),
            unit=unit.name,
            per_s=tuple(served[index, place].tolist()),
        )
        for place, work in enumerate(sets.works)
        for index, unit in enumerate(sets.units)
        if served[index, place].any()
    )


def _due(sets: Sets, values: Values) -> NDArray[np.float64]:
    """What is to be served of each work at each place, shape [work, place, period]."""
    if sets.sites is not None:
        return sent_to(sets, sets.sites, values.market["flow"])
    elsewhere = shed_demand(sets, values) + outsourced_demand(sets, values)
    return np.asarray((sets.demand - elsewhere - put_off_demand(sets, values))[:, None])


def _needed(sets: Sets, due: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is needed of what is there of each unit, shape [unit, work, period]; `due` [work, place, period]."""
    place_of = np.zeros(len(sets.units), dtype=np.int64) if sets.sites is None else sets.sites.place_of
    alike = read_and_answered(sets, due[:, place_of].swapaxes(0, 1), there)
    tied = np.isfinite(alike)
    needed, first = np.where(tied, 0.0, there), np.nan_to_num(alike)
    for place in range(due.shape[1]):
        here = place_of == place
        first[here] *= _at_most(due[:, place], first[here].sum(axis=0))
        left = np.maximum(due[:, place] - first[here].sum(axis=0), 0.0)
        needed[here] *= _at_most(left, needed[here].sum(axis=0))
    return np.where(tied, first, needed)


def _at_most(due: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """The factor that leaves no more of a total than is due, shape [work, period]."""
    return np.clip(np.divide(due, total, out=np.zeros_like(total), where=total > 0), 0.0, 1.0)


def shed_of(sets: Sets, values: Values) -> tuple[Shed, ...]:
    """Works with unserved demand."""
    shed = shed_demand(sets, values)
    return tuple(
        Shed(workload=work.workload, phase=str(work.phase), per_s=tuple(shed[place].tolist()))
        for place, work in enumerate(sets.works)
        if shed[place].any()
    )


def use_of(sets: Sets, use: NDArray[np.float64]) -> tuple[Use, ...]:
    """Channels whose nodes cost extra while in use."""
    return tuple(
        Use(
            hardware=sets.hardware[channel.hardware],
            channel=channel.name,
            nodes=tuple(use[place].tolist()),
        )
        for place, channel in enumerate(sets.channels)
        if channel.hardware in sets.metered_hardware and use[place].any()
    )
