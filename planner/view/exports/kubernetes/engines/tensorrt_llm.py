"""How TensorRT-LLM is launched: `trtllm-serve` on one node, with the rest of its options in a file.

A unit of several nodes is launched by MPI over hosts that reach each other by SSH, which no plain pod is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.view.exports.kubernetes.engines.engine import OPTIONS_FILE, Engine, Launch, given

if TYPE_CHECKING:
    from planner.view.exports.kubernetes.running import Running


def _launch(unit: Running) -> Launch:
    if unit.pods > 1:
        raise ValueError("TensorRT-LLM starts units of several nodes by MPI: name vllm or sglang instead")
    of_a_stage = unit.gpus // unit.stages
    options = _options(unit)
    return Launch(
        (
            *("trtllm-serve", unit.checkpoint, "--host", "0.0.0.0", "--port", str(TENSORRT_LLM.port)),
            *("--tp_size", str(of_a_stage)),
            *given("--pp_size", unit.stages if unit.stages > 1 else None),
            *given("--ep_size", of_a_stage if unit.experts and of_a_stage > 1 else None),
            *given("--max_batch_size", unit.requests_per_replica),
            *given("--max_num_tokens", unit.pass_tokens),
            *given("--extra_llm_api_options", OPTIONS_FILE if options else None),
        ),
        options=options,
    )


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
    reference="nvidia.github.io/TensorRT-LLM, trtllm-serve and LLM API options, as of 1.1",
)
