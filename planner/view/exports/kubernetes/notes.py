"""The page beside the manifests: what runs, when, and what the cluster must have before they are applied."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from planner.view.exports.kubernetes.workloads import api_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planner.plan.plan import Plan
    from planner.view.exports.kubernetes.cron_windows import CronSchedule
    from planner.view.exports.kubernetes.launched import LaunchedUnit

MANY_WINDOWS = 100
"""An autoscaler asks for each window every few seconds."""
REPEATED = {
    "day": "every day",
    "week": "every week",
    "date": "by date, and on the same dates of a later year",
}


def notes(plan: Plan, scheduled: Sequence[tuple[LaunchedUnit, CronSchedule]], lead: timedelta) -> str:
    """The page, as Markdown: units with their times, each begun `lead` ahead."""
    lines = [
        f"# {plan.instance}: what runs",
        "",
        f"Written from the plan by `planner export --kubernetes`: status {plan.status}, cost "
        f"{plan.cost:,.2f} {plan.currency}. Nothing is applied. Look it through, then `kubectl apply -k .`",
        "",
        "| unit | object | pods x GPUs | replicas | engine | row of the plan |",
        "|---|---|---|---|---|---|",
        *(_line(one, times) for one, times in scheduled),
        "",
        "What must be true before:",
        "",
        *(f"- {line}" for line in _before(plan, scheduled, lead)),
    ]
    return "\n".join(lines) + "\n"


def _line(one: LaunchedUnit, times: CronSchedule) -> str:
    unit = one.unit
    most = max([times.base, *(window.replicas for window in times.windows)])
    return (
        f"| {unit.schedule.unit} | {api_of(unit)[1]} {unit.label} | {unit.pods} x {unit.gpus_per_pod} | "
        f"{times.base} to {most} | {one.engine_name} | units[{unit.row}] |"
    )


def _before(
    plan: Plan, scheduled: Sequence[tuple[LaunchedUnit, CronSchedule]], lead: timedelta
) -> Iterable[str]:
    units = [one.unit for one, _ in scheduled]
    yield "Nodes carry `planner/hardware` and `planner/channel`, as the flavors in `queue.yaml` say."
    yield "Kueue (v1beta2) is installed, and KEDA (2.18 or later), whose triggers set the replicas."
    if any(unit.pods > 1 for unit in units):
        yield "LeaderWorkerSet (v1) is installed: its scale subresource takes the replicas."
    yield (
        "The cluster honours `tolerance` of autoscalers (Kubernetes 1.35, or 1.33 with HPAConfigurableTolerance): "
        "without it steps below 10 % of the replicas are not made."
    )
    if lead:
        minutes = lead / timedelta(minutes=1)
        yield (
            f"Units are started {minutes:g} minutes before their hour, as the plan has no `start_up.hours`: nodes "
            "must be there by then."
        )
    else:
        yield "Units are started at their hour: the plan counts the start-up (`start_up.hours`) itself."
    images = ", ".join(dict.fromkeys(one.engine.image for one, _ in scheduled))
    yield f"Images are pinned in `kustomization.yaml` ({images}: `latest` until you do)."
    for name, engine in dict.fromkeys((one.engine_name, one.engine) for one, _ in scheduled):
        yield f"Options of {name} are those of {engine.reference}."
    if any(unit.checkpoint.startswith("/models/") for unit in units):
        yield "A volume with the weights is mounted at `/models`: the catalog lists no checkpoint for some unit."
    if any(unit.hands_over for unit in units):
        yield "A router that pairs prefill and decode stands before the Services: of llm-d, Dynamo or the engine."
    for one, times in scheduled:
        if len(times.windows) > MANY_WINDOWS:
            yield f"{one.unit.label} has {len(times.windows)} windows: apply one month at a time."
    repeats = dict.fromkeys(REPEATED[times.repeats] for _, times in scheduled)
    yield f"The windows repeat {', '.join(repeats)}; take them away when the plan ends ({plan.periods[-1]})."
    for unit in units:
        yield from (f"{unit.schedule.unit}: assumed is {text}." for text in unit.assumed)
