"""Exports: a plan in the formats that other people's tools read."""

from planner.view.exports.export import FORMATS, Format, export

__all__ = ["FORMATS", "Format", "export"]
