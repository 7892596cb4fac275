"""Requests of a log, batch by batch: when each came, how many tokens it had, and what of its prompt was known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.core.demand_traits import DemandTrait
from planner.core.errors import Fault, InstanceError, in_lines
from planner.loader.demand.columns import columns_of_csv, columns_of_json, numbers_of, shown, textual
from planner.loader.demand.moments import MOST_FAULTS, Clock
from planner.loader.lengths import MOST_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.loader.demand.columns import RecordColumns
    from planner.loader.demand.head import Head
    from planner.loader.demand.log_reading import LogReading
    from planner.loader.demand.request_format import RequestFormat

NO_TOKENS, NO_OUTPUT = "without token counts, left out", "with no output token"
FAILED = "that failed, as no output token says, left out"


@dataclass(frozen=True)
class RequestBatch:
    """Consecutive requests of a log, each array of shape [request]; None: the log does not say it."""

    seconds: NDArray[np.float64]
    input_tokens: NDArray[np.float64]
    """Whole prompts, what was cached included."""
    output_tokens: NDArray[np.float64]
    cached_tokens: NDArray[np.float64] | None
    prefix_blocks: list[Any] | None
    identity: NDArray[np.uint64] | None
    customer: NDArray[np.uint64] | None
    lines: NDArray[np.int64]
    file: str

    def __len__(self) -> int:
        return len(self.seconds)

    def only(self, kept: NDArray[np.bool_]) -> RequestBatch:
        """The requests that are kept."""
        if kept.all():
            return self
        cached, identity, blocks = self.cached_tokens, self.identity, self.prefix_blocks
        customer = self.customer
        return replace(
            self,
            seconds=self.seconds[kept],
            input_tokens=self.input_tokens[kept],
            output_tokens=self.output_tokens[kept],
            lines=self.lines[kept],
            prefix_blocks=None if blocks is None else [blocks[place] for place in np.flatnonzero(kept)],
            cached_tokens=None if cached is None else cached[kept],
            identity=None if identity is None else identity[kept],
            customer=None if customer is None else customer[kept],
        )


def requests_of(head: Head, format_: RequestFormat, reading: LogReading) -> Iterator[RequestBatch]:
    """The requests of a log, those of the model asked for. Raises InstanceError with the lines that are wrong."""
    names = sorted(format_.fields.names())
    clock = Clock(
        reading.zone or _zone(format_.zone), reading.start, format_.seconds_per_count, reading.twice_in_order
    )
    if head.kind == "csv":
        read = columns_of_csv(head, [name for name in names if name in head.header])
    else:
        read = columns_of_json(head, names, format_.unfold)
    for columns in read:
        if len(columns.lines):
            reading.named |= {name for name, cells in columns.values.items() if cells.notna().any()}
            yield from _batch(columns, format_, clock, reading)
            reading.note_times(clock)


def _zone(name: str | None) -> ZoneInfo | None:
    from zoneinfo import ZoneInfo

    return None if name is None else ZoneInfo(name)


def _batch(
    columns: RecordColumns, format_: RequestFormat, clock: Clock, reading: LogReading
) -> Iterator[RequestBatch]:
    wanted = format_.fields
    kept = _of_model(columns, wanted.model, reading)
    faults: list[Fault] = []
    prompts, answers = (
        _tokens(columns, names, kept, format_.may_lack_tokens, faults)
        for names in (wanted.input_tokens, wanted.output_tokens)
    )
    lacking = kept & (np.isnan(prompts) | np.isnan(answers) | (prompts + answers <= 0))
    failed = kept & (answers <= 0) & format_.failed_without_output
    reading.note(NO_TOKENS, columns, lacking & ~failed)
    reading.note(FAILED, columns, failed)
    kept &= ~(lacking | failed)
    reading.note(NO_OUTPUT, columns, kept & (answers <= 0))
    if not kept.any():
        if faults:
            raise InstanceError(in_lines(faults))
        return
    part = _selected(columns, kept)
    cached = _cached(part, wanted.cached_tokens, faults)
    try:
        seconds = clock.seconds(part, _time_name(part, wanted.time))
    except InstanceError as error:
        raise InstanceError(in_lines([*faults, *error.faults])) from None
    prompts = prompts[kept]
    if cached is not None:
        faults += _wrong(
            part, cached > prompts, "more cached tokens than the prompt has", wanted.cached_tokens
        )
    blocks = _prefix_blocks(part, wanted.prefix_blocks, faults)
    if faults:
        raise InstanceError(in_lines(faults))
    identity, customer = _first(part, wanted.identity), _first(part, wanted.customer)
    yield RequestBatch(
        seconds=seconds,
        input_tokens=prompts,
        output_tokens=answers[kept],
        cached_tokens=cached,
        prefix_blocks=blocks,
        identity=None if identity is None else _hashed(identity),
        customer=None if customer is None else _hashed(customer),
        lines=part.lines,
        file=part.file,
    )


def _prefix_blocks(
    columns: RecordColumns, names: Sequence[str], faults: list[Fault]
) -> list[list[int | str] | None] | None:
    """Ids of the blocks of each prompt; None where no record has any."""
    cells = _first(columns, names)
    if cells is None:
        return None
    lists = cells.where(cells.notna(), None).tolist()
    wrong = np.array(
        [
            blocks is not None and not (type(blocks) is list and {*map(type, blocks)} <= {int, str})
            for blocks in lists
        ]
    )
    faults += _wrong(columns, wrong, "is no list of ids of blocks", names, cells)
    return lists


def _selected(columns: RecordColumns, kept: NDArray[np.bool_]) -> RecordColumns:
    if kept.all():
        return columns
    values = {name: cells[kept] for name, cells in columns.values.items()}
    return replace(columns, values=values, lines=columns.lines[kept])


def _first(columns: RecordColumns, names: Sequence[str]) -> pd.Series[Any] | None:
    """Of each record the first of the fields that it has; None where no record has any."""
    found: pd.Series[Any] | None = None
    for name in names:
        cells = columns.values.get(name)
        if cells is None or (textual(cells) and cells.isna().all()):
            continue
        found = cells if found is None else found.where(found.notna(), cells)
        if not (textual(found) and found.isna().any()):
            break
    return found


def _time_name(columns: RecordColumns, names: Sequence[str]) -> str:
    """The first field of time that all records have. Raises InstanceError with the record that lacks it."""
    there = [name for name in names if name in columns.values]
    for name in there:
        if not columns.values[name].isna().any():
            return name
    lacking = columns.values[there[0]].isna() if there else np.ones(len(columns.lines), dtype=bool)
    for name in there[1:]:
        lacking = lacking & columns.values[name].isna()
    place = int(np.argmax(np.asarray(lacking)))
    raise InstanceError([columns.fault(place, f"has no time: none of {', '.join(names)}")])


def _of_model(columns: RecordColumns, names: Sequence[str], reading: LogReading) -> NDArray[np.bool_]:
    cells = _first(columns, names)
    if cells is None:
        return np.ones(len(columns.lines), dtype=bool)
    reading.traits.add(DemandTrait.MODELS)
    reading.models.update({str(name): int(count) for name, count in cells.value_counts().items()})
    if reading.model is None or reading.model == "all":
        return np.ones(len(columns.lines), dtype=bool)
    return np.array(cells == reading.model, dtype=bool)


def _tokens(
    columns: RecordColumns,
    names: Sequence[str],
    kept: NDArray[np.bool_],
    may_lack: bool,
    faults: list[Fault],
) -> NDArray[np.float64]:
    """Token counts, NaN where a record may lack them and does; 1 at a fault, so that its row is looked at further."""
    cells = _first(columns, names)
    if cells is None:
        if not may_lack:
            faults.append(columns.fault(0, f"has no token counts: none of {', '.join(names)}"))
        return np.full(len(columns.lines), np.nan)
    counts = _counts(cells)
    there = kept & ~np.isnan(counts)
    wrong = there & ~_whole(counts)
    faults += _wrong(
        columns, wrong, f"is no whole count of tokens between 0 and {MOST_TOKENS:,}", names, cells
    )
    absent = (cells.isna() | (cells == "")).to_numpy(dtype=bool) if textual(cells) else np.isnan(counts)
    unread = kept & np.isnan(counts) & ~(absent & may_lack)
    faults += _wrong(columns, unread, "is no count of tokens", names, cells)
    return np.where(wrong | unread, 1.0, counts)


def _cached(columns: RecordColumns, names: Sequence[str], faults: list[Fault]) -> NDArray[np.float64] | None:
    cells = _first(columns, names)
    if cells is None:
        return None
    counts = _counts(cells)
    present = ~(cells.isna() | (cells == "")).to_numpy(dtype=bool) if textual(cells) else ~np.isnan(counts)
    wrong = present & ~_whole(counts)
    faults += _wrong(columns, wrong, "is no whole count of tokens", names, cells)
    return np.where(wrong, 0.0, np.nan_to_num(counts))


def _whole(counts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Counts that are whole: 1.155 tokens are the 1,155 of another country, shape [record]."""
    return np.asarray((counts >= 0) & (counts <= MOST_TOKENS) & (counts == np.rint(counts)))


def _counts(cells: pd.Series[Any]) -> NDArray[np.float64]:
    if textual(cells):
        plain = cells.map(lambda cell: isinstance(cell, int | float | str) and not isinstance(cell, bool))
        cells = cells.where(plain)
    return numbers_of(cells)


def _wrong(
    columns: RecordColumns,
    wrong: NDArray[np.bool_],
    message: str,
    names: Sequence[str],
    cells: pd.Series[Any] | None = None,
) -> list[Fault]:
    """A fault of each wrong row, the first `MOST_FAULTS` of them."""
    places = np.flatnonzero(wrong)
    faults: list[Fault] = []
    for place in places[:MOST_FAULTS].tolist():
        name = _there(columns, names, place)
        cell = "" if cells is None else f"{shown(cells.iloc[place])} "
        faults.append(columns.fault(place, f"{cell}{message}", name))
    if len(places) > MOST_FAULTS:
        more = f"and {len(places) - MOST_FAULTS:,} more such rows in this part of the file"
        faults.append(columns.fault(int(places[MOST_FAULTS]), more))
    return faults


def _there(columns: RecordColumns, names: Sequence[str], place: int) -> str:
    """The first of the fields that a record has."""
    for name in names:
        cells = columns.values.get(name)
        if cells is not None and bool(cells.iloc[[place]].notna().all()):
            return name
    return next((name for name in names if name in columns.values), "")


def _hashed(identity: pd.Series[Any]) -> NDArray[np.uint64]:
    return np.asarray(pd.util.hash_array(identity.astype(str).to_numpy(dtype=object)), dtype=np.uint64)
