"""`planner schema`: the JSON Schemas of instance files and of plans."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class SchemaFormat(StrEnum):
    """A format with a schema."""

    INSTANCE = "instance"
    PLAN = "plan"


def schema(
    what: Annotated[
        SchemaFormat, typer.Argument(help="instance: what `solve` reads; plan: what `solve --json` prints.")
    ] = SchemaFormat.INSTANCE,
) -> None:
    """Print the JSON Schema of instance files, for editors, or of plans, for programs that read them.

    Examples:

      planner schema > instance.schema.json

      planner schema plan > plan.schema.json
    """
    from planner.app.cli.common import print_json
    from planner.loader import instance_schema
    from planner.plan.format import plan_schema

    print_json(plan_schema() if what is SchemaFormat.PLAN else instance_schema())
