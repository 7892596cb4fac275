"""Replicas by hour: a KEDA ScaledObject with one cron trigger for each window of a unit's times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.view.exports.kubernetes.workloads import UNIT

if TYPE_CHECKING:
    from planner.view.exports.kubernetes.cron_windows import CronSchedule

POLLED_S = 15
ALL_AT_ONCE = {
    "stabilizationWindowSeconds": 0,
    "tolerance": 0,
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": POLLED_S}],
}
"""Without a tolerance: an autoscaler makes no step of less than 10 % by default, from 29 to 30 units for instance."""
UPWARDS = ALL_AT_ONCE | {"policies": [{"type": "Pods", "value": 10_000, "periodSeconds": POLLED_S}]}


def scaled_object(
    label: str, target: tuple[str, str, str], times: CronSchedule, annotations: dict[str, str]
) -> dict[str, Any] | None:
    """The schedule of a unit by its label; None where it runs the same number all the time.

    `target`: version, kind and name of the object that holds its replicas.
    """
    if not times.windows:
        return None
    version, kind, name = target
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": label, "labels": {UNIT: label}, "annotations": annotations},
        "spec": {
            "scaleTargetRef": {"apiVersion": version, "kind": kind, "name": name},
            "minReplicaCount": times.base,
            "maxReplicaCount": max(window.replicas for window in times.windows),
            "pollingInterval": POLLED_S,
            "cooldownPeriod": 0,
            "advanced": {
                "horizontalPodAutoscalerConfig": {"behavior": {"scaleUp": UPWARDS, "scaleDown": ALL_AT_ONCE}}
            },
            "triggers": [
                {
                    "type": "cron",
                    "name": "-".join(["on", *(f"{first}-{last}" for first, last in window.periods)]),
                    "metadata": {
                        "timezone": times.zone,
                        "start": window.start,
                        "end": window.end,
                        "desiredReplicas": str(window.replicas),
                    },
                }
                for window in times.windows
            ],
        },
    }
