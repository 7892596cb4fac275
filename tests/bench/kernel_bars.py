"""How well the kernel does where it counts: errors on submissions it did not see, choices, order, bands.

Run: python -m tests.bench.kernel_bars; some minutes.

Choices are judged on the frontiers of the end-to-end runs that ship with the package: for every publisher, model,
lengths and speed per user, the most output tokens/s per GPU that was measured at that speed or faster, against the
most that the kernel predicts for the same runs. Runs of several publishers are no choice between hardware: they took
other engines in other months.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import numpy as np

from kernels import Conditions, Options, accelerator, architecture, operating_points
from kernels.calibration.held_out import by_submission, held_out_rates
from kernels.calibration.prediction import setting_of, subject_of
from kernels.calibration.runs import shipped_points, shipped_runs
from kernels.calibration.validation import predict, read_points
from kernels.efficiency import fitted
from kernels.sweep import decode_sweep
from kernels.terms.memory import request_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernels.arrays import Floats
    from kernels.calibration.measurement import Measurement

SPEEDS = (20.0, 30.0, 50.0, 75.0, 100.0, 150.0)  # output tokens/s per user
FIGURES = (
    "bf16_flop_per_s",
    "fp8_flop_per_s",
    "hbm_bytes",
    "hbm_bytes_per_s",
    "scale_up_bytes_per_s",
    "scale_out_bytes_per_s",
    "scale_up_domain_gpus",
)
HARDWARE = (
    *("a100_80gb", "h800", "h100", "h200", "h20_96", "h20_141"),
    *("b200", "b300", "gb200_nvl72", "gb300_nvl72", "mi300x", "mi325x", "mi355x"),
)
UNITS = (  # model, GPUs, tensor parallelism
    ("llama-3.1-70b", 8, 8),
    ("llama-3.1-70b", 4, 4),
    ("gpt-oss-120b", 8, 8),
    ("qwen3-235b-a22b", 8, 8),
    ("deepseek-v3", 8, 8),
    ("deepseek-v3", 8, 1),
    ("deepseek-v3", 32, 1),
    ("qwen3-32b", 4, 4),
)
MOST_BIAS = 0.1  # of the median ratio of a class
TIE = 0.98  # rates closer than this count as equal


def show(name: str, ratio: Floats) -> None:
    """Median and 90 % error and median ratio of predicted over measured."""
    if len(ratio):
        error = np.abs(ratio - 1.0)
        figures = f"{100 * np.median(error):6.1f} / {100 * np.quantile(error, 0.9):5.1f} %"
        print(f"{name:52s} {figures}  ratio {np.median(ratio):.2f}  n = {len(ratio)}")


def by(name: str, points: Sequence[Measurement], ratio: Floats, label: Callable[[Measurement], str]) -> None:
    labels = np.array([label(point) for point in points])
    for one in sorted(set(labels)):
        show(f"  {name} {one}", ratio[labels == one])


def kind(point: Measurement) -> str:
    if point.phase != "colocated":
        return "wide decode" if point.phase == "decode" and point.gpus >= 16 else f"isolated {point.phase}"
    return "benchmarks" if "MLPerf" in point.source or "db-dump" in point.source else "runs"


def errors(points: list[Measurement]) -> None:
    """As shipped, and with the submission of each point taken out of the fit."""
    measured = np.array([point.rate_per_gpu for point in points])
    shipped = predict(points) / measured
    unseen = held_out_rates(points, by_submission) / measured
    for name, ratio in (("as shipped", shipped), ("submission held out", unseen)):
        print(f"\n{name}")
        by("", points, ratio, kind)
        together = [index for index, point in enumerate(points) if point.phase == "colocated"]
        chosen = [points[index] for index in together]
        show("  all co-located", ratio[together])
        show("  all isolated", np.delete(ratio, together))
        by("co-located", chosen, ratio[together], _class)
        bias(chosen, ratio[together])
    subjects = [subject_of(point) for point in points]
    bands = [fitted().band(subject) for subject in subjects]
    inside = [band.low <= 1.0 / ratio <= band.high for band, ratio in zip(bands, unseen, strict=True)]
    print(f"\nbands hold {100 * np.mean(inside):.0f} % of the points with their submission held out")


def bias(points: Sequence[Measurement], ratio: Floats) -> None:
    """Median ratio of co-located points in all, and classes of family and generation where it is a tenth off."""
    labels = np.array([_class(point) for point in points])
    off = {one: float(np.median(ratio[labels == one])) for one in sorted(set(labels))}
    told = [
        f"{one} {value:.2f} ({np.count_nonzero(labels == one)} points)"
        for one, value in off.items()
        if abs(value - 1.0) > MOST_BIAS
    ]
    within = np.mean([not any(line.startswith(f"{one} ") for line in told) for one in labels])
    print(
        f"  bias in all {np.median(ratio):.3f}; {100 * within:.0f} % of the points lie in classes within a tenth"
    )
    print(f"  beyond it: {', '.join(told) or 'none'}")


def _class(point: Measurement) -> str:
    subject = subject_of(point)
    return f"{subject.family} {subject.generation}"


@dataclass
class Frontier:
    """Output tokens/s per GPU by hardware and tensor parallelism."""

    name: str
    measured: dict[str, dict[int, float]]
    predicted: dict[str, dict[int, float]]


def frontiers(points: Sequence[Measurement]) -> list[Frontier]:
    """One frontier per model, lengths and speed that two kinds of hardware reach."""
    tpot = {entry["id"]: entry["latency"]["tpot_ms"] * 1e-3 for entry in shipped_runs()}
    members = [point for point in points if point.name in tpot and point.gpus == point.tensor_parallel]
    rate, seconds = predict(members), predicted_tpot(members)
    cells: dict[tuple[str, str, float, float], list[int]] = defaultdict(list)
    for index, point in enumerate(members):
        publisher, asked = point.source.split(" 20")[0], point.conditions
        cells[publisher, point.architecture.name, asked.input_tokens, asked.output_tokens].append(index)
    found = []
    for key, chosen in cells.items():
        for speed in SPEEDS:
            fast = [index for index in chosen if 1.0 / tpot[members[index].name] >= speed]
            if len({members[index].accelerator.name for index in fast}) > 1:
                measured = {index: members[index].rate_per_gpu for index in fast}
                reached = {index: rate[index] * (1.0 / seconds[index] >= speed) for index in chosen}
                name = f"{key[1]} {key[2]:.0f}/{key[3]:.0f} at {speed:.0f} tokens/s, {key[0]}"
                frontier = Frontier(name, _best(members, measured), _best(members, reached))
                found.append(_same_sizes(frontier))
    return found


def _best(points: Sequence[Measurement], rates: dict[int, float]) -> dict[str, dict[int, float]]:
    """The best rate by hardware and size."""
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for index, rate in rates.items():
        sizes = found[points[index].accelerator.name]
        sizes[points[index].gpus] = max(sizes.get(points[index].gpus, 0.0), float(rate))
    return dict(found)


def _same_sizes(frontier: Frontier) -> Frontier:
    """Predictions of what was measured only: a size that missed the speed when measured is no choice."""
    predicted = {
        name: {gpus: frontier.predicted[name].get(gpus, 0.0) for gpus in sizes}
        for name, sizes in frontier.measured.items()
    }
    return Frontier(frontier.name, frontier.measured, predicted)


def predicted_tpot(points: Sequence[Measurement]) -> Floats:
    """Seconds per output token at the batch of each point, prompts of other requests included. Shape [n]."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, point in enumerate(points):
        groups[point.architecture.name].append(index)
    found = np.empty(len(points))
    for name, chosen in groups.items():
        members = [points[index] for index in chosen]
        batch = np.array([point.size for point in members])[:, None]
        setting = setting_of(members)
        batch = np.minimum(batch, request_limit(architecture(name), setting))
        sweep = decode_sweep(architecture(name), setting, batch, np.ones(batch.shape, dtype=bool))
        found[chosen] = sweep.tpot_s[:, 0]
    return found


def together(points: object, asked: Conditions) -> Floats:
    """Output tokens/s of co-located units; zero where a unit cannot run."""
    decode, prefill = points.decode_tokens_per_s, points.prefill_tokens_per_s  # type: ignore[attr-defined]
    rate = 1.0 / (1.0 / decode + asked.computed_tokens / asked.output_tokens / prefill)
    return np.nan_to_num(rate)


def choices(points: Sequence[Measurement]) -> None:
    """Order of hardware, its winner, what is called out of reach, and the regret of the chosen size."""
    cells = frontiers(points)
    agree, turned, missed, lost, regrets = [], [], [], 0, []
    for cell in cells:
        measured = {name: max(sizes.values()) for name, sizes in cell.measured.items()}
        predicted = {name: max(sizes.values()) for name, sizes in cell.predicted.items()}
        lost += sum(rate == 0.0 for rate in predicted.values())
        for one, other in combinations(measured, 2):
            if min(measured[one], measured[other]) < TIE * max(measured[one], measured[other]):
                right = (measured[one] > measured[other]) == (predicted[one] > predicted[other])
                agree.append(1.0 if right else -1.0)
                if not right:
                    both = ({name: rates[name] for name in (one, other)} for rates in (measured, predicted))
                    turned.append(f"{cell.name}: {'; predicted '.join(map(_rates, both))}")
        if max(measured, key=measured.__getitem__) != max(predicted, key=predicted.__getitem__):
            missed.append(f"{cell.name}: {_rates(measured)}; predicted {_rates(predicted)}")
        for name, sizes in cell.predicted.items():
            if len(sizes) > 1 and max(sizes.values()) > 0.0:
                chosen = max(sizes, key=sizes.__getitem__)
                regrets.append(1.0 - cell.measured[name][chosen] / measured[name])
    print(
        f"\n{len(cells)} cells of model, lengths and speed: order of hardware tau {np.mean(agree):.3f}",
        end=", ",
    )
    print(f"{agree.count(-1.0)} of {len(agree)} pairs the other way round")
    named = len(cells) - len(missed)
    print(
        f"winner right in {named}, {100 * named / len(cells):.1f} %; called out of reach though measured: {lost}"
    )
    right_size = 100 * np.mean(np.array(regrets) == 0.0)
    print(f"tensor parallelism right in {right_size:.0f} %, mean regret {100 * np.mean(regrets):.1f} %")
    print("pairs the other way round:", *turned, sep="\n  ")
    print("winner missed:", *missed, sep="\n  ")


def _rates(by_hardware: dict[str, float]) -> str:
    return ", ".join(f"{name} {rate:.0f}" for name, rate in by_hardware.items())


def slower_pairs(names: Sequence[str], units: Sequence[tuple[str, int, int]]) -> tuple[int, int]:
    """Pairs of hardware of which one is at least as good in every figure, and those it is predicted slower in."""
    known = [accelerator(name) for name in names]
    count, pairs, slower = len(known), 0, 0
    for model, gpus, tensor in units:
        size, replica = np.full(count, gpus), np.full(count, tensor)
        options = Options(tuple(known), ("colocated",) * count, size, tensor_parallel=replica)
        for length in (1024.0, 8192.0):
            for tpot in (0.02, 0.03, 0.05, 0.1):
                asked = Conditions(length, 1024.0, tpot_s=tpot)
                rate = together(operating_points(architecture(model), options, asked), asked)
                for one, other in permutations(range(count), 2):
                    if rate[other] > 0.0 and _at_least(known[one], known[other]):
                        pairs += 1
                        slower += bool(rate[one] < TIE * rate[other])
    return pairs, slower


def _at_least(one: object, other: object) -> bool:
    return all(np.nan_to_num(getattr(one, name)) >= np.nan_to_num(getattr(other, name)) for name in FIGURES)


def main() -> None:
    points, skipped = read_points(shipped_points())
    share = 100.0 * len(points) / (len(points) + len(skipped))
    print(f"{len(points)} points evaluated, {len(skipped)} not: {share:.1f} %")
    errors(points)
    choices(points)
    pairs, slower = slower_pairs(HARDWARE, UNITS)
    print(f"\n{pairs} pairs of hardware, one at least as good in every figure: {slower} predicted slower")


if __name__ == "__main__":
    main()
