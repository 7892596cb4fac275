"""The index of a formulation: (family, part, axes) -> row, (variable, axes) -> column, and both ways back.

Rows and columns have names too, for LP files and for messages. They are made here and read nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

Named = TypeVar("Named")
Position = tuple[int, ...]
RowKey = tuple[str, str, Position]
"""Family, part of it (empty for the rows that it is named for), and the position on the axes of that part."""
ColumnKey = tuple[str, Position]
"""Variable and the position on its axes."""


def row_name(family: str, part: str, at: Position) -> str:
    """Name of a row: `demand_0_5`, `outsource_limit_1_5`."""
    return (f"{family}_{part}" if part else family) + "_%d" * len(at) % at


def column_name(variable: str, at: Position) -> str:
    """Name of a column: `on_0_5`."""
    return variable + "_%d" * len(at) % at


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of one part of a family, or columns of one variable, in their order: the number of each, shape [count],
    and its position on the axes, shape [count, axis].
    """

    number: NDArray[np.int64]
    at: NDArray[np.int64]

    def grid(self, shape: tuple[int, ...]) -> NDArray[np.int64]:
        """Numbers on the axes, -1 where there is none."""
        grid = np.full(shape, -1, dtype=np.int64)
        grid[tuple(self.at.T)] = self.number
        return grid


@dataclass(frozen=True, eq=False)
class Index:
    """What every row and every column of a formulation stands for.

    Those that a user added come after the model's own rows, and among the columns, under no family and no
    variable: their keys are None.
    """

    row_keys: Sequence[RowKey | None]
    column_keys: Sequence[ColumnKey | None]

    @cached_property
    def rows(self) -> dict[tuple[str, str], Block]:
        """Rows by family and part."""
        return _blocks(((key[0], key[1]), key[2], row) for row, key in enumerate(self.row_keys) if key)

    @cached_property
    def columns(self) -> dict[str, Block]:
        """Columns by variable."""
        return _blocks((key[0], key[1], column) for column, key in enumerate(self.column_keys) if key)

    @cached_property
    def _row(self) -> dict[RowKey | None, int]:
        return {key: row for row, key in enumerate(self.row_keys)}

    @cached_property
    def _column(self) -> dict[ColumnKey | None, int]:
        return {key: column for column, key in enumerate(self.column_keys)}

    def row(self, family: str, *at: int, part: str = "") -> int | None:
        """The row at a position; None where there is none."""
        return self._row.get((family, part, at))

    def column(self, variable: str, *at: int) -> int | None:
        """The column at a position; None where there is none."""
        return self._column.get((variable, at))

    def column_block(self, variable: str, axes: int) -> Block:
        """Columns of a variable on so many axes; an empty block where it has none."""
        return self.columns.get(variable, _nothing(axes))

    def row_grid(self, shape: tuple[int, ...], family: str, part: str = "") -> NDArray[np.int64]:
        """Rows on the axes of a part, -1 where there is none."""
        return self.rows.get((family, part), _nothing(len(shape))).grid(shape)

    def column_grid(self, shape: tuple[int, ...], variable: str) -> NDArray[np.int64]:
        """Columns on the axes of a variable, -1 where there is none."""
        return self.column_block(variable, len(shape)).grid(shape)

    def spread(
        self, by_variable: Mapping[str, NDArray[np.float64] | NDArray[np.int64]], missing: float = 0.0
    ) -> NDArray[np.float64]:
        """Arrays on the axes of variables as one number a column, `missing` where nothing is said."""
        numbers = np.full(len(self.column_keys), missing)
        for variable, array in by_variable.items():
            block = self.columns.get(variable)
            if block is not None:
                numbers[block.number] = array[tuple(block.at.T)]
        return numbers

    def gathered(
        self, numbers: NDArray[np.float64], variable: str, shape: tuple[int, ...]
    ) -> NDArray[np.float64]:
        """One number a column as an array on the axes of a variable, 0 where there is no column."""
        array, block = np.zeros(shape), self.columns.get(variable)
        if block is not None:
            array[tuple(block.at.T)] = numbers[block.number]
        return array


def _nothing(axes: int) -> Block:
    return Block(np.zeros(0, dtype=np.int64), np.zeros((0, axes), dtype=np.int64))


def _blocks(found: Iterable[tuple[Named, Position, int]]) -> dict[Named, Block]:
    numbers: dict[Named, list[int]] = {}
    positions: dict[Named, list[Position]] = {}
    for kind, at, number in found:
        if kind not in numbers:
            numbers[kind], positions[kind] = [], []
        numbers[kind].append(number)
        positions[kind].append(at)
    return {
        kind: Block(np.array(mine, dtype=np.int64), np.array(positions[kind], dtype=np.int64))
        for kind, mine in numbers.items()
    }
