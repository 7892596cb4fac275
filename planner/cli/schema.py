"""`planner schema`: the JSON Schema of instance files, for editors."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of instance files.

    Example:

      planner schema > instance.schema.json
    """
    from planner.cli.common import print_json
    from planner.loader import instance_schema

    print_json(instance_schema())
