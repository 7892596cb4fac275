"""The search for operating points: for each option the fastest batch within its limits, and why not when none is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.decode import decode_step
from kernels.efficiency import fitted
from kernels.measured import with_measured
from kernels.mixed import mixed_prompt
from kernels.operating_points import OperatingPoints, band_factor_of
from kernels.options import stages_of
from kernels.prefill import prefill_pass
from kernels.request_times import prompt_times
from kernels.setting import gather, subjects
from kernels.sweep import decode_sweep, prefill_sweep, transfer_seconds
from kernels.terms.memory import cache_room_bytes, request_limit

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Booleans, Column, Floats, Integers, Words
    from kernels.conditions import Conditions
    from kernels.efficiency import Fit, Fitted
    from kernels.options import Options
    from kernels.setting import Setting

MEMORY = "memory"  # what stops a batch, as `binding` says it
COARSE = 48  # batch sizes of the sweep, geometric
LEAST_PASS = 1.0 / 64.0  # smallest prefill pass tried, as a share of the largest
HALVINGS = 30  # of the interval above the best of them: a relative error of 1e-10


def operating_points(
    architecture: Architecture, options: Options, conditions: Conditions, calibration: Fitted | None = None
) -> OperatingPoints:
    """The best feasible point of every option, all options and batches in one vectorised sweep.

    `calibration` is an efficiency file other than the shipped one. Raises KernelError when the options or
    the conditions are malformed; an option that cannot run is no error but a row with its reason.
    """
    setting, fits, factor = planned(architecture, options, conditions, calibration or fitted())
    low, high = np.array([fit.band_low for fit in fits]), np.array([fit.band_high for fit in fits])
    role = np.array(options.role)
    reads, writes = role != "decode", role != "prefill"
    handed = np.where(role == "colocated", 0.0, transfer_seconds(architecture, setting)[:, 0])
    first = np.where(role == "prefill", np.nan_to_num(handed), 0.0)[:, None]
    setting = replace(setting, prefill_time_s=setting.prefill_time_s - first)
    tokens, read = best_prefill(architecture, setting, options.pass_tokens)
    together = (role == "colocated")[:, None]
    requests, written = _best_decode(architecture, setting, together)
    if together.any():
        read = _beside_decode(architecture, setting, requests, together, read)

    reason = blocked(architecture, options, setting)
    reason = np.where((reason == "") & writes, written["reason"], reason)
    reason = np.where((reason == "") & reads, read["reason"], reason)
    works, gpus = reason == "", setting.unit_gpus[:, 0]
    times = prompt_times(architecture, setting, conditions.lengths, tokens, requests, role == "colocated")
    split = _split(architecture, setting, requests, tokens, writes, works)
    limit = np.where(writes, written["limit"], read["limit"])
    points = OperatingPoints(
        prefill_tokens_per_s=np.where(works & reads, read["rate"] / times.stretch * gpus, np.nan),
        decode_tokens_per_s=np.where(works & writes, written["rate"] * gpus, np.nan),
        batch_per_gpu=np.where(works & writes, requests, np.nan),
        tpot_s=np.where(works & writes, written["tpot"], np.nan),
        prefill_time_s=np.where(works & reads, read["tpot"], np.nan),
        pass_tokens=np.where(works & (role == "prefill"), tokens * setting.attention_gpus[:, 0], np.nan),
        rank_imbalance=setting.pass_imbalance[:, 0],
        rank_spread=setting.pass_spread[:, 0],
        prefill_scv=times.scv,
        kv_transfer_s=handed,
        binding=_binding(split, limit, works),
        memory_bound=works & (limit == MEMORY),
        time_split=split,
        reason=tuple(map(str, reason)),
        provenance=tuple(fit.provenance for fit in fits),
        band_low=low / factor,
        band_high=high / factor,
    )
    return with_measured(points, architecture, options, conditions)


def planned(
    architecture: Architecture, options: Options, conditions: Conditions, calibration: Fitted
) -> tuple[Setting, list[Fit], Column]:
    """The columns of every option at the quantile of its error band, its fit, and the factor [n] of the quantile."""
    setting = gather(architecture, options, conditions, calibration)
    fits = _fits(architecture, options, calibration)
    low, high = np.array([fit.band_low for fit in fits]), np.array([fit.band_high for fit in fits])
    factor = (
        np.ones(len(options)) if options.quantile is None else band_factor_of(low, high, options.quantile)
    )
    scaled = replace(
        setting,
        decode_scale=setting.decode_scale * factor[:, None],
        prefill_scale=setting.prefill_scale * factor[:, None],
    )
    return scaled, fits, factor


def _fits(architecture: Architecture, options: Options, calibration: Fitted) -> list[Fit]:
    asked = subjects(architecture, options)
    found = {subject: calibration.fit(subject) for subject in dict.fromkeys(asked)}
    staged = (stages_of(options) > 1).tolist()
    return [
        unseen(found[subject], calibration, subject.role) if cut else found[subject]
        for subject, cut in zip(asked, staged, strict=True)
    ]


def unseen(fit: Fit, calibration: Fitted, role: str) -> Fit:
    """The fit of a layout that nobody measured: extrapolated, with the widest band of its role."""
    band = calibration.bands["", "", role, ""]
    return replace(fit, provenance="extrapolated", band_low=band.low, band_high=band.high)


def blocked(architecture: Architecture, options: Options, setting: Setting) -> Words:
    """Reasons known before any batch is tried: figures nobody published, weights that do not fit."""
    missing = {one: _unknown(one.missing()) for one in dict.fromkeys(options.accelerator)}
    reason = np.array([missing[one] for one in options.accelerator], dtype=object)
    inside = (setting.unit_gpus <= setting.domain_gpus)[:, 0]
    only_network = reason == _unknown(("scale_out_bytes_per_s",))
    reason = np.where(only_network & inside, "", reason)
    arithmetic = np.isnan(setting.dense_flop_per_s + setting.expert_flop_per_s + setting.attention_flop_per_s)
    reason = np.where(arithmetic[:, 0] & (reason == ""), "the accelerator cannot compute this recipe", reason)
    stages = setting.stages[:, 0]
    short = (stages > architecture.layers) & (reason == "")
    reason = np.where(short, f"more stages than layers ({architecture.layers})", reason)
    drafting = (stages > 1.0) & (setting.queries[:, 0] > 1.0) & (reason == "")
    reason = np.where(drafting, "drafts are not rated in pipeline stages", reason)
    full = (cache_room_bytes(architecture, setting) <= 0.0)[:, 0]
    return np.where(full & (reason == ""), "weights do not fit in memory", reason)


def _unknown(figures: tuple[str, ...]) -> str:
    return f"not published: {', '.join(figures)}" if figures else ""


def best_prefill(
    architecture: Architecture, setting: Setting, pass_tokens: Floats | None
) -> tuple[Floats, dict[str, Column]]:
    """The pass size per option [n], the given one or the fastest, and its figures."""
    top = setting.tokens_per_pass / setting.attention_gpus
    grid = top * np.exp(np.linspace(np.log(LEAST_PASS), 0.0, COARSE))
    if pass_tokens is not None:
        given = np.asarray(pass_tokens, dtype=float)[:, None] / setting.attention_gpus
        grid = np.where(np.isnan(given), grid, given)
    found = prefill_sweep(architecture, setting, grid)
    rate = np.where(found.feasible, found.rate_per_gpu, -1.0)
    best = np.argmax(rate, axis=1)[:, None]
    figures = _pick(found.rate_per_gpu, found.tpot_s, best)
    none = ~found.feasible.any(axis=1)
    figures["reason"] = np.where(none, "prefill time out of reach", "")
    stated = np.zeros(len(best), dtype=bool) if pass_tokens is None else ~np.isnan(pass_tokens)
    figures["limit"] = np.where(stated | (best[:, 0] == COARSE - 1), "pass size", "prefill time")
    return np.take_along_axis(grid, best, axis=1)[:, 0], figures


def _beside_decode(
    architecture: Architecture,
    setting: Setting,
    requests: Floats,
    together: Booleans,
    alone: dict[str, Column],
) -> dict[str, Column]:
    """The prefill figures, those of co-located units being what prompts cost beside the chosen batch."""
    prompt = mixed_prompt(architecture, setting, requests[:, None])
    added = prompt.added_s / setting.prefill_scale
    rate = setting.computed_tokens / (added * setting.replica_gpus)
    service = prompt.service_s / setting.prefill_scale
    late = np.where(service > setting.prefill_time_s, "prefill time out of reach", "")
    beside = {"rate": rate, "tpot": service, "reason": late, "limit": alone["limit"][:, None]}
    return {
        name: np.where(together[:, 0], beside[name][:, 0], alone[name])
        for name in ("rate", "tpot", "reason", "limit")
    }


def _best_decode(
    architecture: Architecture, setting: Setting, together: Booleans
) -> tuple[Floats, dict[str, Column]]:
    """The largest feasible batch per option [n]: a geometric sweep, then halving above its best.

    Step time grows with the batch, and slower than it, so the feasible batches are an interval whose
    upper end is the fastest.
    """
    room = np.minimum(request_limit(architecture, setting), setting.requests_per_gpu_limit)
    least = 1.0 / setting.replica_gpus
    top = np.maximum(room, least)
    grid = np.exp(np.log(least) + np.linspace(0.0, 1.0, COARSE) * np.log(top / least))
    grid[:, -1:] = top
    first = decode_sweep(architecture, setting, grid, together)
    best = np.argmax(np.where(first.feasible, first.rate_per_gpu, -1.0), axis=1)[:, None]
    low = np.take_along_axis(grid, best, axis=1)
    high = np.take_along_axis(grid, np.minimum(best + 1, COARSE - 1), axis=1)
    between = np.flatnonzero(low[:, 0] < high[:, 0])  # of the others the largest batch that there is fits
    if len(between):
        low[between] = _halved(
            architecture, setting.rows(between), low[between], high[between], together[between]
        )
    found = decode_sweep(architecture, setting, low, together)
    figures: dict[str, Column] = {"rate": found.rate_per_gpu[:, 0], "tpot": found.tpot_s[:, 0]}
    requests = low[:, 0]
    slow = first.tpot_s[:, 0] > setting.tpot_s[:, 0]
    figures["reason"] = _decode_reason(first.feasible, room[:, 0], least[:, 0], slow)
    at_cap = requests >= setting.requests_per_gpu_limit[:, 0] * 0.999
    at_room = requests >= room[:, 0] * 0.999
    late = found.tpot_s[:, 0] < setting.tpot_s[:, 0] * 0.999
    in_time = np.where(together[:, 0] & late, "prefill time", "tpot")
    figures["limit"] = np.where(at_cap, "request cap", np.where(at_room, MEMORY, in_time))
    return requests, figures


def _halved(
    architecture: Architecture, setting: Setting, low: Floats, high: Floats, together: Booleans
) -> Floats:
    """The largest batch that fits between one that does and one that does not, [n, 1]."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        fits = decode_sweep(architecture, setting, middle, together).feasible
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low


def _decode_reason(feasible: Booleans, room: Floats, least: Floats, slow: Booleans) -> Words:
    """Why no batch will do; `slow` [n]: the smallest is too slow by itself."""
    none = np.where(slow, "TPOT out of reach", "prefill time out of reach")
    reason = np.where(feasible.any(axis=1), "", none)
    return np.where(room < least, "no room for the KV cache of one request", reason)


def _pick(rate: Floats, latency: Floats, best: Integers) -> dict[str, Column]:
    return {
        "rate": np.take_along_axis(rate, best, axis=1)[:, 0],
        "tpot": np.take_along_axis(latency, best, axis=1)[:, 0],
    }


def _split(
    architecture: Architecture,
    setting: Setting,
    requests: Floats,
    tokens: Floats,
    writes: Booleans,
    works: Booleans,
) -> dict[str, Floats]:
    """Seconds by term at the chosen points: the decode step, or the pass of a prefill-only unit."""
    step = decode_step(architecture, setting, requests[:, None])
    run = prefill_pass(architecture, setting, tokens[:, None])
    empty = np.zeros_like(setting.gpus)
    split = {}
    for name in dict.fromkeys([*step.split, *run.split]):
        decode = step.split.get(name, empty) / setting.decode_scale
        prefill = run.split.get(name, empty) / setting.prefill_scale
        chosen = np.where(writes[:, None], decode, prefill)[:, 0]
        split[name] = np.where(works, chosen, np.nan)
    return split


def _binding(split: dict[str, Floats], limit: Words, works: Booleans) -> tuple[str, ...]:
    terms = np.array(list(split))
    largest = terms[np.argmax(np.nan_to_num(np.array(list(split.values()))), axis=0)]
    joined = np.char.add(np.char.add(largest, "; "), limit.astype(str))
    return tuple(map(str, np.where(works, joined, "")))
