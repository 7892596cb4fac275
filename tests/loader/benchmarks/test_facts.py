"""What was measured: taken from options or files, never guessed, never against what a file says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.core.errors import InstanceError
from planner.loader.benchmarks.facts import Given, facts_of
from planner.loader.benchmarks.point import BenchmarkPoint

POINT = BenchmarkPoint("typed", "a.json", None, "", 4.0, 1000.0, 200.0, 40.0, {}, {})
SAID = replace(POINT, accelerator="H100", gpus=4, model="meta-llama/Llama-3.1-70B", engine="vllm 0.11.0")


def told(points: list[BenchmarkPoint], given: Given) -> list[str]:
    with pytest.raises(InstanceError) as caught:
        facts_of(points, given)
    return [str(fault) for fault in caught.value.faults]


def test_names_of_files_are_those_of_the_catalog() -> None:
    facts = facts_of([SAID], Given())
    assert (facts.accelerator, facts.gpus, facts.model, facts.engine) == (
        "h100",
        4,
        "llama-3.1-70b",
        "vllm 0.11.0",
    )
    assert facts.origins == dict.fromkeys(("accelerator", "model", "gpus", "engine"), "a.json")


def test_what_nobody_says_is_asked_for_all_at_once() -> None:
    assert told([POINT], Given()) == [
        f"{fact}: the files do not say it: give --{fact}"
        for fact in ("accelerator", "model", "gpus", "engine")
    ]


def test_options_say_what_files_do_not() -> None:
    facts = facts_of([POINT], Given("h100", 4, None, "llama-3.1-70b", "vllm 0.11.0"))
    assert facts.origins["gpus"] == "--gpus"


def test_an_accelerator_of_another_name_is_named_by_the_user() -> None:
    """A device name that only looks like one of the catalog's (here a card of less memory) is not taken for it."""
    other = replace(SAID, accelerator="NVIDIA-H100-PCIe")
    assert "no accelerator of the catalog: name it by --accelerator" in told([other], Given())[0]
    assert facts_of([other], Given(accelerator="h100")).origins["accelerator"] == "--accelerator"


def test_a_model_out_of_the_catalog_stays_as_it_is() -> None:
    assert facts_of([replace(SAID, model="me/own-7b")], Given()).model == "me/own-7b"


def test_options_do_not_overrule_files() -> None:
    faults = told([SAID], Given(accelerator="h200", gpus=8, model="qwen3-8b"))
    assert faults == [
        "a.json: says accelerator 'h100', and --accelerator is 'h200'",
        "a.json: says model 'llama-3.1-70b', and --model is 'qwen3-8b'",
        "a.json: says 4 gpus, and --gpus is 8",
    ]


def test_files_of_two_replicas_are_refused() -> None:
    (fault,) = told([SAID, replace(SAID, file="b.json", gpus=8)], Given())
    assert "says gpus '8', a.json '4': import one at a time" in fault
