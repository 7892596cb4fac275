"""The page beside what is written: what runs, when, and what must be true before it is applied."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from planner.view.exports.kubernetes.workloads import api_of
from planner.view.reporting.story import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planner.plan.plan import Plan
    from planner.view.exports.kubernetes.calendar import CalendarBlock, ScheduledUnit

MANY_WINDOWS = 100
"""An autoscaler asks for each window every few seconds."""
REPEATED = {
    "day": "every day",
    "week": "every week",
    "date": "by date, and on the same dates of a later year",
}


def notes(plan: Plan, block: CalendarBlock) -> str:
    """The page beside plain manifests, as Markdown."""
    apply = "Look it through, then `kubectl apply -k .`"
    objects = [f"{api_of(one.launched.unit)[1]} {one.launched.unit.label}" for one in block.units]
    return page(plan, block, "--kubernetes", apply, objects, _before(block))


def page(
    plan: Plan, block: CalendarBlock, option: str, apply: str, objects: Iterable[str], before: Iterable[str]
) -> str:
    """A page, as Markdown: how it is applied, the object of each unit, and what must be true before, to which what is
    so of every export is added."""
    lines = [
        f"# {plan.instance}: what runs",
        "",
        f"Written from the plan by `planner export {option}`: {verdict(plan)[0]}, cost "
        f"{plan.cost:,.2f} {plan.currency}. Nothing is applied. {apply}",
        "",
        "| unit | object | pods x GPUs | replicas | engine | row of the plan |",
        "|---|---|---|---|---|---|",
        *(_line(one, name) for one, name in zip(block.units, objects, strict=True)),
        "",
        "What must be true before:",
        "",
        *(f"- {line}" for line in (*before, *_always(plan, block))),
    ]
    return "\n".join(lines) + "\n"


def _line(one: ScheduledUnit, name: str) -> str:
    unit = one.launched.unit
    return (
        f"| {unit.schedule.unit} | {name} | {unit.pods} x {unit.gpus_per_pod} | "
        f"{one.times.base} to {one.most} | {one.launched.engine_name} | units[{unit.row}] |"
    )


def _before(block: CalendarBlock) -> Iterator[str]:
    units = [one.launched.unit for one in block.units]
    yield "Nodes carry `planner/hardware` and `planner/channel`, as the flavors in `queue.yaml` say."
    yield "Kueue (v1beta2) is installed."
    if any(unit.pods > 1 for unit in units):
        yield "LeaderWorkerSet (v1) is installed: its scale subresource takes the replicas."
    images = ", ".join(dict.fromkeys(one.launched.engine.image for one in block.units))
    yield f"Images are pinned in `kustomization.yaml` ({images}: `latest` until you do)."
    if any(unit.hands_over for unit in units):
        yield "A router that pairs prefill and decode stands before the Services: of llm-d, Dynamo or the engine."


def _always(plan: Plan, block: CalendarBlock) -> Iterator[str]:
    """What is so of everything that is written of what runs."""
    units = [one.launched.unit for one in block.units]
    yield "KEDA (2.18 or later) is installed: its triggers set the replicas."
    yield (
        "The cluster honours `tolerance` of autoscalers (Kubernetes 1.35, or 1.33 with HPAConfigurableTolerance): "
        "without it steps below 10 % of the replicas are not made."
    )
    if block.lead:
        minutes = block.lead / timedelta(minutes=1)
        yield (
            f"Units are started {minutes:g} minutes before their hour, as the plan has no `start_up.hours`: nodes "
            "must be there by then."
        )
    else:
        yield "Units are started at their hour: the plan counts the start-up (`start_up.hours`) itself."
    engines = dict.fromkeys((one.launched.engine_name, one.launched.engine) for one in block.units)
    for name, engine in engines:
        yield f"Options of {name} are those of {engine.reference}."
    if any(unit.checkpoint.startswith("/models/") for unit in units):
        yield "A volume with the weights is mounted at `/models`: the catalog lists no checkpoint for some unit."
    for one in block.units:
        if len(one.times.windows) > MANY_WINDOWS:
            windows = len(one.times.windows)
            yield f"{one.launched.unit.label} has {windows} windows: apply one month at a time."
    repeats = dict.fromkeys(REPEATED[one.times.repeats] for one in block.units)
    yield f"The windows repeat {', '.join(repeats)}; take them away when the plan ends ({plan.periods[-1]})."
    for unit in units:
        yield from (f"{unit.schedule.unit}: assumed is {text}." for text in unit.assumed)
