"""Prefill passes: sizes that a unit may be launched with where the plan answers for waits.

A large pass is fast and late, a small one slow and early; which serves more under a promised time to first
token depends on the headroom that it leaves, so pass, batch and headroom are chosen together: every size is an
option of its own, and the program (or dominance at effective rates) chooses. A looser promise keeps every
option and raises none of their waits, so that it never costs more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance import Role
from planner.rates.pass_names import PASS_TOKENS
from planner.rates.waits import waits_count

if TYPE_CHECKING:
    from planner.instance import Deployment, Instance

READS = {Role.PREFILL, Role.COLOCATED}


def passes_of(
    instance: Instance, deployment: Deployment, workloads: tuple[str, ...]
) -> tuple[int | None, ...]:
    """Pass sizes to rate a unit with: those stated; (None,) where the fastest in time is all there is to know."""
    waits = any(
        waits_count(given) and (given.queueing is None or given.queueing.prefill_busy_limit is None)
        for given in (instance.workloads[name] for name in workloads)
    )
    given = deployment.pass_tokens
    if given is not None:
        return given if isinstance(given, tuple) else (given,)
    return PASS_TOKENS if waits and deployment.role in READS and not deployment.measured else (None,)
