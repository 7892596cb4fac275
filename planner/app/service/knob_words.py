"""Keys of figures in words with their units, as the what-if page labels them."""

from __future__ import annotations

LIMITS = {
    "max_nodes": "at most, nodes",
    "min_nodes": "at least, nodes",
    "increment_nodes": "in steps of, nodes",
    "max_new_nodes": "at most of one offer, nodes",
    "max_new_nodes_per_week": "at most new in a week, nodes",
}
"""Keys whose words say something else than their names."""
UNITS = (
    ("per_million_tokens", "a million tokens"),
    ("per_gpu_hour", "a GPU-hour"),
    ("per_node_hour", "a node-hour"),
    ("per_node_month", "a node-month"),
    ("per_node_year", "a node-year"),
    ("per_node", "a node"),
    ("per_kw_month", "a kW-month"),
    ("per_kwh", "a kWh"),
    ("per_hour", "an hour"),
    ("per_month", "a month"),
    ("per_year", "a year"),
    ("per_s", "a second"),
)
"""Ends of keys that say of what a figure is."""
MEASURES = ("usd", "nodes", "tokens", "years", "months", "days", "hours", "ms", "share")
"""Ends of keys that say what a figure counts; money is in the currency of the key."""


def words_of(path: str) -> str:
    """The last part of a path in words: `price, USD a GPU-hour` of `price_usd_per_gpu_hour`.

    Of a price by kind of tokens the kind leads: `output: price, USD a million tokens`.
    """
    *_, parent, key = ["", *path.split(".")]
    if not _says_a_measure(key) and _says_a_measure(parent):
        return f"{key.replace('_', ' ')}: {_said(parent)}"
    return _said(key)


def _says_a_measure(key: str) -> bool:
    return any(part in key for part in ("_per_", *(f"_{measure}" for measure in MEASURES)))


def _said(key: str) -> str:
    if key in LIMITS:
        return LIMITS[key]
    stem, of = next(
        ((key.removesuffix(f"_{end}"), words) for end, words in UNITS if key.endswith(f"_{end}")), (key, "")
    )
    name, _, measure = stem.rpartition("_")
    if not name or (measure not in MEASURES and not _is_currency(measure, of)):
        return f"{stem.replace('_', ' ')}, {of}" if of else stem.replace("_", " ")
    unit = measure.upper() if _is_currency(measure, of) else measure
    return f"{name.replace('_', ' ')}, {unit} {of}".rstrip()


def _is_currency(word: str, of: str) -> bool:
    """Whether a word is the code of a currency: dollars, or three letters where a price is told of something."""
    return word == "usd" or (bool(of) and len(word) == 3 and word.isalpha())
