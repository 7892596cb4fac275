"""Exports: a plan in the formats that other people's tools read."""

from planner.view.exports.export import FORMATS, export

__all__ = ["FORMATS", "export"]
