"""What is to be signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import CSV, Format, known, usable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.to_be_signed import to_be_signed_csv

    return to_be_signed_csv(usable(plan), known(instance)).encode()


FORMAT = Format(_write, "What is to be signed, as CSV.", "signatures.csv", CSV)
