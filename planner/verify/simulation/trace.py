"""Request traces: the Azure CSV and the Mooncake JSON-lines schemas -> Requests.

Azure (github.com/Azure/AzurePublicDataset, CC-BY-4.0): TIMESTAMP, ContextTokens, GeneratedTokens.
Mooncake (github.com/kvcache-ai/Mooncake, Apache-2.0): timestamp in ms, input_length, output_length, hash_ids
of 512 tokens each.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.input_file import read_bytes
from planner.core.units import SECONDS_PER_MS
from planner.verify.simulation.requests import Requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

AZURE_COLUMNS = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")
MOONCAKE_KEYS = ("timestamp", "input_length", "output_length")
MAX_BYTES = 200_000_000
MOST = 1e15
MOST_FAULTS = 20


def read_trace(path: Path) -> Requests:
    """Read a trace by the ending of its name: `.csv` for Azure's schema, `.jsonl` for Mooncake's.

    Requests come in order of arrival; equal time stamps, which are quantised clocks, are spread evenly up to
    the next one. Requests without output count as one token. Raises InstanceError with every fault found.
    """
    readers: dict[str, Callable[[Path], Requests]] = {".csv": read_azure, ".jsonl": read_mooncake}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _refuse(path, f"a trace ends in {' or '.join(readers)}: Azure CSV or Mooncake JSON lines")
    try:
        return reader(path)
    except (OSError, UnicodeDecodeError) as error:
        raise _refuse(path, f"cannot be read: {error}") from None


def read_azure(path: Path) -> Requests:
    """Read a CSV trace with the columns TIMESTAMP, ContextTokens, GeneratedTokens."""
    import pandas as pd

    content = read_bytes(path, MAX_BYTES)
    try:
        table = pd.read_csv(io.BytesIO(content))
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise _refuse(path, str(error)) from None
    missing = [name for name in AZURE_COLUMNS if name not in table.columns]
    if missing:
        raise _refuse(
            path, f"lacks the column {', '.join(missing)}; an Azure trace has {', '.join(AZURE_COLUMNS)}"
        )
    stamps = pd.to_datetime(table["TIMESTAMP"], format="ISO8601", utc=True, errors="coerce")
    tokens = [pd.to_numeric(table[name], errors="coerce") for name in AZURE_COLUMNS[1:]]
    bad = stamps.isna() | ~(tokens[0] >= 0) | ~(tokens[1] >= 0)
    if bad.any() or table.empty:
        raise _bad_lines(path, [int(row) + 2 for row in np.flatnonzero(bad)], "a date and two numbers >= 0")
    seconds = np.asarray((stamps - stamps.iloc[0]).dt.total_seconds(), dtype=np.float64)
    return _ordered(seconds, tokens[0].to_numpy(float), tokens[1].to_numpy(float), None)


def read_mooncake(path: Path) -> Requests:
    """Read a JSON-lines trace with timestamp (ms), input_length, output_length and perhaps hash_ids."""
    rows: list[dict[str, Any]] = []
    bad = []
    with io.TextIOWrapper(io.BytesIO(read_bytes(path, MAX_BYTES)), encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            row = _mooncake_row(line)
            if row is None:
                bad.append(number)
            else:
                rows.append(row)
    if bad or not rows:
        raise _bad_lines(path, bad, f"an object with the numbers {', '.join(MOONCAKE_KEYS)}, each >= 0")
    blocks = [tuple(row["hash_ids"]) for row in rows] if all("hash_ids" in row for row in rows) else None
    stamp, prompt, answer = np.array([[float(row[key]) for key in MOONCAKE_KEYS] for row in rows]).T
    return _ordered(stamp * SECONDS_PER_MS, prompt, answer, blocks)


def _mooncake_row(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or not isinstance(row.get("hash_ids", []), list):
        return None
    numbers = [row.get(key) for key in MOONCAKE_KEYS]
    return row if all(isinstance(value, int | float) and 0 <= value < MOST for value in numbers) else None


def _ordered(
    seconds: NDArray[np.float64],
    prompt: NDArray[np.float64],
    answer: NDArray[np.float64],
    blocks: list[tuple[int, ...]] | None,
) -> Requests:
    order = np.argsort(seconds, kind="stable")
    return Requests(
        arrival_s=spread_ties(seconds[order] - seconds[order[0]]),
        input_tokens=prompt[order].astype(np.int64),
        output_tokens=np.maximum(answer[order].astype(np.int64), 1),
        blocks=None if blocks is None else tuple(blocks[place] for place in order),
    )


def spread_ties(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Equal stamps, in order, spread evenly until the next stamp; the last ones over a median step."""
    stamp, first, count = np.unique(seconds, return_index=True, return_counts=True)
    step = np.diff(stamp)
    step = np.append(step, np.median(step) if len(step) else 0.0)
    within = np.arange(len(seconds)) - np.repeat(first, count)
    return np.asarray(seconds + within * np.repeat(step / count, count))


def _refuse(path: Path, message: str) -> InstanceError:
    return InstanceError([Fault(message=message, file=str(path))])


def _bad_lines(path: Path, lines: list[int], expected: str) -> InstanceError:
    if not lines:
        return _refuse(path, "holds no request")
    faults = [
        Fault(message=f"expected {expected}", file=str(path), line=line) for line in lines[:MOST_FAULTS]
    ]
    if len(lines) > MOST_FAULTS:
        faults.append(Fault(message=f"and {len(lines) - MOST_FAULTS} more such lines", file=str(path)))
    return InstanceError(faults)
