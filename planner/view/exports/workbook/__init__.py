"""The workbook: a plan in sheets that a buyer can send on."""

from planner.view.exports.workbook.book import xlsx

__all__ = ["xlsx"]
