"""`planner rates`: what every deployment unit can serve, and what binds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.options import InstanceFile, Json, Settings
from planner.core.errors import Fault, InstanceError
from planner.core.rate_source import RateSource

if TYPE_CHECKING:
    from planner.instance import Instance


def rates(
    file: InstanceFile,
    json: Json = False,
    source: Annotated[
        RateSource, typer.Option(help="Where rates that the instance does not give come from.")
    ] = RateSource.KERNEL,
    frontier: Annotated[
        bool, typer.Option("--frontier", help="Print every unit's rate against the speed of a user.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the frontiers into this file (.svg, .png, .pdf).")
    ] = None,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Print the rate of every option with what binds it, and why others were left out.

    Examples:

      planner rates instances/peak.yaml

      planner rates instances/peak.yaml --source aiconfigurator

      planner rates instances/peak.yaml --set workloads.chat.sla.tpot_ms=30

      planner rates instances/peak.yaml --frontier --plot frontiers.svg
    """
    from planner.app.cli.common import output, print_json, read_instance
    from planner.rates.compute import compute_rates
    from planner.rates.doubts import rate_doubts

    if plot is not None and not frontier:
        raise InstanceError([Fault("--plot draws frontiers: give --frontier with it", file=str(plot))])
    instance = read_instance(file, settings)
    if frontier:
        _frontiers(instance, json, plot)
        return
    table = compute_rates(instance, source)
    doubts = rate_doubts(instance, table)
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


def _frontiers(instance: Instance, json: bool, plot: Path | None) -> None:
    """Print the frontiers of all units, and draw them where asked."""
    from planner.app.cli.common import output, print_json
    from planner.rates.frontier import frontier_frame

    frame = frontier_frame(instance)
    if plot is not None:
        from planner.app.cli.pictures import save_picture
        from planner.view.pictures.draw import draw_frontiers

        if frame["tokens_per_s_per_user"].isna().all():
            raise InstanceError([Fault("nothing to draw: the kernel rates no unit that writes answers")])
        save_picture(draw_frontiers(frame), plot)
    if json:
        print_json({"frontier": frame.astype(object).where(frame.notna(), None).to_dict("records")})
        return
    from planner.view.reporting.frontier_table import frontier_table

    output().print(frontier_table(frame))
