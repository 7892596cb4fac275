"""The plan as it is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from planner.view.exports.format import Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    return (json.dumps(plan.to_dict(), indent=2, allow_nan=False) + "\n").encode()


FORMAT = Format(_write, "The plan as JSON.", "plan.json", "application/json")
