"""`planner catalog`: books of money facts, listed, checked and imported; what is known of models and hardware."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.app.cli.catalog_entries import hardware, import_model, models
from planner.app.cli.common import print_json, print_table
from planner.core.atomic import write_bytes
from planner.core.errors import ExitCode, Fault, InstanceError

if TYPE_CHECKING:
    import pandas as pd

    from planner.loader.catalog import PriceBook
    from planner.loader.catalog.check import Finding

app = typer.Typer(no_args_is_help=True, help="Prices, models and hardware: list, show, check, import.")
app.command("models")(models)
app.command("hardware")(hardware)
app.command("import-model")(import_model)

Json = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of a table.")]
Only = Annotated[str | None, typer.Option(help="Only these lines.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day; absent: today.")]
_HIDDEN = ("source", "confidence")


@app.command("list")
def list_books(as_json: Json = False) -> None:
    """List the shipped books.

    Example: planner catalog list
    """
    from planner.loader.catalog import book, books, fact_book, fact_books

    rows: list[dict[str, Any]] = []
    for name in books():
        prices = book(name).prices
        days = sorted(price.date_text for price in prices if price.date)
        span = f"{days[0]} .. {days[-1]}" if days else "no dates"
        hardware = sorted({price.hardware for price in prices})
        about = _first_sentence(book(name).about)
        rows.append({"book": name, "lines": len(prices), "dates": span, "hardware": hardware, "about": about})
    for name in fact_books():
        facts = fact_book(name)
        about = _first_sentence(facts.about)
        rows.append({"book": name, "lines": len(facts.facts), "dates": "", "hardware": [], "about": about})
    if as_json:
        print_json(rows)
    else:
        cells = [
            [row["book"], row["lines"], row["dates"], ", ".join(row["hardware"]), row["about"]]
            for row in rows
        ]
        print_table(["book", "lines", "dates", "hardware", "about"], cells)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="Name of a book, or a CSV file of prices.")],
    hardware: Only = None,
    term: Only = None,
    provider: Only = None,
    region: Only = None,
    as_json: Json = False,
) -> None:
    """Show the lines of a book.

    Example: planner catalog show hyperscalers_2026_07 --hardware h100
    """
    from planner.loader.catalog import fact_book, fact_books

    if name in fact_books():
        facts = fact_book(name)
        frame, about = facts.frame(), facts.about
    else:
        prices = _price_book(name)
        frame, about = prices.frame(), prices.about
    for column, wanted in {
        "hardware": hardware,
        "term": term,
        "provider": provider,
        "region": region,
    }.items():
        if wanted is not None:
            frame = _only(frame, column, wanted)
    if as_json:
        print_json({"book": name, "about": about, "lines": _records(frame)})
        return
    typer.echo(about)
    shown = frame.drop(columns=[column for column in _HIDDEN if column in frame])
    print_table(list(shown.columns), [[_cell(value) for value in row] for row in shown.to_numpy()])
    for source in sorted(frame["source"].unique()):
        typer.echo(f"source: {source}")


@app.command("prices")
def prices(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Hardware and clouds, or parts of names: a100 aws; absent: all."),
    ] = None,
    provider: Annotated[str | None, typer.Option(help="Provider, or part of a name: aws.")] = None,
    term: Only = None,
    as_json: Json = False,
) -> None:
    """List what hardware costs in all price books, the cheapest first.

    Examples:

      planner catalog prices h100 --provider aws --term on_demand

      planner catalog prices nebius

      planner catalog prices --term spot
    """
    from planner.loader.catalog.find import prices_of

    found = prices_of(names or (), provider, term)
    rows = [
        {"book": name, **price.as_row(), "price_per_gpu_hour": price.per_gpu_hour} for name, price in found
    ]
    if as_json:
        print_json(rows)
        return
    header = ("hardware", "provider", "region", "term", "GPUs", "per GPU-hour", "date", "book")
    cells = [
        (
            price.hardware,
            price.provider,
            price.region,
            price.term,
            price.gpus,
            f"{price.per_gpu_hour:,.2f} {price.currency}",
            price.date_text,
            name,
        )
        for name, price in found
    ]
    print_table(header, cells, right=(4, 5))


@app.command("check")
def check(
    names: Annotated[
        list[str] | None, typer.Argument(help="Books or CSV files; absent: all shipped.")
    ] = None,
    as_of: Day = None,
    oldest_days: Annotated[int, typer.Option(min=0, help="Report older prices.")] = 365,
    as_json: Json = False,
) -> None:
    """Point at prices that are probably wrong. Exit code 3 where an error is found, 0 for warnings.

    Example: planner catalog check my_prices.csv --as-of 2026-07-31
    """
    from planner.loader.catalog import books
    from planner.loader.catalog.check import Severity, check_book

    day = as_of.date() if as_of else date.today()
    findings = {name: check_book(_price_book(name), day, oldest_days) for name in names or books()}
    if as_json:
        print_json(
            {
                "as_of": str(day),
                "books": {name: [asdict(f) for f in found] for name, found in findings.items()},
            }
        )
    else:
        _print_findings(findings)
    if any(f.severity is Severity.ERROR for found in findings.values() for f in found):
        raise typer.Exit(ExitCode.INVALID_INPUT)


@app.command("import")
def import_prices(
    file: Annotated[
        Path,
        typer.Argument(
            help="A local file: SkyPilot's catalog (v8), an export of gpuhunt, AWS's Savings Plans or Capacity "
            "Blocks, or a list of prices as `init --quotes` takes it, CSV or XLSX."
        ),
    ],
    seen: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day the file was fetched.")
    ] = None,
    source: Annotated[str, typer.Option(help="Where the file came from, with its commit.")] = "",
    provider: Annotated[str, typer.Option(help="Name of the cloud, where lines do not name it.")] = "",
    out: Annotated[Path | None, typer.Option(help="Book to write, CSV or XLSX; absent: stdout.")] = None,
) -> None:
    """Make a price book of a file of prices. Reads the file only, never the network.

    AWS: the price list file of Savings Plans of a region, index.csv, as it is downloaded; offerings of Capacity Blocks
    as CSV with the names of the API. A list of prices says day, source and provider in every line, the others do not.

    Example: planner import prices vms.csv --provider AWS --seen 2026-07-20 --source catalogs/v8/aws@1a2b3c
    """
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.catalog import book_text, importing
    from planner.view.exports.price_list import price_list

    refuse_overwriting([out], [file])
    title, imported = importing.import_prices(file, provider, seen.date() if seen else None, source)
    for line in imported.left_out:
        typer.echo(f"left out: {line}", err=True)
    for doubt in importing.doubts(imported.prices, (seen or datetime.now()).date()):
        typer.echo(f"doubtful: {doubt}", err=True)
    clouds = ", ".join(sorted({price.provider for price in imported.prices})) or "no cloud"
    unit = "" if title == importing.LIST_OF_PRICES else ", USD per GPU-hour"
    about = f"{clouds}{unit}, imported from a file ({title}).\nSource: {source or file.name}"
    if out is None:
        typer.echo(book_text(about, imported.prices), nl=False)
    else:
        write_bytes(out, price_list(out, about, imported.prices))
        typer.echo(f"{len(imported.prices)} prices in {out}; next: planner catalog check {out}", err=True)


def _price_book(name: str) -> PriceBook:
    """A shipped book by name, or a file where the name is a path."""
    from planner.core.workbook_rows import SUFFIX
    from planner.loader.catalog import book, read_book

    return read_book(Path(name)) if name.endswith((".csv", SUFFIX)) else book(name)


def _only(frame: pd.DataFrame, column: str, wanted: str) -> pd.DataFrame:
    if column not in frame:
        raise InstanceError([Fault(f"this book has no column {column!r}")])
    kept = frame[frame[column] == wanted]
    if kept.empty:
        there = ", ".join(sorted(frame[column].unique()))
        raise InstanceError([Fault(f"no {column} {wanted!r} in this book; there are {there}")])
    return kept


def _first_sentence(about: str) -> str:
    return " ".join(about.split()).split(". ")[0].rstrip(".")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict(orient="records")]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return "" if value is None else str(value)


def _print_findings(findings: dict[str, tuple[Finding, ...]]) -> None:
    cells = [
        [name, finding.line, finding.severity, finding.rule, finding.message]
        for name, found in findings.items()
        for finding in found
        if finding.rule not in ("undated", "old")
    ]
    if cells:
        print_table(["book", "line", "severity", "rule", "what"], cells)
    for name, found in findings.items():
        for rule in ("undated", "old"):
            lines = sum(finding.rule == rule for finding in found)
            if lines:
                typer.echo(f"{name}: {lines} lines {rule}")
    typer.echo(f"{len(findings)} books checked, {len(cells)} lines in doubt")
