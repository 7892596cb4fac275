"""Files and texts -> Instance."""

from planner.loader.load import assignment, from_dict, load, loads
from planner.loader.schema import instance_schema

__all__ = ["assignment", "from_dict", "instance_schema", "load", "loads"]
