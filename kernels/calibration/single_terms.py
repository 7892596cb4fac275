"""Single kernels measured on one GPU beside what the terms of a step predict for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.accelerator import accelerator
from kernels.architecture import architecture
from kernels.calibration.calibrate import summary
from kernels.conditions import Conditions
from kernels.decode import decode_attention
from kernels.facts import DATA
from kernels.layers import ATTENTION_PRODUCTS, BLOCK_PRODUCTS
from kernels.options import Options
from kernels.setting import gather
from kernels.terms.attention import prefill_core
from kernels.terms.dense import dense_product
from kernels.terms.roof import Roof, matrix_product

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kernels.setting import Setting

MICROSECONDS = 1e6
SHAPES = "llama-3.1-70b"  # whose heads the prefill attention was measured with


@dataclass(frozen=True)
class SingleTerm:
    """One measured kernel; microseconds."""

    kind: str
    accelerator: str
    what: str
    measured_us: float
    predicted_us: float

    @property
    def ratio(self) -> float:
        """Predicted over measured."""
        return self.predicted_us / self.measured_us


def single_terms() -> list[SingleTerm]:
    """Every kernel of kernels/data/terms.json, predicted under the typical engine."""
    rows = json.loads((DATA / "terms.json").read_text(encoding="utf-8"))["rows"]
    return [found for row in rows for found in _KINDS[row["what"]](row)]


def errors_by_kind(found: list[SingleTerm]) -> dict[str, dict[str, float | int | None]]:
    """Count, median and 90 % error and median ratio of every kind."""
    kinds = sorted({one.kind for one in found})
    ratios = {kind: np.array([one.ratio for one in found if one.kind == kind]) for kind in kinds}
    return {kind: {"terms": len(ratio)} | summary(ratio) for kind, ratio in ratios.items()}


def _setting(row: Mapping[str, Any], model: str, gpus: int, context: float, fp8: bool) -> Setting:
    options = Options(
        (accelerator(row["accelerator"]),),
        ("colocated",),
        np.array([gpus]),
        tensor_parallel=np.array([gpus]),
        recipe=("fp8" if fp8 else "bf16",),
    )
    return gather(architecture(model), options, Conditions(context, 1.0, kv_tokens=context))


def _term(kind: str, row: Mapping[str, Any], what: str, measured_us: float, seconds: Any) -> SingleTerm:
    return SingleTerm(kind, row["accelerator"], what, measured_us, float(np.squeeze(seconds)) * MICROSECONDS)


def _gemm(row: Mapping[str, Any]) -> list[SingleTerm]:
    given = _setting(row, SHAPES, 1, 1.0, row["fp8"])
    product = matrix_product(
        np.array([[float(row["m"])]]),
        float(row["n"] * row["k"]),
        given.dense_weight_bytes,
        given.dense_flop_per_s * given.gemm_mfu,
        given.hbm_bytes_per_s * given.hbm_share,
    )
    what = f"{row['m']} x {row['k']} x {row['n']} {'FP8' if row['fp8'] else 'BF16'}"
    return [_term("gemm", row, what, row["us"], product.seconds() + given.gemm_s)]


def _prefill_attention(row: Mapping[str, Any]) -> list[SingleTerm]:
    given = _setting(row, SHAPES, 1, float(row["tokens"]), fp8=False)
    seconds = (
        prefill_core(architecture(SHAPES), given, np.array([[float(row["tokens"])]])) + given.attention_s
    )
    return [_term("prefill attention", row, f"{row['tokens']} tokens", row["us"], seconds)]


def _decode_layer(row: Mapping[str, Any]) -> list[SingleTerm]:
    """The GEMMs of a layer, its attention, and the two with what lies between them."""
    model, replica = architecture(row["model"]), row["tp"]
    given = _setting(row, row["model"], replica, float(row["context"]), row["fp8"])
    requests = np.array([[row["batch"] / replica]])
    parts = (model.attention_parameters, model.feed_forward_parameters)
    products = [dense_product(given, requests, weights, given.gemm_mfu).seconds() for weights in parts]
    gemms = sum(products) + (ATTENTION_PRODUCTS + BLOCK_PRODUCTS) * given.gemm_s
    attention = decode_attention(model, given, requests)
    width = "FP8" if row["fp8"] else "BF16"
    what = f"{row['model']} TP{replica} {width}, {row['batch']} requests of {row['context']}"
    return [
        _term("layer GEMMs", row, what, row["gemm_us"], gemms),
        _term("decode attention", row, what, row["attention_us"], attention),
        _term("decode layer", row, what, row["graph_us"], gemms + attention + given.layer_s),
    ]


def _experts(row: Mapping[str, Any]) -> list[SingleTerm]:
    model = architecture(row["model"])
    given = _setting(row, row["model"], row["tp"], 1.0, fp8=False)
    weights = model.expert_parameters / row["tp"]
    rows = row["tokens"] * model.experts_per_token + row["active_experts"] * given.padded_tokens
    compute = 2.0 * rows * weights / (given.expert_flop_per_s * given.expert_mfu)
    bandwidth = given.hbm_bytes_per_s * given.hbm_share * given.expert_hbm_share
    read = row["active_experts"] * weights * given.expert_weight_bytes / bandwidth
    what = f"{row['model']} TP{row['tp']}, {row['tokens']} tokens"
    return [_term("experts", row, what, row["us"], Roof(compute, read).seconds() + given.experts_s)]


_KINDS = {
    "gemm": _gemm,
    "prefill_attention": _prefill_attention,
    "decode_layer": _decode_layer,
    "moe_experts": _experts,
}
