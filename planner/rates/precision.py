"""Precisions that keep enough of a model's score, where the instance bounds it (`rates.least_score_kept`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import kernels
from kernels.recipe import AUTO, resolve, score_kept, usual_recipes
from planner.rates.accelerators import accelerator_of

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.rates.configurations import Configuration
    from planner.rates.rates import Unit


def within_score(instance: Instance, run: Configuration, hardware: str, model: str) -> Configuration:
    """A way to run whose `auto` precision is the narrowest usual one that keeps enough, if there is one."""
    least, accelerator = instance.rates.least_score_kept, accelerator_of(instance, hardware)
    if least is None or run.recipe != AUTO or accelerator is None:
        return run
    for name in usual_recipes(model):
        if (score_kept(name, model) or 0.0) >= least and kernels.recipe(name).runs_on(accelerator):
            return replace(run, recipe=name)
    return run


def score_refusal(instance: Instance, run: Configuration, unit: Unit) -> str:
    """Why the precision of a unit keeps too little; empty where it keeps enough, or nothing is asked."""
    least, accelerator = instance.rates.least_score_kept, accelerator_of(instance, unit.hardware)
    if least is None or accelerator is None:
        return ""
    name = resolve(run.recipe, accelerator, unit.model).name
    kept = score_kept(name, unit.model)
    if kept is None:
        return f"rates.least_score_kept is {least:g}, and nothing is known of what {name} keeps"
    return (
        ""
        if kept >= least
        else f"{name} keeps {kept:g} of the score, and rates.least_score_kept is {least:g}"
    )
