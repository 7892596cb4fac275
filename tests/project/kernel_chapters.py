"""The chapters of the kernel and of queueing, from the headers of their files: `python -m tests.project.regenerate`.

The texts of `kernels/README.md` and `kernels/queueing/README.md`; `tests/project/test_documents.py` fails while they
are stale. A file that is in no reading order stands at the end.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.project.formulation import marked_up

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
MARK = "<!-- Written by `python -m tests.project.regenerate` from the files in this folder: change those. -->"
KERNEL = f"""\
# The kernel

{MARK}

How many tokens per second a deployment unit serves: for every option (accelerator, role, GPUs, ways of running) and
every batch at once, as arrays. Time is built from terms, one idea a file; a term is the time to compute, to move bytes
or to exchange, over efficiencies that are data, fitted to published measurements. What promises and failures cost is
[queueing](queueing/README.md). Neither knows money or a solver.

Each section is the header of the file that it names, and what its public functions say of themselves.
"""
QUEUEING = f"""\
# Queueing

{MARK}

What a promise about waits, the number of customers, and failures cost in capacity: how busy a pool of servers may run,
and how many spare units stand by. Plans use the caps as the largest share of its time that a unit may be busy; the
replay of `planner/verify/simulation/` measures waits by queueing every request, not by these caps.

Each section is the header of the file that it names, and what its public functions say of themselves.
"""
ORDER = {
    "kernels": (
        *("accelerator.py", "shapes.py", "architecture.py", "cache.py", "recipe.py"),
        *("options.py", "conditions.py", "setting.py"),
        *("terms/roof.py", "terms/dense.py", "terms/attention.py", "terms/experts.py", "terms/exchange.py"),
        *(
            "terms/overlap.py",
            "terms/memory.py",
            "layers.py",
            "decode.py",
            "prefill.py",
            "mixed.py",
            "speculation.py",
        ),
        *(
            "step.py",
            "exchange_shown.py",
            "pipeline.py",
            "sweep.py",
            "step_times.py",
            "operating_points.py",
            "best_points.py",
            "efficiency.py",
            "effects.py",
            "measured.py",
        ),
        *("balance_table.py", "balance/histogram.py", "balance/ranks.py", "balance/dealing.py"),
        "balance/expert_parallel.py",
        *(
            "calibration/measurement.py",
            "calibration/words.py",
            "calibration/prediction.py",
            "calibration/parameters.py",
        ),
        *("calibration/runs.py", "calibration/fit.py", "calibration/least_squares.py"),
        *("calibration/held_out.py", "calibration/calibrate.py", "calibration/single_terms.py"),
    ),
    "kernels/queueing": (
        *(
            "erlang.py",
            "arrival_laws.py",
            "exponential.py",
            "deterministic.py",
            "waiting.py",
            "caps.py",
            "ttft.py",
            "passes.py",
        ),
        *("staffing.py", "pooling.py", "availability.py", "failures.py"),
    ),
}
SECTION = re.compile(r"^(Parameters|Returns|Raises|Attributes)\n-+$", flags=re.MULTILINE)


def chapters() -> dict[Path, str]:
    """Text of each chapter by its file."""
    return {
        ROOT / folder / "README.md": head + "\n" + "\n".join(_sections(folder))
        for folder, head in (("kernels", KERNEL), ("kernels/queueing", QUEUEING))
    }


def files_of(folder: str) -> list[str]:
    """Files of a chapter in reading order, relative to its folder."""
    there = {str(path.relative_to(ROOT / folder)) for path in (ROOT / folder).rglob("*.py")}
    there = {name for name in there if not name.endswith("__init__.py")}
    if folder == "kernels":
        there = {name for name in there if not name.startswith("queueing/")}
    first = [name for name in ORDER[folder] if name in there]
    return first + sorted(there - set(first))


def _sections(folder: str) -> Iterator[str]:
    for name in files_of(folder):
        tree = ast.parse((ROOT / folder / name).read_text(encoding="utf-8"))
        title, _, rest = (ast.get_docstring(tree) or "").partition("\n\n")
        yield f"## {' '.join(title.split()).rstrip('.')}\n\n`{folder}/{name}`\n"
        if rest:
            yield marked_up(rest) + "\n"
        for node in tree.body:
            told = ast.get_docstring(node) if isinstance(node, ast.FunctionDef | ast.ClassDef) else None
            if told and not node.name.startswith("_"):  # type: ignore[union-attr]
                yield f"**`{node.name}`**\n\n{marked_up(SECTION.split(told)[0])}\n"  # type: ignore[union-attr]
