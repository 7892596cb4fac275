"""Exports: a plan in the formats that other people's tools read."""

from planner.view.exports.export import FORMATS, export
from planner.view.exports.format import Format

__all__ = ["FORMATS", "Format", "export"]
