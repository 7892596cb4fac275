"""How TensorRT-LLM is launched: `trtllm-serve` on one node, with the rest of its options in a file.

A unit of several nodes is launched by MPI over hosts that reach each other by SSH, which no plain pod is; the operator
of Dynamo makes them so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.view.exports.kubernetes.engines.engine import (
    OPTIONS_FILE,
    DynamoWorker,
    Engine,
    Launch,
    given,
)

if TYPE_CHECKING:
    from planner.view.exports.kubernetes.running import Running

SERVE_FLAGS = {
    "tensor_parallel_size": "--tp_size",
    "pipeline_parallel_size": "--pp_size",
    "moe_expert_parallel_size": "--ep_size",
    "max_batch_size": "--max_batch_size",
    "max_num_tokens": "--max_num_tokens",
}
"""Flags of `trtllm-serve` by the names of the LLM API."""


def _launch(unit: Running, port: int) -> Launch:
    if unit.pods > 1:
        raise ValueError("TensorRT-LLM starts units of several nodes by MPI: name vllm or sglang instead")
    options = _options(unit)
    sizes = [word for name, size in _sizes(unit).items() for word in (SERVE_FLAGS[name], str(size))]
    file = given("--extra_llm_api_options", OPTIONS_FILE if options else None)
    command = ("trtllm-serve", unit.checkpoint, "--host", "0.0.0.0", "--port", str(port))
    return Launch((*command, *sizes, *file), options=options)


def _worker(unit: Running) -> Launch:
    """All of the engine's options are in the file; only a unit that does one phase says which."""
    command = ("python3", "-m", "dynamo.trtllm", "--model-path", unit.checkpoint)
    named = ("--served-model-name", unit.model, "--extra-engine-args", OPTIONS_FILE)
    role = ("--disaggregation-mode", unit.role) if unit.hands_over else ()
    return Launch((*command, *named, *role), options=_sizes(unit) | _options(unit))


def _sizes(unit: Running) -> dict[str, Any]:
    of_a_stage = unit.gpus // unit.stages
    sizes = {
        "tensor_parallel_size": of_a_stage,
        "pipeline_parallel_size": unit.stages if unit.stages > 1 else None,
        "moe_expert_parallel_size": of_a_stage if unit.experts and of_a_stage > 1 else None,
        "max_batch_size": unit.requests_per_replica,
        "max_num_tokens": unit.pass_tokens,
    }
    return {name: size for name, size in sizes.items() if size is not None}


def _options(unit: Running) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if unit.data > 1:
        options["enable_attention_dp"] = True
    if unit.cache_of_8_bits:
        options["kv_cache_config"] = {"dtype": "fp8"}
    if unit.drafts:
        options["speculative_config"] = {"decoding_type": "MTP", "num_nextn_predict_layers": unit.drafts}
    if unit.hands_over:
        options["cache_transceiver_config"] = {"backend": "DEFAULT"}
    return options


TENSORRT_LLM = Engine(
    image="nvcr.io/nvidia/tensorrt-llm/release",
    port=8000,
    health="/health",
    launch=_launch,
    dynamo=DynamoWorker("trtllm", "nvcr.io/nvidia/ai-dynamo/tensorrtllm-runtime", _worker),
    reference="nvidia.github.io/TensorRT-LLM, trtllm-serve and LLM API options, as of 1.1",
)
