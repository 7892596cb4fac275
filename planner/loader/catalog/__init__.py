"""Money facts: dated, sourced books of prices, of the cost of owning, of vendors' tokens. No physics."""

from planner.loader.catalog.check import Finding, Severity, check_book
from planner.loader.catalog.facts import CapexFact, FactBook, TokenPrice, fact_book, fact_books
from planner.loader.catalog.lookup import BookQuote, left_out, line_of, quote
from planner.loader.catalog.price import Price, PriceUnit, Term
from planner.loader.catalog.pricebook import PriceBook, book, book_text, books, read_book
from planner.loader.catalog.skypilot import Imported, import_skypilot

__all__ = [
    "BookQuote",
    "CapexFact",
    "FactBook",
    "Finding",
    "Imported",
    "Price",
    "PriceBook",
    "PriceUnit",
    "Severity",
    "Term",
    "TokenPrice",
    "book",
    "book_text",
    "books",
    "check_book",
    "fact_book",
    "fact_books",
    "import_skypilot",
    "left_out",
    "line_of",
    "quote",
    "read_book",
]
