"""A precision recipe: which numbers are stored, moved and multiplied in which width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernels.errors import KernelError
from kernels.facts import figure, names, read

if TYPE_CHECKING:
    from kernels.accelerator import Accelerator

AUTO = "auto"
"""Asks for the recipe that users of a model run; no recipe may have this name."""
ARITHMETIC = ("bf16", "fp8", "int8", "fp4", "fp4_fp8")
"""Number formats of a product of which accelerators have a rate; `fp4_fp8` is FP4 weights times FP8 activations."""
LARGEST_WIDTH = 8.0  # bytes: nobody serves in wider numbers than these
AUTOMATIC = ("fp8", "int8", "bf16")  # where a model has no list of its own in data/checkpoints.yaml
SCORE_KEPT = "score_kept"
"""Share of the mean score on benchmarks that a model keeps in a recipe, of what it has as it was published."""
_WIDTHS = (
    "dense_weight_bytes",
    "expert_weight_bytes",
    "kv_element_bytes",
    "dispatch_element_bytes",
    "combine_element_bytes",
)
_COMPUTES = ("dense_compute", "expert_compute", "attention_compute")


@dataclass(frozen=True)
class Recipe:
    """Arithmetic (`ARITHMETIC`) of the GEMMs and the attention core, and bytes per number."""

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

    @classmethod
    def from_dict(cls, entry: dict[str, Any]) -> Recipe:
        """Read an entry written like the files in kernels/data/recipes.

        A width is `{value, source}` or a bare number, in bytes. Raises KernelError naming every fault at once.
        """
        known = ("name", "title", *_COMPUTES, *_WIDTHS)
        faults = [f"unknown key {key!r}" for key in entry if key not in (*known, SCORE_KEPT)]
        faults += _score_faults(entry.get(SCORE_KEPT))
        faults += [f"missing {key!r}" for key in known if key not in entry]
        faults += [
            f"{key} must be one of {', '.join(ARITHMETIC)}, got {entry[key]!r}"
            for key in _COMPUTES
            if key in entry and entry[key] not in ARITHMETIC
        ]
        widths = {key: _width(entry[key]) for key in _WIDTHS if key in entry}
        faults += [
            f"{key} must be a number of bytes above 0 and at most {LARGEST_WIDTH:g}"
            for key, width in widths.items()
            if width is None
        ]
        if faults:
            raise KernelError(f"recipe {entry.get('name', '?')!r}: " + "; ".join(faults))
        fields: dict[str, Any] = {key: str(entry[key]) for key in known} | widths
        return cls(**fields)

    @property
    def experts(self) -> str:
        """Kind of kernel that computes the experts, as `4-bit bf16`: width of their weights and arithmetic.

        FP4 weights go through kernels of one kind whatever they are multiplied with: block-scaled and narrow.
        """
        return f"{_bits(self.expert_weight_bytes)}-bit {self.expert_compute.removesuffix('_fp8')}"

    @property
    def cache(self) -> str:
        """Kind of kernel that reads the cache, as `8-bit bf16`: width of its numbers and arithmetic."""
        return f"{_bits(self.kv_element_bytes)}-bit {self.attention_compute}"

    def runs_on(self, accelerator: Accelerator) -> bool:
        """Whether the accelerator publishes a rate for every arithmetic the recipe needs."""
        used = (self.dense_compute, self.expert_compute, self.attention_compute)
        return not any(math.isnan(getattr(accelerator, f"{width}_flop_per_s")) for width in used)


def _score_faults(written: Any) -> list[str]:
    """What is wrong with the share of the score that a recipe keeps; it may be left out or null."""
    try:
        kept = figure(written)
    except (TypeError, ValueError):
        kept = math.nan
    return [] if kept is None or 0.0 < kept <= 1.0 else [f"{SCORE_KEPT} must be above 0 and at most 1"]


def _width(written: Any) -> float | None:
    """The bytes of a number, None where what is written is no such thing."""
    try:
        width = figure(written)
    except (TypeError, ValueError):
        return None
    return width if width is not None and 0.0 < width <= LARGEST_WIDTH else None


def _bits(width_bytes: float) -> int:
    """4, 8 or 16: bits of a number without its share of a scale."""
    return min((4, 8, 16), key=lambda bits: abs(bits / 8.0 - width_bytes))


def recipe(name: str) -> Recipe:
    """The recipe of that name from the catalog; KernelError when there is none or it cannot be read."""
    return Recipe.from_dict(read("recipes", name))


def recipe_names() -> tuple[str, ...]:
    """Every recipe of the catalog, one's own among them, sorted. Raises KernelError where one is called `AUTO`."""
    known = names("recipes")
    if AUTO in known:
        raise KernelError(f"a recipe may not be called {AUTO!r}: that asks for the usual one of a model")
    return known


def resolve(name: str, accelerator: Accelerator, architecture: str = "") -> Recipe:
    """The named recipe, or for `auto` the first that users of the model run and the accelerator computes.

    What users run is the list of data/checkpoints.yaml, where the model has one: a narrow recipe needs a
    published checkpoint. Without any published FLOP rate the last is taken; the option then says what is
    missing.
    """
    if name != AUTO:
        return recipe(name)
    wanted = usual_recipes(architecture)
    known = (candidate for candidate in map(recipe, wanted) if candidate.runs_on(accelerator))
    return next(known, recipe(wanted[-1]))


def usual_recipes(architecture: str) -> tuple[str, ...]:
    """Recipes with a published checkpoint of a model, the narrowest first."""
    listed = read("", "checkpoints").get(architecture)
    return tuple(listed) if listed else AUTOMATIC


def score_kept(name: str, architecture: str) -> float | None:
    """Share of its score that a model keeps in a recipe, by what is known of both, else of the recipe; None: none."""
    listed = (read("", "checkpoints").get(architecture) or {}).get(name) or {}
    return figure(listed[SCORE_KEPT] if SCORE_KEPT in listed else read("recipes", name).get(SCORE_KEPT))


def recipe_of_checkpoint(checkpoint: str, architecture: str) -> str | None:
    """The recipe that a published checkpoint of a model is served in; None where it makes none or several possible."""
    listed = read("", "checkpoints").get(architecture) or {}
    found = [name for name, entry in listed.items() if entry["checkpoint"].lower() == checkpoint.lower()]
    return found[0] if len(found) == 1 else None


def checkpoint_of(name: str, architecture: str) -> str | None:
    """The published checkpoint of a model that is served in a recipe; None where none is listed."""
    entry = (read("", "checkpoints").get(architecture) or {}).get(name)
    return None if entry is None else str(entry["checkpoint"])
