"""Helm values for llm-d's modelservice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import Format, known, usable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.llm_d import llm_d_files

    return llm_d_files(usable(plan), known(instance))


FORMAT = Format(_write, "Helm values for llm-d, with prefill and decode workers, to review.")
