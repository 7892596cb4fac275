"""A table of texts as they are: no cell, heading or title is read as markup, so brackets in names stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import RenderableType


class PlainTable(table.Table):
    """As rich's, of plain texts."""

    def __init__(self, *headers: Any, title: str | None = None, **options: Any) -> None:
        heading = None if title is None else Text(title, style="table.title")
        super().__init__(title=heading, **options)
        for header in headers:
            self.add_column(header)

    def add_column(self, header: RenderableType = "", *arguments: Any, **options: Any) -> None:
        """A column under a heading."""
        super().add_column(_plain(header), *arguments, **options)

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        """A row of cells."""
        super().add_row(*map(_plain, cells), **options)


def _plain(cell: Any) -> Any:
    return Text(cell) if isinstance(cell, str) else cell
