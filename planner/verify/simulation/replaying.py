"""`simulate`: an instance's demand, or a trace in its shape, against the capacity of a plan."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.instance.length_choices import as_planned
from planner.rates.compute import compute_rates
from planner.verify.simulation.arrivals import shape_of
from planner.verify.simulation.coupled_workloads import CoupledWorkloads, coupled_workloads_of
from planner.verify.simulation.judge import judge
from planner.verify.simulation.measures import Replay
from planner.verify.simulation.own_work import own_lengths, with_own_times
from planner.verify.simulation.pools import down_of
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
    from planner.verify.simulation.judge import ReplayRun
    from planner.verify.simulation.measures import WorkloadReplay
    from planner.verify.simulation.requests import Requests
    from planner.verify.simulation.schedule import ReplaySchedule


@dataclass(frozen=True)
class ReplayOptions:
    """How to replay.

    `requests` is the number aimed at for a seed, spread over the workloads: periods are replayed in part
    where demand is larger, but never for less than three mean times in a decode slot. `load` multiplies the
    demand. `failures` None: where a workload was promised availability, or spot nodes may be taken back.
    """

    seeds: Sequence[int] = (1, 2, 3)
    load: float = 1.0
    requests: int = 1_000_000
    failures: bool | None = None
    cache: PrefixCache | None = None


def simulate(
    instance: Instance,
    plan: Plan,
    trace: Requests | None = None,
    *,
    workload: str | None = None,
    trace_name: str | None = None,
    options: ReplayOptions = ReplayOptions(),
    rates: Rates | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Replay:
    """Replay requests against the capacity that a plan has switched on.

    Without a trace arrivals are spaced by their `arrival_law`, and lengths are drawn from the workload's distribution
    or, where it gives means alone, log-normal with its `queueing` variability (Poisson and exponential-like where it
    is silent). Prompts of a trace or a distribution take what the kernel gives their own lengths. A trace gives the
    shape of gaps and lengths to `workload`: its mean rate and mean lengths are those of the instance's demand.
    Requests the plan sheds or sends to vendors are left out. Workloads that share units meet in them, the more urgent
    `priority` first. Work that may wait comes when its demand says and is let in when the plan serves it.

    Parameters
    ----------
    on_progress
        Called with the share done, 0 to 1.

    Raises
    ------
    InstanceError
        Where the plan is not one of this instance, lengths or the time per token are missing, or a workload takes
        several routes between sites: its requests are replayed against one pool for each phase.
    """
    began = time.perf_counter()
    read = as_planned(instance, plan.question)
    instance, rates = read, rates if read is instance else None
    rates = rates if rates is not None else compute_rates(instance)
    schedule = schedule_of(instance, plan, rates)
    groups = coupled_workloads_of(schedule, plan, options.load, options.requests)
    shapes = {}
    if trace is not None:
        name = _shaped(groups, workload)
        shapes[name] = with_own_times(schedule, name, shape_of(trace, options.cache))
    failing = options.failures if options.failures is not None else _fails(instance, plan)
    results = _results(schedule, plan, groups, shapes, failing, options, on_progress)
    return Replay(
        instance=instance.name,
        periods=plan.periods,
        seeds=tuple(options.seeds),
        load=options.load,
        trace=trace_name if trace is not None else None,
        failures=failing,
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
        judge(
            name,
            schedule.instance,
            runs[name],
            group.clock,
            shapes[name].hit_share if name in shapes else None,
            standing.get(name),
        )
        for name in schedule.instance.workloads
        for group in groups
        if name in group.names
    )


def _runs(
    schedule: ReplaySchedule,
    plan: Plan,
    groups: Sequence[CoupledWorkloads],
    shapes: Mapping[str, Shape],
    failing: bool,
    options: ReplayOptions,
    on_progress: Callable[[float], None] | None,
) -> dict[str, list[ReplayRun]]:
    """One run for each workload and seed."""
    runs: dict[str, list[ReplayRun]] = {name: [] for group in groups for name in group.names}
    lengths = {name: own_lengths(schedule, name) for name in runs if name not in shapes}
    whole = len(options.seeds) * sum(group.requests for group in groups)
    done = 0.0
    for seed in options.seeds:
        rng = np.random.default_rng(seed)
        down = down_of(schedule, plan, rng if failing else None)
        for group in groups:

            def report(share: float, group: CoupledWorkloads = group, done: float = done) -> None:
                if on_progress is not None:
                    on_progress((done + share * group.requests) / whole)

            for name, run in group.run(schedule, shapes, lengths, down, rng, report).items():
                runs[name].append(run)
            report(1.0)
            done += group.requests
    return runs


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
