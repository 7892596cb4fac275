"""Files and texts -> Instance."""

from planner.load.load import assignment, from_dict, load, loads
from planner.load.schema import instance_schema

__all__ = ["assignment", "from_dict", "instance_schema", "load", "loads"]
