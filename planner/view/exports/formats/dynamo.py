"""Graph deployments of NVIDIA Dynamo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import Format, known, usable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.dynamo import dynamo_files

    return dynamo_files(usable(plan), known(instance))


FORMAT = Format(_write, "Graph deployments of NVIDIA Dynamo, to review and apply.")
