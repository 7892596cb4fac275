"""The program that was solved, in LP format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import TEXT, Format, known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.program import lp

    return lp(known(instance))


FORMAT = Format(_write, "The program in LP format.", "program.lp", TEXT)
