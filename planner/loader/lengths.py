"""Lengths that a file gives as a log or as classes: the log is made into classes, and what these say is filled in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.csv_table import finite_number, read_csv_table
from planner.core.errors import InstanceError, shortened
from planner.loader.length_classes import classes_of
from planner.loader.series import inside

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.core.csv_table import CsvTable
    from planner.core.errors import Fault
    from planner.loader.strict_yaml import Document
    from planner.loader.strict_yaml import Path as Keys

COLUMNS = {
    "input_tokens": ("input_tokens", "ContextTokens"),
    "output_tokens": ("output_tokens", "GeneratedTokens"),
    "cached_tokens": ("cached_tokens",),
    "requests": ("requests",),
}
"""Names of a log's columns, the ones of public traces too; `requests` where a row stands for several."""
MEANS = ("input_tokens", "output_tokens")
MOST_FAULTS_OF_A_LOG = 20
MOST_TOKENS = 10_000_000
"""Of a prompt or an answer: longer than any context."""
MOST_REQUESTS_OF_A_ROW = 10**12


class LengthsReader:
    """Puts classes in the place of logs, and means beside classes; collects what is wrong and what was assumed."""

    def __init__(self, document: Document, folder: Path | None) -> None:
        self._document = document
        self._folder = folder
        self.faults: list[Fault] = []
        self.assumed: list[str] = []

    def fill(self) -> None:
        """Look at the lengths of every workload of the document, in place. What does not fit is left to the schema."""
        workloads = self._document.data.get("workloads")
        for name, workload in workloads.items() if isinstance(workloads, dict) else ():
            lengths = workload.get("lengths") if isinstance(workload, dict) else None
            if not isinstance(lengths, dict):
                continue
            path: Keys = ("workloads", name, "lengths")
            if isinstance(lengths.get("csv"), str):
                self._read(lengths, path)
            _fill_means(lengths)

    def _read(self, lengths: dict[str, Any], path: Keys) -> None:
        """Classes of the log that `csv` names, in its place."""
        here = (*path, "csv")
        name = lengths.pop("csv")
        if "classes" in lengths:
            self._fault(here, "give the log or its classes, not both")
        elif self._folder is None:
            self._fault(here, "a text without a folder cannot name files; give base= or classes")
        else:
            told: list[Fault] = []
            try:
                table = read_csv_table(inside(self._folder, name), told=told)
            except InstanceError as error:
                self.faults += [self._document.fault(here, str(fault)) for fault in error.faults]
            except ValueError as error:
                self._fault(here, str(error))
            else:
                dotted = ".".join(map(str, here))
                self.faults += [replace(fault, path=dotted) for fault in told]
                self._classes(lengths, table, here, whole=not told)
        if (
            "classes" not in lengths
        ):  # what is wrong is told: means that stand in keep the schema from telling it again
            lengths.update({key: lengths.get(key, 1.0) for key in MEANS})
            lengths.pop("split_at", None)
            lengths.pop("split", None)

    def _classes(self, lengths: dict[str, Any], table: CsvTable, path: Keys, whole: bool) -> None:
        named = {
            key: next((name for name in names if name in table.header), None)
            for key, names in COLUMNS.items()
        }
        lacking = [key for key in MEANS if named[key] is None]
        if lacking or not table.rows:
            wrong = f"lacks the column {' and '.join(lacking)}" if lacking else "holds no request"
            self._fault(
                path,
                f"{table.file} {wrong}: a log has {', '.join(MEANS)}, and perhaps cached_tokens, requests",
            )
            return
        before = len(self.faults)
        tokens = {
            key: self._column(table, column, key, path) for key, column in named.items() if column is not None
        }
        if len(self.faults) > before or not whole:
            return
        counts = tokens.pop("requests", np.ones(len(table.rows)))
        silent = int(counts[tokens["output_tokens"] < 1.0].sum())
        if silent:
            tokens["output_tokens"] = np.maximum(tokens["output_tokens"], 1.0)
            self.assumed.append(
                f"{'.'.join(map(str, path))}: {silent:,} requests without output count as one token"
            )
        if (tokens.get("cached_tokens", np.zeros(1)) > tokens["input_tokens"]).any():
            self._fault(path, f"{table.file}: cached_tokens exceed input_tokens in some requests")
            return
        lengths["classes"] = classes_of(tokens, counts)

    def _column(self, table: CsvTable, column: str, key: str, path: Keys) -> NDArray[np.float64]:
        """A column as numbers; prompts have a token at least, and rows a request."""
        place, least = table.header.index(column), 1.0 if key in ("input_tokens", "requests") else 0.0
        most = MOST_REQUESTS_OF_A_ROW if key == "requests" else MOST_TOKENS
        values = [finite_number(row.cells[place]) for row in table.rows]
        wrong = [
            row
            for row, value in zip(table.rows, values, strict=True)
            if value is None or not least <= value <= most
        ]
        dotted = ".".join(map(str, path))
        self.faults += [
            table.fault(
                f"holds '{shortened(row.cells[place])}', not a number from {least:g} to {most:,.0f}",
                row,
                column,
                dotted,
            )
            for row in wrong[:MOST_FAULTS_OF_A_LOG]
        ]
        return np.array([value or 0.0 for value in values])

    def _fault(self, path: Keys, message: str) -> None:
        self.faults.append(self._document.fault(path, message))


def _fill_means(lengths: dict[str, Any]) -> None:
    """The means of classes that are numbers, where they are not stated."""
    classes = lengths.get("classes")
    keys = ("share", *MEANS)
    if not isinstance(classes, list) or not all(
        isinstance(one, dict) and all(type(one.get(key)) in (int, float) for key in keys) for one in classes
    ):
        return
    weight = sum(one["share"] for one in classes)
    for key in MEANS if weight > 0 else ():
        lengths.setdefault(key, sum(one["share"] * one[key] for one in classes) / weight)
