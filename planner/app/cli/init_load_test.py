"""The load test that `planner init` is given, with what its options say of the replica."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.app.cli.init_names import hardware_named, model_named
from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from pathlib import Path

    from planner.loader.beginning.measured import LoadTest
    from planner.loader.benchmarks.facts import Given


def read_for_init(files: list[Path], hardware: list[str], given: Given) -> LoadTest:
    """The load test; where it says no hardware it is of the only one named. Raises InstanceError, in words of init."""
    from planner.loader.beginning.measured import read_load_test

    names = hardware_named(hardware)
    only = names[0] if len(names) == 1 else None
    model = None if given.model is None else model_named(given.model)
    try:
        tested = read_load_test(files, replace(given, accelerator=only, model=model))
    except InstanceError as error:
        said = [
            replace(one, message=one.message.replace("--accelerator", "--hardware")) for one in error.faults
        ]
        raise InstanceError(said) from None
    if names and tested.facts.accelerator not in names:
        wrong = f"is of {tested.facts.accelerator}, which --hardware does not name"
        raise InstanceError([Fault(wrong, "--load-test")])
    return tested
