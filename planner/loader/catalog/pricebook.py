"""Price books: dated, sourced lists of accelerator prices, of the catalog or read from a file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from planner.core.commented import commented
from planner.core.errors import Fault, InstanceError
from planner.loader.catalog.files import csv_files
from planner.loader.catalog.price import Price
from planner.loader.catalog.table import parse_lines, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

COLUMNS = (
    *("provider", "region", "hardware", "gpus", "term", "price", "currency", "unit"),
    *("date", "source", "note"),
)
_FOLDER = "prices"


@dataclass(frozen=True)
class PriceBook:
    """A named list of prices; `about` is the file's own comment block, `file` where it was read."""

    name: str
    about: str
    prices: tuple[Price, ...]
    file: str = ""

    def frame(self) -> pd.DataFrame:
        """One row a price: the file's columns, then `price_per_gpu_hour` in the row's currency."""
        import pandas as pd

        rows = [{**price.as_row(), "price_per_gpu_hour": price.per_gpu_hour} for price in self.prices]
        return pd.DataFrame(rows, columns=[*COLUMNS, "price_per_gpu_hour"])


def books() -> tuple[str, ...]:
    """Names of the catalog's price books, sorted."""
    return tuple(csv_files(_FOLDER))


def book(name: str) -> PriceBook:
    """Return the price book `name` of the catalog.

    Raises
    ------
    InstanceError
        There is no such book, and the message names the nearest ones; or it cannot be read.
    """
    files = csv_files(_FOLDER)
    if name not in files:
        near = get_close_matches(name, files, n=1)
        hint = f", did you mean {near[0]!r}?" if near else f"; there are {', '.join(files)}"
        raise InstanceError([Fault(f"no price book {name!r}{hint}")])
    return _book(files[name], files[name].stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _book(path: Path, changed: int) -> PriceBook:
    """The book of a file as it was when it was last changed."""
    return read_book(path)


def read_book(path: Path, told: list[Fault] | None = None) -> PriceBook:
    """Read a price book from a CSV file, or the first sheet of a workbook; the file's stem is its name.

    Lines that cannot be read are told in `told` where it is given, and left out.

    Raises
    ------
    InstanceError
        With the columns that it lacks, or every line that cannot be read, by file and line.
    """
    table = read_table(path)
    if lacking := [name for name in COLUMNS if name not in table.columns]:
        message = f"no price book: it lacks {', '.join(lacking)} of its columns, {', '.join(COLUMNS)}"
        raise InstanceError([Fault(message, file=str(path), line=table.header_line)])
    return PriceBook(path.stem, table.comment, parse_lines(table, Price.parse, told), str(path))


def is_book(path: Path) -> bool:
    """Whether a file has the columns of price books; False too where it cannot be read."""
    try:
        return set(COLUMNS) <= set(read_table(path).columns)
    except InstanceError:
        return False


def read_books(paths: Iterable[Path], told: list[Fault]) -> list[PriceBook]:
    """Several of them, of each the lines that can be read; the faults of all are added to `told`."""
    found: list[PriceBook] = []
    for path in paths:
        try:
            found.append(read_book(path, told))
        except InstanceError as error:
            told += error.faults
    return found


def book_text(about: str, prices: Iterable[Price]) -> str:
    """Write `prices` in the file format that `read_book` reads, with `about` as the comment block."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(price.as_row() for price in prices)
    return commented(about.splitlines(), buffer.getvalue())
