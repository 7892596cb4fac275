"""Time terms: each a small function of plain arrays in SI units, one idea per file."""
