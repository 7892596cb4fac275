"""The array types of this package."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Booleans: TypeAlias = NDArray[np.bool_]
Column: TypeAlias = NDArray[Any]  # figures of one kind, whatever they are
Words: TypeAlias = NDArray[np.str_] | NDArray[np.object_]
