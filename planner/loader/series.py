"""CSV series: the columns that an instance names, read from files in its own folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.core.csv_table import finite_number, read_csv_table
from planner.core.errors import Fault, InstanceError, shortened
from planner.core.suggest import did_you_mean
from planner.instance.workload import TOKEN_SERIES
from planner.loader.period_values import horizon_of
from planner.loader.series_times import Reading, are_moments, read_times
from planner.loader.series_window import window_of
from planner.loader.time_names import names_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.core.csv_table import CsvTable
    from planner.instance.horizon import Horizon
    from planner.loader.strict_yaml import Document
    from planner.loader.strict_yaml import Path as Keys

MOST_FAULTS_OF_A_COLUMN = 20
SITE_SERIES = ("energy_usd_per_kwh", "carbon_g_per_kwh")
MAY_EARN = "energy_usd_per_kwh"
"""Of a site: the only series that may lie below zero."""


def inside(folder: Path, name: str) -> Path:
    """The path of a file in a folder. Raises ValueError when it leads out of the folder."""
    try:
        path = (folder / name).resolve()
    except (OSError, RuntimeError, ValueError):
        raise ValueError(f"'{shortened(name)}' is no name of a file") from None
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"'{shortened(name)}' lies outside the folder of the instance")
    return path


class SeriesReader:
    """Puts the numbers of CSV columns in the place of their names, and collects what is wrong.

    A time column is compared with the horizon; `assumed` says what was assumed.
    """

    def __init__(self, document: Document, folder: Path | None) -> None:
        self._document = document
        self._folder = folder
        self._tables: dict[Path, CsvTable | None] = {}
        self._incomplete: set[str] = set()
        self.faults: list[Fault] = []
        self.assumed: list[str] = []

    def fill(self) -> None:
        """Resolve every series of the document's workloads, sites and baseline, in place."""
        data = self._document.data
        workloads = data.get("workloads")
        for name, workload in workloads.items() if isinstance(workloads, dict) else ():
            demand = workload.get("demand") if isinstance(workload, dict) else None
            if isinstance(demand, dict):
                self._fill(demand, ("workloads", name, "demand"), (*TOKEN_SERIES, "requests_per_s"))
        sites = data.get("sites")
        for name, site in sites.items() if isinstance(sites, dict) else ():
            if isinstance(site, dict):
                self._fill(site, ("sites", name), SITE_SERIES)
        if isinstance(data.get("baseline"), dict):
            self._fill(data["baseline"], ("baseline",), ("nodes",))

    def _fill(self, record: dict[str, Any], path: Keys, names: tuple[str, ...]) -> None:
        columns = [name for name in names if isinstance(record.get(name), str)]
        if not columns:
            return
        if not isinstance(record.get("csv"), str):
            for name in columns:
                message = "names a CSV column, but there is no 'csv' beside it that says in which file"
                self._fault((*path, name), message)
            return
        table = self._table(record["csv"], (*path, "csv"))
        if table is None:
            return
        used = {record[name] for name in columns}
        whole = table.file not in self._incomplete
        if whole:
            table = self._of_horizon(table, used)
            self._compare_times(table, used, (*path, "csv"))
        for name in columns:
            values = self._column(table, record[name], (*path, name))
            if values is not None and whole:
                worth = self._document.worth.get((*path, name), 1.0)
                record[name] = values if worth == 1.0 else [worth * value for value in values]

    def _table(self, name: str, path: Keys) -> CsvTable | None:
        if self._folder is None:
            self._fault(path, "a text without a folder cannot name files; give base= or inline series")
            return None
        try:
            file = inside(self._folder, name)
        except ValueError as error:
            self._fault(path, str(error))
            return None
        if file not in self._tables:
            told: list[Fault] = []
            try:
                self._tables[file] = read_csv_table(file, told=told)
            except InstanceError as error:
                self._tables[file], told = None, list(error.faults)
            self._take(told, path)
            self._incomplete |= {str(file)} if told else set()
        return self._tables[file]

    def _of_horizon(self, table: CsvTable, used: set[str]) -> CsvTable:
        """Of a file with more rows than the horizon has periods those of the horizon, where its times tell which.

        All of it where they do not, so that its length is what is found fault with.
        """
        horizon = horizon_of(self._document)
        if horizon is None or len(table.rows) <= horizon.periods:
            return table
        times = {
            name: [row.cells[place] for row in table.rows]
            for place, name in enumerate(table.header)
            if name not in used and names_time(name)
        }
        found = window_of(times, horizon)
        if found is None:
            return table
        rows, said = found
        self.assumed.append(f"{Path(table.file).name}: {said}")
        return replace(table, rows=table.rows[rows], blank=())

    def _take(self, faults: Iterable[Fault], path: Keys) -> None:
        """Faults of a file: where it has no line for them, at the place that names the file."""
        for fault in faults:
            if fault.line is None:
                self._fault(path, str(fault))
            else:
                self.faults.append(replace(fault, path=".".join(map(str, path))))

    def _compare_times(self, table: CsvTable, used: set[str], path: Keys) -> None:
        """Compare every time column with the periods; one that is read as a series is none."""
        horizon = horizon_of(self._document)
        if horizon is None:
            return
        cells = {
            name: [row.cells[place] for row in table.rows]
            for place, name in enumerate(table.header)
            if name not in used
        }
        readings = {name: read_times(name, cells[name], horizon) for name in cells if names_time(name)}
        readings = readings or _compared_by_content(cells, horizon)
        for name, reading in readings.items():
            if reading.row is not None:
                row = table.rows[reading.row]
                self._once(table.fault(reading.message, row, name, ".".join(map(str, path))))
            elif reading.assumed:
                self.assumed.append(f"{Path(table.file).name}: column '{shortened(name)}' {reading.assumed}")
        if not readings and table.blank:
            message = (
                "a blank line between the rows: a period without values, or none? Fill it in, or take it out"
            )
            self._once(Fault(message, ".".join(map(str, path)), table.file, table.blank[0]))

    def _once(self, fault: Fault) -> None:
        """Add a fault of a file that several workloads read only for the first of them."""
        if not any(replace(known, path=fault.path) == fault for known in self.faults):
            self.faults.append(fault)

    def _column(self, table: CsvTable, name: str, path: Keys) -> list[float] | None:
        if name not in table.header:
            hint = did_you_mean(name, table.header)
            self._fault(path, f"{table.file} has no column '{shortened(name)}'{hint}")
            return None
        place, values, faults = table.header.index(name), [], []
        for row in table.rows:
            text = row.cells[place]
            value = finite_number(text)
            if value is None or (value < 0 and path[-1] != MAY_EARN):
                wrong = "is negative" if value is not None else "is not a number"
                message = f"holds '{shortened(text)}', which {wrong}" if text else "is empty"
                faults.append(table.fault(message, row, name, ".".join(map(str, path))))
                continue
            values.append(value)
        self.faults += faults[:MOST_FAULTS_OF_A_COLUMN]
        if len(faults) > MOST_FAULTS_OF_A_COLUMN:
            more = f"and {len(faults) - MOST_FAULTS_OF_A_COLUMN:,} more such fields"
            self.faults.append(replace(faults[MOST_FAULTS_OF_A_COLUMN], message=more))
        return values if not faults else None

    def _fault(self, path: Keys, message: str) -> None:
        self.faults.append(self._document.fault(path, message))


def _compared_by_content(cells: dict[str, list[str]], horizon: Horizon) -> dict[str, Reading]:
    """Where no name speaks of time: of the columns that hold moments, the first that fits, or else the first."""
    readings = {name: read_times(name, texts, horizon) for name, texts in cells.items() if are_moments(texts)}
    fit = [name for name, reading in readings.items() if reading.row is None]
    return {name: readings[name] for name in (fit or list(readings))[:1]}
