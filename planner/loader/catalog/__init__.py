"""Money facts: dated, sourced books of prices, of the cost of owning, of vendors' tokens. No physics.

What checks and imports books (`check`, `skypilot`) is imported from its own file: reading an instance needs neither.
"""

from planner.loader.catalog.facts import CapexFact, FactBook, TokenPrice, fact_book, fact_books
from planner.loader.catalog.lookup import BookQuote, left_out, line_of, quote
from planner.loader.catalog.price import Price, PriceTerm, PriceUnit
from planner.loader.catalog.pricebook import PriceBook, book, book_text, books, read_book, read_books

__all__ = [
    "BookQuote",
    "CapexFact",
    "FactBook",
    "Price",
    "PriceBook",
    "PriceTerm",
    "PriceUnit",
    "TokenPrice",
    "book",
    "book_text",
    "books",
    "fact_book",
    "fact_books",
    "left_out",
    "line_of",
    "quote",
    "read_book",
    "read_books",
]
