"""Configurations: the ways in which a deployment may run its units, one for each choice that it lists, by name."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from planner.instance import Deployment
    from planner.instance.speculation import Speculation

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Configuration:
    """How a unit runs. What is None or empty is as the engine's users run it by default, which the kernel knows.

    `tensor_parallel` GPUs share one attention replica, the others of a stage work data-parallel in attention; each of
    `pipeline_parallel` stages has its part of the layers and of the GPUs.
    """

    tensor_parallel: int | None = None
    pipeline_parallel: int = 1
    engine: str = ""
    recipe: str = "auto"
    speculative: Speculation | str | None = None
    requests_per_gpu: int | None = None
    suffix: str = ""
    """What distinguishes it from the other configurations of its deployment."""


BY_DEFAULT = Configuration()


def configurations_of(deployment: Deployment, gpus: int) -> list[Configuration]:
    """Every combination of the choices of a deployment that fits a unit of so many GPUs."""
    replicas = product(_listed(deployment.tensor_parallel), deployment.stages)
    combinations = product(
        [(tensor, stages) for tensor, stages in replicas if gpus % ((tensor or 1) * stages) == 0],
        _listed(deployment.engine),
        _listed(deployment.recipe),
        _drafting(deployment),
        _listed(deployment.requests_per_gpu),
    )
    return [
        Configuration(
            tensor_parallel=one[0][0],
            pipeline_parallel=one[0][1],
            engine=one[1] or "",
            recipe=one[2] or "auto",
            speculative=one[3],
            requests_per_gpu=one[4],
            suffix=_suffix(deployment, one),
        )
        for one in combinations
    ]


def suffixes_of(deployment: Deployment) -> set[str]:
    """What the names of units may have after the name of their deployment."""
    return {run.suffix for gpus in deployment.sizes for run in configurations_of(deployment, gpus)}


def _listed(choices: Choice | tuple[Choice, ...] | None) -> tuple[Choice | None, ...]:
    """Choices as a tuple; one that stands for the default where none is given."""
    return choices if isinstance(choices, tuple) else (choices,)


def _drafting(deployment: Deployment) -> tuple[Speculation | str | None, ...]:
    """Ways to draft as a tuple."""
    given = deployment.speculative
    return given if isinstance(given, tuple) else (given,)


def _suffix(
    deployment: Deployment,
    one: tuple[tuple[int | None, int], str | None, str | None, Speculation | str | None, int | None],
) -> str:
    """`.tp4.pp2.fp8`: what is listed, each by its value; an attention size and stages in any case, for units are known
    by them."""
    (tensor, stages), engine, recipe, speculative, requests = one
    parts = [] if tensor is None else [f"tp{tensor}"]
    parts += [f"pp{stages}"] if stages > 1 else []
    parts += [str(engine)] if isinstance(deployment.engine, tuple) else []
    parts += [str(recipe)] if isinstance(deployment.recipe, tuple) else []
    if isinstance(deployment.speculative, tuple):
        parts += [drafts_name(speculative)]
    parts += [f"b{requests}"] if isinstance(deployment.requests_per_gpu, tuple) else []
    return "".join(f".{part}" for part in parts)


def drafts_name(speculative: Speculation | str | None) -> str:
    """`draft2` for two drafts a step, `plain` for none."""
    drafts = 0 if speculative is None or isinstance(speculative, str) else speculative.draft_tokens
    return f"draft{drafts}" if drafts else "plain"
