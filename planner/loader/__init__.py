"""Loader: files and texts to an instance, every fault at once with its place.

YAML, CSV, price books and catalog, shipped examples, the JSON schema, provenance of every value. In: files and plain
data. Out: `planner.instance.Instance`. May not enter: models, solvers, anything that decides.
"""

from planner.loader.load import assignment, assignments, from_dict, load, loads
from planner.loader.schema import instance_schema

__all__ = ["assignment", "assignments", "from_dict", "instance_schema", "load", "loads"]
