"""How vLLM is launched: data-parallel attention over pods, experts over all GPUs of a stage, caches sent by NIXL."""

from __future__ import annotations

import json
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

RPC_PORT = 13345
HANDS_OVER = {"kv_connector": "NixlConnector", "kv_role": "kv_both"}


def _options(unit: Running) -> tuple[str, ...]:
    return (
        *("--served-model-name", unit.model, "--tensor-parallel-size", str(unit.tensor)),
        *given("--pipeline-parallel-size", unit.stages if unit.stages > 1 else None),
        *given("--data-parallel-size", unit.data if unit.data > 1 else None),
        *(("--enable-expert-parallel",) if unit.experts and unit.tensor * unit.data > 1 else ()),
        *given("--max-num-seqs", unit.requests_per_replica),
        *given("--max-num-batched-tokens", unit.pass_tokens),
        *given("--kv-cache-dtype", "fp8" if unit.cache_of_8_bits else None),
        *given("--speculative-config", _drafting(unit)),
        *given("--kv-transfer-config", json.dumps(HANDS_OVER) if unit.hands_over else None),
    )


def _launch(unit: Running, port: int) -> Launch:
    common = ("vllm", "serve", unit.checkpoint, "--port", str(port), *_options(unit))
    if unit.pods == 1:
        return Launch(common)
    if unit.data == 1:
        nodes = ("--nnodes", str(unit.pods), "--node-rank", POD_NUMBER, "--master-addr", LEADER_ADDRESS)
        return Launch((*common, *nodes), (*common, *nodes, "--headless"))
    if unit.data % unit.pods:
        raise ValueError(
            "vLLM cannot cut a replica of a data-parallel unit across nodes: name another engine"
        )
    here = unit.data // unit.pods
    group = (
        *("--data-parallel-size-local", str(here), "--data-parallel-address", LEADER_ADDRESS),
        *("--data-parallel-rpc-port", str(RPC_PORT)),
    )
    worker = (*common, *group, "--headless")
    first = (
        f"--data-parallel-start-rank $$((LWS_WORKER_INDEX * {here}))"  # $$: Kubernetes leaves it to the shell
    )
    return Launch((*common, *group), ("/bin/sh", "-c", f'exec "$@" {first}', "vllm", *worker))


def _worker(unit: Running) -> Launch:
    role = ("--disaggregation-mode", unit.role) if unit.hands_over else ()
    return Launch(("python3", "-m", "dynamo.vllm", "--model", unit.checkpoint, *_options(unit), *role))


def _drafting(unit: Running) -> str | None:
    return json.dumps({"method": "mtp", "num_speculative_tokens": unit.drafts}) if unit.drafts else None


VLLM = Engine(
    image="vllm/vllm-openai",
    port=8000,
    health="/health",
    launch=_launch,
    dynamo=DynamoWorker("vllm", "nvcr.io/nvidia/ai-dynamo/vllm-runtime", _worker),
    llm_d_connector="nixlv2",
    reference="docs.vllm.ai, engine arguments and data-parallel deployment, as of v0.12",
)
