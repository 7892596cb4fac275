"""`planner rates`: what every deployment unit can serve, and what binds it."""

from __future__ import annotations

from typing import Annotated

import typer

from planner.app.cli.solve import InstanceFile, Settings
from planner.core.rate_source import RateSource


def rates(
    file: InstanceFile,
    json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
    source: Annotated[
        RateSource, typer.Option(help="Where rates that the instance does not give come from.")
    ] = RateSource.KERNEL,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Print the rate of every option with what binds it, and why others were left out.

    Examples:

      planner rates instances/peak.yaml

      planner rates instances/peak.yaml --source aiconfigurator

      planner rates instances/peak.yaml --set workloads.chat.sla.tpot_ms=30
    """
    from planner.app.cli.common import output, print_json, read_instance
    from planner.rates.compute import compute_rates
    from planner.rates.kv_transfer import transfer_doubts
    from planner.rates.places import cache_doubts

    instance = read_instance(file, settings)
    table = compute_rates(instance, source)
    doubts = (*transfer_doubts(instance, table), *cache_doubts(instance, table))
    if json:
        frames = {"rates": table.frame(), "rejected": table.rejected_frame()}
        rows = {name: frame.astype(object).where(frame.notna(), None) for name, frame in frames.items()}
        print_json({name: frame.to_dict("records") for name, frame in rows.items()} | {"doubts": doubts})
        return
    from planner.view.reporting.rates_table import rates_table, rejected_table

    output().print(rates_table(table))
    if table.rejected:
        output().print(rejected_table(table))
    for doubt in doubts:
        output().print(f"! {doubt}", soft_wrap=True)
