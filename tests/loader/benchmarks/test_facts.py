"""What was measured: taken from options or files, never guessed, never against what a file says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.core.errors import InstanceError
from planner.loader.benchmarks.facts import Given, facts_of
from planner.loader.benchmarks.point import BenchmarkPoint
from planner.loader.benchmarks.served import fitted_engine

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
    assert facts.recipe == "auto"
    assert facts.origins == dict.fromkeys(("accelerator", "model", "gpus", "engine"), "a.json") | {
        "recipe": "nobody says it: the usual one of the model on this hardware"
    }


@pytest.mark.parametrize(
    ("model", "precision", "known", "recipe"),
    [
        ("meta-llama/Llama-3.1-70B", "fp8", "llama-3.1-70b", "fp8"),
        ("meta-llama/Llama-3.1-70B", "bfloat16", "llama-3.1-70b", "bf16"),
        ("nvidia/Llama-3.1-70B-Instruct-FP8", None, "llama-3.1-70b", "fp8"),
        ("meta-llama/Llama-3.3-70B-Instruct", "awq", "llama-3.1-70b", "w4a16"),
        ("RedHatAI/Meta-Llama-3.1-70B-Instruct-quantized.w8a8", None, "llama-3.1-70b", "int8"),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", None, "qwen3-235b-a22b", "fp8"),
        ("deepseek-ai/DeepSeek-R1-0528", "w4a8", "deepseek-r1", "w4a8"),
        ("openai/gpt-oss-120b", "mxfp4", "gpt-oss-120b", "mxfp4"),
        (
            "deepseek-ai/DeepSeek-R1-Distill-Llama-70B",
            None,
            "deepseek-ai/DeepSeek-R1-Distill-Llama-70B",
            "auto",
        ),
    ],
)
def test_checkpoints_and_words_for_a_precision_are_a_model_and_a_recipe(
    model: str, precision: str | None, known: str, recipe: str
) -> None:
    """A model of other weights that only has the name in it is not taken for it."""
    facts = facts_of([replace(SAID, model=model, precision=precision)], Given())
    assert (facts.model, facts.recipe) == (known, recipe)


def test_a_precision_that_nobody_knows_or_that_is_contradicted_is_told() -> None:
    other = replace(SAID, precision="fp6")
    assert told([other], Given()) == ["a.json: says precision 'fp6', no recipe is known by it: give --recipe"]
    assert facts_of([other], Given(recipe="fp8")).origins["recipe"] == "--recipe"
    stated = replace(SAID, precision="bf16")
    assert "and --recipe is 'fp8'" in told([stated], Given(recipe="fp8"))[0]
    assert "import one at a time" in told([stated, replace(SAID, precision="int8")], Given())[0]
    assert "did you mean 'fp8'?" in told([SAID], Given(recipe="fp88"))[0]


@pytest.mark.parametrize(
    ("engine", "known"),
    [
        ("vllm 0.12.0", "vllm-2025-12"),
        ("vllm vllm/vllm-openai:v0.12.0", "vllm-2025-12"),
        ("sglang 0.5.1.post1", "sglang-2025-08"),
        ("sglang 0.5.2", "sglang-2025-08"),
        ("vllm 0.1.0", "vllm"),
        ("ours 0.12.0", ""),
    ],
)
def test_a_version_has_the_month_it_was_measured_in(engine: str, known: str) -> None:
    """One that was not measured has that of the last before it; one of an unknown release has none."""
    assert fitted_engine(engine) == known


def test_cached_prompts_are_those_of_the_files_or_of_the_option() -> None:
    some = [replace(SAID, cached_share=share) for share in (0.2, 0.4)]
    assert facts_of(some, Given()).cached_share == pytest.approx(0.3)
    assert facts_of(some, Given(cached_share=0.1)).cached_share == 0.1
    assert facts_of([SAID], Given()).cached_share == 0.0


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


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("NVIDIA-H100-80GB-HBM3", "h100"),
        ("NVIDIA H200", "h200"),
        ("AMD Instinct MI300X", "mi300x"),
        ("GB200", "gb200_nvl72"),
    ],
)
def test_names_of_devices_are_accelerators(words: str, known: str) -> None:
    assert facts_of([replace(SAID, accelerator=words)], Given()).accelerator == known


def test_an_option_may_be_a_part_of_a_name_as_for_init() -> None:
    facts = facts_of([POINT], Given("h100", 4, None, "llama-70b", "vllm 0.11.0"))
    assert facts.model == "llama-3.1-70b"
    with pytest.raises(InstanceError, match=r"--model: 'qwen3' may be qwen3-235b-a22b or .*: say which"):
        facts_of([POINT], Given("h100", 4, None, "qwen3", "vllm 0.11.0"))
