"""A precision recipe: which numbers are stored, moved and multiplied in which width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernels.facts import figure, names, read

if TYPE_CHECKING:
    from kernels.accelerator import Accelerator

AUTOMATIC = ("fp8", "int8", "bf16")  # where a model has no list of its own in data/checkpoints.yaml
_WIDTHS = (
    "dense_weight_bytes",
    "expert_weight_bytes",
    "kv_element_bytes",
    "dispatch_element_bytes",
    "combine_element_bytes",
)


@dataclass(frozen=True)
class Recipe:
    """Arithmetic (`bf16`, `fp8`, `int8`, `fp4`) of the GEMMs and the attention core, and bytes per number."""

    name: str
    title: str
    dense_compute: str
    expert_compute: str
    attention_compute: str
    dense_weight_bytes: float
    expert_weight_bytes: float
    kv_element_bytes: float
    dispatch_element_bytes: float
    combine_element_bytes: float

    def runs_on(self, accelerator: Accelerator) -> bool:
        """Whether the accelerator publishes a rate for every arithmetic the recipe needs."""
        used = (self.dense_compute, self.expert_compute, self.attention_compute)
        return not any(math.isnan(getattr(accelerator, f"{width}_flop_per_s")) for width in used)


def recipe(name: str) -> Recipe:
    """The recipe of that name from kernels/data/recipes; KernelError when there is none."""
    entry = read("recipes", name)
    columns: dict[str, Any] = {key: str(entry[key]) for key in entry if key not in _WIDTHS}
    columns |= {key: figure(entry[key]) for key in _WIDTHS}
    return Recipe(**columns)


def recipe_names() -> tuple[str, ...]:
    """Every recipe the package knows, sorted."""
    return names("recipes")


def resolve(name: str, accelerator: Accelerator, architecture: str = "") -> Recipe:
    """The named recipe, or for `auto` the first that users of the model run and the accelerator computes.

    What users run is the list of data/checkpoints.yaml, where the model has one: a narrow recipe needs a
    published checkpoint. Without any published FLOP rate the last is taken; the option then says what is
    missing.
    """
    if name != "auto":
        return recipe(name)
    wanted = usual_recipes(architecture)
    known = (candidate for candidate in map(recipe, wanted) if candidate.runs_on(accelerator))
    return next(known, recipe(wanted[-1]))


def usual_recipes(architecture: str) -> tuple[str, ...]:
    """Recipes with a published checkpoint of a model, the narrowest first."""
    listed = read("", "checkpoints").get(architecture)
    return tuple(listed) if listed else AUTOMATIC
