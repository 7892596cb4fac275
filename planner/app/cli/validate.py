"""`planner validate`: is an instance sound, and what does it say once defaults are filled in?"""

from __future__ import annotations

from typing import Annotated

import typer

from planner.app.cli.options import InstanceFile, Json, Settings


def validate(
    file: InstanceFile,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print every value with its provenance.")
    ] = False,
    json: Json = False,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Check an instance file; every fault is reported at once as file:line:column: path: message.

    Examples:

      planner validate instances/peak.yaml

      planner validate instances/peak.yaml --explain
    """
    from planner.app.cli.common import output, print_json, read_instance
    from planner.instance.doubts import doubts
    from planner.loader.price_doubts import price_doubts
    from planner.loader.provenance import provenance
    from planner.rates.compute import rehearse

    instance = read_instance(file, settings)
    rehearse(instance)
    rows, doubtful = provenance(instance), [*price_doubts(instance), *doubts(instance)]
    if json:
        values = [row._asdict() for row in rows]
        print_json({"valid": True, "instance": instance.name, "doubts": doubtful, "values": values})
    elif explain:
        from planner.view.reporting.table import PlainTable

        table = PlainTable("path", "value", "from", box=None, header_style="bold")
        for row in rows:
            table.add_row(row.path, row.value, row.source)
        output().print(table, markup=False)
    else:
        works = ", ".join(instance.workloads)
        output().print(
            f"{instance.name} is valid: {instance.horizon.periods} periods, workloads {works}, "
            f"{len(instance.fleet)} kinds of hardware, {len(instance.deployments)} deployments",
            markup=False,
        )
        for doubt in doubtful:
            output().print(f"! {doubt}", markup=False, soft_wrap=True)
