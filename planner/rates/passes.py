"""Points of a unit's frontier that it may be launched with where the plan answers for waits: passes and batches.

A large pass is fast and late, a small one slow and early, and so are the batches beside which a unit that reads
and writes takes its prompts. Which serves more under a promised time to first token depends on the headroom that it
leaves, so pass, batch and headroom are chosen together: every point is an option of its own, and the program (or
dominance at effective rates) chooses. A looser promise keeps every option and raises none of their waits, so that it
never costs more. A unit that only writes has one point: the larger its batch, the higher its rate and the more slots
it has free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance import Role
from planner.rates.pass_names import BATCHES, PASS_TOKENS
from planner.rates.waits import waits_count

if TYPE_CHECKING:
    from planner.instance import Deployment, Instance

READS = {Role.PREFILL, Role.COLOCATED}


def launches_of(
    instance: Instance, deployment: Deployment, workloads: tuple[str, ...]
) -> list[tuple[int | None, int | None]]:
    """Pass and batch of every point to rate a unit at, the largest first; None: the largest that keeps the limits."""
    passes = passes_of(instance, deployment, workloads)
    return [
        (tokens, requests) for requests in batches_of(instance, deployment, workloads) for tokens in passes
    ]


def passes_of(
    instance: Instance, deployment: Deployment, workloads: tuple[str, ...]
) -> tuple[int | None, ...]:
    """Pass sizes to rate a unit with: those stated; (None,) where the fastest in time is all there is to know."""
    given = deployment.pass_tokens
    if given is not None:
        return given if isinstance(given, tuple) else (given,)
    chosen = _waits_decide(instance, workloads) and deployment.role in READS and not deployment.measured
    return PASS_TOKENS if chosen else (None,)


def batches_of(
    instance: Instance, deployment: Deployment, workloads: tuple[str, ...]
) -> tuple[int | None, ...]:
    """Most requests at once by the GPU to rate a unit with beside the stated limit or none; (None,): nothing else."""
    stated = deployment.requests_per_gpu is not None or deployment.measured
    if stated or deployment.role is not Role.COLOCATED or not _waits_decide(instance, workloads):
        return (None,)
    return (None, *BATCHES)


def _waits_decide(instance: Instance, workloads: tuple[str, ...]) -> bool:
    """Whether waits of a prompt are computed for one of some workloads, and not stated as a limit that was measured."""
    return any(
        waits_count(given) and (given.queueing is None or given.queueing.prefill_busy_limit is None)
        for given in (instance.workloads[name] for name in workloads)
    )
