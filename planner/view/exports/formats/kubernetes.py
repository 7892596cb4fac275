"""Manifests of what runs, for Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import Format, known, usable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.kubernetes import manifests

    return manifests(usable(plan), known(instance))


FORMAT = Format(_write, "Manifests with replicas by hour, to review and apply.")
