"""A small question that names a model and hardware of the catalog."""

from __future__ import annotations

from typing import Any


def question(model: str, hardware: str, channel: dict[str, Any]) -> dict[str, Any]:
    """Two hours of a workload of the model on co-located units of 8 GPUs, hired by the given channel."""
    return {
        "version": 1,
        "name": "own",
        "horizon": {"start": "2026-01-01T00:00+00:00", "period_hours": 1, "periods": 2},
        "currency": "USD",
        "workloads": {
            "chat": {
                "model": model,
                "demand": {"input_tokens_per_s": [20_000, 40_000], "output_tokens_per_s": [4_000, 9_000]},
                "lengths": {"input_tokens": 2000, "output_tokens": 400},
                "sla": {"tpot_ms": 50},
            }
        },
        "deployments": [{"role": "colocated", "ep": 8}],
        "fleet": {hardware: {"rent": {"kind": "on_demand", "max_nodes": 50} | channel}},
    }
