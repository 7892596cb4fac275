"""How SGLang is launched: attention data-parallel in a group of all GPUs of a stage, experts over the same GPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.kubernetes.engines.engine import (
    LEADER_ADDRESS,
    POD_NUMBER,
    DynamoWorker,
    Engine,
    Launch,
    given,
)

if TYPE_CHECKING:
    from planner.view.exports.kubernetes.running import Running

INIT_PORT = 20000


def _options(unit: Running) -> tuple[str, ...]:
    of_a_stage = unit.gpus // unit.stages
    requests = None if unit.requests_per_replica is None else unit.requests_per_replica * unit.data
    return (
        *("--model-path", unit.checkpoint, "--served-model-name", unit.model, "--tp-size", str(of_a_stage)),
        *given("--pp-size", unit.stages if unit.stages > 1 else None),
        *(("--dp-size", str(unit.data), "--enable-dp-attention") if unit.data > 1 else ()),
        *given("--ep-size", of_a_stage if unit.experts and of_a_stage > 1 else None),
        *given("--max-running-requests", requests),
        *given("--chunked-prefill-size", None if unit.pass_tokens is None else unit.pass_tokens * unit.data),
        *given("--kv-cache-dtype", "fp8_e4m3" if unit.cache_of_8_bits else None),
        *_drafting(unit),
        *given("--disaggregation-mode", unit.role if unit.hands_over else None),
    )


def _launch(unit: Running, port: int) -> Launch:
    listens = ("--host", "0.0.0.0", "--port", str(port))
    command = ("python3", "-m", "sglang.launch_server", *listens, *_options(unit))
    if unit.pods == 1:
        return Launch(command)
    address = ("--dist-init-addr", f"{LEADER_ADDRESS}:{INIT_PORT}")
    whole = (*command, "--nnodes", str(unit.pods), "--node-rank", POD_NUMBER, *address)
    return Launch(whole, whole)


def _worker(unit: Running) -> Launch:
    sent_by = ("--disaggregation-transfer-backend", "nixl") if unit.hands_over else ()
    return Launch(("python3", "-m", "dynamo.sglang", *_options(unit), *sent_by))


def _drafting(unit: Running) -> tuple[str, ...]:
    if not unit.drafts:
        return ()
    return (
        *("--speculative-algorithm", "EAGLE", "--speculative-num-steps", str(unit.drafts)),
        *("--speculative-eagle-topk", "1", "--speculative-num-draft-tokens", str(unit.drafts + 1)),
    )


SGLANG = Engine(
    image="lmsysorg/sglang",
    port=30000,
    health="/health",
    launch=_launch,
    dynamo=DynamoWorker("sglang", "nvcr.io/nvidia/ai-dynamo/sglang-runtime", _worker),
    llm_d_connector="sglang",
    reference="docs.sglang.ai, server arguments and PD disaggregation, as of v0.5",
)
