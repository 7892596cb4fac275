"""The workbook: a plan in sheets that a buyer can send on."""

from planner.exports.workbook.book import xlsx

__all__ = ["xlsx"]
