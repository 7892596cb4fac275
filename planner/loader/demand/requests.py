"""Requests of a log, batch by batch: when each came, how many tokens it had, and what of its prompt was known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.core.demand_traits import DemandTrait
from planner.core.errors import Fault, InstanceError, in_lines
from planner.loader.demand.columns import columns_of_csv
from planner.loader.demand.json_columns import columns_of_json
from planner.loader.demand.moments import Clock
from planner.loader.demand.token_counts import cached_of, first_of, tokens_of, true_of, wrong_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.loader.demand.columns import RecordColumns
    from planner.loader.demand.head import Head
    from planner.loader.demand.log_reading import LogReading
    from planner.loader.demand.request_format import RequestFormat

NO_TOKENS, NO_OUTPUT = "without token counts, left out", "with no output token"
CACHED = "that a cache of the gateway answered, left out"
IN_TOTAL = "whose parts add up to more than their total: read as parts within others, as the total says"
ADDED_UP = "whose usage states no total: its parts are added up, too much where some lie within others"
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
    zone = reading.zone or _zone(format_.zone)
    clock = Clock(
        zone, reading.start, format_.seconds_per_count, reading.twice_in_order, day_order=reading.day_order
    )
    is_csv = head.kind == "csv"
    read = columns_of_csv(head, names) if is_csv else columns_of_json(head, names, format_.unfold)
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
    reading.calls.add_links(columns, wanted)
    kept = _of_model(columns, wanted.model, reading)
    faults: list[Fault] = [*columns.faults]
    prompts, answers = (
        tokens_of(columns, names, kept, format_.may_lack_tokens, faults)
        for names in (wanted.input_tokens, wanted.output_tokens)
    )
    kept = _served(columns, format_, kept, prompts, answers, reading)
    if not kept.any():
        if faults:
            raise InstanceError(in_lines(faults))
        return
    part = _selected(columns, kept)
    cached = cached_of(part, wanted.cached_tokens, faults)
    try:
        seconds = _seconds(part, wanted.time, clock)
    except InstanceError as error:
        raise InstanceError(in_lines([*faults, *error.faults])) from None
    prompts = prompts[kept]
    if cached is not None:
        faults += wrong_rows(
            part, cached > prompts, "more cached tokens than the prompt has", wanted.cached_tokens
        )
    blocks = _prefix_blocks(part, wanted.prefix_blocks, faults)
    if faults:
        raise InstanceError(in_lines(faults))
    reading.calls.add_calls(part, wanted, prompts, answers[kept])
    identity, customer = first_of(part, wanted.identity), first_of(part, wanted.customer)
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


def _served(
    columns: RecordColumns,
    format_: RequestFormat,
    kept: NDArray[np.bool_],
    prompts: NDArray[np.float64],
    answers: NDArray[np.float64],
    reading: LogReading,
) -> NDArray[np.bool_]:
    """Of the records that are kept those that an engine worked for, shape [record]; the others are noted."""
    lacking = kept & (np.isnan(prompts) | np.isnan(answers) | (prompts + answers <= 0))
    failed = kept & (answers <= 0) & format_.failed_without_output
    spared = kept & ~(lacking | failed) & true_of(columns, format_.fields.from_cache)
    reading.note(NO_TOKENS, columns, lacking & ~failed)
    reading.note(FAILED, columns, failed)
    reading.note(CACHED, columns, spared)
    served = kept & ~(lacking | failed | spared)
    reading.note(NO_OUTPUT, columns, served & (answers <= 0))
    reading.note(IN_TOTAL, columns, served & true_of(columns, format_.fields.in_total))
    reading.note(ADDED_UP, columns, served & true_of(columns, format_.fields.added_up))
    return np.asarray(served)


def _prefix_blocks(
    columns: RecordColumns, names: Sequence[str], faults: list[Fault]
) -> list[list[int | str] | None] | None:
    """Ids of the blocks of each prompt; None where no record has any."""
    cells = first_of(columns, names)
    if cells is None:
        return None
    lists = cells.where(cells.notna(), None).tolist()
    wrong = np.array(
        [
            blocks is not None and not (type(blocks) is list and {*map(type, blocks)} <= {int, str})
            for blocks in lists
        ]
    )
    faults += wrong_rows(columns, wrong, "is no list of ids of blocks", names, cells)
    return lists


def _selected(columns: RecordColumns, kept: NDArray[np.bool_]) -> RecordColumns:
    if kept.all():
        return columns
    values = {name: cells[kept] for name, cells in columns.values.items()}
    return replace(columns, values=values, lines=columns.lines[kept])


def _seconds(columns: RecordColumns, names: Sequence[str], clock: Clock) -> NDArray[np.float64]:
    """Seconds since 1970 of the first field of time that all records have, shape [record].

    Raises InstanceError with the records that have none, and those whose times are none.
    """
    there = [name for name in names if name in columns.values]
    for name in there:
        if not columns.values[name].isna().any():
            return clock.seconds(columns, name)
    lacking = np.ones(len(columns.lines), dtype=bool)
    for name in there:
        lacking &= columns.values[name].isna().to_numpy()
    if not lacking.any():
        lacking = columns.values[there[0]].isna().to_numpy()
    faults = wrong_rows(columns, lacking, f"has no time: none of {', '.join(names)}", ())
    if not lacking.all():
        try:
            _seconds(_selected(columns, ~lacking), names, clock)
        except InstanceError as error:
            faults += error.faults
    raise InstanceError(in_lines(faults))


def _of_model(columns: RecordColumns, names: Sequence[str], reading: LogReading) -> NDArray[np.bool_]:
    cells = first_of(columns, names)
    if cells is None:
        return np.ones(len(columns.lines), dtype=bool)
    reading.traits.add(DemandTrait.MODELS)
    counts = cells.value_counts().items()
    reading.models.update({str(name): int(count) for name, count in counts if name != ""})
    if reading.model is None or reading.model == "all":
        return np.ones(len(columns.lines), dtype=bool)
    return np.array(cells == reading.model, dtype=bool)


def _hashed(identity: pd.Series[Any]) -> NDArray[np.uint64]:
    return np.asarray(pd.util.hash_array(identity.astype(str).to_numpy(dtype=object)), dtype=np.uint64)
