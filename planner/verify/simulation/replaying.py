"""`simulate`: an instance's demand, a trace in its shape or as it is, against the engines that a plan has on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.instance.length_choices import as_planned
from planner.instance.queueing import Queueing
from planner.rates.compute import compute_rates
from planner.verify.simulation.arrivals import shape_of
from planner.verify.simulation.coupled_workloads import coupled_workloads_of
from planner.verify.simulation.down import down_of
from planner.verify.simulation.engine.compiled import COMPILED
from planner.verify.simulation.engine.fleet import fleet_of
from planner.verify.simulation.engine.group import run_group
from planner.verify.simulation.engine.streams import OwnRequests
from planner.verify.simulation.engine.world import RANK_RULES, ROUTERS
from planner.verify.simulation.judge import judge
from planner.verify.simulation.limits import limits_of
from planner.verify.simulation.lived import Lived
from planner.verify.simulation.measures import Replay
from planner.verify.simulation.relaxation import busy_share, relaxation_s
from planner.verify.simulation.schedule import schedule_of
from planner.verify.simulation.spot_losses import interruptible
from planner.verify.simulation.standing import standing_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.verify.simulation.arrivals import Shape
    from planner.verify.simulation.cache import PrefixCache
    from planner.verify.simulation.coupled_workloads import CoupledWorkloads
    from planner.verify.simulation.engine.counted import Counted
    from planner.verify.simulation.measures import ReplayEstimate, WorkloadReplay
    from planner.verify.simulation.requests import Requests
    from planner.verify.simulation.schedule import ReplaySchedule


@dataclass(frozen=True)
class ReplayOptions:
    """How to replay.

    `requests` is the number aimed at for a seed, spread over the workloads: periods are replayed in part
    where demand is larger, but never for less than three mean times in a decode slot. `lived` is what comes instead of
    what was planned, `rate` multiplies the speed of units. `failures` None: where a workload was promised
    availability, or spot nodes may be taken back. `router` and `ranks`, how prompts are dealt to the ranks of a unit
    (`engine.world.RANK_RULES`), None: as the workloads' `queueing` says.
    """

    seeds: Sequence[int] = (1, 2, 3)
    requests: int = 1_000_000
    failures: bool | None = None
    cache: PrefixCache | None = None
    lived: Lived = field(default_factory=Lived)
    rate: float = 1.0
    router: str | None = None
    ranks: str | None = None


def simulate(
    instance: Instance,
    plan: Plan,
    trace: Requests | None = None,
    *,
    workload: str | None = None,
    trace_name: str | None = None,
    as_it_is: bool = False,
    options: ReplayOptions = ReplayOptions(),
    rates: Rates | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Replay:
    """Replay requests through the engines that a plan has switched on, step by step.

    Without a trace arrivals are spaced by their `arrival_law`, and lengths are drawn from the workload's distribution
    or, where it gives means alone, log-normal with its `queueing` variability (Poisson and exponential-like where it
    is silent). A trace gives the shape of gaps and lengths to `workload`: its mean rate and mean lengths are those of
    the instance's demand; `as_it_is` its requests come when and as long as it says, from the first period on, in whole
    periods. Requests the plan sheds or sends to vendors are left out. Workloads that share units meet in them, the
    more urgent `priority` first. Work that may wait comes when its demand says and is let in when the plan serves it.

    Calls `on_progress` with the share done, 0 to 1.
    Raises InstanceError where the plan is not one of this instance, lengths or the time per token are missing, or a
    workload takes several routes between sites: its requests are replayed against one pool for each phase.
    """
    began = time.perf_counter()
    read = as_planned(instance, plan.question)
    rates = rates if rates is not None and read is instance else compute_rates(read)
    schedule = schedule_of(read, plan, rates)
    groups = coupled_workloads_of(schedule, plan, options.lived, options.requests)
    shapes: dict[str, Shape] = {}
    if trace is not None and as_it_is:
        options = replace(options, lived=replace(options.lived, as_it_is={_shaped(groups, workload): trace}))
        groups = coupled_workloads_of(schedule, plan, options.lived, options.requests)
    elif trace is not None:
        shapes[_shaped(groups, workload)] = shape_of(trace, options.cache)
    failing = options.failures if options.failures is not None else _fails(read, plan)
    planned = _planned_for(read)
    options = replace(options, router=options.router or planned.router, ranks=options.ranks or planned.ranks)
    results = _results(schedule, plan, groups, shapes, failing, options, on_progress)
    return Replay(
        instance=read.name,
        periods=plan.periods,
        seeds=tuple(options.seeds),
        load=options.lived.load,
        trace=trace_name if trace is not None else None,
        failures=failing,
        router=options.router or planned.router,
        ranks=options.ranks or planned.ranks,
        rate=options.rate,
        compiled=COMPILED,
        requests=sum(entry.requests for entry in results),
        seconds=time.perf_counter() - began,
        workloads=results,
    )


def _results(
    schedule: ReplaySchedule,
    plan: Plan,
    groups: Sequence[CoupledWorkloads],
    shapes: Mapping[str, Shape],
    failing: bool,
    options: ReplayOptions,
    on_progress: Callable[[float], None] | None,
) -> tuple[WorkloadReplay, ...]:
    """Every workload judged, in the order of the instance."""
    runs = _runs(schedule, plan, groups, shapes, failing, options, on_progress)
    standing = standing_shares(schedule, plan, options.seeds[0]) if failing else {}
    return tuple(
        _judged_one(schedule, group, name, runs[name], shapes.get(name), standing.get(name), options.rate)
        for name in schedule.instance.workloads
        for group in groups
        if name in group.names
    )


def _judged_one(
    schedule: ReplaySchedule,
    group: CoupledWorkloads,
    name: str,
    runs: Sequence[Counted],
    shape: Shape | None,
    standing: ReplayEstimate | None,
    rate: float,
) -> WorkloadReplay:
    entry = group.traffic[group.names.index(name)]
    return judge(
        name,
        schedule.instance,
        runs,
        limits_of(schedule.instance, name),
        group.clock,
        relaxation_s(schedule, entry, runs, rate),
        busy_share(schedule, entry, runs, rate),
        None if shape is None else shape.hit_share,
        standing,
    )


def _runs(
    schedule: ReplaySchedule,
    plan: Plan,
    groups: Sequence[CoupledWorkloads],
    shapes: Mapping[str, Shape],
    failing: bool,
    options: ReplayOptions,
    on_progress: Callable[[float], None] | None,
) -> dict[str, list[Counted]]:
    """One run for each workload and seed."""
    runs: dict[str, list[Counted]] = {name: [] for group in groups for name in group.names}
    limits = {name: limits_of(schedule.instance, name) for name in runs}
    own = {name: OwnRequests.of(one, options.cache) for name, one in options.lived.as_it_is.items()}
    whole = len(options.seeds) * sum(group.requests for group in groups)
    done = 0.0
    for seed in options.seeds:
        rng = np.random.default_rng(seed)
        down = down_of(schedule, plan, rng if failing else None)
        for group in groups:

            def report(share: float, group: CoupledWorkloads = group, done: float = done) -> None:
                if on_progress is not None:
                    on_progress((done + share * group.requests) / whole)

            fleet = fleet_of(schedule, group.traffic, group.clock, down, options.rate)
            counted = run_group(
                schedule.instance,
                group.traffic,
                limits,
                fleet,
                shapes,
                group.clock,
                rng,
                options.router or ROUTERS[0],
                options.ranks or RANK_RULES[0],
                own,
                report,
            )
            for name, run in counted.items():
                runs[name].append(run)
            report(1.0)
            done += group.requests
    return runs


def _planned_for(instance: Instance) -> Queueing:
    """What is planned for of routers and ranks; where workloads differ in it, as the most urgent says."""
    named = [one for one in instance.workloads.values() if one.queueing is not None]
    first = min(named, key=lambda one: one.priority, default=None)
    return Queueing(ranks="even") if first is None or first.queueing is None else first.queueing


def _fails(instance: Instance, plan: Plan) -> bool:
    promised = any(workload.sla.availability is not None for workload in instance.workloads.values())
    return promised or interruptible(instance, plan)


def _shaped(groups: Sequence[CoupledWorkloads], workload: str | None) -> str:
    """The workload that a trace is of."""
    names = [name for group in groups for name in group.names]
    if workload is None and len(names) == 1:
        return names[0]
    if workload not in names:
        raise InstanceError([Fault(f"say which workload the trace is of: {', '.join(names)}")])
    return workload
