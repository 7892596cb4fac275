"""Figures as JSON has them: what is not finite is null, scalars of NumPy are Python's."""

from __future__ import annotations

import math
from typing import Any


def finite(value: float) -> float | None:
    """The value, None where it is infinite or no number."""
    return value if math.isfinite(value) else None


def plain(data: Any) -> Any:
    """The same data with every figure as `finite` gives it, in dictionaries, lists and tuples of any depth."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain(item) for item in data]
    value = data.item() if getattr(data, "ndim", None) == 0 else data
    return finite(value) if isinstance(value, float) else value
