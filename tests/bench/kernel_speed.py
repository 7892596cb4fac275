"""How fast the kernel sweeps operating points: beside a plain Python loop, and beside memory bandwidth.

Run: python -m tests.bench.kernel_speed
"""

from __future__ import annotations

import time
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels import Conditions, Options, accelerator, architecture
from kernels.decode import decode_step
from kernels.setting import Setting, gather
from kernels.sweep import CHUNK_POINTS, decode_sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernels import Architecture
    from kernels.arrays import Floats

OPTIONS, BATCHES = 5000, 200
LOOPED = 200  # points of the plain loop; its time per point does not depend on their number


def question(count: int) -> Setting:
    """Columns of `count` decode options over four accelerators and five unit sizes."""
    hardware = [accelerator(name) for name in ("h800", "h100", "h200", "b200")]
    options = Options(
        tuple(hardware[index % 4] for index in range(count)),
        ("decode",) * count,
        np.array([8, 16, 32, 72, 144])[np.arange(count) % 5],
    )
    return gather(architecture("deepseek-v3"), options, Conditions(4000, 1000))


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Least processor time of a few runs, so that other work on the machine counts for little."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


class Counted(np.ndarray):
    """An array that adds up the bytes its ufuncs read and write."""

    moved = 0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        plain = [one.view(np.ndarray) if isinstance(one, Counted) else one for one in inputs]
        found = getattr(ufunc, method)(*plain, **keywords)
        Counted.moved += sum(one.nbytes for one in (*plain, found) if isinstance(one, np.ndarray))
        return found.view(Counted) if isinstance(found, np.ndarray) else found


def bytes_per_point(model: Architecture, setting: Setting, batch: Floats) -> float:
    """Bytes the array operations of one decode step move per operating point."""
    counted = {one.name: getattr(setting, one.name).view(Counted) for one in fields(setting)}
    Counted.moved = 0
    decode_step(model, Setting(**counted), batch.view(Counted))
    return Counted.moved / (len(setting.gpus) * batch.shape[1])


def copied_bytes_per_s() -> float:
    """Bytes read and written per second by one core copying chunks that fit the cache like the kernel's."""
    source, target = np.ones(CHUNK_POINTS), np.empty(CHUNK_POINTS)
    rounds = 20_000
    taken = seconds(lambda: [np.add(source, 1.0, out=target) for _ in range(rounds)])
    return rounds * 2 * source.nbytes / taken


def main() -> None:
    model = architecture("deepseek-v3")
    setting, few = question(OPTIONS), question(LOOPED)
    batch = np.linspace(1.0, 256.0, BATCHES)[None, :]
    vectorised = OPTIONS * BATCHES / seconds(lambda: decode_sweep(model, setting, batch))
    rows, one = [few.rows(slice(index, index + 1)) for index in range(LOOPED)], np.full((1, 1), 64.0)
    looped = LOOPED / seconds(lambda: [decode_step(model, row, one) for row in rows])
    moved = bytes_per_point(model, setting.rows(slice(0, 80)), batch)
    bound = copied_bytes_per_s() / moved
    print(f"vectorised sweep      {vectorised:12,.0f} operating points/s on one core")
    print(f"plain Python loop     {looped:12,.0f} (same formulas, a point at a time)")
    print(f"in-cache array bound  {bound:12,.0f} ({moved:,.0f} bytes moved per point)")
    for count in (1000, 2000, 4000):
        part = setting.rows(slice(0, count))
        taken = seconds(lambda part=part: decode_sweep(model, part, batch))  # type: ignore[misc]
        print(
            f"{count * BATCHES:9,d} points take {taken:6.3f} s, {1e9 * taken / count / BATCHES:6.1f} ns each"
        )


if __name__ == "__main__":
    main()
