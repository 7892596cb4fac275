"""Compiled where numba is there, plain Python where it is not: the same lines, the same results.

Machine code is kept on disk for the next process, apart for every state of this folder's files: numba looks only at
the file of a function, not at those of the functions that it calls.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

try:
    import numba
    from numba.core import config
except ImportError:  # not installed, or not usable here
    numba = None

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., Any]")

COMPILED = numba is not None
"""Whether steps run compiled."""
NOTE = "steps run as plain Python, slowly; pip install 'llm-fleet-planner[simulate]' compiles them"


def _kept_at() -> str:
    """Where machine code of these very files is kept."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return str(base / "planner" / f"engine-{digest.hexdigest()[:16]}")


KEPT_AT = _kept_at()


def compiled(function: Function) -> Function:
    """The function as machine code, to be called from machine code alone: half of the time to compile is saved so."""
    return _made(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def compiled_entry(function: Function) -> Function:
    """The function as machine code, to be called from Python."""
    return _made(function)


def _made(function: Function, **options: bool) -> Function:
    if not COMPILED:
        return function
    before, config.CACHE_DIR = config.CACHE_DIR, KEPT_AT
    try:
        made = numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    finally:
        config.CACHE_DIR = before
    return cast("Function", made)
