"""Plan on the past, live what came: over horizons of the history, each planned from what was known when it began.

What the plan signs stays: nodes bought, leased, reserved or kept, contracts, capacity blocks, commitments to spend.
What is hired by the period, what runs, waits or goes unserved is decided by what comes, at once where units serve as
they are switched on. Where they take `start_up.hours`, what runs in period t is decided by what is known by then:

    known[t] = forecast[t] * actual[t - lead] / forecast[t - lead]        lead = start_up.hours in periods, rounded up

The units of that plan then meet what came. Money that couples periods (starts, spending, what waits) is decided
with the horizon in sight, so that such costs are the least that can come; the outcome says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.executors.each import each
from planner.core.solution import relative_gap
from planner.instance.demand_series import demand_of, phases_of
from planner.model.signed import signed_of
from planner.plan.change import with_change
from planner.study.backtesting.history import begun_at, demand_stated, places_of_horizons
from planner.study.backtesting.outcome import LivedHorizon, outcome_of
from planner.study.backtesting.safeties import Past
from planner.study.forecasting.clock import SeasonClock
from planner.study.forecasting.forecast import forecast_of
from planner.study.sweeps.plans import SolveRequest, plan_of, side_by_side
from planner.study.unserved import price_faults, shed_prices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.core.executors.protocol import Executor
    from planner.instance import Instance
    from planner.model.signed import Signed
    from planner.optimize.solve_options import SolveOptions
    from planner.plan.plan import Plan
    from planner.study.backtesting.history import DemandHistory
    from planner.study.backtesting.outcome import BacktestOutcome
    from planner.study.backtesting.safeties import Foreseen, Safety


@dataclass(frozen=True)
class Trial:
    """A horizon to be lived: the instance as planned for, and as it came."""

    begins: str
    safety: str
    planned: Instance
    came: Instance
    known: Instance


@dataclass(frozen=True)
class BacktestQuestion:
    """What is tried: the workload that the history is of, safeties, the most horizons, the price of what goes unserved.

    `shed_usd_per_million` is of tokens (of requests, for demand in requests) of workloads that state none; it counts in
    what is lived, not in plans. `with_decomposition` lets forecasts take statsmodels.
    """

    workload: str
    safeties: tuple[Safety, ...]
    most_horizons: int
    shed_usd_per_million: float | None = None
    with_decomposition: bool = True


def backtest(
    instance: Instance,
    history: DemandHistory,
    asked: BacktestQuestion,
    options: SolveOptions,
    executor: Executor | None = None,
) -> BacktestOutcome:
    """Live horizons of the history with plans made before them; solves run side by side on an executor.

    Raises InstanceError where the question cannot be asked of the instance, the history is too short, or a plan is
    missing.
    """
    _refuse(instance, asked)
    pasts = list(_pasts(instance, history, asked))
    kept, left_out = _possible(instance, asked.safeties, [past for _, past in pasts])
    trials = [
        _trial(instance, history, asked, place, safety.name, foreseen, past)
        for place, past in pasts
        for safety in kept
        if (foreseen := safety.foresee(past)) is not None
    ]
    how = options if executor is None else side_by_side(options)
    hindsights = {one.begins: one.came for one in trials}
    plans = _usable([one.planned for one in trials] + list(hindsights.values()), None, how, executor)
    hindsight = dict(zip(hindsights, plans[len(trials) :], strict=True))
    planned = plans[: len(trials)]
    signed = [signed_of(one.planned, plan) for one, plan in zip(trials, planned, strict=True)]
    came = [one.came for one in trials]
    if _lead(instance) > 0:
        running = _usable([one.known for one in trials], signed, how, executor)
        came = [with_change(one, plan, max_nodes_moved=0) for one, plan in zip(came, running, strict=True)]
    lived = _usable(came, signed, how, executor)
    best = {
        begins: min(
            [
                plan.cost,
                *(one.cost for trial, one in zip(trials, lived, strict=True) if trial.begins == begins),
            ]
        )
        for begins, plan in hindsight.items()
    }
    results = [
        _result(asked.workload, one, plan, how_lived, best[one.begins], hindsight[one.begins].bound)
        for one, plan, how_lived in zip(trials, planned, lived, strict=True)
    ]
    return outcome_of(results, [safety.name for safety in kept], left_out, _notes(instance))


def _refuse(instance: Instance, asked: BacktestQuestion) -> None:
    faults = [
        Fault(f"plans are tried without {key}", key)
        for key in ("scenarios", "stages")
        if getattr(instance, key)
    ]
    if asked.workload not in instance.workloads:
        there = ", ".join(instance.workloads)
        faults.append(Fault(f"there is no workload '{asked.workload}'; there are {there}", "--workload"))
    faults += price_faults(instance, asked.shed_usd_per_million)
    if faults:
        raise InstanceError(faults)


def _pasts(instance: Instance, history: DemandHistory, asked: BacktestQuestion) -> Iterator[tuple[int, Past]]:
    """Where horizons begin, the last first, with what was known then; as many as the history has enough before."""
    for count, place in enumerate(places_of_horizons(instance, history)[: asked.most_horizons]):
        rates, ahead = history.part(0, place), instance.horizon.periods
        clock = SeasonClock.of(history.begin_s, history.period_hours, place + ahead, instance.horizon.zone)
        try:
            found = forecast_of(rates, history.period_hours, ahead, asked.with_decomposition, clock)
        except InstanceError as error:
            if count:
                return
            said = f"of what comes before the last horizon: {error.faults[0].message}"
            raise InstanceError([Fault(said, "--history")]) from None
        yield place, Past(rates, history.period_hours, ahead, found, clock)


def _possible(
    instance: Instance, safeties: Sequence[Safety], pasts: Sequence[Past]
) -> tuple[list[Safety], dict[str, str]]:
    """The safeties that all horizons can be planned with, and why not the others."""
    kept, left_out = [], {}
    for safety in safeties:
        foreseen = [safety.foresee(past) for past in pasts]
        if any(one is None for one in foreseen):
            left_out[safety.name] = "too little is known before the first of the horizons"
        elif len(instance.workloads) > 1 and any(one is not None and one.courses for one in foreseen):
            left_out[safety.name] = "factors by period are of all workloads, and the history is of one"
        else:
            kept.append(safety)
    return kept, left_out


def _trial(
    instance: Instance,
    history: DemandHistory,
    asked: BacktestQuestion,
    place: int,
    safety: str,
    foreseen: Foreseen,
    past: Past,
) -> Trial:
    base = begun_at(instance, history, place)
    key = f"workloads.{asked.workload}.demand"
    actual = history.part(place, place + past.ahead)
    changes: dict[str, Any] = {key: demand_stated(instance, asked.workload, foreseen.rates)}
    if foreseen.courses:
        changes["scenarios"] = {
            one.name: {"probability": one.probability, "demand_factors": one.factors.tolist()}
            for one in foreseen.courses
        }
    shed = shed_prices(instance, asked.shed_usd_per_million)
    came = base.override({key: demand_stated(instance, asked.workload, actual), **shed})
    known = {
        name: rates * _drift(actual[name], rates, _lead(instance))
        for name, rates in past.forecast.rates.items()
    }
    return Trial(
        base.horizon.moment_at(0.0),
        safety,
        base.override(changes),
        came,
        base.override({key: demand_stated(instance, asked.workload, known), **shed}),
    )


def _lead(instance: Instance) -> int:
    """Periods from switching a unit on until it serves, rounded up."""
    return math.ceil(instance.start_up.hours / instance.horizon.period_hours - 1e-9)


def _drift(
    actual: NDArray[np.float64], forecast: NDArray[np.float64], lead: int
) -> NDArray[np.float64] | float:
    """How what came compares with the forecast, as known `lead` periods later, shape [period]; 1 before that."""
    if lead == 0:
        return 1.0
    factors = np.ones(len(forecast))
    there = forecast[:-lead] > 0
    factors[lead:][there] = actual[:-lead][there] / forecast[:-lead][there]
    return factors


def _usable(
    instances: Sequence[Instance],
    signed: Sequence[Signed] | None,
    options: SolveOptions,
    executor: Executor | None,
) -> list[Plan]:
    """A plan of each. Raises InstanceError with all that have none."""
    stages: Sequence[Signed | None] = [None] * len(instances) if signed is None else signed
    requests = [
        SolveRequest(one, replace(options, signed=stage))
        for one, stage in zip(instances, stages, strict=True)
    ]
    plans = each(plan_of, requests, executor)
    faults = [
        Fault(f"no plan from {one.horizon.moment_at(0.0)} on: {'; '.join(plan.reasons) or plan.status}")
        for one, plan in zip(instances, plans, strict=True)
        if not plan.usable
    ]
    if faults:
        raise InstanceError(faults)
    return plans


def _result(
    workload: str, trial: Trial, planned: Plan, lived: Plan, best_cost: float, bound: float
) -> LivedHorizon:
    phases = phases_of(trial.came.workloads[workload])
    asked = sum(float(demand_of(trial.came, workload, phase).sum()) for phase in phases)
    unserved = sum(sum(entry.per_s) for entry in lived.shed if entry.workload == workload)
    nodes: dict[tuple[str, str], NDArray[np.float64]] = {}
    for one in planned.holdings:
        if trial.planned.fleet[one.hardware][one.channel].traits.committed:
            held = nodes.setdefault((one.hardware, one.channel), np.zeros(len(planned.periods)))
            held[one.first : one.last + 1] += one.nodes
    return LivedHorizon(
        begins=trial.begins,
        safety=trial.safety,
        nodes_signed=float(sum(nodes.values()).max()) if nodes else 0.0,  # type: ignore[union-attr]
        planned_cost=planned.cost,
        cost=lived.cost,
        unserved_cost=float(lived.cost_terms.get("shed", 0.0)),
        breach_share=unserved / asked if asked > 0 else 0.0,
        gap=lived.gap,
        hindsight_cost=best_cost,
        hindsight_gap=relative_gap(best_cost, bound),
    )


def _notes(instance: Instance) -> list[str]:
    """What makes the costs lived the least that can come, rather than what would have come."""
    start = instance.start_up
    coupling = {
        "costs of starts": start.usd_per_node > 0,
        "start_up.minimum_up_hours": start.minimum_up_hours > 0,
        "commitments to spend": bool(instance.spend_commitments),
        "what may wait": any(one.deferral is not None for one in instance.workloads.values()),
    }
    found = [name for name, there in coupling.items() if there]
    if not found:
        return []
    return [
        f"{', '.join(found)}: decided with the whole horizon in sight, so what was lived costs at least this"
    ]
