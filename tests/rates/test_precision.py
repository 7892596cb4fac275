"""Precisions that keep too little of a model's score are left out, where the instance bounds it."""

from __future__ import annotations

from typing import Any

import pytest

import planner
from kernels import KernelError
from kernels.facts import read
from kernels.recipe import Recipe, score_kept
from planner.rates.compute import compute_rates
from tests.loader.catalog.question import question


def asked(model: str, hardware: str, least: float | None, **deployment: Any) -> planner.Instance:
    data = question(model, hardware, {"price_usd_per_gpu_hour": 2.0})
    data["deployments"] = [{"role": "colocated", "gpus": 8, **deployment}]
    return planner.from_dict(data | ({} if least is None else {"rates": {"least_score_kept": least}}))


def served(instance: planner.Instance) -> set[str]:
    """Recipes of the units that are rated."""
    rates = compute_rates(instance)
    return {detail.recipe for details in rates.details for detail in details.values()}


@pytest.mark.parametrize(
    ("least", "recipe"), [(None, "nvfp4"), (0.98, "nvfp4"), (0.99, "fp8"), (0.999, "bf16"), (1.0, "bf16")]
)
def test_the_narrowest_usual_precision_that_keeps_enough_is_taken(least: float | None, recipe: str) -> None:
    """Llama in FP4 keeps 0.984 of its score, in FP8 0.998."""
    assert served(asked("llama-3.1-70b", "b200", least)) == {recipe}


def test_what_a_model_was_published_in_keeps_everything() -> None:
    assert score_kept("fp8", "deepseek-r1") == 1.0
    assert served(asked("deepseek-r1", "h200", 1.0)) == {"fp8"}


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("int8", "int8 keeps 0.97 of the score, and rates.least_score_kept is 0.99"),
        ("w4a8", "nothing is known of what w4a8 keeps"),
    ],
)
def test_a_stated_precision_that_keeps_too_little_is_left_out(recipe: str, words: str) -> None:
    rates = compute_rates(asked("llama-3.1-70b", "h200", 0.99, recipe=recipe))
    assert not rates.units
    assert words in rates.rejected[0].why


def test_measured_units_are_their_owners_matter() -> None:
    measured = {"rate_tokens_per_s": {"chat": {"prefill": 9000.0, "decode": 3000.0}}}
    assert len(compute_rates(asked("llama-3.1-70b", "h200", 1.0, **measured)).units) == 1


def test_what_does_not_say_its_precision_is_left_out() -> None:
    rates = compute_rates(asked("llama-3.1-70b", "h200", 0.9), "aiconfigurator")
    assert "does not say in which precision" in rates.rejected[0].why


@pytest.mark.parametrize("kept", [0.0, 1.5, "most"])
def test_a_recipe_of_ones_own_keeps_a_share(kept: object) -> None:
    entry = read("recipes", "fp8") | {"score_kept": kept}
    with pytest.raises(KernelError, match="score_kept must be above 0 and at most 1"):
        Recipe.from_dict(entry)
    assert Recipe.from_dict({key: fact for key, fact in entry.items() if key != "score_kept"}).name == "fp8"
