"""What is to be signed, as Terraform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import Format, known, usable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.terraform import terraform_files

    return terraform_files(usable(plan), known(instance))


FORMAT = Format(_write, "Reservations, capacity blocks and savings plans as Terraform, to review.")
