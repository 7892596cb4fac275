"""The result file of a sweep: the table as far as it goes, whole at any moment, CSV or Parquet."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from planner.core.atomic import write_bytes
from planner.core.extras import need

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

WRITE_EVERY_S = 2.0


class TableFile:
    """Rewrites the file at most every two seconds, so that finished rows are never far from the disk."""

    def __init__(self, path: Path) -> None:
        """A name that ends in `.parquet` is Parquet, any other CSV.

        Raises ExtraMissing for Parquet where nothing is installed to write it.
        """
        if path.suffix == ".parquet":
            need("Parquet", "pyarrow")
        self._path = path
        self._written = time.monotonic()

    def offer(self, table: Callable[[], pd.DataFrame]) -> None:
        """Write the table if it is time. Raises InstanceError when the place cannot be written."""
        if time.monotonic() - self._written >= WRITE_EVERY_S:
            self.write(table())

    def write(self, frame: pd.DataFrame) -> None:
        """Write the table now. Raises InstanceError when the place cannot be written."""
        write_bytes(self._path, _parquet(frame) if self._path.suffix == ".parquet" else _csv(frame))
        self._written = time.monotonic()


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _parquet(frame: pd.DataFrame) -> bytes:
    """Parquet bytes; a column that mixes kinds of values is written as text, since Parquet has one kind."""
    mixed = [
        name
        for name in frame.columns
        if frame[name].dtype == object and frame[name].dropna().map(type).nunique() > 1
    ]
    stream = io.BytesIO()
    frame.assign(**{name: frame[name].map(str, na_action="ignore") for name in mixed}).to_parquet(
        stream, index=False
    )
    return stream.getvalue()
